/**
 * A random walk of prices backwards in time: from where the market begins to what it might have come from. The same seed
 * gives the same walk on every machine: whole numbers and plain arithmetic only.
 */
import type { Instrument } from '../instrument.js';
import { PPM, WIDE } from '../units.js';
import type { Bar } from './bar.js';
import { US_PER_DAY } from './periods.js';

/** Standard deviation of the price over a day, of the price itself. */
const DAY_DEVIATION = 0.011;
/** Trades that make up a bar. */
const TRADES = 6;
/** Uniform numbers that are summed up to a nearly normal one, and the standard deviation of their sum. */
const UNIFORMS = 6;
const SUM_DEVIATION = Math.sqrt(UNIFORMS / 12);
/** Of the distance to the first price, what a day brings back. */
const PULL = 0.01;
/**
 * Of the daily limit, how far a day goes from its last price. The day before ended near its beginning, and was settled no
 * further from that than this again: together they stay within the limit.
 */
const LIMIT_SHARE = 0.25;
/** Lots traded on a day. */
const DAY_VOLUME = 250_000;

/** What is asked of an instrument. */
export type WalkTerms = Pick<
  Instrument,
  'instrumentId' | 'createdUs' | 'preSettlement' | 'priceTick' | 'multiplier' | 'limitUpRate' | 'limitDownRate'
>;

export class SimulatedWalk {
  private readonly start: number;
  /** Between ticks: steps may be smaller than one. */
  private value: number;
  private price: number;
  private day = NaN;
  private lowest = 0;
  private highest = 0;
  private seed: number;

  constructor(private readonly terms: WalkTerms) {
    this.seed = seedOf(`${terms.instrumentId} ${terms.createdUs}`);
    this.start = this.onTick(terms.preSettlement);
    this.price = this.start;
    this.value = this.start;
  }

  /** The bar before the one that was given last; `day` stands for the trading day it lies in. */
  previous(startUs: number, lengthUs: number, day: number): Bar {
    if (day !== this.day) this.beginDay(day);
    const share = lengthUs / US_PER_DAY;
    const volume = Math.max(TRADES, Math.round(DAY_VOLUME * share * (0.5 + this.uniform())));
    const bar = emptyWalkBar(startUs, this.price);
    for (let trade = 0; trade < TRADES; trade++) {
      if (trade > 0) this.step(share / TRADES);
      this.takeIn(bar, Math.floor((volume + trade) / TRADES));
    }
    // the bar before ends where this one begins, or a little beside it
    this.step(share / TRADES);
    return bar;
  }

  private takeIn(bar: Bar, lots: number): void {
    const { price } = this;
    bar.open = price;
    bar.high = Math.max(bar.high, price);
    bar.low = Math.min(bar.low, price);
    bar.volume += lots;
    bar.tradeCount++;
    const low = bar.amountLow + price * this.terms.multiplier * lots;
    const carry = Math.floor(low / WIDE);
    bar.amountHigh += carry;
    bar.amountLow = low - carry * WIDE;
  }

  private step(share: number): void {
    const pull = (this.start - this.value) * PULL * share;
    const move = this.value * DAY_DEVIATION * Math.sqrt(share) * this.normal();
    this.value = Math.min(this.highest, Math.max(this.lowest, this.value + pull + move));
    this.price = this.onTick(this.value);
  }

  private beginDay(day: number): void {
    const { limitUpRate, limitDownRate, priceTick } = this.terms;
    const reach = (this.price * LIMIT_SHARE * Math.min(limitUpRate, limitDownRate)) / PPM;
    const ticks = Math.floor(reach / priceTick);
    this.day = day;
    this.highest = this.price + ticks * priceTick;
    this.lowest = Math.max(priceTick, this.price - ticks * priceTick);
  }

  private onTick(price: number): number {
    const { priceTick } = this.terms;
    return Math.max(1, Math.round(price / priceTick)) * priceTick;
  }

  private normal(): number {
    let sum = -UNIFORMS / 2;
    for (let n = 0; n < UNIFORMS; n++) sum += this.uniform();
    return sum / SUM_DEVIATION;
  }

  /** At least 0, below 1 (mulberry32). */
  private uniform(): number {
    this.seed = (this.seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.seed ^ (this.seed >>> 15), 1 | this.seed);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  }
}

/** FNV-1a. */
function seedOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash;
}

/** Nobody holds anything yet. */
function emptyWalkBar(startUs: number, price: number): Bar {
  return {
    startUs,
    barNo: 0,
    open: price,
    high: price,
    low: price,
    close: price,
    volume: 0,
    amountHigh: 0,
    amountLow: 0,
    openOi: 0,
    closeOi: 0,
    tradeCount: 0,
    isFinished: true,
  };
}
