/**
 * Does things to a cluster under load and holds what it says afterwards, on every node, against what it had told its clients.
 *
 * Two kinds of clients look on: the load's, which are bound to one node and lose their connection with it, and one that
 * follows the leader, whose every order must get a definite answer.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { loadInstruments, makeUsers, CASH, type LoadUser } from '../../src/cli/load/load-accounts.js';
import { LoadRun } from '../../src/cli/load/load-run.js';
import { ExchangeCluster, type ClusterNode, type ExchangeClusterOptions } from '../../src/cli/support/exchange-cluster.js';
import { ApiError, connectCluster, type ClusterClient } from '../../src/client/index.js';
import { Witness } from '../e2e/witness.js';
import type { Fault } from './faults.js';
import { stateOf } from './state-hash.js';

const USERS = 3;
const ACCOUNTS_PER_USER = 4;
/** Requests per second: group commits of many orders, on a machine that also runs everything else. */
const RATE = 500;
const LOAD_MS = 60_000;
/** Of load before a fault, and after the first answer behind it. */
const BEFORE_MS = 300;
const AFTER_MS = 200;
const PATIENCE_MS = 60_000;
/** Between two orders of the client that follows. */
const PROBE_MS = 2;

export interface TrialRound {
  readonly fault: string;
  readonly deposes: boolean;
  /** From the fault to the first answer to an order that was sent after it. */
  readonly outageMs: number;
  readonly acked: number;
}

export interface TrialSummary {
  readonly rounds: readonly TrialRound[];
  readonly ordersAcked: number;
  readonly fillsTold: number;
  readonly ordersFollowed: number;
  readonly reportsFollowed: number;
  readonly sequence: number;
  readonly epoch: number;
  /** Everything that is not as it must be, one sentence each. */
  readonly faults: readonly string[];
}

export class ClusterTrial {
  private readonly rounds: TrialRound[] = [];
  private readonly faults: string[] = [];
  private readonly reports = new Map<string, number[]>();
  private followed = 0;
  private round = 0;

  private constructor(
    readonly cluster: ExchangeCluster,
    private readonly users: readonly LoadUser[],
    private readonly witness: Witness,
    private readonly follower: ClusterClient,
    private readonly seed: number,
  ) {
    for (const kind of ['order_status', 'trade', 'transaction']) {
      follower.on(kind, ({ account_id: account, report_seq: number }) => this.noteReport(String(account), Number(number)));
    }
  }

  static async start(seed: number, options: ExchangeClusterOptions = {}): Promise<ClusterTrial> {
    const cluster = await ExchangeCluster.start({
      ...options,
      env: { LOG_LEVEL: 'error', MATCHING_WORKERS: '1', EXPORT_MS: '0', ...options.env },
    });
    try {
      const { url } = await cluster.leader();
      const users = await makeUsers(url, USERS, ACCOUNTS_PER_USER);
      const follower = await connectCluster(cluster.urls, users[0].token, PATIENCE_MS);
      return new ClusterTrial(cluster, users, new Witness(users), follower, seed);
    } catch (error) {
      await cluster.stop();
      throw error;
    }
  }

  /** Load, the fault, what it undoes, and a look whether everything is there. */
  async run(fault: Fault): Promise<TrialRound> {
    const round = ++this.round;
    const leading = await this.cluster.leader();
    const before = this.witness.orders.size;
    const over = new AbortController();
    const load = this.load(leading, round, over.signal);
    const probe = new Probe(this.follower, this.users[0].accounts[0], `k${round}-0-p`, this.witness);
    const probing = probe.run();
    await sleep(BEFORE_MS);
    const end = async (): Promise<void> => {
      over.abort();
      probe.stop();
      await Promise.all([load, probing]);
    };
    let outageMs = 0;
    try {
      if (fault.isQuiet === true) await end();
      const atMs = performance.now();
      const undo = await fault.do(this.cluster);
      const firstMs = fault.isQuiet === true ? atMs : await probe.firstSentAfter(performance.now());
      if (fault.isQuiet !== true) await sleep(AFTER_MS);
      await undo();
      outageMs = firstMs - atMs;
    } finally {
      await end();
    }
    this.faults.push(...probe.faults);
    this.followed += probe.answered;
    const leader = await this.cluster.leader();
    await this.revive(fault.name);
    this.faults.push(...(await this.witness.checkNew(leader.url)));
    const done = { fault: fault.name, deposes: fault.deposes, outageMs, acked: this.witness.orders.size - before };
    this.rounds.push(done);
    return done;
  }

