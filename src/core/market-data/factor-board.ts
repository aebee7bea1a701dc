/** The factor streams of all instruments: 1, 5 and 15 minutes (market-data.md 8). Bars without a trade count as bars. */
import { toDecimal } from '../units.js';
import type { Bar } from './bar.js';
import { FACTOR_STATE, FactorStream, type Factors } from './factor-stream.js';
import { PERIODS } from './periods.js';

const NAMES = ['1m', '5m', '15m'];
export const FACTOR_PERIODS: readonly number[] = NAMES.map((name) => PERIODS.findIndex((period) => period.name === name));

interface Entry {
  state: Float64Array;
  /** As it was before the newest bar: that one may be told again. */
  before: Float64Array;
  startUs: number;
  /** Close of the newest bar, 1/10000. */
  close: number;
}

export class FactorBoard {
  private readonly entries = new Map<string, Entry>();

  /** `slotsBetween` gives the starts of the bars of trading hours between two bars, both exclusive. */
  constructor(
    private readonly slotsBetween: (instrument: number, period: number, afterUs: number, beforeUs: number) => readonly number[],
  ) {}

  /** The factors behind a finished bar; undefined for a period that has none. */
  add(instrument: number, period: number, bar: Bar): Factors | undefined {
    if (!FACTOR_PERIODS.includes(period)) return undefined;
    const key = `${instrument}/${period}`;
    let entry = this.entries.get(key);
    if (entry === undefined) {
      entry = { state: new Float64Array(FACTOR_STATE), before: new Float64Array(FACTOR_STATE), startUs: bar.startUs, close: bar.close };
      this.entries.set(key, entry);
    }
    const stream = new FactorStream(entry.state);
    if (bar.startUs > entry.startUs) {
      for (const _slot of this.slotsBetween(instrument, period, entry.startUs, bar.startUs)) addFlat(stream, entry.close);
      entry.before.set(entry.state);
    } else entry.state.set(entry.before);
    stream.add({ high: toDecimal(bar.high), low: toDecimal(bar.low), close: toDecimal(bar.close) });
    entry.startUs = bar.startUs;
    entry.close = bar.close;
    return stream.values();
  }

  /** The factors behind the newest finished bars of an instrument. */
  of(instrument: number): { period: number; startUs: number; factors: Factors }[] {
    return FACTOR_PERIODS.flatMap((period) => {
      const entry = this.entries.get(`${instrument}/${period}`);
      return entry === undefined ? [] : [{ period, startUs: entry.startUs, factors: new FactorStream(entry.state).values() }];
    });
  }

  save(): [string, Entry][] {
    return Array.from(this.entries, ([key, entry]) => [key, { ...entry, state: entry.state.slice(), before: entry.before.slice() }]);
  }

  restore(entries: ReturnType<FactorBoard['save']>): void {
    for (const [key, entry] of entries) this.entries.set(key, entry);
  }
}

function addFlat(stream: FactorStream, price: number): void {
  const close = toDecimal(price);
  stream.add({ high: close, low: close, close });
}
