/** FundTransaction of rest.md 3. */
import Type, { type Static } from 'typebox';
import { FundKind, nameOf } from '../../core/enums.js';
import type { FundRecord } from '../../core/observer.js';
import { toDecimal } from '../../core/units.js';
import { accountId, transactionId, userId } from './ids.js';
import { toMs } from './numbers.js';

export const FundTransactionSchema = Type.Object({
  transaction_id: Type.String(),
  account_id: Type.String(),
  user_id: Type.String(),
  transaction_type: Type.String(),
  amount: Type.Number({ description: 'Positive in both directions.' }),
  balance_before: Type.Number(),
  balance_after: Type.Number(),
  status: Type.String(),
  method: Type.Optional(Type.String()),
  remark: Type.Optional(Type.String()),
  created_at: Type.Integer(),
  updated_at: Type.Integer(),
});
export type FundTransactionView = Static<typeof FundTransactionSchema>;

export function fundTransactionView(record: FundRecord): FundTransactionView {
  const time = toMs(record.timeUs);
  const view: FundTransactionView = {
    transaction_id: transactionId(record.id),
    account_id: accountId(record.account),
    user_id: userId(record.user),
    transaction_type: nameOf(FundKind, record.kind),
    amount: toDecimal(record.amount),
    balance_before: toDecimal(record.balanceBefore),
    balance_after: toDecimal(record.balanceAfter),
    // a movement of money is one durable event: there is no other state it could be in
    status: 'completed',
    created_at: time,
    updated_at: time,
  };
  if (record.method !== '') view.method = record.method;
  if (record.remark !== '') view.remark = record.remark;
  return view;
}
