/** What one session has subscribed to: channels per instrument, adding up (websocket.md 5). */
import { PERIODS } from '../../core/market-data/periods.js';
import { MARKET_CHANNELS } from '../publisher/market-event.js';
import type { Interest, MarketSubscriber } from '../publisher/market-group.js';

/** Where market data comes from. */
export interface MarketFeed {
  change(subscriber: MarketSubscriber, instrument: number, before: Interest | undefined, after: Interest | undefined): void;
  /** Last event of the log of which there was market data. */
  readonly lastSequence: number;
  /** A whole book comes as a batch of its own, in its place among the changes. */
  askPicture(subscriber: MarketSubscriber, instrument: number, depth: number): void;
  /** The newest states of channels come as batches. */
  askCurrent(subscriber: MarketSubscriber, instrument: number, channels: number): void;
}

export const DEFAULT_DEPTH = 5;
const ALL_PERIODS = (1 << PERIODS.length) - 1;

/** What of a subscription is about all its instruments; undefined leaves what a former subscription said. */
export interface SubscriptionTerms {
  /** Levels of the book. */
  readonly depth?: number | undefined;
  /** Bits by the place of periods in PERIODS. */
  readonly periods?: number | undefined;
}

export class Subscriptions {
  private readonly byInstrument = new Map<number, Interest>();

  constructor(
    private readonly subscriber: MarketSubscriber,
    private readonly feed: MarketFeed,
  ) {}

  get isEmpty(): boolean {
    return this.byInstrument.size === 0;
  }

  includes(instrument: number, channel: number): boolean {
    return ((this.byInstrument.get(instrument)?.channels ?? 0) & channel) !== 0;
  }

  /** Levels of the book that the session was promised for an instrument. */
  depthOf(instrument: number): number {
    return this.byInstrument.get(instrument)?.depth ?? DEFAULT_DEPTH;
  }

  /** Adds `channels`. */
  add(instrument: number, channels: number, { depth, periods }: SubscriptionTerms = {}): void {
    const before = this.byInstrument.get(instrument);
    this.set(instrument, {
      channels: (before?.channels ?? 0) | channels,
      depth: depth ?? before?.depth ?? DEFAULT_DEPTH,
      periods: periods === undefined ? (before?.periods ?? ALL_PERIODS) : periods | periodsOf(before),
    });
  }

  remove(instrument: number, channels: number): void {
    const before = this.byInstrument.get(instrument);
    if (before !== undefined) this.set(instrument, { ...before, channels: before.channels & ~channels });
  }

  /** Instruments subscribed to in any of the channels. */
  instrumentsOf(channels: number): number[] {
    const found: number[] = [];
    for (const [instrument, interest] of this.byInstrument) if ((interest.channels & channels) !== 0) found.push(instrument);
    return found;
  }

  clear(): void {
    for (const [instrument, before] of [...this.byInstrument]) this.set(instrument, { ...before, channels: 0 });
  }

  private set(instrument: number, after: Interest): void {
    const before = this.byInstrument.get(instrument);
    if (after.channels === 0) this.byInstrument.delete(instrument);
    else this.byInstrument.set(instrument, after);
    this.feed.change(this.subscriber, instrument, marketPart(before), marketPart(after));
  }
}

/** Named periods add up with those that were named before; before the first name all were shown. */
function periodsOf(before: Interest | undefined): number {
  return before === undefined || before.periods === ALL_PERIODS ? 0 : before.periods;
}

/** What of an interest is market data; undefined when nothing is. */
function marketPart(interest: Interest | undefined): Interest | undefined {
  if (interest === undefined) return undefined;
  const channels = interest.channels & MARKET_CHANNELS;
  return channels === 0 ? undefined : { ...interest, channels };
}
