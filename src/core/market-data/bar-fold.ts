/**
 * K-line bars of all instruments and periods, grown trade by trade (market-data.md 6).
 *
 * What a bar holds follows from the trades alone. When it is told as finished does not: an event or a timer that passes its
 * end says so, and should a trade of the bar come later all the same, the bar goes on and is told again.
 */
import { grown } from '../columns.js';
import { Phase } from '../enums.js';
import type { Trade } from '../events.js';
import { WIDE } from '../units.js';
import type { Bar } from './bar.js';
import { barStart, DAY, dayStart, PERIODS } from './periods.js';

// Bound here: constants of the module are compiled in, imported ones are looked up at every use.
const COUNT = PERIODS.length;
const DAY_PLACE = DAY;
const WIDE_UNIT = WIDE;
/** Fields of a bar in the columns. */
const FIELDS = 14;
const START = 0;
const BAR_NO = 1;
const OPEN = 2;
const HIGH = 3;
const LOW = 4;
const CLOSE = 5;
const VOLUME = 6;
const AMOUNT_HIGH = 7;
const AMOUNT_LOW = 8;
const OPEN_OI = 9;
const CLOSE_OI = 10;
const TRADES = 11;
const STATE = 12;
/** The moment at which the bar is over, µs. */
const END = 13;

const NONE = 0;
const FORMING = 1;
const FINISHED = 2;

/** Events of a clock may be this much older than the moment at which the clock acted. */
const CLOCK_SKEW_US = 2000;

/** Prints of an auction that wait for the session they open. */
export interface AuctionPrint {
  price: number;
  volume: number;
  amount: number;
  openInterest: number;
  delta: number;
}

export class BarFold {
  private instruments = 16;
  private bars = new Float64Array(16 * COUNT * FIELDS);
  /** By instrument: no forming bar of it ends earlier. */
  private nextEndUs = new Float64Array(16).fill(Infinity);
  private readonly waiting = new Map<number, AuctionPrint[]>();
  /** Nothing ends earlier. */
  private soonestUs = Infinity;
  /** The trading day whose beginning was looked up last. */
  private startedDay = -1;
  private startedDayUs = 0;

  /** Told once a bar is over; the bar is a copy. */
  constructor(private readonly onFinished: (instrument: number, period: number, bar: Bar) => void = () => undefined) {}

  ensure(instrument: number): void {
    while (instrument >= this.instruments) {
      this.bars = grown(this.bars, this.bars.length * 2);
      const ends = grown(this.nextEndUs, this.instruments * 2).fill(Infinity, this.instruments);
      this.nextEndUs = ends;
      this.instruments *= 2;
    }
  }

  /** `amount` is price × multiplier × lots, `openInterest` what is held after the trade, `delta` by how much it changed that. */
  trade(trade: Trade, amount: number, openInterest: number, delta: number, tradingDay: number, phase: number): void {
    const { instrument, price, volume } = trade;
    const { timeUs } = trade.stamp;
    if (timeUs >= this.nextEndUs[instrument]) this.finishUntil(instrument, timeUs);
    this.enter(instrument, DAY_PLACE, this.dayStartOf(tradingDay), price, openInterest - delta);
    this.grow(place(instrument, DAY_PLACE), price, volume, amount, openInterest);
    if (trade.phase === Phase.AUCTION_MATCH && phase !== Phase.CONTINUOUS) {
      const list = this.waiting.get(instrument);
      const print = { price, volume, amount, openInterest, delta };
      if (list === undefined) this.waiting.set(instrument, [print]);
      else list.push(print);
      return;
    }
    for (let period = 0; period < DAY_PLACE; period++) {
      const at = place(instrument, period);
      // most trades belong to the bar that forms
      if (this.bars[at + STATE] !== FORMING || timeUs >= this.bars[at + END]) {
        this.enter(instrument, period, barStart(period, timeUs), price, openInterest - delta);
      }
      this.grow(at, price, volume, amount, openInterest);
    }
  }

