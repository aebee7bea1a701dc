/** A settled day as its observers get it: the event, what it came to for every account, and the day's market. */
import type { DaySettled } from '../events.js';
import type { ExchangeState } from '../state.js';
import { WIDE } from '../units.js';
import type { DayFigures } from './day-figures.js';

/** Statistics of an instrument's day; prices in 1/10000, 0 for none. Fields are only ever appended. */
export interface MarketDay {
  instrument: number;
  openPrice: number;
  highPrice: number;
  lowPrice: number;
  lastPrice: number;
  volume: number;
  /** Σ price × multiplier × lots as exact decimal digits, in 1/10000. */
  turnover: string;
  openInterest: number;
  /** That the day went by. */
  preSettlement: number;
  upperLimit: number;
  lowerLimit: number;
}

export interface SettledDay {
  readonly event: DaySettled;
  readonly figures: DayFigures;
  /** Of the instruments that were held or traded. */
  readonly market: readonly MarketDay[];
  /** Accounts that were liquidated on the day. */
  readonly forced: readonly number[];
  readonly timeUs: number;
  readonly sequence: number;
}

/** The market of the day, before it is cleared. */
export function marketDays({ market, instruments }: ExchangeState): MarketDay[] {
  const days: MarketDay[] = [];
  for (const { instrument, preSettlement, upperLimit, lowerLimit } of instruments) {
    if (market.volume[instrument] === 0 && market.openInterest[instrument] === 0) continue;
    const turnover = BigInt(market.turnoverHigh[instrument]) * BigInt(WIDE) + BigInt(market.turnoverLow[instrument]);
    days.push({
      instrument,
      openPrice: market.openPrice[instrument],
      highPrice: market.highPrice[instrument],
      lowPrice: market.lowPrice[instrument],
      lastPrice: market.lastPrice[instrument],
      volume: market.volume[instrument],
      turnover: turnover.toString(),
      openInterest: market.openInterest[instrument],
      preSettlement,
      upperLimit,
      lowerLimit,
    });
  }
  return days;
}
