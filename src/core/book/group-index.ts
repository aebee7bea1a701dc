/**
 * Which self-trade groups have resting orders, by side: their number, and a bound that none of them is better than.
 *
 * It exists to keep self-trade prevention cheap (trading-rules: at entry, any own order at a crossing price refuses the
 * whole order). Most incoming orders meet a group that has nothing on the other side, or nothing near enough, and need no
 * walk through the queues. The bound is only ever too good: removals leave it, and a walk that finds nothing moves it.
 *
 * Groups are numbers given in order (accounts or users), so they index arrays, in pages that exist once a group of theirs
 * had an order: a group takes four words, the counts of its bids and asks and their bounds.
 */
import * as assertions from '../assert.js';
import * as enums from '../enums.js';

// Bound here: constants of the module are compiled in, imported ones are looked up at every use.
const assert: typeof assertions.assert = assertions.assert;
const { Side } = enums;

const PAGE_SHIFT = 9;
const PAGE_GROUPS = 1 << PAGE_SHIFT;
const GROUP_WORDS = 4;
const PAGE_WORDS = PAGE_GROUPS * GROUP_WORDS;
const BOUNDS = 2;

export class GroupIndex {
  /** Where each page begins in `words`; 0 for a page that does not exist yet. */
  private starts = new Int32Array(16);
  /** The first page belongs to nobody and stays empty: it answers for all that do not exist. */
  private words = new Int32Array(PAGE_WORDS);

  /** Resting orders of the group on the side. */
  count(group: number, side: number): number {
    return this.words[this.placeOf(group, side)];
  }

  /** No order of the group on the side has a better price index than this; of a group that has orders there. */
  bound(group: number, side: number): number {
    return this.words[this.placeOf(group, side) + BOUNDS];
  }

  setBound(group: number, side: number, index: number): void {
    this.words[this.placeOf(group, side) + BOUNDS] = index;
  }

  add(group: number, side: number, index: number): void {
    let at = this.placeOf(group, side);
    if (at < PAGE_WORDS) at += this.addPage(group >>> PAGE_SHIFT);
    const { words } = this;
    const count = words[at];
    words[at] = count + 1;
    if (count === 0 || (side === Side.BUY ? index > words[at + BOUNDS] : index < words[at + BOUNDS])) words[at + BOUNDS] = index;
  }

  remove(group: number, side: number): void {
    const at = this.placeOf(group, side);
    const count = this.words[at];
    assert(count > 0, 'a resting order is counted for its group');
    this.words[at] = count - 1;
  }

  clear(): void {
    this.words.fill(0);
  }

  private placeOf(group: number, side: number): number {
    const page = group >>> PAGE_SHIFT;
    const start = page < this.starts.length ? this.starts[page] : 0;
    return (start + (group & (PAGE_GROUPS - 1)) * GROUP_WORDS + side) >>> 0;
  }

  /** Where the new page begins. */
  private addPage(page: number): number {
    if (page >= this.starts.length) this.starts = copied(this.starts, Math.max(page + 1, this.starts.length * 2));
    const start = this.words.length;
    this.words = copied(this.words, start + PAGE_WORDS);
    this.starts[page] = start;
    return start;
  }
}

function copied(from: Int32Array, length: number): Int32Array<ArrayBuffer> {
  const to = new Int32Array(length);
  to.set(from);
  return to;
}
