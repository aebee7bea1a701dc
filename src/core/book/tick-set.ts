/**
 * A set of the whole numbers 0 .. capacity-1 that finds the next member up or down in constant time.
 *
 * Three levels of 32-way bitmaps: a bit of `leaves` says that the number is in the set, a bit of `branches` that a word
 * of leaves is not zero, a bit of `roots` that a word of branches is not zero. One root word spans 32^3 = 32 768 numbers,
 * more than the daily band of most instruments; wider sets have more root words, which are scanned one after another.
 */
import * as assertions from '../assert.js';

// Bound here: constants of the module are compiled in, imported ones are looked up at every use.
const assert: typeof assertions.assert = assertions.assert;

export class TickSet {
  readonly capacity: number;
  private readonly leaves: Int32Array;
  private readonly branches: Int32Array;
  private readonly roots: Int32Array;

  constructor(capacity: number) {
    assert(Number.isSafeInteger(capacity) && capacity > 0, 'set capacity above 0');
    this.capacity = capacity;
    this.leaves = new Int32Array(Math.ceil(capacity / 32));
    this.branches = new Int32Array(Math.ceil(this.leaves.length / 32));
    this.roots = new Int32Array(Math.ceil(this.branches.length / 32));
  }

  add(index: number): void {
    assert(index >= 0 && index < this.capacity, 'index inside the set');
    this.leaves[index >>> 5] |= 1 << index;
    this.branches[index >>> 10] |= 1 << (index >>> 5);
    this.roots[index >>> 15] |= 1 << (index >>> 10);
  }

  remove(index: number): void {
    assert(index >= 0 && index < this.capacity, 'index inside the set');
    if ((this.leaves[index >>> 5] &= ~(1 << index)) !== 0) return;
    if ((this.branches[index >>> 10] &= ~(1 << (index >>> 5))) !== 0) return;
    this.roots[index >>> 15] &= ~(1 << (index >>> 10));
  }

  /** False for every index outside 0 .. capacity-1. */
  has(index: number): boolean {
    return index >= 0 && index < this.capacity && (this.leaves[index >>> 5] & (1 << index)) !== 0;
  }

  clear(): void {
    this.leaves.fill(0);
    this.branches.fill(0);
    this.roots.fill(0);
  }

  /** The smallest member, or -1 of an empty set. */
  lowest(): number {
    return this.firstFromRoot(0);
  }

  /** The largest member, or -1 of an empty set. */
  highest(): number {
    return this.lastFromRoot(this.roots.length - 1);
  }

  /** The smallest member above `index`, or -1; `index` may be -1. */
  nextAbove(index: number): number {
    const from = index + 1;
    if (from >= this.capacity) return -1;
    // `-1 << n` keeps the bits n .. 31, so each level asks "here or further up", each higher one "further up" only.
    const leaf = this.leaves[from >>> 5] & (-1 << from);
    if (leaf !== 0) return (from & ~31) | lowestBit(leaf);
    const branch = this.branches[from >>> 10] & (-2 << (from >>> 5));
    if (branch !== 0) return this.firstInLeaf(((from >>> 10) << 5) | lowestBit(branch));
    const root = this.roots[from >>> 15] & (-2 << (from >>> 10));
    if (root !== 0) return this.firstInBranch(((from >>> 15) << 5) | lowestBit(root));
    return this.firstFromRoot((from >>> 15) + 1);
  }

  /** The largest member below `index`, or -1; `index` may be the capacity. */
  nextBelow(index: number): number {
    const from = index - 1;
    if (from < 0) return -1;
    // `~(-2 << n)` keeps the bits 0 .. n, `~(-1 << n)` the bits below n.
    const leaf = this.leaves[from >>> 5] & ~(-2 << from);
    if (leaf !== 0) return (from & ~31) | highestBit(leaf);
    const branch = this.branches[from >>> 10] & ~(-1 << (from >>> 5));
    if (branch !== 0) return this.lastInLeaf(((from >>> 10) << 5) | highestBit(branch));
    const root = this.roots[from >>> 15] & ~(-1 << (from >>> 10));
    if (root !== 0) return this.lastInBranch(((from >>> 15) << 5) | highestBit(root));
    return this.lastFromRoot((from >>> 15) - 1);
  }

  /** Asserts that the upper levels say exactly what the leaves say. */
  check(): void {
    checkLevel(this.leaves, this.branches);
    checkLevel(this.branches, this.roots);
  }

  private firstFromRoot(word: number): number {
    for (; word < this.roots.length; word++) {
      if (this.roots[word] !== 0) return this.firstInBranch((word << 5) | lowestBit(this.roots[word]));
    }
    return -1;
  }

  private lastFromRoot(word: number): number {
    for (; word >= 0; word--) {
      if (this.roots[word] !== 0) return this.lastInBranch((word << 5) | highestBit(this.roots[word]));
    }
    return -1;
  }

  private firstInBranch(word: number): number {
    return this.firstInLeaf((word << 5) | lowestBit(this.branches[word]));
  }

  private firstInLeaf(word: number): number {
    return (word << 5) | lowestBit(this.leaves[word]);
  }

  private lastInBranch(word: number): number {
    return this.lastInLeaf((word << 5) | highestBit(this.branches[word]));
  }

  private lastInLeaf(word: number): number {
    return (word << 5) | highestBit(this.leaves[word]);
  }
}

function lowestBit(word: number): number {
  return 31 - Math.clz32(word & -word);
}

function highestBit(word: number): number {
  return 31 - Math.clz32(word);
}

function checkLevel(lower: Int32Array, upper: Int32Array): void {
  for (let word = 0; word < lower.length; word++) {
    const marked = (upper[word >>> 5] & (1 << word)) !== 0;
    assert(marked === (lower[word] !== 0), 'a bitmap word is marked one level up exactly when it is not zero');
  }
}
