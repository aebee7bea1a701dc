/**
 * Members of etcd as child processes on loopback addresses, for whoever needs a private cluster: `qaexchange cluster`, the
 * bench and the tests. They sync as they always do; their data lie in a temporary folder.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { createServer } from 'node:net';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ask, bodyOf, type AskOptions } from '../ask.js';
import { etcdCredentials, type Credentials } from '../../replication/credentials.js';
import type { Authority, Certificate } from './authority.js';
import { endWithUs } from './child-server.js';
import { HERE, type Host } from './host.js';

const READY_MS_MAX = 30_000;
const LOOK_MS = 50;
const STDERR_CHARS_MAX = 64 * 1024;
/** Etcd's own timers, for members on one machine: a new leader within 0.2 s. Across hosts 50 and 250. */
const HEARTBEAT_MS = 20;
const ELECTION_MS = 100;

/** Why etcd cannot be started here, or false. */
export function etcdMissing(): string | false {
  const { error } = spawnSync('etcd', ['--version'], { stdio: 'ignore' });
  return error === undefined ? false : 'there is no etcd (apt-get install etcd-server)';
}

export interface EtcdMember {
  readonly name: string;
  /** What clients connect to. */
  readonly endpoint: string;
  readonly process: ChildProcess;
}

interface Place {
  readonly name: string;
  readonly host: Host;
  readonly client: number;
  readonly peer: number;
  readonly certificate: Certificate | undefined;
}

export interface EtcdMembersOptions {
  /** Added to the command line of each. */
  readonly args?: readonly string[];
  /** Where each runs; all here when left out. */
  readonly hosts?: readonly Host[];
  /** Their data lie in `folder/name`; it is left alone at the end. Without it a temporary one is made and removed. */
  readonly folder?: string;
  /** They speak TLS, among themselves too, and with nobody who has no certificate of this authority. */
  readonly authority?: Authority;
}

export class EtcdMembers {
  private readonly running: (ChildProcess | undefined)[];
  private stderr = '';
  private readonly atExit = (): void => {
    this.killAll();
    this.removeFolder();
  };

  private constructor(
    readonly folder: string,
    private readonly places: readonly Place[],
    private readonly options: EtcdMembersOptions,
  ) {
    this.running = places.map(() => undefined);
    process.on('exit', this.atExit);
  }

  /** Resolves when all of them answer. */
  static async start(count: number, options: EtcdMembersOptions = {}): Promise<EtcdMembers> {
    const ports = await freePorts(count * 2);
    const { hosts = [], folder = mkdtempSync(join(tmpdir(), 'qaexchange-etcd-')) } = options;
    const places = Array.from({ length: count }, (_, i) => {
      const [name, host] = [`etcd${i + 1}`, hosts[i] ?? HERE];
      return { name, host, client: ports[2 * i], peer: ports[2 * i + 1], certificate: options.authority?.sign(name, host.address) };
    });
    const members = new EtcdMembers(folder, places, options);
    try {
      for (let i = 0; i < count; i++) members.restart(i);
      await Promise.all(places.map((_, i) => members.ready(i)));
      return members;
    } catch (error) {
      await members.stop();
      throw error;
    }
  }

  get count(): number {
    return this.places.length;
  }

  get endpoints(): string[] {
    return this.places.map((place) => urlOf(place, place.client));
  }

  pid(index: number): number | undefined {
    return this.running[index]?.pid;
  }

