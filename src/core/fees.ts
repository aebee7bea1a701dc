/** The two roundings of the ledger (ledger.md 1): fees half up, margins up; both exact. */
import { Offset, Side } from './enums.js';
import type { Instrument } from './instrument.js';
import { FEE_SCALE, mulDivCeil, mulDivHalfUp, PPM } from './units.js';
import { LONG, SHORT } from './positions.js';

export function openFee(instrument: Instrument, price: number, lots: number): number {
  return mulDivHalfUp(price * instrument.multiplier * lots, instrument.feeOpenByMoney, FEE_SCALE) + instrument.feeOpenByLot * lots;
}

/** Fee of closing lots of earlier days. */
export function closeFee(instrument: Instrument, price: number, lots: number): number {
  return mulDivHalfUp(price * instrument.multiplier * lots, instrument.feeCloseByMoney, FEE_SCALE) + instrument.feeCloseByLot * lots;
}

export function closeTodayFee(instrument: Instrument, price: number, lots: number): number {
  const byMoney = mulDivHalfUp(price * instrument.multiplier * lots, instrument.feeCloseTodayByMoney, FEE_SCALE);
  return byMoney + instrument.feeCloseTodayByLot * lots;
}

/** Margin of a position side (LONG or SHORT) or of an order on it: `notional` is Σ price × multiplier × lots. */
export function marginOf(instrument: Instrument, side: number, notional: number, lots: number): number {
  return side === LONG
    ? mulDivCeil(notional, instrument.longMarginRatio, PPM) + instrument.longMarginPerLot * lots
    : mulDivCeil(notional, instrument.shortMarginRatio, PPM) + instrument.shortMarginPerLot * lots;
}

/** The position side that an order opens or closes. */
export function positionSide(side: number, offset: number): number {
  const buys = side === Side.BUY;
  return (offset === Offset.OPEN) === buys ? LONG : SHORT;
}
