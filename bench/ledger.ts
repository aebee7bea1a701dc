/**
 * How many events a second does the ledger fold, and how long do its checks, marks and settlements take?
 *
 * Events are frames as the log has them, decoded and applied: orders accepted, traded and cancelled by many accounts. The
 * yardstick folds the same frames into objects and maps in floating point, as exchanges of this kind commonly keep
 * accounts; it does less (no lots, no history, no exactness) and is held to the same money within rounding.
 */
import { DepthFold } from '../src/core/depth.js';
import { Offset } from '../src/core/enums.js';
import type { EventHandler } from '../src/core/events.js';
import { riskRatioOf } from '../src/core/ledger.js';
import { PreTrade } from '../src/core/pre-trade.js';
import { Reservations } from '../src/core/reservations.js';
import { brokenOfAccount, evaluateSoundness } from '../src/core/soundness/soundness.js';
import { brokenTotal } from '../src/core/soundness/totals-check.js';
import { ExchangeState } from '../src/core/state.js';
import { OrderRequest } from '../src/front/gateway/order-request.js';
import { EventDecoder } from '../src/wire/event-decoder.js';
import { frameLength } from '../src/wire/frame-header.js';
import { frameViews } from '../src/wire/frame-layout.js';
import { manyHolders, MIDDLE, TICK, tradingDay, uniform, type EventStream, type FlowSize } from './support/event-stream.js';
import { median, rowOf } from './support/figures.js';
import { heapAfterCollection } from './support/heap.js';
import { NaiveLedger } from './support/naive-ledger.js';
import { settlementRows } from './support/settlement-figures.js';
import { settlementWaitRows } from './support/settlement-waits.js';
import type { Row, Suite } from './support/suite.js';

const YARDSTICK = 'objects and floats';
const SEED = 20_260_105;

interface Plan {
  rounds: number;
  day: Omit<FlowSize, 'seed'>;
  holders: number;
  instruments: number;
  checks: number;
  /** Exchanges that are started to settle a day each. */
  settlements: number;
}

const FULL: Plan = {
  rounds: 7,
  day: { accounts: 1000, instruments: 20, commands: 400_000 },
  holders: 10_000,
  instruments: 10,
  checks: 200_000,
  settlements: 5,
};
const SMOKE: Plan = {
  rounds: 1,
  day: { accounts: 50, instruments: 3, commands: 4000 },
  holders: 100,
  instruments: 4,
  checks: 2000,
  settlements: 1,
};

export const ledger: Suite = {
  name: 'ledger',
  question: 'How many events a second does the ledger fold, and how long do checks, marks and settlements take?',
  run: async ({ smoke, progress }) => {
    const plan = smoke ? SMOKE : FULL;
    progress('making a trading day');
    const rows = foldRows(plan, progress);
    progress('making holders');
    const holders = manyHolders(plan.holders, plan.instruments);
    rows.push(...checkRows(plan, manyHolders(plan.day.accounts, plan.instruments), progress), ...checkRows(plan, holders, progress));
    rows.push(...markRows(plan, holders, progress), memoryRow(plan), ...soundnessRows(plan, holders, progress));
    const fold = (handler: EventHandler): void => void foldTimeMs(holders, 0, handler);
    rows.push(...settlementRows(holders, plan.rounds, YARDSTICK, fold, progress));
    rows.push(...(await settlementWaitRows(plan.holders, plan.instruments, plan.settlements, progress)));
    return rows;
  },
};