  /** Starts a member that is not running. */
  restart(index: number): void {
    const place = this.places[index];
    const { name, host, client, peer } = place;
    const [program, ...args] = [...host.command, 'etcd'];
    const child = spawn(
      program,
      [
        ...args,
        ...['--name', name, '--data-dir', join(this.folder, name)],
        ...['--listen-client-urls', urlOf(place, client), '--advertise-client-urls', urlOf(place, client)],
        ...['--listen-peer-urls', urlOf(place, peer), '--initial-advertise-peer-urls', urlOf(place, peer)],
        ...['--initial-cluster', this.places.map((each) => `${each.name}=${urlOf(each, each.peer)}`).join(',')],
        ...this.secured(place),
        ...['--heartbeat-interval', String(HEARTBEAT_MS), '--election-timeout', String(ELECTION_MS), '--pre-vote'],
        ...['--snapshot-count', '2000', '--quota-backend-bytes', '8589934592', '--max-request-bytes', '33554432'],
        ...['--grpc-keepalive-min-time', '100ms', '--strict-reconfig-check=true', '--log-level', 'error'],
        ...(this.options.args ?? []),
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    endWithUs(child);
    child.stderr.setEncoding('utf8').on('data', (text: string) => (this.stderr = (this.stderr + text).slice(-STDERR_CHARS_MAX)));
    child.once('exit', () => {
      if (this.running[index] === child) this.running[index] = undefined;
    });
    // said by whoever waits for it
    child.once('error', (error) => (this.stderr += error.message));
    this.running[index] = child;
  }

  /** Resolves when the member answers as one of a cluster that has a leader. */
  async ready(index: number): Promise<void> {
    const endMs = performance.now() + READY_MS_MAX;
    for (;;) {
      const answer = await this.ask<{ health?: string }>(index, '/health', { signal: AbortSignal.timeout(1000) }).catch(() => undefined);
      if (answer?.health === 'true') return;
      if (performance.now() > endMs) throw new Error(`${this.places[index].name} does not answer: ${this.stderr}`);
      await sleep(LOOK_MS);
    }
  }

  /** Which member leads, -1 for none that is known. */
  async leader(): Promise<number> {
    const found = await Promise.all(this.places.map(async (_, i) => await this.leads(i)));
    return found.indexOf(true);
  }

  private async leads(index: number): Promise<boolean> {
    const options = { method: 'POST', body: '{}', signal: AbortSignal.timeout(500) };
    try {
      const status = await this.ask<{ leader?: string; header: { member_id: string } }>(index, '/v3/maintenance/status', options);
      return status.leader === status.header.member_id;
    } catch {
      return false;
    }
  }

  private async ask<T>(index: number, path: string, options: AskOptions): Promise<T> {
    return JSON.parse(await bodyOf(await ask(this.endpoints[index] + path, { ...options, ...this.credentials(index) }))) as T;
  }

  /** Those of the member itself serve its clients as well. */
  private credentials(index: number): Credentials {
    const { certificate } = this.places[index];
    return etcdCredentials({ ca: this.options.authority?.ca, ...certificate });
  }

  private secured({ certificate }: Place): string[] {
    const { authority } = this.options;
    if (authority === undefined || certificate === undefined) return [];
    const { cert, key } = certificate;
    return [
      ...['--cert-file', cert, '--key-file', key, '--trusted-ca-file', authority.ca, '--client-cert-auth'],
      ...['--peer-cert-file', cert, '--peer-key-file', key, '--peer-trusted-ca-file', authority.ca, '--peer-client-cert-auth'],
    ];
  }

  /** SIGKILL; resolves when it is gone. */
  async kill(index: number): Promise<void> {
    const child = this.running[index];
    if (child === undefined) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  }

  signal(index: number, signal: NodeJS.Signals): void {
    this.running[index]?.kill(signal);
  }

  /** Ends all of them and removes their data. */
  async stop(): Promise<void> {
    process.off('exit', this.atExit);
    const gone = this.running.map(async (child) => {
      if (child !== undefined) await new Promise((resolve) => child.once('exit', resolve));
    });
    this.killAll();
    await Promise.all(gone);
    this.removeFolder();
  }

  private removeFolder(): void {
    if (this.options.folder === undefined) rmSync(this.folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }

  private killAll(): void {
    for (const child of this.running) child?.kill('SIGKILL');
  }
}

function urlOf({ host, certificate }: Place, port: number): string {
  return `${certificate === undefined ? 'http' : 'https'}://${host.address}:${port}`;
}

/** Ports that nobody listened on a moment ago: all are held at once, so that they differ. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const ports = await Promise.all(
    servers.map(
      (server) =>
        new Promise<number>((resolve, reject) => {
          server.once('error', reject);
          server.listen(0, '127.0.0.1', () => {
            resolve((server.address() as { port: number }).port);
          });
        }),
    ),
  );
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
