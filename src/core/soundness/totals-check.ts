/**
 * The equations that add up all accounts (ledger.md 10.6 to 10.8), from what the ledger says of each: quick enough to be
 * asked every second. That the ledger is right about each account is for the account's own equations.
 */
import type { ExchangeState } from '../state.js';
import { WideSum } from '../wide-sum.js';
import { Comparison, type Verdict } from './comparison.js';

/** The first that does not hold. */
export function brokenTotal(state: ExchangeState): Verdict | undefined {
  const { accounts, ledger } = state;
  const profit = new WideSum();
  const owned = new WideSum();
  const commission = new WideSum();
  for (let account = 1; account <= accounts.count; account++) {
    const positionProfit = ledger.positionProfit(account);
    profit.add(accounts.closeProfit[account]);
    profit.add(positionProfit);
    owned.add(accounts.staticBalance(account));
    owned.add(accounts.closeProfit[account] + positionProfit - accounts.commission[account]);
    commission.add(accounts.commission[account]);
  }
  const fees = BigInt(state.feeAccount);
  const outside = state.totalDeposits.toBigInt() - state.totalWithdrawals.toBigInt();
  const totals: [id: string, left: bigint, right: bigint][] = [
    ['10.6', profit.toBigInt(), 0n],
    ['10.7', owned.toBigInt() + fees + BigInt(state.defaultFund), outside],
    ['10.8', fees - state.carried.fees.toBigInt(), commission.toBigInt()],
  ];
  for (const [id, left, right] of totals) {
    const comparison = new Comparison(id);
    comparison.equal(left, right);
    if (!comparison.ok) return comparison.verdict();
  }
  return undefined;
}
