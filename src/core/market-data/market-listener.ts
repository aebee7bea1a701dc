/** What the fold of market data tells. Arguments that are objects are filled again and again: keep no reference. */
import type { Instrument } from '../instrument.js';
import type { Bar } from './bar.js';

/** One trade as the public sees it (market-data.md 1). */
export interface Print {
  tradeId: number;
  /** Place of the trade in the log. */
  sequence: number;
  price: number;
  volume: number;
  /** `Side`, NONE in an auction. */
  takerSide: number;
  timeUs: number;
  /** Of this trade, and of the day after it, in 1/10000. */
  turnover: number;
  turnoverTotal: number;
  /** Lots of the day after it. */
  volumeTotal: number;
  openInterest: number;
  openInterestDelta: number;
  /** Who traded: for the exchange's own eyes. */
  buyOrderId: number;
  sellOrderId: number;
  buyAccount: number;
  sellAccount: number;
}

/** Override what matters; the rest does nothing. */
export class MarketListener {
  /** The first event behind a whole second of an instrument comes next: the moment to picture what was before it. */
  secondPassed(_instrument: number, _secondUs: number): void {}
  /** A command has traded or changed the book; prints and net changes are those of the fold. */
  bookChanged(_instrument: number, _timeUs: number): void {}
  barFinished(_instrument: number, _period: number, _bar: Bar): void {}
  instrumentListed(_instrument: Instrument): void {}
  instrumentChanged(_instrument: Instrument): void {}
  /** Phase or status is another one. */
  phaseChanged(_instrument: Instrument, _timeUs: number): void {}
  /** Just before the statistics of the day are set to 0. */
  dayEnding(_tradingDay: number, _timeUs: number): void {}
  dayTurned(_tradingDay: number, _timeUs: number): void {}
}
