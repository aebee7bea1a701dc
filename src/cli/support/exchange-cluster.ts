/** A private cluster: members of etcd and nodes of the exchange, all child processes on loopback addresses. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findLeader } from '../../client/index.js';
import { ClusterKeys, numberOfKey } from '../../replication/cluster-keys.js';
import { EtcdStore } from '../../replication/etcd-store.js';
import type { Authority } from './authority.js';
import { startChildServer, type ChildServer } from './child-server.js';
import { EtcdMembers, freePorts } from './etcd-members.js';
import { HERE, type Host } from './host.js';

export interface ClusterNodeOptions {
  readonly name: string;
  readonly role?: 'auto' | 'replica';
  /** Whoever made the cluster starts it. */
  readonly startsLater?: boolean;
}

export interface ExchangeClusterOptions {
  readonly members?: number;
  readonly nodes?: readonly ClusterNodeOptions[];
  /** Added to the environment of each node. */
  readonly env?: Readonly<Record<string, string>>;
  /** Added to that of one. */
  readonly envOf?: (name: string) => Readonly<Record<string, string>>;
  /** Where a node (`a`) or a member of etcd (`etcd1`) runs; all here when left out. */
  readonly hostOf?: (name: string) => Host;
  /** Everybody's data lie in `folder/name`; it is left alone at the end. Without it temporary ones are made and removed. */
  readonly folder?: string;
  /** Everybody speaks TLS with a certificate of this authority, which this process must trust, too (NODE_EXTRA_CA_CERTS). */
  readonly authority?: Authority;
}

const THREE: readonly ClusterNodeOptions[] = [{ name: 'a' }, { name: 'b' }, { name: 'c' }];

export interface NodeHealth {
  readonly status: string;
  readonly sequence: number;
  readonly cluster?: {
    readonly role: string;
    readonly epoch: number;
    readonly lag: number;
    readonly leader: string | null;
    readonly nodes: readonly string[];
  };
}

/** One node: its folder and port stay the same from life to life. */
export class ClusterNode {
  server: ChildServer | undefined;
  /** What it said when it ended by itself, which it should not. */
  lastWords: string | undefined;
  readonly dataDir: string;

  constructor(
    readonly name: string,
    readonly url: string,
    folder: string,
    private readonly host: Host,
    private readonly env: Readonly<Record<string, string>>,
  ) {
    this.dataDir = join(folder, name);
  }

  get wsUrl(): string {
    return `${this.url.replace(/^http/, 'ws')}/ws`;
  }

  /** Removes what it has stored, but for what `keeps` names. Only of one that does not run. */
  loseData(keeps?: string): void {
    // the folder itself may be where a disk is mounted
    for (const entry of readdirSync(this.dataDir)) {
      if (entry !== keeps) rmSync(join(this.dataDir, entry), { recursive: true });
    }
  }

  async start(): Promise<void> {
    this.server = await startChildServer({ dataDir: this.dataDir, env: this.env, host: this.host });
    const { server } = this;
    void server.exited.then(({ code, signal, stderr }) => {
      if (this.server !== server) return;
      this.server = undefined;
      this.lastWords = `${signal ?? `code ${code}`}: ${stderr}`;
    });
  }

  /** SIGKILL; resolves when it is gone. */
  async kill(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    await server?.kill();
  }

  signal(signal: NodeJS.Signals): void {
    if (this.server !== undefined) process.kill(this.server.pid, signal);
  }

  async health(): Promise<NodeHealth | undefined> {
    try {
      return (await (await fetch(`${this.url}/health`, { signal: AbortSignal.timeout(500) })).json()) as NodeHealth;
    } catch {
      return undefined;
    }
  }
}

export class ExchangeCluster {
  private constructor(
    readonly folder: string,
    readonly members: EtcdMembers,
    readonly nodes: readonly ClusterNode[],
    private readonly options: ExchangeClusterOptions,
  ) {}

