/** Makes rows of public market data: prints, bars, snapshots, factors. Cells stand in the order of the columns in `tables.ts`. */
import { MarketEngine, type MarketRecorder } from '../cluster/market/market-engine.js';
import { MarketOutput } from '../cluster/market/market-output.js';
import type { Bar } from '../core/market-data/bar.js';
import type { FactorSet } from '../core/market-data/factors/factor-set.js';
import type { FactorValue } from '../core/market-data/factors/factor-stream.js';
import type { Print } from '../core/market-data/market-listener.js';
import type { MarketSnapshot } from '../core/market-data/market-snapshot.js';
import type { DepthLevel } from '../core/market-data/public-book.js';
import { TradingCalendar } from '../core/sessions.js';
import { WIDE } from '../core/units.js';
import { RingBuffer } from '../ring/ring-buffer.js';
import { RingProducer } from '../ring/ring-producer.js';
import { LimitLock } from './tables.js';
import type { HistoryRows } from './waiting-rows.js';

/** Nobody listens to what this engine tells. */
const UNHEARD_BYTES = 64 * 1024;
const LEVELS = 5;

const orNone = (value: number): number => (value === 0 ? NaN : value);

/** high × WIDE + low as digits. */
function digitsOf(high: number, low: number): string {
  return high === 0 ? String(low) : (BigInt(high) * BigInt(WIDE) + BigInt(low)).toString();
}

/** The engine of the market worker, whose rows go into the history and whose frames go nowhere. */
export class HistoryMarket extends MarketEngine {
  constructor(
    holidays: readonly number[],
    private readonly rows: HistoryRows,
    factors?: FactorSet,
  ) {
    super(new MarketOutput(new RingProducer(RingBuffer.create(UNHEARD_BYTES))), new TradingCalendar(holidays), factors);
    this.isMuted = true;
    this.recorder = new RowRecorder(this, rows);
  }

  override barFinished(instrument: number, period: number, bar: Bar): void {
    super.barFinished(instrument, period, bar);
    const factors = this.factors.at(instrument, period)?.factors ?? {};
    for (const [name, value] of Object.entries(factors)) this.factor(instrument, period, bar.startUs, name, value);
  }

  private factor(instrument: number, period: number, startUs: number, name: string, value: FactorValue): void {
    if (value === null) return;
    if (typeof value === 'object') {
      for (const [part, number] of Object.entries(value)) this.factor(instrument, period, startUs, `${name}.${part}`, number);
      return;
    }
    const { tradingDay, sequence } = this.fold;
    this.rows.factors.add([tradingDay, startUs, sequence, instrument, period, value], [name]);
  }
}

class RowRecorder implements MarketRecorder {
  constructor(
    private readonly engine: HistoryMarket,
    private readonly rows: HistoryRows,
  ) {}

  print(instrument: number, print: Print, mdSequence: number, bid: number, ask: number): void {
    this.rows.ticks.add([
      this.engine.fold.tradingDay,
      print.timeUs,
      print.sequence,
      instrument,
      print.tradeId,
      mdSequence,
      print.price,
      print.volume,
      print.takerSide,
      print.turnover,
      print.volumeTotal,
      print.openInterest,
      print.openInterestDelta,
      orNone(bid),
      orNone(ask),
    ]);
  }

  bar(instrument: number, period: number, bar: Bar): void {
    const { tradingDay, sequence } = this.engine.fold;
    this.rows.klines.add(
      [
        tradingDay,
        bar.startUs,
        sequence,
        instrument,
        period,
        bar.open,
        bar.high,
        bar.low,
        bar.close,
        bar.volume,
        bar.openOi,
        bar.closeOi,
        bar.tradeCount,
        bar.barNo,
      ],
      [digitsOf(bar.amountHigh, bar.amountLow)],
    );
  }

  /** The history holds what happened. */
  simulatedPast(): void {}

  snapshot(s: MarketSnapshot): void {
    const { instrument } = s;
    this.rows.market_snapshots.add(
      [
        s.tradingDay,
        s.timeUs,
        s.sequence,
        instrument.instrument,
        s.mdSequence,
        s.last,
        s.isReference ? 1 : 0,
        orNone(s.open),
        orNone(s.high),
        orNone(s.low),
        orNone(s.close),
        orNone(s.settlement),
        instrument.preSettlement,
        instrument.upperLimit,
        instrument.lowerLimit,
        s.volume,
        orNone(s.average),
        s.openInterest,
        s.lastVolume,
        s.trades,
        s.intervalVolume,
        s.bidTotal,
        s.askTotal,
        LimitLock[s.limitLocked],
        instrument.phase,
        instrument.status,
        ...this.levels(s.bids),
        ...this.levels(s.asks),
      ],
      [digitsOf(s.turnoverHigh, s.turnoverLow)],
    );
  }

  private levels(levels: readonly DepthLevel[]): number[] {
    const cells: number[] = [];
    for (let level = 0; level < LEVELS; level++) {
      const at = levels.at(level);
      cells.push(at?.price ?? NaN, at?.volume ?? NaN);
    }
    return cells;
  }
}
