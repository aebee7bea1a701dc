/**
 * The resting orders of one book: 48-byte records in one growing buffer, with a free list. A slot is the place of its
 * record, in words, so that no access multiplies. The record at 0 belongs to nobody: 0 names no slot, and a list may write
 * the neighbours of its ends without asking whether there are any.
 *
 *     byte  0        8      12     16       20      24        28      32         40       44
 *           | id     | next | prev | leaves | place | account | group | priority | volume | chain |
 *           | f64    | i32  | i32  | u32    | i32   | u32     | u32   | f64      | u32    | i32   |
 *
 * Matching and cancelling touch the first 32 bytes, three times in four one cache line. What only amends, checks and
 * restores read, priority sequence and total volume, is written when an order enters, which takes the slot released last:
 * beside the rest it is still in the cache then. A free slot has id 0 and its `next` names the next free one.
 *
 *     place, bit  0     1            2          3..5            6..8              9..28
 *                 side  close first  post only  time condition  self-trade mode   price index
 */
import * as assertions from '../assert.js';
import type { OrderEntry } from '../events.js';

// Bound here: constants of the module are compiled in, imported ones are looked up at every use.
const assert: typeof assertions.assert = assertions.assert;

/** Words of a record. */
const RECORD = 12;
const NEXT = 2;
const PREVIOUS = 3;
const LEAVES = 4;
const PLACE = 5;
const ACCOUNT = 6;
const GROUP = 7;
const VOLUME = 10;
const PRIORITY = 8;
const CHAIN = 11;

const INDEX_SHIFT = 9;
const TRAITS_MASK = (1 << INDEX_SHIFT) - 1;
const CLOSE_FIRST = 2;

const CAPACITY_MIN = 16;
/** The largest capacity whose slots are still int32, nobody's record aside. */
const CAPACITY_MAX = Math.floor((2 ** 31 - 1) / RECORD) - 1;

/** No slot: end of a list. */
const NOBODY = 0;
// What a module exports it looks up at every use itself; so it has its own name for it.
export const NONE = NOBODY;

/** What an order is besides price and volume, as the low bits of `place`. */
function placeTraits(order: OrderEntry): number {
  return order.side | (order.closeFirst << 1) | (order.postOnly << 2) | (order.timeCondition << 3) | (order.selfTradeMode << 6);
}

/** An index made by `>>> 0` cannot be negative, which saves the compiler a check and a step at each of them. */
export class OrderSlab {
  private words = new Int32Array((CAPACITY_MIN + 1) * RECORD);
  /** The same memory. */
  private doubles = new Float64Array(this.words.buffer);
  private free = NOBODY;
  private live = 0;

  constructor() {
    this.linkFree(0);
  }

  /** Orders that fit before it grows. */
  get capacity(): number {
    return this.words.length / RECORD - 1;
  }

  /** Orders in the slab. */
  get count(): number {
    return this.live;
  }

  /** A slot filled with the order, linked to nothing. */
  allocate(order: OrderEntry, prioritySequence: number, leaves: number, index: number): number {
    if (this.free === NOBODY) this.grow();
    const { words, doubles } = this;
    const slot = this.free;
    this.free = words[(slot + NEXT) >>> 0];
    doubles[slot >>> 1] = order.orderId;
    words[(slot + LEAVES) >>> 0] = leaves;
    words[(slot + PLACE) >>> 0] = (index << INDEX_SHIFT) | placeTraits(order);
    words[(slot + ACCOUNT) >>> 0] = order.account;
    words[(slot + GROUP) >>> 0] = order.selfTradeGroup;
    words[(slot + VOLUME) >>> 0] = order.volume;
    doubles[(slot + PRIORITY) >>> 1] = prioritySequence;
    this.live++;
    return slot;
  }

  release(slot: number): void {
    const { words, doubles } = this;
    assert(doubles[slot >>> 1] !== 0, 'a slot is released once');
    doubles[slot >>> 1] = 0;
    words[(slot + NEXT) >>> 0] = this.free;
    this.free = slot;
    this.live--;
  }

  /** Order id, 0 of a free slot. */
  id(slot: number): number {
    return this.doubles[slot >>> 1];
  }

  prioritySequence(slot: number): number {
    return this.doubles[(slot + PRIORITY) >>> 1];
  }

  /** Lots of the whole order; what is not open any more is filled or, by SMP_DECREMENT, cancelled. */
  volume(slot: number): number {
    return this.words[(slot + VOLUME) >>> 0] >>> 0;
  }

  setVolume(slot: number, volume: number): void {
    this.words[(slot + VOLUME) >>> 0] = volume;
  }

