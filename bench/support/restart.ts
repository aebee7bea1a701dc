/** Starts on a copy of a prepared data folder, each a process of its own: the exchange, and what it is held against. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TokenService } from '../../src/auth/tokens.js';
import { startChildServer, type ChildServer } from '../../src/cli/support/child-server.js';
import { HttpClient } from '../../src/client/index.js';
import { accountId, userId } from '../../src/front/views/ids.js';
import { wideKey } from '../../src/storage/keys.js';
import { MIDDLE } from './event-stream.js';

const JWT_SECRET = randomBytes(32).toString('hex');

/** Calls `use` with the path of a copy that it may spoil. */
export async function withCopy<T>(folder: string, use: (copy: string) => Promise<T>): Promise<T> {
  const copy = await mkdtemp(join(tmpdir(), 'qaexchange-restart-'));
  try {
    await cp(folder, copy, { recursive: true });
    return await use(copy);
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}

/** An exchange on the folder that lists nothing of its own; `userToken` is good for it. */
export async function startOn(folder: string, env: Record<string, string> = {}): Promise<ChildServer> {
  const instruments = join(folder, 'no-instruments.json');
  await writeFile(instruments, '[]');
  return await startChildServer({ dataDir: folder, env: { JWT_SECRET, INSTRUMENTS_FILE: instruments, LOG_LEVEL: 'warn', ...env } });
}

/** A token of `user<number>`, as a login would give it. */
export function userToken(number: number): string {
  const tokens = new TokenService({ secret: JWT_SECRET });
  return tokens.issue({ userId: userId(number), username: `user${number}`, tokenVersion: 0 }, Date.now()).token;
}

export interface Restart {
  /** From starting the process to the answer that the first order was accepted. */
  firstOrderMs: number;
  /** When each stage ended, ms since the process began. */
  stages: Record<string, number>;
}

/** Starts the exchange, submits an order as soon as it is ready, and stops it. Throws unless the order was accepted. */
export async function restart(folder: string): Promise<Restart> {
  const token = userToken(1);
  const begunMs = performance.now();
  const server = await startOn(folder);
  try {
    const order = { account_id: accountId(1), instrument_id: 'SIM.i1', direction: 'BUY', offset: 'OPEN', volume: 1, order_type: 'LIMIT' };
    const price = (MIDDLE - 100 * 10_000) / 10_000;
    const answer = await new HttpClient(server.url, token).call<{ order_id?: string }>('POST', '/api/order/submit', { ...order, price });
    const firstOrderMs = performance.now() - begunMs;
    if (answer.order_id === undefined) throw new Error('the order was not accepted');
    return { firstOrderMs, stages: server.readyLine['start_ms'] as Record<string, number> };
  } finally {
    await server.kill();
  }
}

/** Milliseconds from starting a bare server that reads the same folder to its first answer. */
export async function rawRestart(folder: string, firstTailSequence: number): Promise<number> {
  const program = fileURLToPath(new URL('./raw-start.js', import.meta.url));
  const begunMs = performance.now();
  const child = spawn(process.execPath, [program, folder, wideKey(firstTailSequence)], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdout.setEncoding('utf8');
  const [port] = (await once(child.stdout, 'data')) as [string];
  const answer = await fetch(`http://127.0.0.1:${Number(port)}/`);
  if (Number(await answer.text()) === 0) throw new Error('the yardstick has read nothing');
  const ms = performance.now() - begunMs;
  const exited = once(child, 'exit');
  child.stdin.end();
  await exited;
  return ms;
}
