/** Passwords, freezes and the end of accounts (rest.md C1, C2, C7 to C9, M10). */
import Type from 'typebox';
import { AccountStatus, FreezeType, nameOf, numberOf, PasswordKind, type ValueOf } from '../../../core/enums.js';
import { Refusal } from '../../../core/refusal.js';
import { AccountStatusSchema, accountStatusView } from '../../views/account-status-view.js';
import { accountId } from '../../views/ids.js';
import { accountOf, Id } from '../resources.js';
import { route } from '../route.js';

const PasswordText = Type.String({ maxLength: 200 });
const Kind = Type.Enum(Object.keys(PasswordKind));
const Reason = Type.String({ minLength: 1, maxLength: 200 });
const Message = Type.Object({ message: Type.String() });
const freezers = { caller: 'permission', permission: 'FreezeAccount' } as const;

const changePassword = route({
  id: 'C1',
  method: 'POST',
  path: '/api/account-admin/password/change',
  summary: 'Change the trading or fund password of an account; the first one is set with the login password as the old one.',
  access: { caller: 'owner', resource: ({ body }, { state }) => ({ account: accountOf(state, body.account_id) }) },
  body: Type.Object({ account_id: Type.String(), old_password: PasswordText, new_password: PasswordText, password_type: Kind }),
  refusals: [1006, 2105, 2107],
  response: Message,
  async handler({ exchange, caller, account, body, origin }) {
    const kind = numberOf(PasswordKind, body.password_type);
    await exchange.desk.passwords.change(caller, account, kind, body.old_password, body.new_password, origin);
    return { message: 'The password is changed.' };
  },
});

const resetPassword = route({
  id: 'C2',
  method: 'POST',
  path: '/api/account-admin/password/reset',
  summary: 'Set the trading or fund password of an account; its owner must change it before it is good for anything.',
  access: { caller: 'admin' },
  body: Type.Object({ account_id: Type.String(), new_password: PasswordText, password_type: Kind }),
  refusals: [1006, 2105],
  response: Message,
  async handler({ exchange, caller, body, origin }) {
    const account = accountOf(exchange.state, body.account_id);
    await exchange.desk.passwords.reset(caller, account, numberOf(PasswordKind, body.password_type), body.new_password, origin);
    return { message: 'The password is reset: its owner must change it at its next use.' };
  },
});

const status = route({
  id: 'C7',
  method: 'GET',
  path: '/api/account-admin/status/:account_id',
  summary: 'Whether an account is frozen, since when, why, and what it may do.',
  access: {
    caller: 'owner',
    orPermission: 'FreezeAccount',
    resource: ({ params }, { state }) => ({ account: accountOf(state, params.account_id) }),
  },
  params: Type.Object({ account_id: Id }),
  refusals: [1006],
  response: AccountStatusSchema,
  handler: ({ exchange, account }) => accountStatusView(exchange.state, account),
});

const freeze = route({
  id: 'C8',
  method: 'POST',
  path: '/api/account-admin/freeze',
  summary: 'Freeze or suspend an account. Working orders are cancelled when it may not trade any more.',
  access: freezers,
  body: Type.Object({
    account_id: Type.String(),
    reason: Reason,
    freeze_type: Type.Optional(Type.Enum(Object.keys(FreezeType), { description: 'Required unless status is SUSPENDED.' })),
    status: Type.Optional(Type.Enum(['FROZEN', 'SUSPENDED'])),
  }),
  refusals: [1006, 2002],
  response: AccountStatusSchema,
  async handler({ exchange, caller, body, origin }) {
    const account = accountOf(exchange.state, body.account_id);
    const isSuspended = body.status === 'SUSPENDED';
    if (body.freeze_type === undefined && !isSuspended) throw new Refusal(9008, [{ field: 'freeze_type', reason: 'is required' }]);
    const freezeType = numberOf(FreezeType, body.freeze_type ?? 'FULL') as ValueOf<typeof FreezeType>;
    const target = isSuspended ? AccountStatus.SUSPENDED : AccountStatus.FROZEN;
    const actor = { user: caller.user.user, origin };
    await exchange.desk.status.freeze(account, { status: target, freezeType, reason: body.reason }, actor);
    return accountStatusView(exchange.state, account);
  },
});

const unfreeze = route({
  id: 'C9',
  method: 'POST',
  path: '/api/account-admin/unfreeze',
  summary: 'Give a frozen or suspended account its rights back.',
  access: freezers,
  body: Type.Object({ account_id: Type.String(), reason: Reason }),
  refusals: [1006, 2002],
  response: AccountStatusSchema,
  async handler({ exchange, caller, body, origin }) {
    const account = accountOf(exchange.state, body.account_id);
    await exchange.desk.status.unfreeze(account, body.reason, { user: caller.user.user, origin });
    return accountStatusView(exchange.state, account);
  },
});

const close = route({
  id: 'M10',
  method: 'POST',
  path: '/api/management/account/:account_id/close',
  summary: 'End an account without positions, orders and money for good.',
  access: { caller: 'permission', permission: 'CloseAccount' },
  params: Type.Object({ account_id: Id }),
  body: Type.Object({ reason: Reason }),
  refusals: [1006, 2002, 2111],
  response: Type.Object({ account_id: Type.String(), status: Type.String() }),
  async handler({ exchange, caller, params, body, origin }) {
    const account = accountOf(exchange.state, params.account_id);
    await exchange.desk.status.close(account, body.reason, { user: caller.user.user, origin });
    return { account_id: accountId(account), status: nameOf(AccountStatus, exchange.state.accounts.status[account]) };
  },
});

export const ACCOUNT_ADMIN_ROUTES = [changePassword, resetPassword, status, freeze, unfreeze, close];
