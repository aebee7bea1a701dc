/**
 * The bids or the asks: a ladder of prices with a first-in-first-out queue at each, linked through the slab. "Better"
 * means nearer to trading: higher for bids, lower for asks.
 *
 * Where the profile says so, a level at a daily limit has two queues, one behind the other: orders that close lots of
 * earlier days, then all others (trading-rules.md 4.6). They are one list, and the side remembers the last of the first.
 */
import * as enums from '../enums.js';
import * as orderSlab from './order-slab.js';
import type { OrderSlab } from './order-slab.js';
import { PriceLadder, type PriceBand } from './price-ladder.js';

// Bound here: constants of the module are compiled in, imported ones are looked up at every use.
const { Side } = enums;
const { NONE } = orderSlab;

/** No price index: a side without levels of two queues. */
const NOWHERE = -1;

export class BookSide {
  readonly side: number;
  readonly ladder: PriceLadder;
  private readonly isBuy: boolean;
  /** Index of the best price that has an order, or NOWHERE. */
  private bestIndex = NOWHERE;
  /** Indexes of the levels with two queues, and the last order of their first queue. */
  private lowerEdge = NOWHERE;
  private upperEdge = NOWHERE;
  private lowerLast = NONE;
  private upperLast = NONE;

  constructor(side: number, band: PriceBand) {
    this.side = side;
    this.ladder = new PriceLadder(band);
    this.isBuy = side === Side.BUY;
  }

  /** Gives the levels at both indexes two queues; only while the side is empty. */
  splitAt(lowerEdge: number, upperEdge: number): void {
    this.lowerEdge = lowerEdge;
    this.upperEdge = upperEdge;
  }

  /** Index of the best price that has an order, or -1. */
  best(): number {
    return this.bestIndex;
  }

  /** Index of the next price after `index` that has an order, away from the market, or -1. */
  worse(index: number): number {
    return this.isBuy ? this.ladder.occupied.nextBelow(index) : this.ladder.occupied.nextAbove(index);
  }

  /** Whether an order resting here at `index` is good enough for an incoming one whose limit is `limit`. */
  crosses(index: number, limit: number): boolean {
    return this.isBuy ? index >= limit : index <= limit;
  }

  /** Whether an order rests here that an incoming one with this limit would trade with. */
  reaches(limit: number): boolean {
    return this.bestIndex !== NOWHERE && this.crosses(this.bestIndex, limit);
  }

  /** The index `ticks` worse than `index`. */
  beyond(index: number, ticks: number): number {
    return this.isBuy ? index - ticks : index + ticks;
  }

  /** The better of two indexes. */
  better(left: number, right: number): number {
    return this.isBuy === left > right ? left : right;
  }

  /** First order of the queue at the index, or `NONE`. */
  head(index: number): number {
    return this.ladder.head(index);
  }

  tail(index: number): number {
    return this.ladder.tail(index);
  }

  /** The order behind which an order of that kind would be put, or `NONE`. */
  lastOf(index: number, isCloseFirst: boolean): number {
    if (isCloseFirst) {
      if (index === this.lowerEdge) return this.lowerLast;
      if (index === this.upperEdge) return this.upperLast;
    }
    return this.ladder.tail(index);
  }

  /** Lots that an incoming order with this limit could trade; counting stops once `enough` are found. */
  volumeWithin(limit: number, enough: number): number {
    let volume = 0;
    for (let index = this.best(); index >= 0 && volume < enough && this.crosses(index, limit); index = this.worse(index)) {
      volume += this.ladder.volume(index);
    }
    return volume;
  }

  /** Puts the order at the end of its queue at the index. */
  append(slab: OrderSlab, slot: number, index: number, leaves: number): void {
    const { ladder } = this;
    if ((index === this.lowerEdge || index === this.upperEdge) && slab.isCloseFirst(slot)) {
      this.insertFirst(slab, slot, index);
    } else {
      const tail = ladder.tail(index);
      slab.link(slot, tail, NONE);
      if (tail === NONE) ladder.setHead(index, slot);
      ladder.setTail(index, slot);
    }
    ladder.addOrder(index, leaves);
    if (this.bestIndex === NOWHERE || (this.isBuy ? index > this.bestIndex : index < this.bestIndex)) this.bestIndex = index;
  }

  /** Takes the order, which still counts `leaves` lots in its level, out of the queue at the index. */
  remove(slab: OrderSlab, slot: number, index: number, leaves: number): void {
    const { ladder } = this;
    const next = slab.next(slot);
    const previous = slab.previous(slot);
    // A first queue is a prefix of the list, so what comes before its last order is of it too.
    if (slot === this.lowerLast) this.lowerLast = previous;
    else if (slot === this.upperLast) this.upperLast = previous;
    slab.unlink(slot);
    if (previous === NONE) ladder.setHead(index, next);
    if (next === NONE) ladder.setTail(index, previous);
    if (ladder.removeOrder(index, leaves) === 0 && index === this.bestIndex) this.bestIndex = this.worse(index);
  }

  /** At the end of the first queue of a level with two. */
  private insertFirst(slab: OrderSlab, slot: number, index: number): void {
    const { ladder } = this;
    const isLower = index === this.lowerEdge;
    const last = isLower ? this.lowerLast : this.upperLast;
    const next = last === NONE ? ladder.head(index) : slab.next(last);
    slab.link(slot, last, next);
    if (last === NONE) ladder.setHead(index, slot);
    if (next === NONE) ladder.setTail(index, slot);
    if (isLower) this.lowerLast = slot;
    else this.upperLast = slot;
  }
}
