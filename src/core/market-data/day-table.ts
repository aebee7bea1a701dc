/** Statistics of the trading day per instrument (market-data.md 5, 7); index is the instrument's number. Prices in 1/10000. */
import { grown } from '../columns.js';
import { WIDE } from '../units.js';

const COLUMNS = [
  'last',
  'open',
  'high',
  'low',
  'close',
  'settlement',
  'volume',
  'turnoverHigh',
  'turnoverLow',
  'trades',
  'lastVolume',
  'lastUs',
  'openInterest',
  'accepted',
  'refused',
  'cancelled',
] as const;

/** What a new day sets to 0. */
const OF_DAY = COLUMNS.filter((name) => name !== 'openInterest' && name !== 'lastUs');

export type DayColumns = Record<(typeof COLUMNS)[number], Float64Array>;

export class DayTable implements DayColumns {
  private capacity = 16;

  /** Price of the last, first, highest and lowest trade; 0 before the first. */
  last = new Float64Array(16);
  open = new Float64Array(16);
  high = new Float64Array(16);
  low = new Float64Array(16);
  /** The last price once the day is closed, else 0; the settlement price once it is set, else 0. */
  close = new Float64Array(16);
  settlement = new Float64Array(16);
  /** Lots, counted once per trade. */
  volume = new Float64Array(16);
  /** Σ price × multiplier × lots as high × WIDE + low. */
  turnoverHigh = new Float64Array(16);
  turnoverLow = new Float64Array(16);
  trades = new Float64Array(16);
  lastVolume = new Float64Array(16);
  lastUs = new Float64Array(16);
  /** Lots held, one-sided. */
  openInterest = new Float64Array(16);
  /** Orders of the day. */
  accepted = new Float64Array(16);
  refused = new Float64Array(16);
  cancelled = new Float64Array(16);

  ensure(instrument: number): void {
    while (instrument >= this.capacity) {
      this.capacity *= 2;
      for (const name of COLUMNS) this[name] = grown(this[name], this.capacity);
    }
  }

  /** `amount` is price × multiplier × lots. */
  trade(instrument: number, price: number, volume: number, amount: number, openInterestDelta: number, timeUs: number): void {
    if (this.open[instrument] === 0) {
      this.open[instrument] = price;
      this.high[instrument] = price;
      this.low[instrument] = price;
    }
    if (price > this.high[instrument]) this.high[instrument] = price;
    if (price < this.low[instrument]) this.low[instrument] = price;
    this.last[instrument] = price;
    this.lastVolume[instrument] = volume;
    this.lastUs[instrument] = timeUs;
    this.volume[instrument] += volume;
    this.trades[instrument] += 1;
    this.openInterest[instrument] += openInterestDelta;
    const low = this.turnoverLow[instrument] + amount;
    const carry = Math.floor(low / WIDE);
    this.turnoverHigh[instrument] += carry;
    this.turnoverLow[instrument] = low - carry * WIDE;
  }

  turnDay(instrument: number): void {
    for (const name of OF_DAY) this[name][instrument] = 0;
  }

  save(): DayColumns {
    return Object.fromEntries(COLUMNS.map((name) => [name, this[name].slice()])) as DayColumns;
  }

  restore(columns: DayColumns): void {
    this.ensure(columns.last.length - 1);
    for (const name of COLUMNS) this[name].set(columns[name]);
  }
}
