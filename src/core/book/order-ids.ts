/**
 * Order id → slot of every resting order: a hash table without an allocation per operation. Its entries are slots, and the
 * slab links those that share an entry, so that nothing moves when an order leaves and age does not slow it.
 *
 * Sixteen ids in a row, which orders that enter one after another have, share a cache line and never an entry: the upper
 * bits of the entry number come from a hash of id / 16, the lowest four are those of the id.
 */
import * as assertions from '../assert.js';
import * as orderSlab from './order-slab.js';
import type { OrderSlab } from './order-slab.js';

// Bound here: constants of the module are compiled in, imported ones are looked up at every use.
const assert: typeof assertions.assert = assertions.assert;
const { NONE } = orderSlab;

const CAPACITY_MIN = 128;
const CAPACITY_MAX = 2 ** 28;
/** At most every fourth entry is taken: to go along a chain is to touch the cache line of another order. */
const LOAD_INVERSE = 4;

export class OrderIds {
  private entries = new Int32Array(CAPACITY_MIN);
  /** Of a hash, so that as many bits are left as number the lines. */
  private shift = shiftOf(CAPACITY_MIN);
  private live = 0;

  get size(): number {
    return this.live;
  }

  /** The slot of the order, or `NONE`. */
  get(slab: OrderSlab, id: number): number {
    const first = this.entries[this.home(id | 0)];
    return first === NONE || slab.id(first) === id ? first : behind(slab, first, id) | 0;
  }

  /** Adds an order that is not in the table. */
  add(slab: OrderSlab, id: number, slot: number): void {
    const home = this.home(id | 0);
    const first = this.entries[home];
    assert(first === NONE || (slab.id(first) !== id && behind(slab, first, id) === NONE), 'an order rests once');
    slab.setChained(slot, first);
    this.entries[home] = slot;
    if (++this.live * LOAD_INVERSE > this.entries.length) this.grow(slab);
  }

  /** Removes an order that is in the table, in that slot. */
  remove(slab: OrderSlab, id: number, slot: number): void {
    const home = this.home(id | 0);
    const first = this.entries[home];
    if (first === slot) this.entries[home] = slab.chained(slot);
    else unchain(slab, first, slot);
    this.live--;
  }

  /**
   * Multiplying by 2^32 / golden ratio lays the lines of sequential ids out with even gaps, so that orders in a row of ids
   * hardly collide.
   */
  private home(low: number): number {
    return ((Math.imul(low >>> 4, 0x9e37_79b1) >>> this.shift) << 4) | (low & 15);
  }

  private grow(slab: OrderSlab): void {
    const old = this.entries;
    const capacity = old.length * 2;
    assert(capacity <= CAPACITY_MAX, 'orders of a book within their maximum');
    const entries = new Int32Array(capacity);
    this.entries = entries;
    this.shift = shiftOf(capacity);
    for (let from = 0; from < old.length; from++) {
      for (let slot = old[from], next = NONE; slot !== NONE; slot = next) {
        next = slab.chained(slot);
        const home = this.home(slab.id(slot) | 0);
        slab.setChained(slot, entries[home]);
        entries[home] = slot;
      }
    }
  }
}

function shiftOf(capacity: number): number {
  return Math.clz32(capacity / 16 - 1);
}

/** The slot of the order, looked for behind `first`, or `NONE`. */
function behind(slab: OrderSlab, first: number, id: number): number {
  let slot = slab.chained(first);
  while (slot !== NONE && slab.id(slot) !== id) slot = slab.chained(slot);
  return slot;
}

/** Takes the slot out of the chain that begins with `first`. */
function unchain(slab: OrderSlab, first: number, slot: number): void {
  let before = first;
  for (let next = slab.chained(before); next !== slot; next = slab.chained(next)) {
    assert(next !== NONE, 'the table has every resting order');
    before = next;
  }
  slab.setChained(before, slab.chained(slot));
}
