import { type OneThreadCircle } from '../../support/one-thread-circle.js';
import type { ExchangeState } from '../../../src/core/state.js';
import { toDecimal } from '../../../src/core/units.js';

/** The money of an account as the tables of the specification print it, in currency units; risk in percent, 4 decimals. */
export function money(state: ExchangeState, account: number): Record<string, number> {
  const { accounts, ledger } = state;
  return {
    close: toDecimal(accounts.closeProfit[account]),
    pos: toDecimal(ledger.positionProfit(account)),
    comm: toDecimal(accounts.commission[account]),
    bal: toDecimal(ledger.balance(account)),
    margin: toDecimal(accounts.margin[account]),
    fz: toDecimal(accounts.frozenMargin[account] + accounts.frozenCommission[account]),
    avail: toDecimal(ledger.available(account)),
    wq: toDecimal(ledger.withdrawable(account)),
    risk: ledger.riskRatio(account) / 10_000,
  };
}

/** Two more traders print a price: the mark moves and nobody else is touched. */
export function markAt(circle: OneThreadCircle, instrument: number, price: number): void {
  const { state } = circle;
  state.market.lastPrice[instrument] = Math.round(price * 10_000);
}

export function listIf(circle: OneThreadCircle): number {
  return circle.list({
    instrumentId: 'CFFEX.IF2501',
    exchange: 0,
    multiplier: 300,
    priceTick: 2000,
    preSettlement: 38_000_000,
    longMarginRatio: 120_000,
    shortMarginRatio: 120_000,
    feeOpenByMoney: 2300,
    feeCloseByMoney: 2300,
    feeCloseTodayByMoney: 23_000,
  });
}
