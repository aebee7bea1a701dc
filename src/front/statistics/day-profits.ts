/** The days of an account from its statements, and the current one as it stands (rest.md D4, D6). Money in 1/10000. */
import type { StatementRecord } from '../../core/settlement/statements.js';
import type { ExchangeState } from '../../core/state.js';
import type { HistoryQueries } from '../history.js';

export interface DayProfit {
  /** yyyymmdd */
  day: number;
  /** What it was earned with: the balance before it and its deposits. */
  base: number;
  deposit: number;
  realized: number;
  /** Of the lots that stayed open, from mark to mark. */
  unrealized: number;
  commission: number;
  trades: number;
}

/** Days within both dates (yyyymmdd), oldest first. */
export async function dayProfits(
  state: ExchangeState,
  history: Pick<HistoryQueries, 'documentsOf'>,
  account: number,
  from: number,
  to: number,
): Promise<DayProfit[]> {
  const settled = await history.documentsOf<StatementRecord>('settlements', account, () => true, from, Math.min(to, state.tradingDay));
  const days = settled.reverse().map((statement) => ({
    day: statement.id,
    base: statement.preBalance + statement.deposit,
    deposit: statement.deposit,
    realized: statement.closeProfit,
    unrealized: statement.positionProfit,
    commission: statement.commission,
    trades: statement.tradeCount,
  }));
  if (state.tradingDay >= from && state.tradingDay <= to) days.push(today(state, account));
  return days;
}

function today({ accounts, ledger, tradingDay }: ExchangeState, account: number): DayProfit {
  return {
    day: tradingDay,
    base: accounts.preBalance[account] + accounts.deposit[account],
    deposit: accounts.deposit[account],
    realized: accounts.closeProfit[account],
    unrealized: ledger.positionProfit(account),
    commission: accounts.commission[account],
    trades: accounts.tradesToday[account],
  };
}
