/** From the ids of a request to the numbers of what they name; a Refusal for what does not exist. */
import Type from 'typebox';
import { openAccountsOf } from '../../core/account-rights.js';
import type { Instrument } from '../../core/instrument.js';
import { Refusal } from '../../core/refusal.js';
import type { ExchangeState } from '../../core/state.js';
import type { User } from '../../core/users.js';
import { parseAccountId, parseUserId } from '../views/ids.js';

/** Ids in paths and queries (rest.md 1). */
export const Id = Type.String({ pattern: '^[A-Za-z0-9_.-]{1,64}$' });

/** 1006 when there is no such account. */
export function accountOf(state: ExchangeState, id: string): number {
  const account = parseAccountId(id);
  if (!state.accounts.has(account)) throw new Refusal(1006);
  return account;
}

/** 2104 when there is no such user. */
export function userOf(state: ExchangeState, id: string): User {
  const user = state.users.get(parseUserId(id));
  if (user === undefined) throw new Refusal(2104);
  return user;
}

/** An account id, or the id of a user who has exactly one account: 1006 for none, 2110 for several. */
export function accountOrSole(state: ExchangeState, id: string): number {
  const user = state.users.get(parseUserId(id));
  return user === undefined ? accountOf(state, id) : soleAccount(state, user);
}

/** The one open account of a user: 1006 for none, 2110 for several. */
export function soleAccount(state: ExchangeState, user: User): number {
  const open = openAccountsOf(state, user);
  if (open.length > 1) throw new Refusal(2110);
  if (open.length === 0) throw new Refusal(1006);
  return open[0];
}

/** 1007 when the id names no instrument, or several. */
export function instrumentOf(state: ExchangeState, id: string): Instrument {
  const instrument = state.instruments.find(id);
  if (instrument === undefined) throw new Refusal(1007);
  return instrument;
}
