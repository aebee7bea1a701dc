/**
 * The standard factors of one stream of bars: averages, momentum, ranges (market-data.md 8). Float64; the state is one flat column, so
 * that it can be put aside and taken back.
 */

import { PERIODS } from '../periods.js';
import type { FactorRow } from './factor-row.js';

/** Bars of these lengths always have them. */
export const STANDARD_PERIODS: readonly number[] = ['1m', '5m', '15m'].map((name) => PERIODS.findIndex((period) => period.name === name));

/** What of a bar the standard factors look at. */
export type FactorBar = Pick<FactorRow, 'high' | 'low' | 'close'>;

export type FactorValue = number | null | Readonly<Record<string, number | null>>;
export type Factors = Record<string, FactorValue>;

const WINDOW = 120;
const MA_LENGTHS = [5, 10, 20, 60, 120] as const;
const RSI = 14;
const ATR = 14;
const BOLL = 20;
const BOLL_WIDTH = 2;

/** As expressions call them, parts with a dot. */
export const STANDARD_NAMES: readonly string[] = [
  ...MA_LENGTHS.map((length) => `ma${length}`),
  ...['ema12', 'ema26', 'dema12', 'rsi14', 'macd.macd', 'macd.signal', 'macd.histogram'],
  ...['std20', 'boll.mid', 'boll.upper', 'boll.lower', 'atr14'],
];

/** By such a name; NaN for one that has not seen enough bars. */
export function standardValue(factors: Factors, name: string): number {
  const [whole, part] = name.split('.');
  const value = factors[whole];
  return (typeof value === 'object' ? value?.[part] : value) ?? NaN;
}

// places in the state
const COUNT = 0;
const EMA12 = 1;
const EMA26 = 2;
const SIGNAL = 3;
const GAIN = 4;
const LOSS = 5;
const RANGE = 6;
/** EMA of EMA12, for DEMA. */
const EMA12_TWICE = 7;
const LAST = 8;
const CLOSES = 9;
export const FACTOR_STATE = CLOSES + WINDOW;

export class FactorStream {
  constructor(private readonly state: Float64Array = new Float64Array(FACTOR_STATE)) {}

  /** The next bar, one without trades too. */
  add({ high, low, close }: FactorBar): void {
    const s = this.state;
    const seen = s[COUNT];
    const before = s[LAST];
    s[CLOSES + (seen % WINDOW)] = close;
    s[EMA12] = seen === 0 ? close : ema(s[EMA12], close, 12);
    s[EMA26] = seen === 0 ? close : ema(s[EMA26], close, 26);
    s[EMA12_TWICE] = seen === 0 ? close : ema(s[EMA12_TWICE], s[EMA12], 12);
    const macd = s[EMA12] - s[EMA26];
    s[SIGNAL] = seen === 0 ? macd : ema(s[SIGNAL], macd, 9);
    if (seen > 0) {
      s[GAIN] = wilder(s[GAIN], Math.max(close - before, 0), seen, RSI);
      s[LOSS] = wilder(s[LOSS], Math.max(before - close, 0), seen, RSI);
    }
    const range = seen === 0 ? high - low : Math.max(high - low, Math.abs(high - before), Math.abs(low - before));
    s[RANGE] = wilder(s[RANGE], range, seen + 1, ATR);
    s[LAST] = close;
    s[COUNT] = seen + 1;
  }

  /** null for what has not seen enough bars. */
  values(): Factors {
    const s = this.state;
    const seen = s[COUNT];
    const values: Factors = {};
    for (const length of MA_LENGTHS) values[`ma${length}`] = seen < length ? null : this.mean(length);
    values['ema12'] = seen === 0 ? null : s[EMA12];
    values['ema26'] = seen === 0 ? null : s[EMA26];
    values['dema12'] = seen === 0 ? null : 2 * s[EMA12] - s[EMA12_TWICE];
    values['rsi14'] = seen <= RSI ? null : rsi(s[GAIN], s[LOSS]);
    const macd = s[EMA12] - s[EMA26];
    values['macd'] = seen === 0 ? null : { macd, signal: s[SIGNAL], histogram: macd - s[SIGNAL] };
    values['std20'] = seen < BOLL ? null : this.deviation(BOLL);
    values['boll'] = seen < BOLL ? null : this.band();
    values['atr14'] = seen < ATR ? null : s[RANGE];
    return values;
  }

  private mean(length: number): number {
    let sum = 0;
    for (let back = 1; back <= length; back++) sum += this.close(back);
    return sum / length;
  }

  /** Of the population. */
  private deviation(length: number): number {
    const mean = this.mean(length);
    let squares = 0;
    for (let back = 1; back <= length; back++) squares += (this.close(back) - mean) ** 2;
    return Math.sqrt(squares / length);
  }

  private band(): Record<string, number> {
    const mid = this.mean(BOLL);
    const width = BOLL_WIDTH * this.deviation(BOLL);
    return { mid, upper: mid + width, lower: mid - width };
  }

  /** 1 is the newest. */
  private close(back: number): number {
    return this.state[CLOSES + ((this.state[COUNT] - back) % WINDOW)];
  }
}

function ema(before: number, value: number, length: number): number {
  const alpha = 2 / (length + 1);
  return before + alpha * (value - before);
}

/** The mean of the first `length` values, smoothed from then on; `count` says how many there are with this one. */
function wilder(before: number, value: number, count: number, length: number): number {
  return count <= length ? (before * (count - 1) + value) / count : (before * (length - 1) + value) / length;
}

function rsi(gain: number, loss: number): number {
  if (loss === 0) return gain === 0 ? 50 : 100;
  return 100 - 100 / (1 + gain / loss);
}
