/**
 * Numbers of the exchange (design: integers only inside).
 *
 * Prices and money are integers of 1/10000 of the currency unit; volumes are lots; margin and limit rates are ppm (1e-6);
 * fee rates are 1e-8. All fit in 2^53. Products of them do not always: `mulDiv*` compute them exactly without BigInt.
 */
import { assert } from './assert.js';

/** Units of price and money in one currency unit. */
export const MONEY_SCALE = 10_000;
/** Margin and limit rates: parts per million. */
export const PPM = 1_000_000;
/** Fee rates: parts per hundred million. */
export const FEE_SCALE = 100_000_000;
/** No balance or sum of one account may pass this (ledger.md 1): 900 billion currency units. */
export const MONEY_MAX = 9_000_000_000_000_000;
/** Market-wide sums can pass 2^53 in a day, so they are carried as high × WIDE + low. */
export const WIDE = 1_000_000_000_000;

/**
 * Exact quotient and remainder of a·b / c, written into `out`. Requires 0 ≤ a ≤ 2^53, 0 ≤ b ≤ 1e8, 0 < c ≤ 1e8.
 *
 * Remainders are taken as a − floor(a / c)·c, because `%` of doubles is a loop. That floor is exact: for whole numbers up to
 * 2^53 a quotient is further from the next whole number than rounding reaches.
 */
function divide(a: number, b: number, c: number, out: { quotient: number; remainder: number }): void {
  assert(a >= 0 && a <= Number.MAX_SAFE_INTEGER && b >= 0 && b <= FEE_SCALE && c > 0 && c <= FEE_SCALE, 'mulDiv operands in range');
  const product = a * b;
  if (product <= Number.MAX_SAFE_INTEGER) {
    const quotient = Math.floor(product / c);
    out.quotient = quotient;
    out.remainder = product - quotient * c;
    return;
  }
  // a = whole·c + part, so a·b/c = whole·b + part·b/c; part·b may still reach 1e16, so b is split at 1e4.
  const whole = Math.floor(a / c);
  const part = a - whole * c;
  const high = Math.floor(b / 10_000);
  const low = b - high * 10_000;
  const partHigh = part * high;
  const wholeHigh = Math.floor(partHigh / c);
  const tail = (partHigh - wholeHigh * c) * 10_000 + part * low;
  const wholeTail = Math.floor(tail / c);
  out.quotient = whole * b + wholeHigh * 10_000 + wholeTail;
  out.remainder = tail - wholeTail * c;
}

const result = { quotient: 0, remainder: 0 };

/** floor(a·b / c), exact. */
export function mulDivFloor(a: number, b: number, c: number): number {
  divide(a, b, c, result);
  return result.quotient;
}

/** ceil(a·b / c), exact. */
export function mulDivCeil(a: number, b: number, c: number): number {
  divide(a, b, c, result);
  return result.remainder === 0 ? result.quotient : result.quotient + 1;
}

/** a·b / c rounded half up, exact. */
export function mulDivHalfUp(a: number, b: number, c: number): number {
  divide(a, b, c, result);
  return result.remainder * 2 >= c ? result.quotient + 1 : result.quotient;
}

/** floor(a·b / c) for operands beyond 1e8 (display ratios only: not for the hot path). */
export function ratioFloor(a: number, scale: number, b: number): number {
  return Number((BigInt(a) * BigInt(scale)) / BigInt(b));
}

/**
 * A decimal number of an interface as an integer of 1/`scale`, or NaN when it has more digits than the scale holds.
 *
 * Exact as long as doubles tell neighbours apart: below 2^39 for 1/10000, within MONEY_MAX for 1/100. A decimal stands for the double nearest to it, and so does the quotient of the
 * right integer. The product may be rounded to a neighbour of it, so the neighbours are tried as well.
 */
export function fromDecimal(value: number, scale: number): number {
  const scaled = Math.round(value * scale);
  if (!Number.isSafeInteger(scaled)) return NaN;
  if (scaled / scale === value) return scaled;
  if ((scaled + 1) / scale === value) return scaled + 1;
  return (scaled - 1) / scale === value ? scaled - 1 : NaN;
}

/** An integer of 1/10000 as the number that interfaces show. */
export function toDecimal(units: number): number {
  return units / MONEY_SCALE;
}
