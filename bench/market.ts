/**
 * How fast does the market worker turn durable events into market data?
 *
 * Events are frames as the log has them: orders, cancels and trades. The yardstick decodes the same frames and does nothing
 * with them: what is above it is the work of market data itself.
 */
import { MarketEngine } from '../src/cluster/market/market-engine.js';
import { MarketOutput } from '../src/cluster/market/market-output.js';
import { DepthFold } from '../src/core/depth.js';
import { Offset, Side } from '../src/core/enums.js';
import type { EventHandler } from '../src/core/events.js';
import { PERIODS } from '../src/core/market-data/periods.js';
import { TradingCalendar } from '../src/core/sessions.js';
import { AnswerText } from '../src/front/views/answer-text.js';
import { MarketCache } from '../src/front/views/market-cache.js';
import { CounterFamily } from '../src/metrics/counter-family.js';
import { RingBuffer } from '../src/ring/ring-buffer.js';
import { RingConsumer } from '../src/ring/ring-consumer.js';
import { RingProducer } from '../src/ring/ring-producer.js';
import { EventDecoder } from '../src/wire/event-decoder.js';
import { frameLength, isEndOfCommand } from '../src/wire/frame-header.js';
import { frameViews, type FrameViews } from '../src/wire/frame-layout.js';
import { MARKET_CHANNELS } from '../src/wire/market/channels.js';
import { Form } from '../src/wire/market/market-layout.js';
import { snapshotText } from '../src/wire/market/snapshot-text.js';
import { EventStream, MIDDLE, TICK } from './support/event-stream.js';
import { percentile, rowOf } from './support/figures.js';
import type { Row, Suite, SuiteOptions } from './support/suite.js';

const ACCOUNTS = 100;
const INSTRUMENTS = 100;
const DECODING = 'decoding alone';

interface Plan {
  commands: number;
  rounds: number;
}

const FULL: Plan = { commands: 600_000, rounds: 5 };
const SMOKE: Plan = { commands: 5000, rounds: 1 };

export const market: Suite = {
  name: 'market',
  question: 'How fast do events become market data, and how soon does a query have its answer?',
  run: (options) => Promise.resolve(measure(options.smoke ? SMOKE : FULL, options)),
};

function measure({ commands, rounds }: Plan, { progress }: SuiteOptions): Row[] {
  progress('making events');
  const stream = flow(commands);
  const views = frameViews(stream.bytes.subarray(0, stream.length));
  const runs = { decode: [] as number[], fold: [] as number[], encode: [] as number[], command: [] as number[] };
  const times = { recovery: [] as number[], snapshots: [] as number[] };
  for (let round = 0; round < rounds; round++) {
    progress(`round ${round + 1} of ${rounds}`);
    runs.decode.push(stream.count / decodeAll(views, stream.length));
    const begin = performance.now();
    runs.fold.push(stream.count / follow(new Run(false), views, stream.length).seconds);
    times.recovery.push(((performance.now() - begin) * 1_000_000) / stream.count);
    const run = new Run(true);
    const watched = follow(run, views, stream.length);
    times.snapshots.push(pictureAll(run));
    runs.encode.push(stream.count / watched.seconds);
    runs.command.push(percentile(watched.commandUs, 0.99));
  }
  const yardstick = { name: DECODING, runs: runs.decode };
  return [
    rowOf('worker, nobody subscribes', 'events/s', runs.fold, yardstick),
    rowOf('worker, every channel of one instrument in ten', 'events/s', runs.encode, yardstick),
    rowOf('event to frame, p99', 'µs', runs.command),
    rowOf('folding 1 M events, 100 instruments', 'ms', times.recovery),
    rowOf('snapshots of 100 instruments, p99', 'ms', times.snapshots),
    rowOf(
      'tick query in process, p99',
      'µs',
      Array.from({ length: rounds }, () => queryTicks(stream)),
    ),
  ];
}

/** One engine with its ring, which is emptied as the front would. */
class Run {
  private readonly frames: RingConsumer;
  readonly engine: MarketEngine;

