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
import type { MarketCount, MarketReading, MarketThreadData, ThreadReport, ThreadRequest } from '../src/cluster/thread-data.js';
import { FactorSet } from '../src/core/market-data/factors/factor-set.js';
import { TradingCalendar } from '../src/core/sessions.js';
import { RingBuffer } from '../src/ring/ring-buffer.js';
import { RingConsumer } from '../src/ring/ring-consumer.js';
import { RingProducer } from '../src/ring/ring-producer.js';
import { WakeSignal } from '../src/ring/wake-signal.js';
import { closeStorage, openStorage } from '../src/storage/database.js';
import { refillFactors } from '../src/storage/factor-refill.js';
import { LogStore } from '../src/storage/log-store.js';
import { MarketJournal } from '../src/storage/market-journal.js';
import { MarketKeeper } from '../src/storage/market-keeper.js';
import { beginMarket, followLog } from '../src/storage/market-recovery.js';
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

/** A ring that nobody reads: until the front has one. */
const UNHEARD_BYTES = 64 * 1024;

const port = parentPort!;
const post = (message: ThreadReport): void => {
  port.postMessage(message);
};

let stopping = false;
/** What the thread works on, in one part or in two; taken when it is their turn. */
const parts: (MarketReading | MarketThreadData)[] = [];
// without data it was started early, and gets them as messages
if (workerData !== null && workerData !== undefined) parts.push(workerData as MarketThreadData);
let onPart = (): void => undefined;
/** Requests that came before they could be heard, or answered. */
let early: MarketRequest[] = [];
/** Interests are heard; and the end of the log is reached, so that everything can be answered. */
let isBegun = false;
let isReady = false;
// One listener for all messages, from the beginning on: what comes while there is none is lost.
port.on('message', (message: MarketReading | MarketThreadData | MarketRequest | ThreadRequest) => {
  if (!('type' in message)) {
    parts.push(message);
    onPart();
  } else if (message.type === 'stop') stopping = true;
  else if (isReady || (isBegun && message.type === 'interest')) engine.handle(message);
  else early.push(message);
});

async function nextPart(): Promise<MarketReading | MarketThreadData> {
  while (parts.length === 0) await new Promise<void>((resolve) => (onPart = resolve));
  return parts.shift()!;
}

const first = await nextPart();
/** Nothing that is read before the front says how much has been told is told once more. */
let toldSequence = Infinity;
/** As they were behind `toldSequence`: whoever counts on has seen what came later. */
let counts: MarketCount[] | undefined;
const output = new MarketOutput(new RingProducer(RingBuffer.create(UNHEARD_BYTES)), () => stopping);
const engine = new MarketEngine(output, new TradingCalendar(first.holidays), new FactorSet(first.factors));
const storage = await openStorage(first.dataDir);
const store = await MarketStore.open(first.dataDir);
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
    if (sequence === toldSequence + 1) counts = countNow();
    engine.isMuted = sequence <= toldSequence;
    engine.apply(views, offset);
  },
};
const journal = new MarketJournal();
engine.recorder = journal;
engine.isMuted = true;
const beginning = await beginMarket(storage, store, target);
journal.beginBehind(beginning.watermark);
if ('before' in first) await followLog(log, target, first.before);
const data = ('before' in first ? await nextPart() : first) as MarketThreadData;
({ toldSequence } = data);

const events = new RingConsumer(data.broadcastRing, data.reader);
const wake = new WakeSignal(data.wake);
const frontSignal = new WakeSignal(data.frontSignal);
const frames = new RingProducer(data.frameRing);
frames.onPublish = () => {
  if (frontSignal.notify()) post({ type: 'wake' });
};
output.goTo(frames);
// The log is read while nothing of the ring is held back for us; what is published then is in the log.
events.detach();
const keeper = new MarketKeeper({
  store,
  status: new MarketStatus(data.status),
  checkpointMs: data.checkpointMs,
  save: () => saveEngine(engine),
  onFailure: (message) => {
    post({ type: 'failed', message });
  },
  onRecovered: () => {
    post({ type: 'recovered' });
  },
});
keeper.begin(beginning.watermark, beginning.checkpoint);
keeper.giveBack(journal.take());
engine.recorder = keeper;
engine.answerRecent = answerRecent;
// Who wants what is heard at once: what is told behind `toldSequence` reaches those as well who come while the log is read.
early = [...data.requests, ...early].filter((request) => {
  if (request.type === 'interest') engine.handle(request);
  return request.type !== 'interest';
});
isBegun = true;
await followLog(log, target);
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