  /** A session begins: what its auction traded opens its first bars. */
  sessionBegan(instrument: number, timeUs: number): void {
    const prints = this.waiting.get(instrument);
    if (prints === undefined) return;
    this.waiting.delete(instrument);
    if (timeUs >= this.nextEndUs[instrument]) this.finishUntil(instrument, timeUs);
    for (let period = 0; period < DAY_PLACE; period++) {
      const startUs = barStart(period, timeUs + CLOCK_SKEW_US);
      for (const { price, volume, amount, openInterest, delta } of prints) {
        this.enter(instrument, period, startUs, price, openInterest - delta);
        this.grow(place(instrument, period), price, volume, amount, openInterest);
      }
    }
  }

  /** A session ends, and the next one begins at `resumeUs`: bars that it does not reach are over. */
  sessionEnded(instrument: number, resumeUs: number): void {
    for (let period = 0; period < DAY_PLACE; period++) {
      const at = place(instrument, period);
      if (this.bars[at + STATE] === FORMING && this.bars[at + END] <= resumeUs) this.finish(instrument, period);
    }
    this.noteNextEnd(instrument);
  }

  /** The trading day is over. */
  dayEnded(instrument: number): void {
    if (this.bars[place(instrument, DAY_PLACE) + STATE] === FORMING) this.finish(instrument, DAY_PLACE);
  }

  /** Finishes what is over at the moment, of all instruments. */
  advance(timeUs: number): void {
    if (timeUs < this.soonestUs) return;
    this.soonestUs = Infinity;
    for (let instrument = 1; instrument < this.instruments; instrument++) {
      if (timeUs >= this.nextEndUs[instrument]) this.finishUntil(instrument, timeUs);
      if (this.nextEndUs[instrument] < this.soonestUs) this.soonestUs = this.nextEndUs[instrument];
    }
  }

  /** Finishes what is over at the moment, of one instrument. */
  advanceOne(instrument: number, timeUs: number): void {
    if (timeUs >= this.nextEndUs[instrument]) this.finishUntil(instrument, timeUs);
  }

  /** When the next bar of any instrument is over, µs; Infinity when none is forming. */
  get nextUs(): number {
    return this.soonestUs;
  }

  /** The newest bar, finished or not; undefined before the first trade. */
  newest(instrument: number, period: number): Bar | undefined {
    const at = place(instrument, period);
    if (instrument >= this.instruments || this.bars[at + STATE] === NONE) return undefined;
    const b = this.bars;
    return {
      startUs: b[at + START],
      barNo: b[at + BAR_NO],
      open: b[at + OPEN],
      high: b[at + HIGH],
      low: b[at + LOW],
      close: b[at + CLOSE],
      volume: b[at + VOLUME],
      amountHigh: b[at + AMOUNT_HIGH],
      amountLow: b[at + AMOUNT_LOW],
      openOi: b[at + OPEN_OI],
      closeOi: b[at + CLOSE_OI],
      tradeCount: b[at + TRADES],
      isFinished: b[at + STATE] === FINISHED,
    };
  }

  /** Begins behind a finished bar of a time before the first trade: the next one has the number that follows. */
  beginBehind(instrument: number, period: number, bar: Bar): void {
    const at = place(instrument, period);
    const b = this.bars;
    b[at + START] = bar.startUs;
    b[at + BAR_NO] = bar.barNo;
    b[at + OPEN] = bar.open;
    b[at + HIGH] = bar.high;
    b[at + LOW] = bar.low;
    b[at + CLOSE] = bar.close;
    b[at + VOLUME] = bar.volume;
    b[at + AMOUNT_HIGH] = bar.amountHigh;
    b[at + AMOUNT_LOW] = bar.amountLow;
    b[at + OPEN_OI] = bar.openOi;
    b[at + CLOSE_OI] = bar.closeOi;
    b[at + TRADES] = bar.tradeCount;
    b[at + STATE] = FINISHED;
    b[at + END] = period === DAY ? Infinity : bar.startUs + PERIODS[period].us;
  }

  /** What a fold that goes on from here needs. */
  save(): { bars: Float64Array; waiting: [number, AuctionPrint[]][] } {
    return { bars: this.bars.slice(), waiting: [...this.waiting] };
  }

