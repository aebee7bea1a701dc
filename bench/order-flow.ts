/**
 * How many orders a second does the exchange acknowledge over /ws, durable, and how long does an acknowledgement take?
 *
 * The exchange, an echo server and the generator are three processes on this machine, so the figures include the
 * generator's share of the cores; the echo server says how much that is: it gets the same frames over as many connections
 * from the same generator, and does nothing but send them back. Rounds of both alternate, for the binary protocol and for
 * JSON. The highest rate is found with a window of unanswered requests per connection; latencies are taken at half of it,
 * open loop, from when a request was due. About 30 % of the requests are cancels, and more than 30 % of the orders trade.
 * Last, the highest rate is taken once more beside connections that only listen.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { httpUrlOf, loadInstruments, makeUsers, type LoadUser } from '../src/cli/load/load-accounts.js';
import { LoadRun, type LoadOptions, type LoadResult } from '../src/cli/load/load-run.js';
import type { LoadInstrument } from '../src/cli/load/order-mix.js';
import { startChildServer, type ChildServer } from '../src/cli/support/child-server.js';
import { CommitTimes } from './support/commit-times.js';
import { startEcho } from './support/echo-process.js';
import { median, rowOf } from './support/figures.js';
import { openIdle } from './support/idle-sockets.js';
import { ordersPerSecond } from './support/orders-per-second.js';
import { residentBytes } from './support/process-memory.js';
import { countStoredOrders } from './support/stored-orders.js';
import type { Row, Suite, SuiteOptions } from './support/suite.js';

const SEED = 20_260_101;
const YARDSTICK = 'uWebSockets.js echo';
/** Share of the acknowledged orders that must trade, else the flow is not one of an exchange. */
const TRADED_SHARE_MIN = 0.3;

interface Plan {
  connections: number;
  accountsPerConnection: number;
  /** Unanswered requests per connection: enough to keep a commit's worth of requests in every queue on the way. */
  window: number;
  warmUpMs: number;
  roundMs: number;
  rounds: number;
  /** Listening connections beside, one step after the other; all but the first are compared with the first. */
  idle: readonly number[];
}

const FULL: Plan = {
  connections: 32,
  accountsPerConnection: 2,
  window: 64,
  warmUpMs: 3000,
  roundMs: 3000,
  rounds: 5,
  idle: [1, 100, 10_000],
};
const SMOKE: Plan = { connections: 2, accountsPerConnection: 2, window: 16, warmUpMs: 200, roundMs: 400, rounds: 1, idle: [1, 20] };

const PROTOCOLS = ['binary', 'json'] as const;
type Protocol = (typeof PROTOCOLS)[number];

type Side = Pick<LoadOptions, 'url' | 'users' | 'instruments'>;

interface Rounds {
  saturated: LoadResult[];
  half: LoadResult[];
}

interface Measured {
  ours: Rounds;
  raw: Rounds;
  /** p99 of the log's commits in each half-load round, µs. */
  commitUs: number[];
}

/** What is driven, and with what. */
interface Field {
  readonly plan: Plan;
  readonly exchange: Side;
  readonly echo: Side;
  readonly commits: CommitTimes;
  readonly progress: (text: string) => void;
  /** Every result of the exchange, warm-up included: all of it is in the log. */
  readonly all: LoadResult[];
  seed: number;
}

export const orderFlow: Suite = {
  name: 'order-flow',
  question: 'How many orders a second are acknowledged over /ws, durable, and how fast at half of that?',
  run: async (options) => {
    const dataDir = await mkdtemp(join(tmpdir(), 'qaexchange-bench-'));
    try {
      return await runIn(dataDir, options.smoke ? SMOKE : FULL, options);
    } finally {
      await rm(dataDir, { recursive: true, force: true });
    }
  },
};

async function runIn(dataDir: string, plan: Plan, { progress }: SuiteOptions): Promise<Row[]> {
  progress('starting the exchange and the echo server');
  const server = await startChildServer({ dataDir, env: { LOG_LEVEL: 'warn' } });
  const echo = await startEcho();
  const all: LoadResult[] = [];
  const rows: Row[] = [];
  try {
    const httpUrl = httpUrlOf(server.wsUrl);
    const listed = await loadInstruments(httpUrl, []);
    // the last one is left alone: idle connections listen to it
    const [instruments, quiet] = [listed.slice(0, -1), listed.at(-1)!];
    const users = await makeUsers(httpUrl, plan.connections, plan.accountsPerConnection);
    const exchange = { url: server.wsUrl, users, instruments };
    const field: Field = {
      plan,
      exchange,
      echo: echoSide(echo.wsUrl, users, instruments),
      commits: new CommitTimes(httpUrl),
      progress,
      all,
      seed: SEED,
    };
    for (const protocol of PROTOCOLS) rows.push(...rowsOf(protocol, await measure(field, protocol)));
    rows.push(...(await besideIdle(field, server, quiet.instrumentId)));
  } finally {
    await echo.stop();
    progress('stopping the exchange');
    await server.stop();
  }
  progress('counting the orders in the log');
  await holdAgainstLog(dataDir, all);
  return rows;
}

function echoSide(url: string, users: readonly LoadUser[], instruments: readonly LoadInstrument[]): Side {
  return { url, users: users.map(({ accounts }) => ({ token: undefined, accounts })), instruments };
}

async function saturate(field: Field, side: Side, protocol: Protocol, durationMs: number): Promise<LoadResult> {
  const { window } = field.plan;
  const result = await new LoadRun({ ...side, binary: protocol === 'binary', seed: field.seed++, durationMs, rate: 0, window }).run();
  if (side === field.exchange) field.all.push(result);
  return result;
}

