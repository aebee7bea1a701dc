/** Account of rest.md 3. */
import Type, { type Static } from 'typebox';
import { AccountStatus, AccountType, nameOf } from '../../core/enums.js';
import type { ExchangeState } from '../../core/state.js';
import { toDecimal } from '../../core/units.js';
import { accountId, userId } from './ids.js';
import { toMs, toRatio } from './numbers.js';

export const AccountSchema = Type.Object({
  account_id: Type.String(),
  user_id: Type.String(),
  account_name: Type.String(),
  user_name: Type.String({ description: 'Alias of account_name.' }),
  account_type: Type.String(),
  balance: Type.Number(),
  available: Type.Number(),
  withdrawable: Type.Number(),
  frozen: Type.Number({ description: 'frozen_margin + frozen_commission' }),
  margin: Type.Number(),
  frozen_margin: Type.Number(),
  frozen_commission: Type.Number(),
  profit: Type.Number({ description: 'Realised today.' }),
  position_profit: Type.Number(),
  risk_ratio: Type.Number(),
  status: Type.String(),
  created_at: Type.Integer(),
});
export type AccountView = Static<typeof AccountSchema>;

export function accountView(state: ExchangeState, account: number): AccountView {
  const { accounts, ledger } = state;
  const frozenMargin = accounts.frozenMargin[account];
  const frozenCommission = accounts.frozenCommission[account];
  const name = accounts.name[account];
  return {
    account_id: accountId(account),
    user_id: userId(accounts.user[account]),
    account_name: name,
    user_name: name,
    account_type: nameOf(AccountType, accounts.type[account]),
    balance: toDecimal(ledger.balance(account)),
    available: toDecimal(ledger.available(account)),
    withdrawable: toDecimal(ledger.withdrawable(account)),
    frozen: toDecimal(frozenMargin + frozenCommission),
    margin: toDecimal(accounts.margin[account]),
    frozen_margin: toDecimal(frozenMargin),
    frozen_commission: toDecimal(frozenCommission),
    profit: toDecimal(accounts.closeProfit[account]),
    position_profit: toDecimal(ledger.positionProfit(account)),
    risk_ratio: toRatio(ledger.riskRatio(account)),
    status: nameOf(AccountStatus, accounts.status[account]),
    created_at: toMs(accounts.createdUs[account]),
  };
}
