/**
 * What a cluster takes of orders, beside what a single node takes on the same machine, and how far its replica is behind.
 *
 * The same generator drives the leader and a single node in turn. The cluster is two nodes on three members of etcd, all on the
 * machine of the single node; the replica joins them for its own figure.
 */
import { loadInstruments, makeUsers, type LoadUser } from '../../src/cli/load/load-accounts.js';
import { LoadRun, type LoadOptions, type LoadResult } from '../../src/cli/load/load-run.js';
import { startChildServer } from '../../src/cli/support/child-server.js';
import { ExchangeCluster } from '../../src/cli/support/exchange-cluster.js';
import { ApiError, HttpClient } from '../../src/client/index.js';
import { percentile, rowOf } from './figures.js';
import { ordersPerSecond } from './orders-per-second.js';
import type { Row } from './suite.js';

const SEED = 20_261_123;
const ACCOUNTS_PER_USER = 2;
const ENV = { LOG_LEVEL: 'error' };
const NOT_FOUND = 3001;
const LOST_MS = 10_000;

export interface FlowPlan {
  readonly connections: number;
  readonly window: number;
  readonly warmUpMs: number;
  readonly roundMs: number;
  readonly rounds: number;
  /** Requests a second while the replica is looked at. */
  readonly lagRate: number;
  /** Orders that are looked for at the replica. */
  readonly looks: number;
}

interface Side extends Pick<LoadOptions, 'url' | 'instruments'> {
  readonly users: readonly LoadUser[];
}

export async function flowRows(plan: FlowPlan, progress: (text: string) => void): Promise<Row[]> {
  progress('starting a cluster and a single node');
  const cluster = await ExchangeCluster.start({
    nodes: [{ name: 'a' }, { name: 'b' }, { name: 'r', role: 'replica', startsLater: true }],
    env: ENV,
  });
  try {
    const single = await startChildServer({ env: ENV });
    try {
      const leader = await cluster.leader();
      const sides = await Promise.all([sideOf(leader, plan), sideOf(single, plan)]);
      const rows = await rateRows(plan, sides, progress);
      progress('how far the replica is behind');
      const replica = cluster.nodes.at(-1)!;
      await replica.start();
      await cluster.settled();
      return [...rows, await lagRow(plan, sides[0], leader.url, replica.url)];
    } finally {
      await single.kill();
    }
  } finally {
    await cluster.stop();
  }
}

async function sideOf({ url, wsUrl }: { url: string; wsUrl: string }, { connections }: FlowPlan): Promise<Side> {
  const users = await makeUsers(url, connections, ACCOUNTS_PER_USER);
  return { url: wsUrl, users, instruments: await loadInstruments(url, []) };
}

async function rateRows(
  { window, warmUpMs, roundMs, rounds }: FlowPlan,
  sides: readonly [Side, Side],
  progress: (text: string) => void,
): Promise<Row[]> {
  let seed = SEED;
  const saturate = (side: Side, durationMs: number): Promise<LoadResult> =>
    new LoadRun({ ...side, binary: true, seed: seed++, durationMs, rate: 0, window }).run();
  progress('warming up');
  for (const side of sides) await saturate(side, warmUpMs);
  const rates: [number[], number[]] = [[], []];
  const p99: number[] = [];
  for (let round = 1; round <= rounds; round++) {
    progress(`saturated, round ${round} of ${rounds}`);
    for (const [index, side] of sides.entries()) {
      const result = await saturate(side, roundMs);
      if (result.unanswered + result.duplicate > 0)
        throw new Error(`${result.unanswered} requests without an answer, ${result.duplicate} with two`);
      rates[index].push(ordersPerSecond(result));
      if (index === 0) p99.push(result.latency_us.p99 / 1000);
    }
  }
  return [
    rowOf('durable replicated orders, saturated', '1/s', rates[0], { name: 'single node', runs: rates[1] }),
    rowOf('their acknowledgement, p99', 'ms', p99),
  ];
}

/** From an order's acknowledgement by the leader until the replica answers with it, a request over HTTP included. */
async function lagRow({ lagRate, looks }: FlowPlan, side: Side, leaderUrl: string, replicaUrl: string): Promise<Row> {
  const over = new AbortController();
  const load = new LoadRun({
    ...side,
    users: side.users.slice(1),
    binary: true,
    seed: SEED,
    durationMs: 600_000,
    rate: lagRate,
    signal: over.signal,
  }).run();
  const [{ token, accounts }] = side.users;
  const [leader, replica] = [new HttpClient(leaderUrl, token), new HttpClient(replicaUrl, token)];
  const times: number[] = [];
  for (let i = 0; i < looks; i++) {
    const order = {
      ...{ account_id: accounts[0], instrument_id: 'SHFE.rb', direction: 'BUY', offset: 'OPEN', order_type: 'LIMIT' },
      ...{ volume: 1, price: 3300 },
    };
    const { order_id: orderId } = await leader.call<{ order_id: string }>('POST', '/api/order/submit', order);
    const ackedMs = performance.now();
    await seen(replica, orderId);
    times.push(performance.now() - ackedMs);
  }
  over.abort();
  await load;
  return rowOf(`acknowledged until the replica shows it, p99 of ${looks}`, 'ms', [percentile(times, 0.99)]);
}

async function seen(replica: HttpClient, orderId: string): Promise<void> {
  const endMs = performance.now() + LOST_MS;
  for (;;) {
    try {
      await replica.call('GET', `/api/order/${orderId}`);
      return;
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== NOT_FOUND || performance.now() > endMs) throw error;
    }
  }
}
