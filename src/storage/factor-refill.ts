/** Factors whose expressions have changed since the checkpoint: worked out of the bars that are stored. */
import type { Bar } from '../core/market-data/bar.js';
import type { FactorBoard } from '../core/market-data/factors/factor-board.js';
import type { MarketFold } from '../core/market-data/market-fold.js';
import type { MarketStore } from './market-store.js';

/** Newest bars of an instrument and period that are read: twice the longest window. */
const BARS_MAX = 1000;

/** Between a checkpoint and the events behind it. */
export async function refillFactors(store: MarketStore, fold: MarketFold, board: FactorBoard): Promise<void> {
  for (const period of board.changed) {
    const bars: { instrument: number; bar: Bar }[] = [];
    for (const { instrument } of fold.instruments) {
      const toUs = board.endOf(instrument, period) ?? newestEnd(fold, instrument, period);
      if (toUs === undefined) continue;
      for (const bar of await store.tradedBars(instrument, period, { fromUs: 0, toUs }, BARS_MAX)) bars.push({ instrument, bar });
    }
    // ranks compare instruments as they were at one time
    bars.sort((a, b) => a.bar.startUs - b.bar.startUs || a.instrument - b.instrument);
    board.refill(period, bars);
  }
}

/** When the newest bar that is over has begun, or a moment behind that. */
function newestEnd(fold: MarketFold, instrument: number, period: number): number | undefined {
  const newest = fold.bars.newest(instrument, period);
  return newest === undefined || newest.isFinished ? newest?.startUs : newest.startUs - 1;
}