  /** Takes the order out of its list: its neighbours become each other's. */
  unlink(slot: number): void {
    const { words } = this;
    const next = words[(slot + NEXT) >>> 0];
    const previous = words[(slot + PREVIOUS) >>> 0];
    words[(previous + NEXT) >>> 0] = next;
    words[(next + PREVIOUS) >>> 0] = previous;
  }

  /** Puts the order between two neighbours of a list; either may be `NONE`. */
  link(slot: number, previous: number, next: number): void {
    const { words } = this;
    words[(slot + PREVIOUS) >>> 0] = previous;
    words[(slot + NEXT) >>> 0] = next;
    words[(previous + NEXT) >>> 0] = slot;
    words[(next + PREVIOUS) >>> 0] = slot;
  }

  next(slot: number): number {
    return this.words[(slot + NEXT) >>> 0];
  }

  previous(slot: number): number {
    return this.words[(slot + PREVIOUS) >>> 0];
  }

  /** The next order of the same entry of the table of ids. */
  chained(slot: number): number {
    return this.words[(slot + CHAIN) >>> 0];
  }

  setChained(slot: number, next: number): void {
    this.words[(slot + CHAIN) >>> 0] = next;
  }

  /** Lots still open. */
  leaves(slot: number): number {
    return this.words[(slot + LEAVES) >>> 0] >>> 0;
  }

  setLeaves(slot: number, leaves: number): void {
    this.words[(slot + LEAVES) >>> 0] = leaves;
  }

  side(slot: number): number {
    return this.words[(slot + PLACE) >>> 0] & 1;
  }

  /** Price index. */
  index(slot: number): number {
    return this.words[(slot + PLACE) >>> 0] >>> INDEX_SHIFT;
  }

  setIndex(slot: number, index: number): void {
    const at = (slot + PLACE) >>> 0;
    this.words[at] = (index << INDEX_SHIFT) | (this.words[at] & TRAITS_MASK);
  }

  isCloseFirst(slot: number): boolean {
    return (this.words[(slot + PLACE) >>> 0] & CLOSE_FIRST) !== 0;
  }

  timeCondition(slot: number): number {
    return (this.words[(slot + PLACE) >>> 0] >>> 3) & 7;
  }

  setTimeCondition(slot: number, timeCondition: number): void {
    const at = (slot + PLACE) >>> 0;
    this.words[at] = (this.words[at] & ~(7 << 3)) | (timeCondition << 3);
  }

  account(slot: number): number {
    return this.words[(slot + ACCOUNT) >>> 0] >>> 0;
  }

  /** Self-trade group. */
  group(slot: number): number {
    return this.words[(slot + GROUP) >>> 0] >>> 0;
  }

  /** Fills `into` with what the book knows of the order, all but its price. */
  readOrder(slot: number, into: OrderEntry): void {
    const traits = this.words[(slot + PLACE) >>> 0] & TRAITS_MASK;
    into.orderId = this.id(slot);
    into.account = this.account(slot);
    into.selfTradeGroup = this.group(slot);
    into.volume = this.volume(slot);
    into.leaves = this.leaves(slot);
    into.prioritySequence = this.prioritySequence(slot);
    into.side = traits & 1;
    into.closeFirst = (traits >>> 1) & 1;
    into.postOnly = (traits >>> 2) & 1;
    into.timeCondition = (traits >>> 3) & 7;
    into.selfTradeMode = traits >>> 6;
  }

  /** Slots on the free list, counted by walking it. */
  countFree(): number {
    let count = 0;
    for (let slot = this.free; slot !== NOBODY; slot = this.next(slot)) {
      assert(this.id(slot) === 0, 'a slot on the free list is free');
      assert(++count <= this.capacity, 'the free list has no circle');
    }
    return count;
  }

  /** Half as much again instead of twice: the copy is rare and the unused half of a full slab would be the larger cost. */
  private grow(): void {
    const from = this.capacity;
    const capacity = Math.min(from + (from >>> 1), CAPACITY_MAX);
    assert(capacity > from, 'orders of a book within their maximum');
    const words = new Int32Array((capacity + 1) * RECORD);
    words.set(this.words);
    this.words = words;
    this.doubles = new Float64Array(words.buffer);
    this.linkFree(from);
  }

  /** Puts the records behind the first `from` on the empty free list, lowest first. */
  private linkFree(from: number): void {
    const { words } = this;
    const last = words.length - RECORD;
    this.free = (from + 1) * RECORD;
    for (let slot = this.free; slot < last; slot += RECORD) words[(slot + NEXT) >>> 0] = slot + RECORD;
    words[last + NEXT] = NOBODY;
  }
}
