/** Accounts as staff sees them (rest.md M1, M2). */
import Type, { type Static } from 'typebox';
import { AccountStatus, AccountType, nameOf } from '../../core/enums.js';
import type { ExchangeState } from '../../core/state.js';
import { LONG, SHORT } from '../../core/positions.js';
import { toDecimal } from '../../core/units.js';
import { accountId, userId } from './ids.js';
import { toMs, toRatio } from './numbers.js';

const IdentityFields = {
  account_id: Type.String(),
  user_id: Type.String(),
  user_name: Type.String({ description: 'Name of the account.' }),
  account_type: Type.String(),
  status: Type.String(),
  created_at: Type.Integer(),
};

export const ManagedAccountSchema = Type.Object({
  ...IdentityFields,
  balance: Type.Number(),
  available: Type.Number(),
  margin_used: Type.Number(),
  risk_ratio: Type.Number(),
});

export const AccountInfoSchema = Type.Object({
  ...IdentityFields,
  balance: Type.Number(),
  available: Type.Number(),
  margin: Type.Number(),
  frozen_margin: Type.Number(),
  frozen_commission: Type.Number(),
  static_balance: Type.Number({ description: 'Balance before the day, its deposits and withdrawals.' }),
  pre_balance: Type.Number(),
  float_profit: Type.Number({ description: 'Of open lots against their open prices.' }),
  position_profit: Type.Number({ description: 'Of open lots, of the trading day.' }),
  close_profit: Type.Number(),
  commission: Type.Number(),
  deposit: Type.Number(),
  withdraw: Type.Number(),
  risk_ratio: Type.Number(),
});

export function managedAccountView(state: ExchangeState, account: number): Static<typeof ManagedAccountSchema> {
  const { accounts, ledger } = state;
  return {
    ...identity(state, account),
    balance: toDecimal(ledger.balance(account)),
    available: toDecimal(ledger.available(account)),
    margin_used: toDecimal(accounts.margin[account]),
    risk_ratio: toRatio(ledger.riskRatio(account)),
  };
}

export function accountInfoView(state: ExchangeState, account: number): Static<typeof AccountInfoSchema> {
  const { accounts, ledger } = state;
  return {
    ...identity(state, account),
    balance: toDecimal(ledger.balance(account)),
    available: toDecimal(ledger.available(account)),
    margin: toDecimal(accounts.margin[account]),
    frozen_margin: toDecimal(accounts.frozenMargin[account]),
    frozen_commission: toDecimal(accounts.frozenCommission[account]),
    static_balance: toDecimal(accounts.staticBalance(account)),
    pre_balance: toDecimal(accounts.preBalance[account]),
    float_profit: toDecimal(floatProfit(state, account)),
    position_profit: toDecimal(ledger.positionProfit(account)),
    close_profit: toDecimal(accounts.closeProfit[account]),
    commission: toDecimal(accounts.commission[account]),
    deposit: toDecimal(accounts.deposit[account]),
    withdraw: toDecimal(accounts.withdraw[account]),
    risk_ratio: toRatio(ledger.riskRatio(account)),
  };
}

/** Of all open lots against their open prices, 1/10000. */
export function floatProfit({ accounts, positions, ledger }: ExchangeState, account: number): number {
  let profit = 0;
  for (let p = accounts.firstPosition[account]; p !== 0; p = positions.nextOfAccount[p]!) {
    profit += ledger.floatProfitOf(p, LONG) + ledger.floatProfitOf(p, SHORT);
  }
  return profit;
}

function identity({ accounts }: ExchangeState, account: number) {
  return {
    account_id: accountId(account),
    user_id: userId(accounts.user[account]),
    user_name: accounts.name[account],
    account_type: nameOf(AccountType, accounts.type[account]),
    status: nameOf(AccountStatus, accounts.status[account]),
    created_at: toMs(accounts.createdUs[account]),
  };
}
