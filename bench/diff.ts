/**
 * How many patches a second do a thousand DIFF connections get, beside a server that only echoes?
 *
 * Every connection watches ten instruments in which orders come and go, and peeks as soon as it is served: whatever has
 * changed in between comes in one packet, so the packets per second say how fast the exchange serves, not how much
 * happens. The yardstick is a bare server that answers each peek of as many connections with a text as long as the
 * exchange's packets were. Latency is taken order by order, from its answer until the patch that shows it has reached each
 * connection.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from '../src/client/index.js';
import { FrameSocket } from '../src/cli/load/frame-socket.js';
import { httpUrlOf, loadInstruments, makeUsers, type LoadUser } from '../src/cli/load/load-accounts.js';
import { LoadRun, type LoadOptions } from '../src/cli/load/load-run.js';
import { startChildServer, type ChildServer } from '../src/cli/support/child-server.js';
import { openPeekers, type Peekers } from './support/diff-peekers.js';
import { startEcho } from './support/echo-process.js';
import { median, percentile, rowOf } from './support/figures.js';
import { residentBytes } from './support/resident.js';
import type { Row, Suite, SuiteOptions } from './support/suite.js';

const INSTRUMENTS = 10;
const YARDSTICK = 'uWebSockets.js echo';
const SEED = 20_260_202;

interface Plan {
  connections: number;
  rounds: number;
  roundMs: number;
  /** Orders per second while patches are counted. */
  busyRate: number;
  /** Orders that patches are timed for, and how long nothing else happens before and after. */
  timedOrders: number;
  pauseMs: number;
  settleMs: number;
}

const FULL: Plan = { connections: 1000, rounds: 5, roundMs: 4000, busyRate: 500, timedOrders: 50, pauseMs: 100, settleMs: 2000 };
const SMOKE: Plan = { connections: 20, rounds: 1, roundMs: 500, busyRate: 200, timedOrders: 5, pauseMs: 50, settleMs: 100 };

