/** The account that a request about money names. */
import Type from 'typebox';
import { Refusal } from '../../core/refusal.js';
import type { ExchangeState } from '../../core/state.js';
import { userId } from '../views/ids.js';
import { accountOf, soleAccount, userOf } from './resources.js';

export const MoneyTargetFields = {
  account_id: Type.Optional(Type.String()),
  user_id: Type.Optional(Type.String({ description: 'Instead of account_id, for a user with one account.' })),
};

export interface MoneyTarget {
  account_id?: string;
  user_id?: string;
}

/** The named account, or the only one of a named user. Throws 1006, 2104, 2110, 9006, 9008. */
export function moneyTarget(state: ExchangeState, body: MoneyTarget): { account: number } {
  const { account_id: id, user_id: owner } = body;
  if (id === undefined) {
    if (owner === undefined) throw new Refusal(9008, [{ field: 'account_id', reason: 'is required' }]);
    return { account: soleAccount(state, userOf(state, owner)) };
  }
  const account = accountOf(state, id);
  if (owner !== undefined && userId(state.accounts.user[account]) !== owner) throw new Refusal(9006);
  return { account };
}