  /** Everything on every node, then the folders: one history, one state. Ends the cluster. */
  async finish(): Promise<TrialSummary> {
    const { cluster, witness, faults } = this;
    const sequence = await cluster.settled(PATIENCE_MS);
    const deposits = USERS * ACCOUNTS_PER_USER * CASH;
    for (const node of cluster.nodes) {
      for (const fault of await witness.checkAll(node.url, deposits)) faults.push(`${node.name}: ${fault}`);
    }
    await this.checkReports();
    await this.follower.close();
    await cluster.settled(PATIENCE_MS);
    await Promise.all(cluster.nodes.map((node) => node.kill()));
    const states = await Promise.all(cluster.nodes.map(({ dataDir }) => stateOf(dataDir)));
    if (new Set(states.map(({ hash }) => hash)).size > 1) faults.push(`the states of the nodes differ: ${JSON.stringify(states)}`);
    return {
      rounds: this.rounds,
      ordersAcked: witness.orders.size,
      fillsTold: witness.fills.size,
      ordersFollowed: this.followed,
      reportsFollowed: [...this.reports.values()].reduce((sum, numbers) => sum + numbers.length, 0),
      sequence,
      epoch: states[0].epoch,
      faults,
    };
  }

  async stop(): Promise<void> {
    await this.follower.close().catch(() => undefined);
    await this.cluster.stop();
  }

  /** No node ends by itself, whatever is done around it; one that did goes on, so that everything else can be looked at. */
  private async revive(fault: string): Promise<void> {
    for (const node of this.cluster.nodes.filter(({ server }) => server === undefined)) {
      this.faults.push(`${node.name} ended by itself (${fault}): ${node.lastWords ?? 'without a word'}`);
      await node.start();
    }
  }

  private noteReport(account: string, number: number): void {
    const numbers = this.reports.get(account) ?? [];
    numbers.push(number);
    this.reports.set(account, numbers);
  }

  /** Each report of an account since the connection was made: once and in order, whichever node told it. */
  private async checkReports(): Promise<void> {
    await this.follower.request({ type: 'ping' });
    for (const [account, numbers] of this.reports) {
      const wrong = numbers.findIndex((number, i) => i > 0 && number !== numbers[i - 1] + 1);
      if (wrong >= 0) this.faults.push(`${account}: report ${numbers[wrong]} follows ${numbers[wrong - 1]}`);
    }
  }

  /** Resolves when it is over. */
  private async load({ url, wsUrl }: ClusterNode, round: number, signal: AbortSignal): Promise<void> {
    const instruments = await loadInstruments(url, []);
    const run = new LoadRun({
      url: wsUrl,
      users: this.users.map(({ token, accounts }) => ({ token, accounts })),
      instruments,
      seed: this.seed + round,
      rate: RATE,
      durationMs: LOAD_MS,
      clientOrderPrefix: `k${round}-`,
      signal,
      hooks: {
        orderAcked: (orderId, clientOrderId) => this.witness.orders.set(orderId, clientOrderId),
        cancelAcked: (orderId) => this.witness.cancelled.add(orderId),
        traded: (tradeId, orderId) => this.witness.fills.add(`${tradeId} ${orderId}`),
      },
    });
    await run.run();
  }
}

/** Orders one after the other by the client that follows the leader. */
class Probe {
  readonly faults: string[] = [];
  answered = 0;
  private isOver = false;
  private readonly answers: { sentMs: number; gotMs: number }[] = [];

  constructor(
    private readonly client: ClusterClient,
    private readonly account: string,
    private readonly prefix: string,
    private readonly witness: Witness,
  ) {}

  async run(): Promise<void> {
    for (let i = 0; !this.isOver; i++) {
      const sentMs = performance.now();
      const clientOrderId = `${this.prefix}${i}`;
      try {
        const { order_id: orderId } = await this.client.submitOrder({
          ...{ account_id: this.account, instrument_id: 'SHFE.rb', direction: 'BUY', offset: 'OPEN', order_type: 'LIMIT' },
          ...{ volume: 1, price: 3300, client_order_id: clientOrderId },
        });
        this.witness.orders.set(orderId!, clientOrderId);
        this.answers.push({ sentMs, gotMs: performance.now() });
        this.answered++;
      } catch (error) {
        // a refusal is a definite answer; anything else is none
        if (error instanceof ApiError) this.answered++;
        else this.faults.push(`${clientOrderId} got no answer: ${String(error)}`);
      }
      await sleep(PROBE_MS);
    }
  }

  /** When the first answer came to an order that was sent after this time: one on its way may have been decided before. */
  async firstSentAfter(ms: number): Promise<number> {
    const endMs = performance.now() + PATIENCE_MS;
    for (;;) {
      const found = this.answers.find(({ sentMs }) => sentMs > ms);
      if (found !== undefined) return found.gotMs;
      if (performance.now() > endMs) throw new Error('no order was accepted any more');
      await sleep(1);
    }
  }

  stop(): void {
    this.isOver = true;
  }
}
