/**
 * One side of a book as a ladder of ticks between two prices: how many lots and orders wait at each price, and which
 * price comes next. The book hangs its queues on it; a depth view folded from events needs nothing else.
 *
 * index = (price - lowest) / tick, so the whole day's band lies in a few flat arrays.
 */
import * as assertions from '../assert.js';
import { TickSet } from './tick-set.js';

// Bound here: constants of the module are compiled in, imported ones are looked up at every use.
const assert: typeof assertions.assert = assertions.assert;

/** 24 bytes a tick and side: a million ticks cost 50 MB. Real bands have a few thousand. */
export const LADDER_TICKS_MAX = 2 ** 20;

/** A range of prices on a tick grid; both ends are prices of the grid, in 1/10000. */
export class PriceBand {
  readonly lowest: number;
  readonly highest: number;
  readonly tick: number;
  /** Prices in the band. */
  readonly tickCount: number;

  constructor(lowest: number, highest: number, tick: number) {
    assert(Number.isSafeInteger(tick) && tick > 0, 'price tick above 0');
    assert(lowest >= 0 && lowest <= highest && highest <= Number.MAX_SAFE_INTEGER, 'price limits not negative and in order');
    assert(lowest % tick === 0 && highest % tick === 0, 'price limits multiples of the tick');
    this.lowest = lowest;
    this.highest = highest;
    this.tick = tick;
    this.tickCount = (highest - lowest) / tick + 1;
    assert(this.tickCount <= LADDER_TICKS_MAX, 'ticks of a price band within their maximum');
  }

  contains(price: number): boolean {
    return price >= this.lowest && price <= this.highest;
  }

  /** The index of a price inside the band; between two prices of the grid that of the lower one. */
  indexOf(price: number): number {
    return ((price - this.lowest) / this.tick) | 0;
  }

  priceAt(index: number): number {
    return this.lowest + index * this.tick;
  }

  /** Whether the price is a multiple of the tick. Exact, because the product is compared; V8 has no fast path for `%` of doubles. */
  onTick(price: number): boolean {
    return Math.round(price / this.tick) * this.tick === price;
  }

  /** The index of a price inside the band, or -1 when it is off the tick: both with one division. */
  indexOn(price: number): number {
    const distance = price - this.lowest;
    const index = (distance / this.tick) | 0;
    return index * this.tick === distance ? index : -1;
  }

  /** The smallest band with this tick that has all of this one and the price. */
  extendedTo(price: number): PriceBand {
    return this.contains(price) ? this : new PriceBand(Math.min(this.lowest, price), Math.max(this.highest, price), this.tick);
  }
}

const WORDS = 6;
const DOUBLES = 3;
const COUNT = 2;
const HEAD = 3;
const TAIL = 4;

/**
 * The levels of one side, 24 bytes each, so that an order touches one or two cache lines of them:
 *
 *     byte  0        8       12     16     20
 *           | lots   | count | head | tail | (pad)    the queue's ends as slots, 0 for none
 *           | f64    | i32   | i32  | i32  |
 *
 * Lots are doubles, for a level may hold more than 2^32. A depth view leaves the ends of the queues alone.
 */
export class PriceLadder {
  readonly band: PriceBand;
  /** The indexes that have an order. */
  readonly occupied: TickSet;
  private readonly doubles: Float64Array;
  /** The same memory. */
  private readonly words: Int32Array;

  constructor(band: PriceBand) {
    this.band = band;
    this.occupied = new TickSet(band.tickCount);
    this.doubles = new Float64Array(band.tickCount * DOUBLES);
    this.words = new Int32Array(this.doubles.buffer);
  }

  /** Lots at the index. */
  volume(index: number): number {
    return this.doubles[index * DOUBLES];
  }

  orderCount(index: number): number {
    return this.words[index * WORDS + COUNT];
  }

  /** First slot of the queue at the index, or 0. */
  head(index: number): number {
    return this.words[index * WORDS + HEAD];
  }

  setHead(index: number, slot: number): void {
    this.words[index * WORDS + HEAD] = slot;
  }

  /** Last slot of the queue at the index, or 0. */
  tail(index: number): number {
    return this.words[index * WORDS + TAIL];
  }

  setTail(index: number, slot: number): void {
    this.words[index * WORDS + TAIL] = slot;
  }

  /** One more order of `volume` lots at the index. */
  addOrder(index: number, volume: number): void {
    if (this.words[index * WORDS + COUNT]++ === 0) this.occupied.add(index);
    this.doubles[index * DOUBLES] += volume;
  }

  /** Several orders with `volume` lots together at an index that has none. */
  fill(index: number, volume: number, orderCount: number): void {
    assert(this.orderCount(index) === 0 && orderCount > 0, 'orders are put at a price without any');
    this.occupied.add(index);
    this.words[index * WORDS + COUNT] = orderCount;
    this.doubles[index * DOUBLES] = volume;
  }

  /** `volume` lots less, the orders stay. */
  reduce(index: number, volume: number): void {
    this.doubles[index * DOUBLES] -= volume;
  }

  /** One order less, with the `volume` lots it still had; how many are left. */
  removeOrder(index: number, volume: number): number {
    const left = this.words[index * WORDS + COUNT] - 1;
    const before = this.doubles[index * DOUBLES];
    assert(left >= 0 && before >= volume, 'the level holds what leaves it');
    this.doubles[index * DOUBLES] = before - volume;
    this.words[index * WORDS + COUNT] = left;
    if (left === 0) this.occupied.remove(index);
    return left;
  }
}
