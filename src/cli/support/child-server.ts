/**
 * An exchange as a process of its own, for whoever needs a private one: the demo, the benches and the end-to-end tests.
 * It gets a free port, a temporary folder and a cheap password hash unless the caller says otherwise.
 */
import { spawn, type ChildProcess, type ChildProcessByStdio } from 'node:child_process';
import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { HERE, type Host } from './host.js';

/** The program as it is started: this file lies in dist/src/cli/support, or bundled in dist/program/src/chunks. */
export const PROGRAM_PATH = fileURLToPath(new URL('../../../program/src/main.js', import.meta.url));

export const ADMIN_USERNAME = 'admin';
export const ADMIN_PASSWORD = 'Private-Exchange-1';

/** A start includes the warm-up of the matching threads and the recovery of the folder. */
const READY_MS_MAX = 150_000;
/** A clean stop waits for the last commit and a snapshot. */
const STOP_MS_MAX = 20_000;
/** What is kept of the child's stderr for failure messages. */
const STDERR_CHARS_MAX = 64 * 1024;

export interface ChildServerOptions {
  /** Added to the environment of the child; `undefined` removes a variable. */
  env?: Record<string, string | undefined>;
  /** Folder to start on. It is left alone at the end; without it a temporary one is made and removed. */
  dataDir?: string | undefined;
  /** Further arguments of `start`. */
  args?: readonly string[];
  /** Leaves out `--simulation-mode`. */
  simulationMode?: boolean;
  /** Where it runs; here when left out. */
  host?: Host | undefined;
}

export interface ChildExit {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

export interface ReadyLine {
  ready: true;
  url: string;
  [field: string]: unknown;
}

export interface ChildServer {
  /** `http://127.0.0.1:port` */
  readonly url: string;
  /** `ws://127.0.0.1:port/ws` */
  readonly wsUrl: string;
  readonly port: number;
  readonly dataDir: string;
  readonly pid: number;
  readonly readyLine: ReadyLine;
  /** Resolves when the process has ended, however it came about. */
  readonly exited: Promise<ChildExit>;
  /** What the child has written to stderr, the newest part of it. */
  stderr(): string;
  /** SIGTERM, then waits for the end; SIGKILL when it takes too long. */
  stop(): Promise<ChildExit>;
  /** SIGKILL: the same as a lost process. */
  kill(): Promise<void>;
}

/** Starts an exchange and resolves when it is ready; rejects with its stderr when it ends or stays silent. */
export async function startChildServer(options: ChildServerOptions = {}): Promise<ChildServer> {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'qaexchange-')));
  if (options.dataDir === undefined) temporaryFolders.add(dataDir);
  const mode = options.simulationMode === false ? [] : ['--simulation-mode'];
  const child = new ProgramRun(['start', ...mode, '--json', ...(options.args ?? [])], { DATA_DIR: dataDir, ...options.env }, options.host);
  const exited = child.exited.then(async (exit) => {
    if (temporaryFolders.delete(dataDir)) await rm(dataDir, { recursive: true, force: true });
    return exit;
  });
  const readyLine = await readyLineOf(child, exited);
  const port = Number(new URL(readyLine.url).port);
  return {
    url: readyLine.url,
    wsUrl: `${readyLine.url.replace(/^http/, 'ws')}/ws`,
    port,
    dataDir,
    pid: child.process.pid!,
    readyLine,
    exited,
    stderr: () => child.stderr,
    stop: async () => {
      child.process.kill('SIGTERM');
      const timer = setTimeout(() => child.process.kill('SIGKILL'), STOP_MS_MAX);
      const exit = await exited;
      clearTimeout(timer);
      return exit;
    },
    kill: async () => {
      child.process.kill('SIGKILL');
      await exited;
    },
  };
}

/** Runs the program to its end: for commands that answer and for starts that are meant to fail. */
export async function runProgram(args: readonly string[], env: Record<string, string | undefined> = {}): Promise<ChildExit> {
  return await new ProgramRun(args, env).exited;
}

/** One run of the program, with what it prints. */
class ProgramRun {
  readonly process: ChildProcessByStdio<null, Readable, Readable>;
  readonly exited: Promise<ChildExit>;
  stdout = '';
  stderr = '';

  constructor(args: readonly string[], env: Record<string, string | undefined>, host = HERE) {
    const [program, ...before] = [...host.command, process.execPath];
    this.process = spawn(program, [...before, PROGRAM_PATH, ...args], {
      env: {
        ...process.env,
        HTTP_HOST: host.address,
        HTTP_PORT: '0',
        BCRYPT_COST: '4',
        RATE_LIMIT_RPS: '0',
        BOOTSTRAP_ADMIN_USERNAME: ADMIN_USERNAME,
        BOOTSTRAP_ADMIN_PASSWORD: ADMIN_PASSWORD,
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.process.stdout.setEncoding('utf8').on('data', (text: string) => (this.stdout += text));
    this.process.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.stderr = (this.stderr + text).slice(-STDERR_CHARS_MAX);
    });
    this.exited = new Promise((resolve, reject) => {
      this.process.once('error', reject);
      this.process.once('close', (code, signal) => resolve({ code, signal, stdout: this.stdout, stderr: this.stderr }));
    });
    endWithUs(this.process);
  }
}

async function readyLineOf(child: ProgramRun, exited: Promise<ChildExit>): Promise<ReadyLine> {
  const found = new Promise<ReadyLine>((resolve, reject) => {
    child.process.stdout.on('data', () => {
      const end = child.stdout.indexOf('\n');
      if (end < 0) return;
      try {
        resolve(JSON.parse(child.stdout.slice(0, end)) as ReadyLine);
      } catch {
        reject(new Error(`the exchange printed no ready line but: ${child.stdout}`));
      }
    });
  });
  let timer: NodeJS.Timeout | undefined;
  const silent = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`the exchange was not ready after ${READY_MS_MAX} ms:\n${child.stderr}`)), READY_MS_MAX);
  });
  const ended = exited.then(({ code, signal, stderr }) => {
    throw new Error(`the exchange ended (${signal ?? `code ${code ?? '?'}`}) before it was ready:\n${stderr}`);
  });
  try {
    return await Promise.race([found, silent, ended]);
  } catch (error) {
    child.process.kill('SIGKILL');
    await exited;
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

const living = new Set<ChildProcess>();
const temporaryFolders = new Set<string>();
let watchesExit = false;

/** No child and no temporary folder outlives this process: not when it throws, not when it is interrupted. */
export function endWithUs(child: ChildProcess): void {
  living.add(child);
  child.once('exit', () => living.delete(child));
  if (watchesExit) return;
  watchesExit = true;
  process.on('exit', () => {
    for (const each of living) each.kill('SIGKILL');
    // The child may still be writing for a moment.
    for (const folder of temporaryFolders) rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  });
  for (const [signal, code] of [['SIGINT', 130] as const, ['SIGTERM', 143] as const, ['SIGHUP', 129] as const]) {
    // stays: a second signal must not end us before the children are ended
    process.on(signal, () => process.exit(code));
  }
}
