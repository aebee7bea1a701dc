/** A client's copy of a book, kept by the rule of market-data.md 4. */
import type { DepthLevel } from '../../../src/core/market-data/public-book.js';
import type { Message } from './floor.js';

interface WireLevel {
  price: number;
  volume: number;
  order_count: number;
}

export class MarketMirror {
  /** md_seq of what it shows; -1 before the first picture. */
  have = -1;
  pictures = 0;
  private readonly bids = new Map<number, WireLevel>();
  private readonly asks = new Map<number, WireLevel>();

  /** Throws when a change is missing that nobody told of. */
  take(message: Message): void {
    if (message.type === 'orderbook') this.takePicture(message);
    if (message.type === 'order_book_update') this.takeChange(message);
  }

  /** A connection that was lost: nothing is known any more. */
  forget(): void {
    this.have = -1;
    this.bids.clear();
    this.asks.clear();
  }

  /** The best levels, best first. */
  levels(side: 'bid' | 'ask', limit: number): DepthLevel[] {
    const levels = [...(side === 'bid' ? this.bids : this.asks).values()];
    levels.sort((a, b) => (side === 'bid' ? b.price - a.price : a.price - b.price));
    return levels.slice(0, limit).map(({ price, volume, order_count: orderCount }) => ({ price: price * 10_000, volume, orderCount }));
  }

  private takePicture(message: Message): void {
    this.pictures++;
    this.have = message.md_seq as number;
    for (const [levels, map] of [
      [message.bids, this.bids],
      [message.asks, this.asks],
    ] as const) {
      map.clear();
      for (const level of levels as WireLevel[]) map.set(level.price, level);
    }
  }

  private takeChange(message: Message): void {
    const sequence = message.md_seq as number;
    if (this.have === -1) throw new Error(`a change before the first picture: ${JSON.stringify(message)}`);
    if (sequence !== this.have && sequence !== this.have + 1) throw new Error(`change ${sequence} after ${this.have}`);
    this.have = sequence;
    const map = message.side === 'bid' ? this.bids : this.asks;
    const { price, volume, order_count } = message as unknown as WireLevel;
    if (volume === 0) map.delete(price);
    else map.set(price, { price, volume, order_count });
  }
}
