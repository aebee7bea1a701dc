/** What factors see of a bar, as decimals. */
import { toDecimal } from '../../units.js';
import { decimalBar, type Bar } from '../bar.js';

export const COLUMNS = ['open', 'high', 'low', 'close', 'volume', 'amount', 'oi'] as const;

/** NaN is a value that is not known. */
export type FactorRow = Readonly<Record<(typeof COLUMNS)[number], number>>;

export function rowOf(bar: Bar): FactorRow {
  return { ...decimalBar(bar), oi: bar.closeOi };
}

/** A bar without a trade behind one that closed at `price`, 1/10000, with so many lots held. */
export function flatRow(price: number, oi: number): FactorRow {
  const close = toDecimal(price);
  return { open: close, high: close, low: close, close, volume: 0, amount: 0, oi };
}