function foldRows({ rounds, day }: Plan, progress: (text: string) => void): Row[] {
  let prelude = { length: 0, count: 0 };
  const stream = tradingDay({ ...day, seed: SEED }, ({ length, count }) => (prelude = { length, count }));
  const events = stream.count - prelude.count;
  const ours: number[] = [];
  const theirs: number[] = [];
  // the first round warms up
  for (let round = 0; round <= rounds; round++) {
    progress(`${events} events, round ${round} of ${rounds}`);
    const state = new ExchangeState();
    const naive = new NaiveLedger();
    const rates = [state, naive].map((handler) => (events / foldTimeMs(stream, prelude.length, handler)) * 1000);
    if (round > 0) {
      ours.push(rates[0]);
      theirs.push(rates[1]);
    }
    checkFolds(stream, state, naive);
  }
  const share = (count: number): number[] => [(100 * count) / events];
  return [
    rowOf('events applied', '1/s', ours, { name: YARDSTICK, runs: theirs }),
    rowOf('trades among them', '%', share(stream.state.tradeCount)),
    rowOf('orders accepted among them', '%', share(stream.state.acceptedOrders)),
  ];
}

/** Milliseconds for everything behind `from`. */
function foldTimeMs({ bytes, length }: EventStream, from: number, handler: EventHandler): number {
  const views = frameViews(bytes);
  const decoder = new EventDecoder(handler);
  let offset = 0;
  for (; offset < from; offset += frameLength(views, offset)) decoder.decode(views, offset);
  const start = performance.now();
  for (; offset < length; offset += frameLength(views, offset)) decoder.decode(views, offset);
  return performance.now() - start;
}

function checkFolds(stream: EventStream, state: ExchangeState, naive: NaiveLedger): void {
  const broken = evaluateSoundness(state).find(({ ok }) => !ok);
  if (broken !== undefined) throw new Error(`equation ${broken.id} does not hold: ${broken.left} is not ${broken.right}`);
  if (state.feeAccount !== stream.state.feeAccount) throw new Error('the fold gives other fees');
  let fees = 0;
  for (const { commission } of naive.accounts.values()) fees += commission;
  if (Math.abs(fees - state.feeAccount / 10_000) > 1 + fees * 0.001) throw new Error('the yardstick charges other fees');
}

/** Opening orders that pass all steps, one by one; what is taken is the time of batches too short to be interrupted often. */
function checkRows({ rounds, checks }: Plan, stream: EventStream, progress: (text: string) => void): Row[] {
  const { state } = stream;
  const depth = new DepthFold(state);
  const preTrade = new PreTrade(state, new Reservations(), depth);
  const naive = new NaiveLedger();
  foldTimeMs(stream, 0, naive);
  const ours: number[] = [];
  const theirs: number[] = [];
  const requests = makeRequests(state);
  for (let round = 0; round <= rounds; round++) {
    progress(`pre-trade checks, round ${round} of ${rounds}`);
    const medians = [
      (request: OrderRequest) => preTrade.check(request) === 0,
      ({ account, instrument, side, price, volume }: OrderRequest) => naive.check(account, instrument, side, price, volume),
    ].map((passes) => medianNs(requests, checks, passes));
    if (round === 0) continue;
    ours.push(medians[0]);
    theirs.push(medians[1]);
  }
  return [rowOf(`pre-trade check with ${state.accounts.count} accounts, median`, 'ns', ours, { name: YARDSTICK, runs: theirs })];
}

const BATCH = 32;

function makeRequests({ accounts, instruments }: ExchangeState): OrderRequest[] {
  const random = uniform(SEED);
  return Array.from({ length: 4096 }, () => {
    const request = new OrderRequest();
    request.account = 1 + Math.floor(random() * accounts.count);
    request.instrument = 1 + Math.floor(random() * instruments.count);
    request.offset = Offset.OPEN;
    request.side = Math.floor(random() * 2);
    request.price = MIDDLE + (Math.floor(random() * 41) - 20) * TICK;
    request.volume = 1 + Math.floor(random() * 5);
    return request;
  });
}

