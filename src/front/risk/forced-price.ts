/** The limit price of a forced order (ledger.md 8.4, steps 4 and 5). */
import { Side } from '../../core/enums.js';
import type { Instrument } from '../../core/instrument.js';

/** How far beyond the reference price a forced order may trade: 5 ‰. */
const GIVEN_PER_MILLE = 5;

/** `reference` is the best price of the other side, or the mark without one; 1/10000, clamped into the band, on the tick. */
export function forcedPrice(instrument: Instrument, side: number, reference: number): number {
  const { priceTick, lowerLimit, upperLimit } = instrument;
  if (side === Side.SELL) {
    const bound = Math.floor((reference * (1000 - GIVEN_PER_MILLE)) / 1000 / priceTick) * priceTick;
    return Math.min(upperLimit, Math.max(lowerLimit, bound));
  }
  const bound = Math.ceil((reference * (1000 + GIVEN_PER_MILLE)) / 1000 / priceTick) * priceTick;
  return Math.max(lowerLimit, Math.min(upperLimit, bound));
}

/** The worst price of the band for whoever must close. */
export function bandEdge({ lowerLimit, upperLimit }: Instrument, side: number): number {
  return side === Side.SELL ? lowerLimit : upperLimit;
}
