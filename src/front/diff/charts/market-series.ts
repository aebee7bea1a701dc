/** Series of charts from the market data of the exchange: prints, bars of its own periods, and bars folded from those. */
import type { Bar } from '../../../core/market-data/bar.js';
import { DAY, EXCHANGE_OFFSET_US, PERIODS, US_PER_DAY } from '../../../core/market-data/periods.js';
import { simulatedBarsOf } from '../../../core/market-data/simulated-name.js';
import type { Trade } from '../../../core/events.js';
import { StateObserver } from '../../../core/observer.js';
import type { ExchangeState } from '../../../core/state.js';
import { WIDE } from '../../../core/units.js';
import { BarFeed, type BarEvents, type BarHistory } from './bar-feed.js';
import { barItem, printItem, type Print } from './bar-item.js';
import { FoldedBars } from './folded-bars.js';
import { PrintFeed, type PrintHistory } from './print-feed.js';
import type { SeriesItem, SeriesReading, SeriesSource } from './series-source.js';

type Listener = (item: SeriesItem) => void;
type PrintListener = (print: Print) => void;

export class MarketSeries extends StateObserver implements SeriesSource {
  private readonly printListeners = new Map<number, Set<PrintListener>>();

  /** It observes the state. */
  constructor(
    private readonly state: ExchangeState,
    private readonly history: BarHistory & PrintHistory,
    private readonly events: BarEvents,
  ) {
    super();
  }

  override traded({ instrument }: Trade): void {
    const listeners = this.printListeners.get(instrument);
    if (listeners === undefined) return;
    const print = new PrintFeed(instrument, this.state, this.history).newest();
    if (print !== undefined) for (const listener of listeners) listener(print);
  }

  watch(instrument: number, durationUs: number, onChange: Listener): Promise<SeriesReading> {
    if (durationUs === 0) return Promise.resolve(this.watchPrints(instrument, onChange));
    const period = PERIODS.findIndex(({ us }) => us === durationUs);
    if (period >= 0) return this.watchBars(instrument, period, onChange);
    const base = basePeriod(durationUs);
    return base < 0 ? this.foldPrints(instrument, durationUs, onChange) : this.foldBars(instrument, base, durationUs, onChange);
  }

  private watchPrints(instrument: number, onChange: Listener): SeriesReading {
    const feed = new PrintFeed(instrument, this.state, this.history);
    const close = this.listen(instrument, (print) => {
      onChange(printItem(print));
    });
    return {
      get lastId() {
        return feed.lastNo;
      },
      items: async (fromId, toId) => (await feed.prints(fromId, toId)).map(printItem),
      idAt: async (timeUs) => (await feed.prints(0, feed.lastNo)).findLast((print) => print.timeUs <= timeUs)?.id ?? -1,
      close,
    };
  }

  private async watchBars(instrument: number, period: number, onChange: Listener): Promise<SeriesReading> {
    const feed = new BarFeed(instrument, period, this.history, this.events, (bar) => {
      onChange(barItem(bar));
    });
    await feed.open();
    return {
      get lastId() {
        return feed.lastNo;
      },
      items: async (fromId, toId) => (await feed.bars(fromId, toId)).map(barItem),
      idAt: (timeUs) => Promise.resolve(feed.noAt(timeUs)),
      close: () => {
        feed.close();
      },
    };
  }

  private async foldBars(instrument: number, period: number, durationUs: number, onChange: Listener): Promise<SeriesReading> {
    const bars = new FoldedBars(startIn(durationUs));
    const early: Bar[] = [];
    let take = (bar: Bar): void => void early.push(bar);
    const feed = new BarFeed(instrument, period, this.history, this.events, (bar) => {
      take(bar);
    });
    await feed.open();
    bars.fill(await feed.bars(0, feed.lastNo));
    for (const bar of early) bars.put(bar);
    take = (bar) => {
      onChange(barItem(bars.put(bar)));
    };
    return bars.reading(() => {
      feed.close();
    });
  }

  private async foldPrints(instrument: number, durationUs: number, onChange: Listener): Promise<SeriesReading> {
    const { multiplier } = this.state.instruments.get(instrument);
    const bars = new FoldedBars(startIn(durationUs));
    const early: Print[] = [];
    let take: PrintListener = (print) => void early.push(print);
    const close = this.listen(instrument, (print) => {
      take(print);
    });
    const past = await this.simulatedParts(instrument, durationUs);
    const feed = new PrintFeed(instrument, this.state, this.history);
    bars.fill([...past, ...(await feed.prints(0, feed.lastNo)).map((print) => barOfPrint(print, multiplier))]);
    for (const print of early) bars.put(barOfPrint(print, multiplier));
    take = (print) => {
      onChange(barItem(bars.put(barOfPrint(print, multiplier))));
    };
    return bars.reading(close);
  }

  /** Of a simulated history there are no prints: its shortest bars stand for them, up to the bar that the listing lies in. */
  private async simulatedParts(instrument: number, durationUs: number): Promise<Bar[]> {
    const { name, createdUs } = this.state.instruments.get(instrument);
    const count = simulatedBarsOf(name);
    if (count === 0) return [];
    const feed = new BarFeed(instrument, 0, this.history, this.events, () => undefined);
    await feed.open();
    const bars = await feed.bars(0, count - 1);
    feed.close();
    const startOf = startIn(durationUs);
    return bars.filter(({ startUs }) => startOf(startUs) < startOf(createdUs));
  }

  private listen(instrument: number, listener: PrintListener): () => void {
    const listeners = this.printListeners.get(instrument) ?? new Set();
    this.printListeners.set(instrument, listeners.add(listener));
    return () => {
      listeners.delete(listener);
    };
  }
}

/** The longest period that whole bars of the duration are made of; -1 when only prints will do. */
function basePeriod(durationUs: number): number {
  if (durationUs % US_PER_DAY === 0) return DAY;
  return PERIODS.findLastIndex(({ us, isDay }) => !isDay && durationUs % us === 0);
}

/** Where bars of a duration begin: counted from midnight, or day by day, on the exchange's clock. */
function startIn(durationUs: number): (timeUs: number) => number {
  return (timeUs) => Math.floor((timeUs + EXCHANGE_OFFSET_US) / durationUs) * durationUs - EXCHANGE_OFFSET_US;
}

function barOfPrint({ id, timeUs, price, volume, openInterest }: Print, multiplier: number): Bar {
  const amount = price * multiplier * volume;
  return {
    startUs: timeUs,
    barNo: id,
    open: price,
    high: price,
    low: price,
    close: price,
    volume,
    amountHigh: Math.floor(amount / WIDE),
    amountLow: amount % WIDE,
    openOi: openInterest,
    closeOi: openInterest,
    tradeCount: 1,
    isFinished: true,
  };
}
