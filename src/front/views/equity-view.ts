/** EquityPoint and EquityStatistics of rest.md 3, in the form that charts read. */
import Type, { type Static } from 'typebox';
import type { ExchangeState } from '../../core/state.js';
import { toDecimal } from '../../core/units.js';
import { equityDays, equityStatistics, NAV_SCALE, type EquityDay } from '../settlement/equity.js';
import { toDate } from './numbers.js';

const RATE_DIGITS = 8;

export const EquityPointSchema = Type.Object({
  date: Type.String(),
  balance: Type.Number(),
  available: Type.Number(),
  margin: Type.Number(),
  daily_profit: Type.Number({ description: 'Profits less commission.' }),
  daily_profit_rate: Type.Number({ description: 'Of the balance before the day and its deposits; 0 when that is not above 0.' }),
  trade_count: Type.Integer(),
  commission: Type.Number(),
  nav: Type.Number({ description: 'Net asset value: 1 before the first day.' }),
  nav_kept: Type.Optional(Type.Boolean({ description: 'There was nothing to earn with: nav is that of the day before.' })),
  drawdown: Type.Number({ description: 'From the highest nav so far, as a share of it.' }),
});

export const EquityStatisticsSchema = Type.Object({
  startBalance: Type.Number(),
  endBalance: Type.Number(),
  totalProfit: Type.Number(),
  totalProfitRate: Type.Number(),
  maxDrawdown: Type.Number({ description: 'Money lost from the highest sum of profits.' }),
  maxDrawdownRate: Type.Number(),
  profitDays: Type.Integer(),
  lossDays: Type.Integer(),
  winRate: Type.Number(),
  avgDailyProfit: Type.Number(),
  sharpeRatio: Type.Number({ description: 'Annualised over 252 days, without a riskless rate.' }),
});

export function equityPointView({ statement, profit, base, nav, drawdown, isNavKept }: EquityDay): Static<typeof EquityPointSchema> {
  const view: Static<typeof EquityPointSchema> = {
    date: toDate(statement.id),
    balance: toDecimal(statement.balance),
    available: toDecimal(statement.balance - statement.margin),
    margin: toDecimal(statement.margin),
    daily_profit: toDecimal(profit),
    daily_profit_rate: base > 0 ? rounded(profit / base) : 0,
    trade_count: statement.tradeCount,
    commission: toDecimal(statement.commission),
    nav: nav / NAV_SCALE,
    drawdown: drawdown / NAV_SCALE,
  };
  if (isNavKept) view.nav_kept = true;
  return view;
}

export function equityStatisticsView(days: readonly EquityDay[]): Static<typeof EquityStatisticsSchema> {
  if (days.length === 0) return NO_STATISTICS;
  const of = equityStatistics(days);
  return {
    startBalance: toDecimal(of.startBalance),
    endBalance: toDecimal(of.endBalance),
    totalProfit: toDecimal(of.totalProfit),
    totalProfitRate: rounded(of.totalProfitRate),
    maxDrawdown: toDecimal(of.maxDrawdown),
    maxDrawdownRate: rounded(of.maxDrawdownRate),
    profitDays: of.profitDays,
    lossDays: of.lossDays,
    winRate: rounded(of.winRate),
    avgDailyProfit: toDecimal(Math.round(of.avgDailyProfit)),
    sharpeRatio: rounded(of.sharpeRatio),
  };
}

const NO_STATISTICS: Static<typeof EquityStatisticsSchema> = {
  startBalance: 0,
  endBalance: 0,
  totalProfit: 0,
  totalProfitRate: 0,
  maxDrawdown: 0,
  maxDrawdownRate: 0,
  profitDays: 0,
  lossDays: 0,
  winRate: 0,
  avgDailyProfit: 0,
  sharpeRatio: 0,
};

/** The current day as it stands, for an account that has not been settled yet. */
export function currentDay({ accounts, ledger, tradingDay }: ExchangeState, account: number): EquityDay {
  const today = {
    id: tradingDay,
    balance: ledger.balance(account),
    margin: accounts.margin[account],
    commission: accounts.commission[account],
    tradeCount: accounts.tradesToday[account],
    preBalance: accounts.preBalance[account],
    deposit: accounts.deposit[account],
    closeProfit: accounts.closeProfit[account],
    positionProfit: ledger.positionProfit(account),
  };
  return equityDays([today])[0];
}

function rounded(value: number): number {
  return Number(value.toFixed(RATE_DIGITS));
}
