/** The books of the matching bench behind one face. Each runs the same commands of a flow and digests every trade. */
import { createRequire } from 'node:module';
import { compileForMatching } from '../../src/cluster/matching-code.js';
import { Matcher } from '../../src/core/book/matcher.js';
import { warmUp } from '../../src/core/book/warm-up.js';
import * as enums from '../../src/core/enums.js';
import * as events from '../../src/core/events.js';
import { CancelEntry, OrderEntry } from '../../src/core/events.js';
import { RingBuffer } from '../../src/ring/ring-buffer.js';
import { RingConsumer } from '../../src/ring/ring-consumer.js';
import { RingProducer } from '../../src/ring/ring-producer.js';
import * as frameHeader from '../../src/wire/frame-header.js';
import * as frameLayout from '../../src/wire/frame-layout.js';
import { MatchPublisher } from '../../src/wire/match-publisher.js';
import * as bookFlow from './book-flow.js';
import type { BookFlow } from './book-flow.js';
import { TradeDigest } from './trade-digest.js';

// Bound here: constants of the module are compiled in, imported ones are looked up at every use.
const { Side } = enums;
const { FrameKind } = events;
const { frameKind, isEndOfCommand } = frameHeader;
const { TradeAt } = frameLayout;
const { bookSpec, fillCancel, fillOrder, Kind, TICK } = bookFlow;

export interface BookEngine {
  /** Executes one command of the flow. */
  execute(at: number): void;
  /** Takes out what the commands since the last call have said; a part of what is measured. */
  collect(): void;
  readonly digest: TradeDigest;
}

/** Many batches of frames, and few enough that they stay in the second-level cache between writing and reading. */
const RING_BYTES = 1 << 18;

export const ENGINES = ['ours', 'nodejs-order-book', 'hft-limit-order-book'] as const;
export type EngineName = (typeof ENGINES)[number];

/** The whole book as a worker uses it: every event becomes a frame in a ring, and the ring is read. */
class OurEngine implements BookEngine {
  readonly digest = new TradeDigest();
  private readonly publisher: MatchPublisher;
  private readonly matcher: Matcher;
  private readonly events: RingConsumer;
  private readonly order = new OrderEntry();
  private readonly cancel = new CancelEntry();

  constructor(private readonly flow: BookFlow) {
    // As workers/matching.ts does.
    compileForMatching();
    const scratch = RingBuffer.create(1 << 20);
    new RingConsumer(scratch).detach();
    warmUp(new Matcher(new MatchPublisher(new RingProducer(scratch), 1)));
    const ring = RingBuffer.create(RING_BYTES);
    this.events = new RingConsumer(ring);
    this.publisher = new MatchPublisher(new RingProducer(ring), 1);
    this.matcher = new Matcher(this.publisher);
    this.matcher.openBook(bookSpec());
  }

  execute(at: number): void {
    if (this.flow.kind[at] === Kind.CANCEL) {
      fillCancel(this.cancel, this.flow, at);
      this.matcher.cancel(this.cancel);
    } else {
      fillOrder(this.order, this.flow, at);
      this.matcher.submit(this.order);
    }
  }

  collect(): void {
    this.publisher.flush();
    digestFrames(this.events, this.digest);
  }
}

/** Reads a ring to its end and adds the trades; returns the number of frames that ended a command. */
export function digestFrames(events: RingConsumer, digest: TradeDigest): number {
  let ended = 0;
  const { words, doubles } = events;
  for (let offset = events.next(); offset !== -1; offset = events.next()) {
    if (isEndOfCommand(events, offset)) ended++;
    if (frameKind(events, offset) !== FrameKind.Trade) continue;
    const buys = (words[(offset + TradeAt.takerSidePhase) >>> 2] & 0xff) === Side.BUY;
    const maker = doubles[(offset + (buys ? TradeAt.sellOrderId : TradeAt.buyOrderId)) >>> 3];
    digest.add(maker, doubles[(offset + TradeAt.price) >>> 3] / TICK, words[(offset + TradeAt.volume) >>> 2]);
  }
  events.release();
  return ended;
}

/** What both peers answer: orders that are filled now, and the one that is filled in part. */
interface PeerAnswer {
  done: { id: string; size: number; price: number }[];
  partial: { id: string; price: number } | null;
  partialQuantityProcessed: number;
  err: Error | null;
}

interface PeerBook {
  limit(order: { id: string; side: string; size: number; price: number; timeInForce?: string }): PeerAnswer;
  cancel(id: string): unknown;
}

/** A book of objects. Its ids are strings; those that do not look like numbers are the faster ones. */
class PeerEngine implements BookEngine {
  readonly digest = new TradeDigest();
  private readonly book: PeerBook;
  private readonly ids: string[];

  constructor(
    name: EngineName,
    private readonly flow: BookFlow,
    commands: number,
  ) {
    // Its package.json names a file of types that does not exist.
    const peer = createRequire(import.meta.url)(name) as { OrderBook: new () => PeerBook };
    this.book = new peer.OrderBook();
    this.ids = Array.from({ length: commands + 1 }, (_, id) => `o${id}`);
  }

  execute(at: number): void {
    const { kind, side, price, volume } = this.flow;
    const id = this.ids[this.flow.id[at]];
    if (kind[at] === Kind.CANCEL) {
      if (this.book.cancel(id) === undefined) throw new Error(`the peer does not know ${id}`);
      return;
    }
    const options = { id, side: side[at] === Side.BUY ? 'buy' : 'sell', size: volume[at], price: price[at] };
    if (kind[at] === Kind.ADD) {
      this.book.limit(options);
      return;
    }
    const { done, partial, partialQuantityProcessed, err } = this.book.limit({ ...options, timeInForce: 'IOC' });
    if (err !== null) throw err;
    for (const maker of done) if (maker.id !== id) this.digest.add(numberOf(maker.id), maker.price, maker.size);
    if (partial !== null && partial.id !== id) this.digest.add(numberOf(partial.id), partial.price, partialQuantityProcessed);
  }

  collect(): void {}
}

/** `commands` is how many of the flow it will be given at most. */
export function openEngine(name: EngineName, flow: BookFlow, commands: number): BookEngine {
  return name === 'ours' ? new OurEngine(flow) : new PeerEngine(name, flow, commands);
}

function numberOf(id: string): number {
  return Number(id.slice(1));
}
