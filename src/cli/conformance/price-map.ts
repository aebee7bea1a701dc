import { LADDER_TICKS_MAX } from '../../core/book/price-ladder.js';
import { CaseError } from './case-file.js';

/** Core price units of one tick, so that a reference between two ticks has a price too. */
export const TICK = 10_000;
/** Free ticks on both sides of a case's own prices: no daily limit is in its way. */
const MARGIN_TICKS = 16;

/**
 * A case's prices, any whole numbers, as prices of the core, which are positive and lie in one band of at most 2^20
 * ticks: shifted, or, when they are too far apart for that, numbered from the lowest to the highest. Matching compares
 * prices and never calculates with them, so numbering is exact; an auction looks at the ticks between, and needs shifting.
 */
export class PriceMap {
  readonly lowerLimit = TICK;
  readonly upperLimit: number;
  private readonly lowest: number;
  /** Ascending and distinct, when prices are numbered. */
  private readonly numbered: number[] | undefined;
  private readonly ranks = new Map<number, number>();

  constructor(prices: Iterable<number>, mayNumber: boolean) {
    const distinct = [...new Set(prices)].sort((a, b) => a - b);
    const [lowest, highest] = [distinct[0] ?? 0, distinct.at(-1) ?? 0];
    this.lowest = lowest;
    const ticks = highest - lowest + 1 + 2 * MARGIN_TICKS;
    if (ticks <= LADDER_TICKS_MAX) {
      this.upperLimit = ticks * TICK;
      return;
    }
    const levels = distinct.length + 2 * MARGIN_TICKS;
    if (!mayNumber || levels > LADDER_TICKS_MAX) {
      throw new CaseError(`the prices from ${lowest} to ${highest} span more than the ${LADDER_TICKS_MAX} ticks that a book holds`);
    }
    this.numbered = distinct;
    for (const [rank, price] of distinct.entries()) this.ranks.set(price, rank);
    this.upperLimit = levels * TICK;
  }

  /** `price` is one of those that the map was made for; a reference may be any number when prices are shifted. */
  toCore(price: number): number {
    const tick = this.numbered === undefined ? price - this.lowest : this.ranks.get(price)!;
    return Math.round((tick + 1 + MARGIN_TICKS) * TICK);
  }

  fromCore(price: number): number {
    const tick = price / TICK - 1 - MARGIN_TICKS;
    return this.numbered === undefined ? this.lowest + tick : this.numbered[tick];
  }
}