  restore({ bars, waiting }: ReturnType<BarFold['save']>): void {
    this.ensure(bars.length / (COUNT * FIELDS) - 1);
    this.bars.set(bars);
    for (const [instrument, prints] of waiting) this.waiting.set(instrument, prints);
    for (let instrument = 1; instrument < this.instruments; instrument++) this.noteNextEnd(instrument);
  }

  private dayStartOf(tradingDay: number): number {
    if (tradingDay !== this.startedDay) {
      this.startedDay = tradingDay;
      this.startedDayUs = dayStart(tradingDay);
    }
    return this.startedDayUs;
  }

  /** Makes the newest bar the one that a trade of the moment belongs to; `openInterest` is what was held before it. */
  private enter(instrument: number, period: number, startUs: number, price: number, openInterest: number): void {
    const at = place(instrument, period);
    const b = this.bars;
    // A bar never goes back: what would belong to one that is over goes into the newest.
    if (b[at + STATE] === NONE || startUs > b[at + START]) this.begin(instrument, period, startUs, price, openInterest);
    else if (b[at + STATE] === FINISHED) this.resume(instrument, period);
  }

  /** One more trade of the bar at a place. */
  private grow(at: number, price: number, volume: number, amount: number, openInterest: number): void {
    const b = this.bars;
    if (price > b[at + HIGH]) b[at + HIGH] = price;
    if (price < b[at + LOW]) b[at + LOW] = price;
    b[at + CLOSE] = price;
    b[at + VOLUME] += volume;
    let low = b[at + AMOUNT_LOW] + amount;
    if (low >= WIDE_UNIT) {
      const carry = Math.floor(low / WIDE_UNIT);
      b[at + AMOUNT_HIGH] += carry;
      low -= carry * WIDE_UNIT;
    }
    b[at + AMOUNT_LOW] = low;
    b[at + CLOSE_OI] = openInterest;
    b[at + TRADES] += 1;
  }

  private begin(instrument: number, period: number, startUs: number, price: number, openInterest: number): void {
    const at = place(instrument, period);
    const b = this.bars;
    if (b[at + STATE] === FORMING) this.finish(instrument, period);
    b[at + BAR_NO] = b[at + STATE] === NONE ? 0 : b[at + BAR_NO] + 1;
    b[at + START] = startUs;
    b[at + OPEN] = price;
    b[at + HIGH] = price;
    b[at + LOW] = price;
    b[at + VOLUME] = 0;
    b[at + AMOUNT_HIGH] = 0;
    b[at + AMOUNT_LOW] = 0;
    b[at + OPEN_OI] = openInterest;
    b[at + TRADES] = 0;
    b[at + END] = period === DAY_PLACE ? Infinity : startUs + PERIODS[period].us;
    this.resume(instrument, period);
  }

  private resume(instrument: number, period: number): void {
    const at = place(instrument, period);
    this.bars[at + STATE] = FORMING;
    const endUs = this.bars[at + END];
    if (endUs < this.nextEndUs[instrument]) this.nextEndUs[instrument] = endUs;
    if (endUs < this.soonestUs) this.soonestUs = endUs;
  }

  private finishUntil(instrument: number, timeUs: number): void {
    for (let period = 0; period < DAY_PLACE; period++) {
      const at = place(instrument, period);
      if (this.bars[at + STATE] === FORMING && this.bars[at + END] <= timeUs) this.finish(instrument, period);
    }
    this.noteNextEnd(instrument);
  }

  private finish(instrument: number, period: number): void {
    this.bars[place(instrument, period) + STATE] = FINISHED;
    this.onFinished(instrument, period, this.newest(instrument, period)!);
  }

  private noteNextEnd(instrument: number): void {
    let next = Infinity;
    for (let period = 0; period < DAY_PLACE; period++) {
      const at = place(instrument, period);
      if (this.bars[at + STATE] === FORMING && this.bars[at + END] < next) next = this.bars[at + END];
    }
    this.nextEndUs[instrument] = next;
    if (next < this.soonestUs) this.soonestUs = next;
  }
}

function place(instrument: number, period: number): number {
  return (instrument * COUNT + period) * FIELDS;
}
