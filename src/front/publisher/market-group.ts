/** Subscribers of one instrument that want the same events: they get the very same frames. */
import { Form } from '../../wire/market/market-layout.js';
import { BATCH_EVENTS_MAX, Channel, MarketBatch, type MarketEvent } from './market-event.js';

export interface MarketSubscriber {
  /** Takes frames of the binary protocol, else JSON. */
  readonly isBinary: boolean;
  /** Takes a batch without sending it yet; never blocks, never throws. */
  deliver(batch: MarketBatch): void;
}

/** What one subscriber wants of one instrument. */
export interface Interest {
  /** Bits of `Channel`. */
  readonly channels: number;
  /** Levels of the order book, 1..20. */
  readonly depth: number;
  /** Bars and factors of these periods: bits by their place in PERIODS. */
  readonly periods: number;
}

const PERIODIC = Channel.kline | Channel.kline_finished | Channel.factor;

export class MarketGroup {
  readonly subscribers = new Set<MarketSubscriber>();
  private waiting: MarketEvent[] = [];
  /** When the group last sent anything, ms. */
  flushedMs = -Infinity;

  constructor(
    readonly instrument: number,
    readonly interest: Interest,
    readonly isBinary: boolean,
  ) {}

  get isWaiting(): boolean {
    return this.waiting.length > 0;
  }

  wants(channels: number, detail: number): boolean {
    const { channels: wanted, depth, periods } = this.interest;
    if ((wanted & channels) === 0) return false;
    if (detail === 0) return true;
    return (channels & PERIODIC) === 0 ? depth === detail : (periods & (1 << (detail - 1))) !== 0;
  }

  add(event: MarketEvent, nowMs: number): void {
    this.waiting.push(event);
    if (this.waiting.length === BATCH_EVENTS_MAX) this.flush(nowMs);
  }

  /** Hands all waiting events to the subscribers as one batch. */
  flush(nowMs: number): void {
    if (this.waiting.length === 0) return;
    const batch = new MarketBatch(this.instrument, this.waiting);
    this.waiting = [];
    this.flushedMs = nowMs;
    for (const subscriber of this.subscribers) subscriber.deliver(batch);
  }
}

/** The groups of one instrument. */
export class InstrumentGroups {
  private readonly groups = new Map<string, MarketGroup>();

  constructor(readonly instrument: number) {}

  get isEmpty(): boolean {
    return this.groups.size === 0;
  }

  /** What all of them want together in one form. */
  interestIn(form: Form): { channels: number; depths: number[] } {
    let channels = 0;
    const depths = new Set<number>();
    for (const { interest, isBinary } of this.groups.values()) {
      if (isBinary !== (form === Form.binary)) continue;
      channels |= interest.channels;
      if ((interest.channels & Channel.orderbook) !== 0) depths.add(interest.depth);
    }
    return { channels, depths: [...depths].sort((a, b) => a - b) };
  }

  [Symbol.iterator](): IterableIterator<MarketGroup> {
    return this.groups.values();
  }

  flush(nowMs: number): void {
    for (const group of this.groups.values()) group.flush(nowMs);
  }

  join(subscriber: MarketSubscriber, interest: Interest): void {
    const key = keyOf(subscriber, interest);
    let group = this.groups.get(key);
    if (group === undefined) {
      group = new MarketGroup(this.instrument, interest, subscriber.isBinary);
      this.groups.set(key, group);
    }
    group.subscribers.add(subscriber);
  }

  leave(subscriber: MarketSubscriber, interest: Interest): void {
    const key = keyOf(subscriber, interest);
    const group = this.groups.get(key);
    if (group === undefined) return;
    group.subscribers.delete(subscriber);
    if (group.subscribers.size === 0) this.groups.delete(key);
  }
}

/** Depth and periods tell groups apart only where there is a book, or bars, to show. */
function keyOf({ isBinary }: MarketSubscriber, { channels, depth, periods }: Interest): string {
  const book = (channels & Channel.orderbook) === 0 ? 0 : depth;
  return `${isBinary ? 'binary' : 'text'}/${channels}/${book}/${(channels & PERIODIC) === 0 ? 0 : periods}`;
}
