/** Prints and bars of the past: what the market worker has stored, and what it is about to. */
import type { Bar } from '../core/market-data/bar.js';
import { filled } from '../core/market-data/bar-reading.js';
import { barStart, DAY, dayStart } from '../core/market-data/periods.js';
import type { TradingCalendar } from '../core/sessions.js';
import type { ExchangeState } from '../core/state.js';
import type { MarketStore, Tick, TimeRange } from '../storage/market-store.js';

/** What the market worker holds and has not stored yet, oldest first; `period` -1 for prints. */
export interface RecentMarket {
  recent(instrument: number, period: number): Promise<{ ticks: readonly Tick[]; bars: readonly Bar[] }>;
}

export interface MarketHistoryParts {
  readonly state: ExchangeState;
  readonly recent: RecentMarket;
  /** Opened at the first query. */
  readonly open: () => Promise<MarketStore>;
  readonly calendar: TradingCalendar;
  /** UTC milliseconds. */
  readonly nowMs: () => number;
}

export class MarketHistory {
  private store: Promise<MarketStore> | undefined;

  constructor(private readonly parts: MarketHistoryParts) {}

  /** Prints of a time range, newest first; stop early at will. */
  async *ticks(instrument: number, range: TimeRange): AsyncGenerator<Tick, void, void> {
    // Asked for first: what is stored meanwhile is found twice, and nothing is missed.
    const { ticks } = await this.parts.recent.recent(instrument, -1);
    let oldest = Infinity;
    for (let n = ticks.length - 1; n >= 0; n--) {
      const tick = ticks[n];
      if (tick.timeUs > range.toUs) continue;
      if (tick.timeUs < range.fromUs) return;
      oldest = tick.tradeId;
      yield tick;
    }
    for await (const tick of (await this.stored()).eachTick(instrument, range)) if (tick.tradeId < oldest) yield tick;
  }

  /** Prints of all instruments in a time range, newest first. */
  async *allTicks(instruments: readonly number[], range: TimeRange): AsyncGenerator<{ instrument: number; tick: Tick }, void, void> {
    const heads: { instrument: number; rest: AsyncGenerator<Tick, void, void>; tick: Tick }[] = [];
    for (const instrument of instruments) {
      const rest = this.ticks(instrument, range);
      const first = await rest.next();
      if (first.done !== true) heads.push({ instrument, rest, tick: first.value });
    }
    while (heads.length > 0) {
      const head = heads.reduce((newest, each) => (each.tick.tradeId > newest.tick.tradeId ? each : newest));
      yield { instrument: head.instrument, tick: head.tick };
      const next = await head.rest.next();
      if (next.done === true) heads.splice(heads.indexOf(head), 1);
      else head.tick = next.value;
    }
  }

  /**
   * The newest `count` bars that begin in a time range, oldest first; those of trading hours in which nothing traded among
   * them. The last one may be forming.
   */
  async bars(instrument: number, period: number, range: TimeRange, count: number): Promise<Bar[]> {
    const { recent, state, calendar } = this.parts;
    const { bars: fresh } = await recent.recent(instrument, period);
    const stored = await (await this.stored()).bars(instrument, period, { fromUs: 0, toUs: range.toUs }, count);
    const byStart = new Map<number, Bar>();
    for (const bar of [...stored, ...fresh]) if (bar.startUs <= range.toUs) byStart.set(bar.startUs, bar);
    const { sessionTemplate } = state.instruments.get(instrument);
    const bars = [...byStart.values()].slice(-count);
    const until = Math.min(range.toUs + 1, this.currentStart(period));
    return filled(bars, sessionTemplate, calendar, period, until)
      .filter(({ startUs }) => startUs >= range.fromUs)
      .slice(-count);
  }

  /** Bars that may not be stored yet, oldest first; the newest one is always among them, finished or not. */
  async recentBars(instrument: number, period: number): Promise<readonly Bar[]> {
    return (await this.parts.recent.recent(instrument, period)).bars;
  }

  /** What is stored, and nothing newer. */
  stored(): Promise<MarketStore> {
    return (this.store ??= this.parts.open());
  }

  async close(): Promise<void> {
    await (await this.store)?.close();
  }

  /** Where the bar of this moment begins. */
  private currentStart(period: number): number {
    const { state, nowMs } = this.parts;
    return period === DAY ? dayStart(state.tradingDay) : barStart(period, nowMs() * 1000);
  }
}
