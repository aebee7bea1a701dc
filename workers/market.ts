/**
 * The market worker: durable events into market data, frames for the front, and what queries need into its own database.
 *
 * Messages in: requests of the front, { type: 'stop' } (then notify `wake`). Messages out: counted (at the end of the log),
 * wake (the front sleeps in its event loop), failed and recovered (writes), stopped.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { beginEngine, restoreEngine, saveEngine } from '../src/cluster/market/market-checkpoint.js';
import { MarketEngine } from '../src/cluster/market/market-engine.js';
import { MarketOutput } from '../src/cluster/market/market-output.js';
import type { MarketCount, MarketThreadData, ThreadReport, ThreadRequest } from '../src/cluster/thread-data.js';
import { FactorSet } from '../src/core/market-data/factors/factor-set.js';
import { TradingCalendar } from '../src/core/sessions.js';
import { RingConsumer } from '../src/ring/ring-consumer.js';
import { RingProducer } from '../src/ring/ring-producer.js';
import { WakeSignal } from '../src/ring/wake-signal.js';
import { closeStorage, openStorage } from '../src/storage/database.js';
import { refillFactors } from '../src/storage/factor-refill.js';
import { LogStore } from '../src/storage/log-store.js';
import { MarketKeeper } from '../src/storage/market-keeper.js';
import { followLog, recoverMarket } from '../src/storage/market-recovery.js';
import { MarketStatus } from '../src/storage/market-status.js';
import { MarketStore } from '../src/storage/market-store.js';
import { frameSequence } from '../src/wire/frame-header.js';
import type { FrameViews } from '../src/wire/frame-layout.js';
import type { MarketRequest, RecentRequest } from '../src/wire/market/market-request.js';

/** Events between two looks at messages and timers. */
const TURN_MAX = 1024;
/** How often an idle thread looks at its timers; and while somebody waits for something that is due soon. */
const IDLE_MS = 200;
const SOON_MS = 20;
/** Events reach us at most about this long after the time they carry. */
const GRACE_US = 100_000;
/** A changed book is shown whole this often. */
const BOOKS_MS = 500;

const port = parentPort!;
const data = workerData as MarketThreadData;
const post = (message: ThreadReport): void => {
  port.postMessage(message);
};

const events = new RingConsumer(data.broadcastRing, data.reader);
const wake = new WakeSignal(data.wake);
const frontSignal = new WakeSignal(data.frontSignal);
const frames = new RingProducer(data.frameRing);
frames.onPublish = () => {
  if (frontSignal.notify()) post({ type: 'wake' });
};

let stopping = false;
/** As they were behind `toldSequence`: whoever counts on has seen what came later. */
let counts: MarketCount[] | undefined;
const output = new MarketOutput(frames, () => stopping);
const engine = new MarketEngine(output, new TradingCalendar(data.holidays), new FactorSet(data.factors));
const status = new MarketStatus(data.status);

// The log is read while nothing of the ring is held back for us; what is published then is in the log.
events.detach();
const storage = await openStorage(data.dataDir);
const store = await MarketStore.open(data.dataDir);
const log = new LogStore(storage.log);
const target = {
  get sequence(): number {
    return engine.fold.sequence;
  },
  restore: async (checkpoint: unknown): Promise<boolean> => {
    if (!restoreEngine(engine, checkpoint)) return false;
    await refillFactors(store, engine.fold, engine.factors);
    return true;
  },
  begin: (state: Uint8Array): void => {
    beginEngine(engine, state);
  },
  apply: (views: FrameViews, offset: number): void => {
    const sequence = frameSequence(views, offset);
    if (sequence === data.toldSequence + 1) counts = countNow();
    engine.isMuted = sequence <= data.toldSequence;
    engine.apply(views, offset);
  },
};
const keeper = new MarketKeeper({
  store,
  status,
  checkpointMs: data.checkpointMs,
  save: () => saveEngine(engine),
  onFailure: (message) => {
    post({ type: 'failed', message });
  },
  onRecovered: () => {
    post({ type: 'recovered' });
  },
});
engine.recorder = keeper;
engine.answerRecent = answerRecent;
engine.isMuted = true;
for (const request of data.requests) if (request.type === 'interest') engine.handle(request);
// Who wants what is heard at once: what is told behind `toldSequence` reaches those as well who come while the log is read.
const early: MarketRequest[] = data.requests.filter(({ type }) => type !== 'interest');
let isReady = false;
port.on('message', (request: MarketRequest | ThreadRequest) => {
  if (request.type === 'stop') stopping = true;
  else if (request.type === 'interest') engine.handle(request);
  else if (isReady) engine.handle(request);
  else early.push(request);
});
await recoverMarket(storage, store, target, (watermark, checkpoint) => {
  keeper.begin(watermark, checkpoint);
});
events.attach();
await followLog(log, target);
engine.isMuted = false;
await closeStorage(storage);
keeper.keep(engine.fold.sequence, output.count, performance.now());
isReady = true;
for (const request of early) engine.handle(request);
post({ type: 'counted', counts: counts ?? countNow() });

function countNow(): MarketCount[] {
  const { book, instruments } = engine.fold;
  return Array.from(instruments, ({ instrument }) => ({
    instrument,
    mdSequence: book.mdSequence(instrument),
    changedUs: book.lastChangeUs(instrument),
  }));
}

function answerRecent({ id, instrument, period }: RecentRequest): void {
  const ticks = period === -1 ? keeper.ticksOf(instrument) : [];
  const bars = period === -1 ? [] : keeper.barsOf(instrument, period);
  const newest = period === -1 ? undefined : engine.fold.bars.newest(instrument, period);
  post({ type: 'recent', id, ticks, bars: newest === undefined ? bars : [...bars, newest] });
}

let booksDueMs = 0;

/** Takes what is there, tells what is due; then lets the event loop see messages, then sleeps. */
function turn(): void {
  let count = 0;
  const before = engine.fold.sequence;
  for (let offset = events.next(); offset !== -1; offset = events.next()) {
    engine.apply(events, offset);
    if (++count >= TURN_MAX && !engine.isWithinCommand) break;
  }
  events.release();
  if (data.isTraced && count > 0) tellWork(before + 1);
  const isLeft = !engine.isWithinCommand && show();
  if (stopping && events.isEmpty()) void finish();
  else if (count > 0 || !events.isEmpty()) setImmediate(turn);
  else rest(isLeft || engine.isWatched ? SOON_MS : IDLE_MS);
}

function tellWork(firstSequence: number): void {
  post({ type: 'worked', work: { atMs: Date.now(), firstSequence, lastSequence: engine.fold.sequence } });
}

/** Between two commands. True when something is to be told soon. */
function show(): boolean {
  const nowMs = performance.now();
  const isLeft = engine.endTurn(nowMs);
  engine.pass((performance.timeOrigin + nowMs) * 1000 - GRACE_US);
  if (nowMs >= booksDueMs) {
    booksDueMs = nowMs + BOOKS_MS;
    engine.showBooks();
  }
  keeper.keep(engine.fold.sequence, output.count, nowMs);
  return isLeft;
}

/** While a write is under way its end is heard of by the event loop, which must not be kept waiting. */
function rest(waitMs: number): void {
  if (keeper.isWriting) {
    setTimeout(turn, 1);
    return;
  }
  wake.wait(waitMs, () => !events.isEmpty());
  setImmediate(turn);
}

async function finish(): Promise<void> {
  events.detach();
  await keeper.finish(engine.fold.sequence, output.count);
  await store.close();
  post({ type: 'stopped' });
  port.close();
}

turn();
