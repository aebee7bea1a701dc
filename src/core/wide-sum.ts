/**
 * A sum over the whole venue, which may pass 2^53 although every amount in it is far below: high × WIDE + low.
 */
import { WIDE } from './units.js';

export class WideSum {
  high = 0;
  /** 0 ≤ low < WIDE */
  low = 0;

  /** Adds a whole number of either sign below 2^53. */
  add(amount: number): void {
    const low = this.low + (amount % WIDE);
    const carry = Math.floor(low / WIDE);
    this.high += Math.trunc(amount / WIDE) + carry;
    this.low = low - carry * WIDE;
  }

  /** Adds another wide amount, of 0 or more. */
  addWide(high: number, low: number): void {
    this.high += high;
    this.add(low);
  }

  toBigInt(): bigint {
    return BigInt(this.high) * BigInt(WIDE) + BigInt(this.low);
  }
}
