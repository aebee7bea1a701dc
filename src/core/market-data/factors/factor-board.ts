/**
 * The factor streams of all instruments and periods (market-data.md 8): the standard ones, and behind them those that the
 * operator has named. Bars without a trade count as bars.
 */
import type { Bar } from '../bar.js';
import { flatRow, rowOf } from './factor-row.js';
import { FactorSet, type FactorDefinition } from './factor-set.js';
import { FACTOR_STATE, FactorStream, STANDARD_PERIODS, type Factors } from './factor-stream.js';

interface Entry {
  state: Float64Array;
  /** As it was before the newest bar: that one may be told again. */
  before: Float64Array;
  startUs: number;
  /** Close of the newest bar, 1/10000. */
  close: number;
  /** Lots held after the newest bar; not known of bars from before there were expressions. */
  oi?: number | undefined;
}

export interface SavedFactors {
  definitions: readonly FactorDefinition[];
  /** By period: what the entries have remembered for expressions is of use under the same key only. */
  keys: [number, string][];
  entries: [string, Entry][];
}

export class FactorBoard {
  /** Places in PERIODS of the bars that have factors. */
  readonly periods: readonly number[];
  /** Those whose expressions were others when this was saved: they have begun anew. */
  changed: readonly number[] = [];
  private readonly entries = new Map<string, Entry>();
  /** By period: columns of all instruments. */
  private readonly columns = new Map<number, Float64Array[]>();

  /** `slotsBetween` gives the starts of the bars of trading hours between two bars, both exclusive. */
  constructor(
    private readonly slotsBetween: (instrument: number, period: number, afterUs: number, beforeUs: number) => readonly number[],
    readonly set = new FactorSet(),
  ) {
    this.periods = [...new Set([...STANDARD_PERIODS, ...set.programs.keys()])].sort((a, b) => a - b);
    for (const period of this.periods) this.columns.set(period, []);
  }

  /** The factors behind a finished bar; undefined for a period that has none. */
  add(instrument: number, period: number, bar: Bar): Factors | undefined {
    const columns = this.columns.get(period);
    if (columns === undefined) return undefined;
    const key = `${instrument}/${period}`;
    let entry = this.entries.get(key);
    if (entry === undefined) {
      const state = this.begun(period, new Float64Array(0));
      entry = { state, before: state.slice(), startUs: bar.startUs, close: bar.close };
      this.adopt(key, entry);
    }
    const program = this.set.programs.get(period);
    const { state } = entry;
    const stream = new FactorStream(state);
    if (bar.startUs > entry.startUs) {
      const flat = flatRow(entry.close, entry.oi ?? NaN);
      for (const _slot of this.slotsBetween(instrument, period, entry.startUs, bar.startUs)) {
        stream.add(flat);
        program?.add(state, flat, stream, columns, false);
      }
      entry.before.set(state);
    } else state.set(entry.before);
    const row = rowOf(bar);
    stream.add(row);
    program?.add(state, row, stream, columns, true);
    entry.startUs = bar.startUs;
    entry.close = bar.close;
    entry.oi = bar.closeOi;
    return this.factorsOf(period, state);
  }

  /** The factors behind the newest finished bar; undefined before the first one. */
  at(instrument: number, period: number): { startUs: number; factors: Factors } | undefined {
    const entry = this.entries.get(`${instrument}/${period}`);
    return entry === undefined ? undefined : { startUs: entry.startUs, factors: this.factorsOf(period, entry.state) };
  }

  /** The factors behind the newest finished bars of an instrument. */
  of(instrument: number): { period: number; startUs: number; factors: Factors }[] {
    return this.periods.flatMap((period) => {
      const newest = this.at(instrument, period);
      return newest === undefined ? [] : [{ period, ...newest }];
    });
  }

  save(): SavedFactors {
    const entries = Array.from(this.entries, ([key, entry]): [string, Entry] => [
      key,
      { ...entry, state: entry.state.slice(), before: entry.before.slice() },
    ]);
    const keys = Array.from(this.set.programs.keys(), (period): [number, string] => [period, this.set.key(period)]);
    return { definitions: this.set.definitions, keys, entries };
  }

  restore({ entries, keys }: SavedFactors): void {
    const saved = new Map(keys);
    const isSame = (period: number): boolean => this.set.key(period) === saved.get(period);
    this.changed = [...this.set.programs.keys()].filter((period) => !isSame(period));
    for (const [key, entry] of entries) {
      const period = periodIn(key);
      if (!this.columns.has(period)) continue;
      const of = (column: Float64Array): Float64Array => this.begun(period, isSame(period) ? column : column.subarray(0, FACTOR_STATE));
      this.adopt(key, { ...entry, state: of(entry.state), before: of(entry.before) });
    }
  }

  /** When the newest bar of an instrument begins that is in its factors; undefined for none. */
  endOf(instrument: number, period: number): number | undefined {
    return this.entries.get(`${instrument}/${period}`)?.startUs;
  }

  /** Works the expressions of a period out of bars that are over, in order of time; standard factors stay what they are. */
  refill(period: number, bars: Iterable<{ instrument: number; bar: Bar }>): void {
    const anew = new FactorBoard(this.slotsBetween, this.set);
    for (const { instrument, bar } of bars) anew.add(instrument, period, bar);
    for (const [key, filled] of anew.entries) {
      const entry = this.entries.get(key);
      if (entry === undefined) this.adopt(key, filled);
      // bars that end elsewhere are not those that the factors have seen
      else if (entry.startUs === filled.startUs) {
        entry.state.set(filled.state.subarray(FACTOR_STATE), FACTOR_STATE);
        entry.before.set(filled.before.subarray(FACTOR_STATE), FACTOR_STATE);
        entry.oi = filled.oi;
      }
    }
  }

  private factorsOf(period: number, state: Float64Array): Factors {
    return { ...new FactorStream(state).values(), ...this.set.programs.get(period)?.values(state) };
  }

  /** A column of a period that goes on where another one is; what that does not reach begins. */
  private begun(period: number, from: Float64Array): Float64Array {
    const program = this.set.programs.get(period);
    const column = new Float64Array(program?.size ?? FACTOR_STATE);
    if (from.length < column.length) program?.begin(column);
    column.set(from);
    return column;
  }

  private adopt(key: string, entry: Entry): void {
    this.entries.set(key, entry);
    this.columns.get(periodIn(key))!.push(entry.state);
  }
}

function periodIn(key: string): number {
  return Number(key.slice(key.indexOf('/') + 1));
}