export const diff: Suite = {
  name: 'diff',
  question: 'How many patches a second do a thousand DIFF connections get, and how soon after the event?',
  run: async (options) => {
    const folder = await mkdtemp(join(tmpdir(), 'qaexchange-bench-'));
    try {
      return await runIn(folder, options.smoke ? SMOKE : FULL, options);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

async function runIn(folder: string, plan: Plan, { progress }: SuiteOptions): Promise<Row[]> {
  progress('starting the exchange');
  const instrumentsFile = join(folder, 'instruments.json');
  const symbols = await writeInstruments(instrumentsFile);
  const server = await startChildServer({ dataDir: join(folder, 'data'), env: { LOG_LEVEL: 'warn', INSTRUMENTS_FILE: instrumentsFile } });
  try {
    const httpUrl = httpUrlOf(server.wsUrl);
    const [trader, buyer] = await makeUsers(httpUrl, 2, 4);
    const flow = { url: server.wsUrl, users: [trader], instruments: await loadInstruments(httpUrl, symbols) };
    return await measure(plan, server, flow, buyer, symbols, progress);
  } finally {
    await server.stop();
  }
}

type Flow = Pick<LoadOptions, 'url' | 'users' | 'instruments'>;

async function measure(
  plan: Plan,
  server: ChildServer,
  flow: Flow,
  buyer: LoadUser,
  symbols: readonly string[],
  progress: (text: string) => void,
): Promise<Row[]> {
  let seed = SEED;
  const trade = async (rate: number, durationMs: number): Promise<void> => {
    await new LoadRun({ ...flow, seed: seed++, durationMs, rate }).run();
  };
  progress('warming up');
  await trade(plan.busyRate, plan.roundMs);
  const before = await residentBytes(server.pid);
  const url = server.wsUrl.replace(/\/ws$/, '/ws/diff');
  const peekers = await openPeekers(url, plan.connections, () => watch(symbols));
  await peekers.quiet(plan.settleMs);
  const perConnection = ((await residentBytes(server.pid)) - before) / plan.connections;

  const ours: number[] = [];
  const theirs: number[] = [];
  const bytes: number[] = [];
  for (let round = 1; round <= plan.rounds; round++) {
    progress(`round ${round} of ${plan.rounds}`);
    const trading = trade(plan.busyRate, plan.roundMs);
    const served = await peekers.count(plan.roundMs);
    await trading;
    ours.push(served.perSecond);
    bytes.push(served.bytesPerPacket);
    theirs.push(await echoRound(plan, Math.round(median(bytes))));
  }
  progress('latency');
  const toAll = await latencyRows('an event that all see', plan, plan.connections, peekers, flow, buyer);
  peekers.close();
  const spread = await openPeekers(url, plan.connections, (connection) => watch([symbols[connection % symbols.length]]));
  const toSome = await latencyRows('each sees one of ten instruments', plan, plan.connections / INSTRUMENTS, spread, flow, buyer);
  spread.close();
  return [
    rowOf(`patches to ${plan.connections} connections`, '1/s', ours, { name: YARDSTICK, runs: theirs }),
    rowOf('bytes of a packet', 'B', bytes),
    rowOf('memory of a connection', 'B', [perConnection]),
    ...toSome,
    ...toAll,
  ];
}

function watch(symbols: readonly string[]): string {
  return JSON.stringify({ aid: 'subscribe_quote', ins_list: symbols.join(',') });
}

/** Beside a bare publish to as many as the event reaches. */
async function latencyRows(name: string, plan: Plan, reached: number, peekers: Peekers, flow: Flow, buyer: LoadUser): Promise<Row[]> {
  const { latencies, bytes } = await latencyOf(plan, peekers, flow, buyer);
  if (latencies.length < plan.timedOrders * reached * 0.9) throw new Error('patches are missing');
  const raw = await publishLatency(plan, reached, Math.round(median(bytes)));
  return [0.5, 0.99].map((share) =>
    rowOf(`event to patch, ${name}, p${share * 100}`, 'ms', [percentile(latencies, share)], {
      name: 'uWebSockets.js publish',
      runs: [percentile(raw, share)],
    }),
  );
}

async function echoRound(plan: Plan, answerBytes: number): Promise<number> {
  const echo = await startEcho(answerBytes);
  try {
    const peekers = await openPeekers(echo.wsUrl, plan.connections, () => '{"aid":"peek_message"}');
    const { perSecond } = await peekers.count(plan.roundMs);
    peekers.close();
    return perSecond;
  } finally {
    await echo.stop();
  }
}

/**
 * Milliseconds from the answer to an order until the patch that its event made, one for each connection and order. The
 * buyer has no orders in the book that his own could meet.
 */
async function latencyOf(
  plan: Plan,
  peekers: Peekers,
  { url, instruments }: Flow,
  { token, accounts: [account] }: LoadUser,
): Promise<{ latencies: number[]; bytes: number[] }> {
  const { instrumentId, prices } = instruments[0];
  const client = await connect(url, { token });
  const latencies: number[] = [];
  const bytes: number[] = [];
  for (let order = 0; order < plan.timedOrders; order++) {
    await peekers.quiet(plan.pauseMs);
    const arrivals = peekers.arrivals();
    // It trades, or becomes the best bid: the quote is another one either way.
    const { order_id: orderId, status } = await client.submitOrder({
      account_id: account,
      instrument_id: instrumentId,
      direction: 'BUY',
      offset: 'OPEN',
      order_type: 'LIMIT',
      price: Number(prices.at(-1)),
      volume: 1,
    });
    const answeredMs = performance.now();
    await pause(plan.pauseMs);
    await peekers.quiet(plan.pauseMs);
    const arrived = arrivals();
    latencies.push(...arrived.map(({ ms }) => Math.max(0, ms - answeredMs)));
    bytes.push(...arrived.map((each) => each.bytes));
    if (status !== 'Filled') await client.cancelOrder(account, orderId!).catch(() => undefined);
  }
  await client.close();
  return { latencies, bytes };
}

/** Milliseconds until a text that a bare server sends to everybody has reached each connection. */
async function publishLatency(plan: Plan, connections: number, answerBytes: number): Promise<number[]> {
  const echo = await startEcho(answerBytes);
  try {
    const peekers = await openPeekers(echo.wsUrl, connections, () => '');
    const caller = await FrameSocket.connect(echo.wsUrl, { text: () => undefined, readDone: () => undefined, closed: () => undefined });
    const latencies: number[] = [];
    for (let call = 0; call < plan.timedOrders; call++) {
      const arrivals = peekers.arrivals();
      const calledMs = performance.now();
      caller.queueText('to all');
      caller.flush();
      await pause(plan.pauseMs);
      await peekers.quiet(plan.pauseMs);
      latencies.push(...arrivals().map(({ ms }) => ms - calledMs));
    }
    caller.destroy();
    peekers.close();
    return latencies;
  } finally {
    await echo.stop();
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Ten copies of the first demo instrument under names of their own. */
async function writeInstruments(file: string): Promise<string[]> {
  const demo = new URL('../../schemas/demo-instruments.json', import.meta.url);
  const [first] = JSON.parse(await readFile(demo, 'utf8')) as Record<string, unknown>[];
  const exchange = String(first.instrument_id).split('.')[0];
  const symbols = Array.from({ length: INSTRUMENTS }, (_, n) => `${exchange}.bench${n}`);
  await writeFile(file, JSON.stringify(symbols.map((instrumentId) => ({ ...first, instrument_id: instrumentId }))));
  return symbols;
}