  /** Resolves when the nodes are ready and one of them leads. */
  static async start(options: ExchangeClusterOptions = {}): Promise<ExchangeCluster> {
    const { members: count = 3, nodes = THREE, env = {}, envOf = () => ({}), hostOf = () => HERE, authority } = options;
    const hosts = Array.from({ length: count }, (_, i) => hostOf(`etcd${i + 1}`));
    const placed = {
      ...(options.folder === undefined ? {} : { folder: options.folder }),
      ...(authority === undefined ? {} : { authority }),
    };
    const members = await EtcdMembers.start(count, { hosts, ...placed });
    const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'qaexchange-cluster-'));
    const ports = await freePorts(nodes.length);
    const shared = { ETCD_ENDPOINTS: members.endpoints.join(','), CLUSTER_SECRET: randomBytes(24).toString('hex'), ...env };
    const made = nodes.map(({ name, role = 'auto' }, i) => {
      const host = hostOf(name);
      const own = { NODE_NAME: name, NODE_ROLE: role, HTTP_PORT: String(ports[i]), ...secured(authority, name, host), ...envOf(name) };
      const scheme = authority === undefined ? 'http' : 'https';
      return new ClusterNode(name, `${scheme}://${host.address}:${ports[i]}`, folder, host, { ...shared, ...own });
    });
    const cluster = new ExchangeCluster(folder, members, made, options);
    try {
      await Promise.all(made.filter((_, i) => nodes[i].startsLater !== true).map((node) => node.start()));
      await cluster.leader();
      return cluster;
    } catch (error) {
      await cluster.stop();
      throw error;
    }
  }

  get urls(): string[] {
    return this.nodes.map(({ url }) => url);
  }

  /** Waits for one. */
  async leader(msMax = 30_000): Promise<ClusterNode> {
    const url = await findLeader(this.urls, AbortSignal.timeout(msMax));
    return this.nodes.find((node) => node.url === url)!;
  }

  /** Resolves when every node that runs is at the same event, and the leader at rest. */
  async settled(msMax = 30_000): Promise<number> {
    const endMs = performance.now() + msMax;
    for (let before = -1; ;) {
      const healths = await Promise.all(this.nodes.filter(({ server }) => server !== undefined).map((node) => node.health()));
      const sequences = new Set(healths.map((health) => (health?.status === 'ok' ? health.sequence : undefined)));
      const [sequence] = sequences;
      if (sequences.size === 1 && sequence !== undefined && sequence === before) return sequence;
      before = sequences.size === 1 && sequence !== undefined ? sequence : -1;
      if (performance.now() > endMs) throw new Error(`the nodes do not come to one event: ${JSON.stringify(healths)}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  /** What the nodes share, for whoever wants to look at it or to spoil it. */
  store(): EtcdStore {
    const { authority } = this.options;
    const files = authority === undefined ? {} : { ca: authority.ca, ...authority.sign('visitor', HERE.address) };
    return new EtcdStore({ endpoints: this.members.endpoints, deadlineMs: 1000, ...files });
  }

  /** Resolves when the first blocks of the log are no longer in etcd. */
  async trimmed(msMax = 60_000): Promise<void> {
    const store = this.store();
    const keys = new ClusterKeys('qaexchange');
    const endMs = performance.now() + msMax;
    try {
      for (;;) {
        const { entries } = await store.range(keys.wal, keys.walEnd, { limit: 1, keysOnly: true });
        if (entries[0] !== undefined && numberOfKey(entries[0].key) > 1) return;
        if (performance.now() > endMs) throw new Error('nothing was trimmed');
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    } finally {
      store.close();
    }
  }

  /** Kills everything and removes the folders. */
  async stop(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.kill()));
    await this.members.stop();
    if (this.options.folder === undefined) rmSync(this.folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

/** The same certificate for clients and other nodes, and for etcd. */
function secured(authority: Authority | undefined, name: string, host: Host): Record<string, string> {
  if (authority === undefined) return {};
  const { ca } = authority;
  const { cert, key } = authority.sign(name, host.address);
  // a node trusts whom it is told to, whatever this process trusts
  return { TLS_CERT: cert, TLS_KEY: key, CLUSTER_CA: ca, ETCD_CA: ca, ETCD_CERT: cert, ETCD_KEY: key, NODE_EXTRA_CA_CERTS: '' };
}
