/** A client's own copy of the book of one instrument, kept by the pictures and changes of the binary protocol. */
import type { MarketData, MarketLevel } from './market-reader.js';

const SELL = 1;

export class BookCopy {
  /** md_seq of what it shows; undefined until a picture has come. */
  mdSeq: number | undefined;
  private readonly bidLevels = new Map<number, MarketLevel>();
  private readonly askLevels = new Map<number, MarketLevel>();

  constructor(readonly instrument: number) {}

  /**
   * Takes what belongs to it and lets pass what does not. False when a change is missing before this one: subscribe to the book
   * again, it is shown whole then; until that comes, changes are let pass.
   */
  take(data: MarketData): boolean {
    if (data.instrument !== this.instrument) return true;
    if (data.type === 'book') {
      this.mdSeq = data.mdSeq;
      replace(this.bidLevels, data.bids);
      replace(this.askLevels, data.asks);
      return true;
    }
    if (data.type !== 'book_update' || this.mdSeq === undefined) return true;
    if (data.mdSeq !== this.mdSeq && data.mdSeq !== this.mdSeq + 1) {
      this.mdSeq = undefined;
      return false;
    }
    this.mdSeq = data.mdSeq;
    const { side, price, volume, orderCount } = data;
    const levels = side === SELL ? this.askLevels : this.bidLevels;
    if (volume === 0) levels.delete(price);
    else levels.set(price, { price, volume, orderCount });
    return true;
  }

  /** The best levels, best first. */
  bids(limit: number): MarketLevel[] {
    return [...this.bidLevels.values()].sort((one, other) => other.price - one.price).slice(0, limit);
  }

  asks(limit: number): MarketLevel[] {
    return [...this.askLevels.values()].sort((one, other) => one.price - other.price).slice(0, limit);
  }
}

function replace(levels: Map<number, MarketLevel>, by: readonly MarketLevel[]): void {
  levels.clear();
  for (const level of by) levels.set(level.price, level);
}
