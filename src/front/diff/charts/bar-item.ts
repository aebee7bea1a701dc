/** Bars and prints as charts show them (diff.md 6.2, 6.3). */
import type { Bar } from '../../../core/market-data/bar.js';
import { toDecimal } from '../../../core/units.js';
import { toNs } from '../beijing-time.js';
import type { SeriesItem } from './series-source.js';

export function barItem(bar: Bar): SeriesItem {
  return {
    id: bar.barNo,
    timeUs: bar.startUs,
    fields: {
      datetime: toNs(bar.startUs),
      open: toDecimal(bar.open),
      high: toDecimal(bar.high),
      low: toDecimal(bar.low),
      close: toDecimal(bar.close),
      volume: bar.volume,
      open_oi: bar.openOi,
      close_oi: bar.closeOi,
    },
  };
}

/** One trade and what is known of the market at its time; NaN for a price and 0 for a number that are not. */
export interface Print {
  /** Dense per instrument. */
  readonly id: number;
  readonly timeUs: number;
  /** 1/10000 */
  readonly price: number;
  readonly volume: number;
  /** Of the day, this trade included; the amount in currency units. */
  readonly volumeTotal: number;
  readonly amountTotal: number;
  readonly openInterest: number;
  /** Best prices in 1/10000; 0 for none. */
  readonly bid: number;
  readonly ask: number;
  readonly average: number;
}

const LEVELS = 5;

export function printItem(print: Print): SeriesItem {
  const fields: Record<string, number> = {
    datetime: toNs(print.timeUs),
    last_price: toDecimal(print.price),
    average: print.average,
    highest: NaN,
    lowest: NaN,
    volume: print.volumeTotal,
    amount: print.amountTotal,
    open_interest: print.openInterest,
  };
  for (let level = 1; level <= LEVELS; level++) {
    fields[`ask_price${level}`] = level === 1 && print.ask !== 0 ? toDecimal(print.ask) : NaN;
    fields[`ask_volume${level}`] = 0;
    fields[`bid_price${level}`] = level === 1 && print.bid !== 0 ? toDecimal(print.bid) : NaN;
    fields[`bid_volume${level}`] = 0;
  }
  return { id: print.id, timeUs: print.timeUs, fields };
}