  constructor(isWatched: boolean) {
    const ring = RingBuffer.create(1 << 24);
    this.frames = new RingConsumer(ring);
    this.engine = new MarketEngine(new MarketOutput(new RingProducer(ring)), new TradingCalendar());
    if (!isWatched) return;
    for (let instrument = 1; instrument <= INSTRUMENTS; instrument += 10) {
      this.engine.handle({ type: 'interest', instrument, form: Form.text, channels: MARKET_CHANNELS, depths: [5, 20] });
    }
  }

  empty(): void {
    while (this.frames.next() !== -1);
    this.frames.release();
  }
}

function follow(run: Run, views: FrameViews, end: number): { seconds: number; commandUs: number[] } {
  const commandUs: number[] = [];
  let spentMs = 0;
  let commandMs = performance.now();
  let count = 0;
  for (let offset = 0; offset < end; offset += frameLength(views, offset)) {
    run.engine.apply(views, offset);
    if (!isEndOfCommand(views, offset)) continue;
    const now = performance.now();
    spentMs += now - commandMs;
    if (++count % 16 === 0) commandUs.push((now - commandMs) * 1000);
    if (count % 1024 === 0) {
      run.engine.endTurn(now);
      spentMs += performance.now() - now;
      run.empty();
    }
    commandMs = performance.now();
  }
  const { fold } = run.engine;
  if (fold.tradeCount === 0 || fold.bars.newest(1, PERIODS.length - 1) === undefined) throw new Error('no market data came of the events');
  return { seconds: spentMs / 1000, commandUs };
}

/** What a second of all instruments takes to be pictured and written, ms at the 99th percentile. */
function pictureAll({ engine }: Run): number {
  const times: number[] = [];
  for (let n = 0; n < 200; n++) {
    const begin = performance.now();
    for (let instrument = 1; instrument <= INSTRUMENTS; instrument++) snapshotText(engine.snapshots.make(instrument, engine.fold.timeUs));
    times.push(performance.now() - begin);
  }
  return percentile(times.slice(100), 0.99);
}

/** Seconds. */
function decodeAll(views: FrameViews, end: number): number {
  const nothing = (): void => undefined;
  const handler: EventHandler = {
    ...{ orderAccepted: nothing, orderRefused: nothing, trade: nothing, orderCancelled: nothing, cancelRefused: nothing },
    ...{
      orderAmended: nothing,
      amendRefused: nothing,
      massCancelled: nothing,
      phaseChanged: nothing,
      orderDeclined: nothing,
      rare: nothing,
    },
  };
  const decoder = new EventDecoder(handler);
  const begin = performance.now();
  for (let offset = 0; offset < end; offset += frameLength(views, offset)) decoder.decode(views, offset);
  return (performance.now() - begin) / 1000;
}

/** What the front answers a GET of a tick with, µs at the 99th percentile. */
function queryTicks({ state }: EventStream): number {
  const depth = new DepthFold(state);
  const cache = new MarketCache(state, depth, new AnswerText(state, depth), new CounterFamily(['view', 'result']));
  const times: number[] = [];
  for (let n = 0; n < 20_000; n++) {
    const begin = performance.now();
    cache.tick((n % INSTRUMENTS) + 1, Date.now());
    times.push((performance.now() - begin) * 1000);
  }
  return percentile(times.slice(5000), 0.99);
}

/** Orders around the middle, of which about every third trades and every fourth is cancelled. */
function flow(commands: number): EventStream {
  const stream = new EventStream(ACCOUNTS, INSTRUMENTS);
  let seed = 12_345;
  const below = (limit: number): number => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
    return (seed >>> 8) % limit;
  };
  const resting: number[] = [];
  for (let n = 0; n < commands; n++) {
    if (n % 4 === 3 && resting.length > 1000) {
      const slot = stream.state.orders.find(resting[below(resting.length)]);
      if (slot !== -1) stream.cancel(slot);
      continue;
    }
    const account = 1 + below(ACCOUNTS);
    const instrument = 1 + below(INSTRUMENTS);
    const buys = below(2) === 0;
    const price = MIDDLE + (buys ? below(12) - 10 : 10 - below(12)) * TICK;
    const orderId = stream.order(account, instrument, buys ? Side.BUY : Side.SELL, Offset.OPEN, price, 1 + below(5));
    if (resting.length < 20_000) resting.push(orderId);
    else resting[below(resting.length)] = orderId;
  }
  return stream;
}
