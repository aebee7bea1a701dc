/** Bars of one instrument and period: those of the store, and those that the market worker tells of while they grow. */
import type { Bar } from '../../../core/market-data/bar.js';
import { PERIODS } from '../../../core/market-data/periods.js';
import { fromDecimal, MONEY_SCALE, WIDE } from '../../../core/units.js';
import type { MarketBatch } from '../../publisher/market-event.js';
import { Channel } from '../../publisher/market-event.js';
import type { Interest, MarketSubscriber } from '../../publisher/market-group.js';

/** Stored bars: finished ones with a trade. A bar may be over for a second before it is in the store. */
export interface StoredBars {
  bars(instrument: number, period: number, range: { fromUs: number; toUs: number }, limit: number): Promise<Bar[]>;
  barStarts(instrument: number, period: number): Promise<number[]>;
}

export interface BarHistory {
  /** Opened when it is first asked for. */
  stored(): Promise<StoredBars>;
  /** What the market worker knows and has not stored yet, oldest first; the newest bar is always among them, finished or not. */
  recentBars(instrument: number, period: number): Promise<readonly Bar[]>;
}

/** Where the worker's events come from. */
export interface BarEvents {
  change(subscriber: MarketSubscriber, instrument: number, before: Interest | undefined, after: Interest | undefined): void;
  askCurrent(subscriber: MarketSubscriber, instrument: number, channels: number): void;
}

/** A bar that is over but not in the store yet is looked for again. */
const RETRY_MS = 300;
const RETRIES_MAX = 10;
/** Bars that were told of and are kept until the store certainly has them. */
const KEPT = 256;

interface BarMessage {
  readonly type: string;
  readonly period: number;
  readonly kline: Record<string, number>;
}

export class BarFeed implements MarketSubscriber {
  readonly isBinary = false;
  lastNo = -1;
  private starts: number[] = [];
  private firstNo = 0;
  private readonly told = new Map<number, Bar>();
  private readonly interest: Interest;

  constructor(
    readonly instrument: number,
    readonly period: number,
    private readonly history: BarHistory,
    private readonly events: BarEvents,
    private readonly onBar: (bar: Bar) => void,
  ) {
    this.interest = { channels: Channel.kline, depth: 0, periods: 1 << period };
  }

  async open(): Promise<void> {
    this.events.change(this, this.instrument, undefined, this.interest);
    this.events.askCurrent(this, this.instrument, Channel.kline);
    // Asked for first: what is stored meanwhile is found twice, and nothing is missed.
    const recent = await this.history.recentBars(this.instrument, this.period);
    // what was told meanwhile is newer
    for (const bar of recent) if (!this.told.has(bar.barNo)) this.keep(bar);
    await this.readStarts();
  }

  close(): void {
    this.events.change(this, this.instrument, this.interest, undefined);
  }

  deliver(batch: MarketBatch): void {
    for (const event of batch.events) {
      if ((event.channels & Channel.kline) === 0) continue;
      const { period, kline } = JSON.parse(Buffer.from(event.bytes).toString('utf8')) as BarMessage;
      if (period === PERIODS[this.period].id && kline.is_empty === undefined) this.tell(barOf(kline));
    }
  }

  /** Bars of these numbers (both included), as far as they exist, in order. */
  async bars(fromNo: number, toNo: number): Promise<Bar[]> {
    const last = Math.min(toNo, this.lastNo);
    if (fromNo > last) return [];
    await this.reach(last);
    const fromUs = this.startOf(Math.max(fromNo, this.firstNo));
    const toUs = this.startOf(last);
    const stored =
      fromUs === undefined
        ? []
        : await (await this.history.stored()).bars(this.instrument, this.period, { fromUs, toUs: toUs ?? Infinity }, last - fromNo + 1);
    const byNo = new Map(stored.map((bar) => [bar.barNo, bar]));
    for (const [no, bar] of this.told) if (no >= fromNo && no <= last) byNo.set(no, bar);
    return [...byNo.values()].sort((a, b) => a.barNo - b.barNo);
  }

  /** Number of the last bar that begins at the moment or before; -1 for none. */
  noAt(timeUs: number): number {
    let no = -1;
    for (let n = this.starts.length - 1; n >= 0; n--) {
      if (this.starts[n] <= timeUs) {
        no = this.firstNo + n;
        break;
      }
    }
    for (const bar of this.told.values()) if (bar.startUs <= timeUs && bar.barNo > no) no = bar.barNo;
    return no;
  }

  private tell(bar: Bar): void {
    this.keep(bar);
    this.onBar(bar);
  }

  private keep(bar: Bar): void {
    this.told.set(bar.barNo, bar);
    if (this.told.size > KEPT) this.told.delete(this.told.keys().next().value!);
    if (bar.barNo > this.lastNo) this.lastNo = bar.barNo;
  }

  private startOf(no: number): number | undefined {
    return this.starts[no - this.firstNo] ?? this.told.get(no)?.startUs;
  }

  /** Makes sure that every bar up to that number is in the store or was told of. */
  private async reach(last: number): Promise<void> {
    for (let tries = 0; tries < RETRIES_MAX; tries++) {
      let no = this.firstNo + this.starts.length;
      while (no <= last && this.told.has(no)) no++;
      if (no > last) return;
      if (tries > 0) await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      await this.readStarts();
    }
  }

  private async readStarts(): Promise<void> {
    const { instrument, period } = this;
    const stored = await this.history.stored();
    this.starts = await stored.barStarts(instrument, period);
    if (this.starts.length === 0) return;
    const [first] = await stored.bars(instrument, period, { fromUs: this.starts[0], toUs: this.starts[0] }, 1);
    this.firstNo = first.barNo;
    this.lastNo = Math.max(this.lastNo, this.firstNo + this.starts.length - 1);
  }
}

function barOf(kline: Record<string, number>): Bar {
  const units = (value: number): number => fromDecimal(value, MONEY_SCALE);
  const amount = Math.round(kline.amount * MONEY_SCALE);
  return {
    startUs: kline.timestamp * 1000,
    barNo: kline.bar_no,
    open: units(kline.open),
    high: units(kline.high),
    low: units(kline.low),
    close: units(kline.close),
    volume: kline.volume,
    amountHigh: Math.floor(amount / WIDE),
    amountLow: amount % WIDE,
    openOi: kline.open_oi,
    closeOi: kline.close_oi,
    tradeCount: kline.trade_count,
    isFinished: Boolean(kline.is_finished),
  };
}
