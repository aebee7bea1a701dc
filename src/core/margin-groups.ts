/**
 * Margin sides of accounts by margin group: under LARGER only the larger of Σ long and Σ short of a group counts
 * (ledger.md 5.4). All of it follows from the margins of the position sides and is never stored.
 *
 * A group is a product on its exchange, or whatever instruments carry the same `marginGroup`.
 */
import { grown } from './columns.js';
import { MarginMode } from './enums.js';
import type { Instrument } from './instrument.js';
import { IntMap } from './int-map.js';
import { pairKey } from './positions.js';

/** Every side of the instrument counts for itself (BOTH). */
export const EACH_SIDE = 1;
const UNKNOWN = 0;

export class MarginGroups {
  /** By instrument: EACH_SIDE, or the number of its group. */
  private groupOf = new Uint32Array(64);
  private readonly numbers = new Map<string, number>();
  private nextNumber = EACH_SIDE + 1;
  /** Account and group → the pair's index in `sums`. */
  private readonly pairs = new IntMap();
  private pairCount = 0;
  /** Σ margins of a pair: index pair × 2 + side. */
  private sums = new Float64Array(128);

  of(instrument: Instrument): number {
    const number = instrument.instrument;
    const known = number < this.groupOf.length ? this.groupOf[number] : UNKNOWN;
    return known === UNKNOWN ? this.assign(instrument) : known;
  }

  /** The group that margins of the instrument lie in, whatever its terms say now. */
  previous({ instrument }: Instrument): number {
    const known = instrument < this.groupOf.length ? this.groupOf[instrument] : UNKNOWN;
    // an instrument that has not been asked for has no margins anywhere
    return known === UNKNOWN ? EACH_SIDE : known;
  }

  /** Puts the instrument into the group that its terms name now. Its margins must not lie in another one. */
  assign(instrument: Instrument): number {
    const number = instrument.instrument;
    if (number >= this.groupOf.length) this.groupOf = grown(this.groupOf, Math.max(this.groupOf.length * 2, number + 1));
    const group = instrument.marginMode === MarginMode.BOTH ? EACH_SIDE : this.numberOf(groupName(instrument));
    this.groupOf[number] = group;
    return group;
  }

  /** Changes the margin of a side of an account by `delta`; returns what that changes of the account's margin. */
  add(group: number, account: number, side: number, delta: number): number {
    if (group === EACH_SIDE) return delta;
    const at = this.pairFor(account, group) * 2;
    const before = Math.max(this.sums[at], this.sums[at + 1]);
    this.sums[at + side] += delta;
    return Math.max(this.sums[at], this.sums[at + 1]) - before;
  }

  /** Σ margins of one side of an account in a group. */
  sum(group: number, account: number, side: number): number {
    const pair = this.pairs.get(pairKey(account, group));
    return pair === -1 ? 0 : this.sums[pair * 2 + side];
  }

  /** Forgets all margins; instruments stay in their groups. */
  clear(): void {
    this.sums.fill(0);
  }

  private numberOf(name: string): number {
    let number = this.numbers.get(name);
    if (number === undefined) {
      number = this.nextNumber++;
      this.numbers.set(name, number);
    }
    return number;
  }

  private pairFor(account: number, group: number): number {
    const key = pairKey(account, group);
    const found = this.pairs.get(key);
    if (found !== -1) return found;
    const pair = this.pairCount++;
    if (pair * 2 + 1 >= this.sums.length) this.sums = grown(this.sums, this.sums.length * 2);
    this.pairs.set(key, pair);
    return pair;
  }
}

/** Names of both kinds never meet: a product carries the number of its exchange. */
function groupName({ marginGroup, exchange, productId }: Instrument): string {
  return marginGroup === '' ? `${exchange} ${productId}` : `group ${marginGroup}`;
}
