/** AccountStatus of rest.md 3. */
import Type, { type Static } from 'typebox';
import { Right, rightsOf } from '../../core/account-rights.js';
import { AccountStatus, FreezeType, nameOf } from '../../core/enums.js';
import type { ExchangeState } from '../../core/state.js';
import { accountId, userId } from './ids.js';
import { toMs } from './numbers.js';

export const AccountStatusSchema = Type.Object({
  account_id: Type.String(),
  status: Type.String(),
  freeze_type: Type.Optional(Type.String()),
  freeze_reason: Type.Optional(Type.String()),
  frozen_at: Type.Optional(Type.Integer()),
  frozen_by: Type.Optional(Type.String({ description: 'A user id, or system.' })),
  can_trade: Type.Boolean({ description: 'Whether it may open positions.' }),
  can_withdraw: Type.Boolean(),
});
export type AccountStatusView = Static<typeof AccountStatusSchema>;

export function accountStatusView(state: ExchangeState, account: number): AccountStatusView {
  const { accounts, users } = state;
  const status = accounts.status[account];
  const rights = rightsOf(accounts, users, account);
  const view: AccountStatusView = {
    account_id: accountId(account),
    status: nameOf(AccountStatus, status),
    can_trade: (rights & Right.OPEN) !== 0,
    can_withdraw: (rights & Right.WITHDRAW) !== 0,
  };
  if (status === AccountStatus.FROZEN) view.freeze_type = nameOf(FreezeType, accounts.freezeType[account]);
  if (status !== AccountStatus.ACTIVE) {
    const by = accounts.statusUser[account];
    view.freeze_reason = accounts.statusReason[account];
    view.frozen_at = toMs(accounts.statusUs[account]);
    view.frozen_by = by === 0 ? 'system' : userId(by);
  }
  return view;
}
