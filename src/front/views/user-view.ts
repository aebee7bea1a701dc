/** A user as himself and staff see him (rest.md S4); never the password or the id card. */
import Type, { type Static } from 'typebox';
import { isAdmin, permissionsOf, roleNames } from '../../auth/permissions.js';
import { openAccountsOf } from '../../core/account-rights.js';
import { nameOf, UserStatus } from '../../core/enums.js';
import type { ExchangeState } from '../../core/state.js';
import type { User } from '../../core/users.js';
import { accountId, userId } from './ids.js';
import { toMs } from './numbers.js';

const OptionalText = Type.Union([Type.String(), Type.Null()]);

export const UserSchema = Type.Object({
  user_id: Type.String(),
  username: Type.String(),
  phone: OptionalText,
  email: OptionalText,
  real_name: OptionalText,
  account_ids: Type.Array(Type.String()),
  roles: Type.Array(Type.String()),
  permissions: Type.Array(Type.String()),
  is_admin: Type.Boolean(),
  created_at: Type.Integer(),
  status: Type.String(),
});
export type UserView = Static<typeof UserSchema>;

export function userView(state: ExchangeState, user: User): UserView {
  return {
    user_id: userId(user.user),
    username: user.username,
    phone: orNull(user.phone),
    email: orNull(user.email),
    real_name: orNull(user.realName),
    account_ids: openAccountsOf(state, user).map(accountId),
    roles: roleNames(user.roles),
    permissions: [...permissionsOf(user.roles)],
    is_admin: isAdmin(user.roles),
    created_at: toMs(user.createdUs),
    status: nameOf(UserStatus, user.status),
  };
}

function orNull(text: string): string | null {
  return text === '' ? null : text;
}
