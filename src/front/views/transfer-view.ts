/** Transfer of rest.md 3. */
import Type, { type Static } from 'typebox';
import { FundKind } from '../../core/enums.js';
import type { FundRecord } from '../../core/observer.js';
import { toDecimal } from '../../core/units.js';
import { bankOf } from '../services/banks.js';
import { transactionId } from './ids.js';
import { toMs } from './numbers.js';

export const TransferSchema = Type.Object({
  id: Type.String(),
  datetime: Type.Integer(),
  currency: Type.String(),
  amount: Type.Number({ description: 'Above 0 from the bank, below 0 to it.' }),
  error_id: Type.Integer({ description: '0: done. A transfer that was refused moved nothing and is not listed.' }),
  error_msg: Type.String(),
  bank_id: Type.String(),
  bank_name: Type.String(),
});
export type TransferView = Static<typeof TransferSchema>;

export function transferView(record: FundRecord): TransferView {
  return {
    id: transactionId(record.id),
    datetime: toMs(record.timeUs),
    currency: 'CNY',
    amount: toDecimal(record.kind === FundKind.deposit ? record.amount : -record.amount),
    error_id: 0,
    error_msg: '',
    bank_id: record.bank,
    bank_name: bankOf(record.bank)?.name ?? record.bank,
  };
}
