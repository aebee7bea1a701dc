/** Accounts in the order of what a period brought them (rest.md D6). Money in 1/10000. */
import { AccountStatus } from '../../core/enums.js';
import type { ExchangeState } from '../../core/state.js';
import type { HistoryQueries } from '../history.js';
import { dayProfits } from './day-profits.js';
import { firstDayOf } from './periods.js';

export const RANKINGS = ['pnl', 'pnl_ratio', 'volume', 'trade_count'] as const;
export type RankBy = (typeof RANKINGS)[number];
export const RANKING_PERIODS = ['today', 'week', 'month', 'all'] as const;
export type RankingPeriod = (typeof RANKING_PERIODS)[number];

export interface RankedAccount {
  readonly account: number;
  /** Realised and unrealised, less commission. */
  readonly profit: number;
  /** Of the balance before the period and the deposits of its days; 0 when that is not above 0. */
  readonly ratio: number;
  readonly trades: number;
  /** Lots. */
  readonly volume: number;
  readonly commission: number;
}

const VALUES: Readonly<Record<RankBy, (ranked: RankedAccount) => number>> = {
  pnl: ({ profit }) => profit,
  pnl_ratio: ({ ratio }) => ratio,
  volume: ({ volume }) => volume,
  trade_count: ({ trades }) => trades,
};

/** All accounts that are not closed, the first first. */
export async function rankings(
  state: ExchangeState,
  history: Pick<HistoryQueries, 'documentsOf' | 'tradesOf'>,
  rankBy: RankBy,
  period: RankingPeriod,
): Promise<RankedAccount[]> {
  const from = firstDay(state.tradingDay, period);
  const ranked: RankedAccount[] = [];
  for (let account = 1; account <= state.accounts.count; account++) {
    if (state.accounts.status[account] !== AccountStatus.CLOSED) ranked.push(await rankedAccount(state, history, account, from));
  }
  const valueOf = VALUES[rankBy];
  return ranked.sort((a, b) => valueOf(b) - valueOf(a) || a.account - b.account);
}

function firstDay(tradingDay: number, period: RankingPeriod): number {
  if (period === 'all') return 0;
  return period === 'today' ? tradingDay : firstDayOf(period, tradingDay);
}

async function rankedAccount(
  state: ExchangeState,
  history: Pick<HistoryQueries, 'documentsOf' | 'tradesOf'>,
  account: number,
  from: number,
): Promise<RankedAccount> {
  const days = await dayProfits(state, history, account, from, Infinity);
  const hasTraded = days.some(({ trades }) => trades > 0);
  const trades = hasTraded ? await history.tradesOf([account], ({ tradingDay }) => tradingDay >= from) : [];
  const profit = days.reduce((sum, day) => sum + day.realized + day.unrealized - day.commission, 0);
  const base = days.length === 0 ? 0 : days[0].base + laterDeposits(days);
  return {
    account,
    profit,
    ratio: base > 0 ? profit / base : 0,
    trades: trades.length,
    volume: trades.reduce((sum, { volume }) => sum + volume, 0),
    commission: days.reduce((sum, { commission }) => sum + commission, 0),
  };
}

function laterDeposits(days: readonly { deposit: number }[]): number {
  return days.slice(1).reduce((sum, { deposit }) => sum + deposit, 0);
}
