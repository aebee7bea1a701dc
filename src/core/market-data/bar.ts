/** One K-line bar (market-data.md 6.2), outside of the columns in which bars grow. */
import { toDecimal, WIDE } from '../units.js';

export interface Bar {
  /** µs since the epoch. */
  startUs: number;
  /** Dense count of the bars with a trade of the instrument and period, from 0; of an empty bar that of the one before it. */
  barNo: number;
  /** 1/10000 */
  open: number;
  high: number;
  low: number;
  close: number;
  /** Lots. */
  volume: number;
  /** Σ price × multiplier × lots as high × WIDE + low, in 1/10000. */
  amountHigh: number;
  amountLow: number;
  /** Lots held before the first trade of the bar and after its last one. */
  openOi: number;
  closeOi: number;
  tradeCount: number;
  isFinished: boolean;
}

/** A bar in which nothing traded: everything stands where the bar before it ended. */
export function emptyBar(before: Pick<Bar, 'barNo' | 'close' | 'closeOi'>, startUs: number): Bar {
  const { barNo, close, closeOi } = before;
  return {
    startUs,
    barNo,
    open: close,
    high: close,
    low: close,
    close,
    volume: 0,
    amountHigh: 0,
    amountLow: 0,
    openOi: closeOi,
    closeOi,
    tradeCount: 0,
    isFinished: true,
  };
}

/** What traded in a bar, prices and amount as decimals. */
export function decimalBar({ open, high, low, close, volume, amountHigh, amountLow }: Bar) {
  return {
    ...{ open: toDecimal(open), high: toDecimal(high), low: toDecimal(low), close: toDecimal(close) },
    ...{ volume, amount: toDecimal(amountHigh * WIDE + amountLow) },
  };
}
