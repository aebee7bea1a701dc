/** The equity curve of an account from its statements (ledger.md 7): net asset value, drawdown and what charts show of them. */
import type { StatementRecord } from '../../core/settlement/statements.js';

/** Net asset values in 1e-8; the curve begins at 1. */
export const NAV_SCALE = 100_000_000;
/** Trading days of a year, for the Sharpe ratio. */
const DAYS_PER_YEAR = 252;

/** A settled day; money in 1/10000. */
export interface EquityDay {
  readonly statement: Pick<StatementRecord, 'id' | 'balance' | 'margin' | 'commission' | 'tradeCount'>;
  /** What the day brought: profits less commission. */
  readonly profit: number;
  /** What it was earned with: the balance before it and the day's deposits. */
  readonly base: number;
  /** 1e-8 */
  readonly nav: number;
  /** From the highest value so far, in 1e-8 of it. */
  readonly drawdown: number;
  /** There was nothing to earn with: the value is that of the day before. */
  readonly isNavKept: boolean;
}

export interface EquityStatistics {
  startBalance: number;
  endBalance: number;
  totalProfit: number;
  /** Ratios as fractions of 1. */
  totalProfitRate: number;
  maxDrawdown: number;
  maxDrawdownRate: number;
  profitDays: number;
  lossDays: number;
  winRate: number;
  avgDailyProfit: number;
  sharpeRatio: number;
}

type Source = Pick<
  StatementRecord,
  'id' | 'balance' | 'margin' | 'commission' | 'tradeCount' | 'preBalance' | 'deposit' | 'closeProfit' | 'positionProfit'
>;

/** All days of an account, oldest first. */
export function equityDays(statements: readonly Source[]): EquityDay[] {
  let nav = NAV_SCALE;
  let highest = NAV_SCALE;
  return statements.map((statement) => {
    const profit = statement.closeProfit + statement.positionProfit - statement.commission;
    const base = statement.preBalance + statement.deposit;
    const isNavKept = base <= 0;
    if (!isNavKept) nav = grown(nav, base, profit);
    highest = Math.max(highest, nav);
    const drawdown = Math.floor(((highest - nav) * NAV_SCALE) / highest);
    return { statement, profit, base, nav, drawdown, isNavKept };
  });
}

/** nav × (1 + profit / base), rounded half up and never below 0. */
function grown(nav: number, base: number, profit: number): number {
  const product = BigInt(nav) * BigInt(base + profit);
  if (product <= 0n) return 0;
  return Number((product * 2n + BigInt(base)) / (BigInt(base) * 2n));
}

/** Of some successive days, one at least; money in 1/10000. */
export function equityStatistics(days: readonly EquityDay[]): EquityStatistics {
  const profits = days.map(({ profit }) => profit);
  const rates = days.map(({ profit, base }) => (base > 0 ? profit / base : 0));
  const totalProfit = sum(profits);
  const profitDays = profits.filter((profit) => profit > 0).length;
  const growth = rates.reduce((product, rate) => product * (1 + rate), 1);
  const { money, rate } = largestDrawdown(days, rates);
  return {
    startBalance: days[0].base,
    endBalance: days[days.length - 1].statement.balance,
    totalProfit,
    totalProfitRate: growth - 1,
    maxDrawdown: money,
    maxDrawdownRate: rate,
    profitDays,
    lossDays: profits.filter((profit) => profit < 0).length,
    winRate: profitDays / days.length,
    avgDailyProfit: totalProfit / days.length,
    sharpeRatio: sharpeOf(rates),
  };
}

/** Money from the highest sum of profits so far, rate from the highest value; deposits and withdrawals are neither. */
function largestDrawdown(days: readonly EquityDay[], rates: readonly number[]): { money: number; rate: number } {
  let [earned, mostEarned, value, highest, money, rate] = [0, 0, 1, 1, 0, 0];
  for (const [i, { profit }] of days.entries()) {
    earned += profit;
    mostEarned = Math.max(mostEarned, earned);
    money = Math.max(money, mostEarned - earned);
    value *= 1 + rates[i];
    highest = Math.max(highest, value);
    rate = Math.max(rate, (highest - value) / highest);
  }
  return { money, rate };
}

/** Annualised, without a riskless rate; 0 where days do not differ. */
function sharpeOf(rates: readonly number[]): number {
  if (rates.length < 2) return 0;
  const mean = sum(rates) / rates.length;
  const variance = sum(rates.map((rate) => (rate - mean) ** 2)) / (rates.length - 1);
  return variance === 0 ? 0 : (mean / Math.sqrt(variance)) * Math.sqrt(DAYS_PER_YEAR);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
