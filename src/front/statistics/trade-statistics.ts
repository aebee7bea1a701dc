/**
 * What trades came to (rest.md D3). The profit of a trade is what it closed, against the open prices and before commission:
 * a trade that opened has none. Money in 1/10000.
 */
import type { TradeRecord } from '../../core/history.js';
import { hourOf, monthOf, weekOf, type Grouping } from './periods.js';
import { toDate } from '../views/numbers.js';

export interface TradeSums {
  trades: number;
  volume: number;
  profit: number;
  commission: number;
  wins: number;
  losses: number;
}

export interface TradeStatistics extends TradeSums {
  turnover: number;
  gained: number;
  lost: number;
  mostGained: number;
  mostLost: number;
  readonly byPeriod: ReadonlyMap<string, TradeSums>;
  readonly byInstrument: ReadonlyMap<number, TradeSums>;
}

export interface StatisticsOptions {
  readonly groupBy: Grouping;
  readonly multiplierOf: (instrument: number) => number;
  readonly nameOf: (instrument: number) => string;
  /** Of trades between the accounts at hand each has two records: those of this side are not counted again. */
  readonly isCounted: (trade: TradeRecord) => boolean;
}

/** Periods come in their own order, instruments in that of their first trade. */
export function tradeStatistics(trades: Iterable<TradeRecord>, options: StatisticsOptions): TradeStatistics {
  const byPeriod = new Map<string, TradeSums>();
  const byInstrument = new Map<number, TradeSums>();
  const all = { ...noSums(), turnover: 0, gained: 0, lost: 0, mostGained: 0, mostLost: 0 };
  for (const trade of trades) {
    const isCounted = options.isCounted(trade);
    for (const sums of [all, sumsOf(byPeriod, periodOf(trade, options)), sumsOf(byInstrument, trade.instrument)])
      add(sums, trade, isCounted);
    if (isCounted) all.turnover += trade.price * trade.volume * options.multiplierOf(trade.instrument);
    const { closeProfit } = trade;
    if (closeProfit > 0) all.gained += closeProfit;
    else all.lost += closeProfit;
    all.mostGained = Math.max(all.mostGained, closeProfit);
    all.mostLost = Math.min(all.mostLost, closeProfit);
  }
  return { ...all, byPeriod: new Map([...byPeriod].sort(([a], [b]) => (a < b ? -1 : 1))), byInstrument };
}

function periodOf(trade: TradeRecord, { groupBy, nameOf }: StatisticsOptions): string {
  switch (groupBy) {
    case 'hour':
      return hourOf(trade.timeUs);
    case 'week':
      return weekOf(trade.tradingDay);
    case 'month':
      return monthOf(trade.tradingDay);
    case 'instrument':
      return nameOf(trade.instrument);
    default:
      return toDate(trade.tradingDay);
  }
}

function noSums(): TradeSums {
  return { trades: 0, volume: 0, profit: 0, commission: 0, wins: 0, losses: 0 };
}

function sumsOf<K>(groups: Map<K, TradeSums>, key: K): TradeSums {
  const known = groups.get(key);
  if (known !== undefined) return known;
  const sums = noSums();
  groups.set(key, sums);
  return sums;
}

function add(sums: TradeSums, { volume, closeProfit, commission }: TradeRecord, isCounted: boolean): void {
  if (isCounted) {
    sums.trades++;
    sums.volume += volume;
  }
  sums.profit += closeProfit;
  sums.commission += commission;
  if (closeProfit > 0) sums.wins++;
  else if (closeProfit < 0) sums.losses++;
}