async function steady(field: Field, side: Side, protocol: Protocol, rate: number): Promise<LoadResult> {
  const { roundMs: durationMs } = field.plan;
  const result = await new LoadRun({ ...side, binary: protocol === 'binary', seed: field.seed++, durationMs, rate }).run();
  if (side === field.exchange) field.all.push(result);
  return result;
}

async function measure(field: Field, protocol: Protocol): Promise<Measured> {
  const { plan, exchange, echo, commits, progress } = field;
  const measured: Measured = { ours: { saturated: [], half: [] }, raw: { saturated: [], half: [] }, commitUs: [] };
  const { ours, raw, commitUs } = measured;
  progress(`${protocol}: warming up`);
  await saturate(field, exchange, protocol, plan.warmUpMs);
  await saturate(field, echo, protocol, plan.warmUpMs);
  for (let round = 1; round <= plan.rounds; round++) {
    progress(`${protocol}: saturated, round ${round} of ${plan.rounds}`);
    ours.saturated.push(await saturate(field, exchange, protocol, plan.roundMs));
    raw.saturated.push(await saturate(field, echo, protocol, plan.roundMs));
  }
  const half = Math.max(1, Math.round(median(ours.saturated.map(({ rate }) => rate)) / 2));
  for (let round = 1; round <= plan.rounds; round++) {
    progress(`${protocol}: ${half} requests/s, round ${round} of ${plan.rounds}`);
    await commits.begin();
    ours.half.push(await steady(field, exchange, protocol, half));
    commitUs.push(await commits.percentile(99));
    raw.half.push(await steady(field, echo, protocol, half));
  }
  return measured;
}

/** The highest binary rate beside more and more connections that listen, and what such a connection takes. */
async function besideIdle(field: Field, server: ChildServer, quietInstrument: string): Promise<Row[]> {
  const { plan, exchange, progress } = field;
  const rows: Row[] = [];
  let first: number[] = [];
  for (const count of plan.idle) {
    progress(`beside ${count} idle connections`);
    const before = residentBytes(server.pid);
    const idle = await openIdle(server.wsUrl, count, quietInstrument);
    const each = (residentBytes(server.pid) - before) / count / 1024;
    const rates: number[] = [];
    for (let round = 0; round < plan.rounds; round++) rates.push(ordersPerSecond(await saturate(field, exchange, 'binary', plan.roundMs)));
    if (idle.count !== count) throw new Error(`${count - idle.count} of ${count} idle connections were lost`);
    idle.close();
    if (first.length === 0) first = rates;
    const yardstick = { name: `beside ${plan.idle[0]}`, runs: first };
    rows.push(rowOf(`binary orders beside ${count} idle connections`, '1/s', rates, yardstick));
    if (count === plan.idle.at(-1)) rows.push(rowOf(`memory of one of ${count} connections`, 'KiB', [each]));
  }
  return rows;
}

/** Throws unless every request was answered once and the log holds exactly the acknowledged orders. */
async function holdAgainstLog(dataDir: string, results: readonly LoadResult[]): Promise<void> {
  const sum = (figure: (result: LoadResult) => number): number => results.reduce((total, result) => total + figure(result), 0);
  const lost = sum(({ unanswered, duplicate }) => unanswered + duplicate);
  if (lost > 0) throw new Error(`${lost} requests stayed unanswered or were answered twice`);
  const acked = sum(({ orders }) => orders.acked);
  const stored = await countStoredOrders(dataDir);
  if (stored.accepted !== acked) throw new Error(`${acked} orders were acknowledged, but the log holds ${stored.accepted}`);
  const share = stored.traded / stored.accepted;
  if (!(share >= TRADED_SHARE_MIN)) throw new Error(`only ${Math.round(share * 100)} % of the orders traded`);
}

function rowsOf(protocol: Protocol, { ours, raw, commitUs }: Measured): Row[] {
  const row = (name: string, unit: string, rounds: keyof Rounds, figure: (result: LoadResult) => number): Row =>
    rowOf(`${protocol}: ${name}`, unit, ours[rounds].map(figure), { name: YARDSTICK, runs: raw[rounds].map(figure) });
  const p50 = (result: LoadResult): number => result.latency_us.p50;
  const p99 = (result: LoadResult): number => result.latency_us.p99;
  const tradedPercent = ({ orders }: LoadResult): number => (100 * orders.traded) / Math.max(1, orders.acked);
  const refused = ({ rejected }: LoadResult): number => Object.values(rejected).reduce((sum, count) => sum + count, 0);
  const plain = (name: string, unit: string, values: readonly number[]): Row => rowOf(`${protocol}: ${name}`, unit, values);
  return [
    row('acknowledged requests, saturated', '1/s', 'saturated', ({ rate }) => rate),
    row('acknowledged orders, saturated', '1/s', 'saturated', ordersPerSecond),
    plain('orders that traded', '%', ours.saturated.map(tradedPercent)),
    plain('refused requests', '', [...ours.saturated, ...ours.half].map(refused)),
    plain(
      'requests at half load',
      '1/s',
      ours.half.map(({ rate }) => rate),
    ),
    row('acknowledgement at half load, p50', 'µs', 'half', p50),
    row('acknowledgement at half load, p99', 'µs', 'half', p99),
    plain('commit of the log at half load, p99', 'µs', commitUs),
    plain(
      'p99 above the commit',
      'µs',
      ours.half.map((result, index) => p99(result) - commitUs[index]),
    ),
  ];
}