/** Nanoseconds of one check: the median over batches. */
function medianNs(requests: readonly OrderRequest[], checks: number, passes: (request: OrderRequest) => boolean): number {
  const times: number[] = [];
  for (let done = 0; done < checks; done += BATCH) {
    const first = done % requests.length;
    let passed = 0;
    const start = performance.now();
    for (let i = first; i < first + BATCH; i++) if (passes(requests[i])) passed++;
    times.push(((performance.now() - start) * 1e6) / BATCH);
    if (passed !== BATCH) throw new Error('an order that has the means is refused');
  }
  return median(times);
}

/** A new price of one instrument that everybody holds: balance, available and risk ratio of every holder. */
function markRows({ rounds, holders }: Plan, stream: EventStream, progress: (text: string) => void): Row[] {
  const state = new ExchangeState();
  foldTimeMs(stream, 0, state);
  const naive = new NaiveLedger();
  foldTimeMs(stream, 0, naive);
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let round = 0; round <= rounds * 3; round++) {
    progress(`marks, round ${round} of ${rounds * 3}`);
    const price = MIDDLE + (round % 30) * TICK;
    let start = performance.now();
    state.market.lastPrice[1] = price;
    markAll(state);
    const ownMs = performance.now() - start;
    start = performance.now();
    naive.mark(1, price);
    const naiveMs = performance.now() - start;
    if (state.accounts.count !== holders || !everybodyHolds(state, 1)) throw new Error('somebody does not hold the instrument');
    if (round === 0) continue;
    ours.push(ownMs);
    theirs.push(naiveMs);
  }
  return [rowOf(`marking ${holders} holders of one instrument`, 'ms', ours, { name: YARDSTICK, runs: theirs })];
}

/** Accounts whose available money is negative, or that may open nothing more. */
function markAll({ accounts, ledger }: ExchangeState): number {
  let atRisk = 0;
  for (let account = 1; account <= accounts.count; account++) {
    const balance = ledger.balance(account);
    if (ledger.availableAt(account, balance) < 0 || riskRatioOf(accounts.margin[account], balance) >= 950_000) atRisk++;
  }
  return atRisk;
}

function everybodyHolds({ accounts, positions }: ExchangeState, instrument: number): boolean {
  return Array.from({ length: accounts.count }, (_, i) => positions.find(i + 1, instrument)).every((position) => position !== -1);
}

/** What it costs to look whether the books balance: all of them, what they add up to, one account. */
function soundnessRows({ rounds }: Plan, { state }: EventStream, progress: (text: string) => void): Row[] {
  const { count } = state.accounts;
  const all: number[] = [];
  const totals: number[] = [];
  const one: number[] = [];
  for (let round = 0; round <= rounds; round++) {
    progress(`equations, round ${round} of ${rounds}`);
    const times = [
      () => evaluateSoundness(state).every(({ ok }) => ok),
      () => brokenTotal(state) === undefined,
      () => Array.from({ length: count }, (_, i) => brokenOfAccount(state, i + 1)).every((broken) => broken === undefined),
    ].map((holds) => {
      const start = performance.now();
      if (!holds()) throw new Error('the books do not balance');
      return performance.now() - start;
    });
    if (round === 0) continue;
    all.push(times[0]);
    totals.push(times[1]);
    one.push((times[2] * 1000) / count);
  }
  return [
    rowOf(`all equations of ${count} accounts`, 'ms', all),
    rowOf(`what ${count} accounts add up to`, 'ms', totals),
    rowOf('equations of one account', 'µs', one),
  ];
}

/** Memory of a state with all accounts and their positions, less that of one with a single pair. */
function memoryRow({ holders, instruments }: Plan): Row {
  const bytesOf = (accounts: number): number => {
    const stream = manyHolders(accounts, instruments);
    const before = heapAfterCollection();
    const state = new ExchangeState();
    foldTimeMs(stream, 0, state);
    const bytes = heapAfterCollection() - before;
    if (state.accounts.count !== accounts) throw new Error('accounts are missing');
    return bytes;
  };
  const few = bytesOf(2);
  return rowOf(`one account with ${instruments} positions`, 'bytes', [(bytesOf(holders) - few) / holders]);
}
