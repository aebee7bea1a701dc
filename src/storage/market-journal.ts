/** What the market worker keeps for queries, gathered until it is written. */
import type { Bar } from '../core/market-data/bar.js';
import type { Print } from '../core/market-data/market-listener.js';
import type { MarketRows, SimulatedPast } from './market-store.js';
import { TickRows, type Tick } from './tick-rows.js';

/** Pages of this many prints are written at once: a query reads whole pages. */
export const PAGE_TICKS = 1024;

export class MarketJournal {
  private ticks = new Map<number, TickRows>();
  private bars = new Map<string, { instrument: number; period: number; bar: Bar }>();
  private pasts: SimulatedPast[] = [];
  private snapshotRows: { instrument: number; timeUs: number; text: string }[] = [];
  private tickCount = 0;

  private written = 0;

  /** Prints up to an event are in the store already. */
  beginBehind(sequence: number): void {
    this.written = sequence;
  }

  get isEmpty(): boolean {
    return this.tickCount === 0 && this.bars.size === 0 && this.pasts.length === 0 && this.snapshotRows.length === 0;
  }

  /** Whether so much has gathered that it should be written at once. */
  get isFull(): boolean {
    return this.tickCount >= PAGE_TICKS * 16;
  }

  print(instrument: number, print: Print, mdSequence: number, bid: number, ask: number): void {
    if (print.sequence <= this.written) return;
    let rows = this.ticks.get(instrument);
    if (rows === undefined) this.ticks.set(instrument, (rows = new TickRows()));
    rows.add(print, mdSequence, bid, ask);
    this.tickCount++;
  }

  /** A bar that is told again replaces itself. */
  bar(instrument: number, period: number, bar: Bar): void {
    this.bars.set(`${instrument}/${period}/${bar.startUs}`, { instrument, period, bar });
  }

  simulatedPast(instrument: number, period: number, bars: readonly Bar[]): void {
    this.pasts.push({ instrument, period, bars });
  }

  snapshot(
    { instrument, timeUs, sequence }: { instrument: { instrument: number }; timeUs: number; sequence: number },
    textOf: () => string,
  ): void {
    if (sequence > this.written) this.snapshotRows.push({ instrument: instrument.instrument, timeUs, text: textOf() });
  }

  /** Prints of an instrument that wait, in order. */
  ticksOf(instrument: number): readonly Tick[] {
    return this.ticks.get(instrument)?.all() ?? [];
  }

  /** Finished bars of a series that wait, in order. */
  barsOf(instrument: number, period: number): Bar[] {
    const own = [...this.bars.values()].filter((row) => row.instrument === instrument && row.period === period);
    const past = this.pasts.findLast((each) => each.instrument === instrument && each.period === period)?.bars ?? [];
    return [...past, ...own.map(({ bar }) => bar).sort((a, b) => a.startUs - b.startUs)];
  }

  /** Everything gathered, which is forgotten here. */
  take(): MarketRows {
    const rows = { ticks: this.ticks, bars: [...this.bars.values()], pasts: this.pasts, snapshots: this.snapshotRows };
    this.ticks = new Map();
    this.bars = new Map();
    this.pasts = [];
    this.snapshotRows = [];
    this.tickCount = 0;
    return rows;
  }

  /** What was not written comes back, before what has gathered meanwhile. */
  giveBack(rows: MarketRows): void {
    const later = this.take();
    for (const each of [rows.ticks, later.ticks]) for (const [instrument, ticks] of each) this.giveBackTicks(instrument, ticks);
    for (const { instrument, period, bar } of [...rows.bars, ...later.bars]) this.bar(instrument, period, bar);
    this.pasts = [...rows.pasts, ...later.pasts];
    this.snapshotRows = [...rows.snapshots, ...later.snapshots];
    for (const ticks of this.ticks.values()) this.tickCount += ticks.count;
  }

  /** In memory of our own: whoever writes the given ones goes on reading them. */
  private giveBackTicks(instrument: number, ticks: TickRows): void {
    let rows = this.ticks.get(instrument);
    if (rows === undefined) this.ticks.set(instrument, (rows = new TickRows()));
    rows.append(ticks);
  }
}
