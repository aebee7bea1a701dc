/** Users: their list, roles, freezes and the login password (rest.md S7 to S12). */
import Type from 'typebox';
import { roleNames } from '../../../auth/permissions.js';
import { numberOf, nameOf, UserStatus } from '../../../core/enums.js';
import type { User } from '../../../core/users.js';
import { userId } from '../../views/ids.js';
import { UserSchema, userView } from '../../views/user-view.js';
import { pageOf, PageFields, PageResultFields } from '../listing.js';
import { Id, userOf } from '../resources.js';
import { actorOf } from '../route-context.js';
import { route } from '../route.js';

const RoleText = Type.String({ maxLength: 64 });
const Reason = Type.String({ minLength: 1, maxLength: 200 });
const UserIdText = Type.String({ maxLength: 64 });
const Roles = Type.Object({ user_id: Type.String(), roles: Type.Array(Type.String()) });
const Status = Type.Object({ user_id: Type.String(), status: Type.String() });
const params = Type.Object({ user_id: Id });

const modifiers = { caller: 'permission', permission: 'ModifyUserRole' } as const;
const freezers = { caller: 'permission', permission: 'FreezeUser' } as const;

const list = route({
  id: 'S7',
  method: 'GET',
  path: '/api/auth/users',
  summary: 'Users, the newest first.',
  access: { caller: 'permission', permission: 'ViewUsers' },
  query: Type.Object({
    ...PageFields,
    status: Type.Optional(Type.Enum(Object.keys(UserStatus))),
    role: Type.Optional(Type.Enum(roleNames(~0))),
    q: Type.Optional(Type.String({ maxLength: 64, description: 'Part of the id, the name, the phone number or the address.' })),
  }),
  response: Type.Object({ users: Type.Array(UserSchema), ...PageResultFields }),
  handler({ exchange: { state }, query }) {
    const status = query.status === undefined ? -1 : numberOf(UserStatus, query.status);
    const sought = query.q?.toLowerCase() ?? '';
    const found = [...state.users].filter(
      (user) =>
        (status === -1 || user.status === status) &&
        (query.role === undefined || roleNames(user.roles).some((role) => role === query.role)) &&
        (sought === '' || textsOf(user).some((text) => text.toLowerCase().includes(sought))),
    );
    const { rows, ...page } = pageOf(found.reverse(), query, (user) => userView(state, user));
    return { users: rows, ...page };
  },
});

function textsOf(user: User): string[] {
  return [userId(user.user), user.username, user.phone, user.email, user.realName];
}

const setRoles = route({
  id: 'S8',
  method: 'POST',
  path: '/api/auth/user/roles',
  summary: 'Give a user these roles and no others; he must log in anew. Nobody changes the own ones.',
  access: modifiers,
  userIdIsTarget: true,
  body: Type.Object({ user_id: UserIdText, roles: Type.Array(RoleText, { minItems: 1, maxItems: 16 }) }),
  response: Roles,
  refusals: [2104, 2108, 2109],
  async handler(context) {
    const user = userOf(context.exchange.state, context.body.user_id);
    await context.exchange.userAdministration.setRoles(user, context.body.roles, actorOf(context));
    return rolesView(user);
  },
});

const addRole = route({
  id: 'S9',
  method: 'POST',
  path: '/api/auth/user/role/add',
  summary: 'Give a user one more role; he must log in anew.',
  access: modifiers,
  userIdIsTarget: true,
  body: Type.Object({ user_id: UserIdText, role: RoleText }),
  response: Roles,
  refusals: [2104, 2108],
  async handler(context) {
    const user = userOf(context.exchange.state, context.body.user_id);
    await context.exchange.userAdministration.addRole(user, context.body.role, actorOf(context));
    return rolesView(user);
  },
});

const makeAdmin = route({
  id: 'S10',
  method: 'POST',
  path: '/api/auth/user/:user_id/make-admin',
  summary: 'Make a user an Admin.',
  access: { caller: 'admin' },
  params,
  response: Roles,
  refusals: [2104],
  async handler(context) {
    const user = userOf(context.exchange.state, context.params.user_id);
    await context.exchange.userAdministration.addRole(user, 'Admin', actorOf(context));
    return rolesView(user);
  },
});

const changePassword = route({
  id: 'S11',
  method: 'POST',
  path: '/api/auth/password',
  summary: 'Change the own login password; every token from before dies, that of this request too.',
  access: { caller: 'user' },
  body: Type.Object({ old_password: Type.String({ maxLength: 200 }), new_password: Type.String({ maxLength: 200 }) }),
  response: Type.Object({ message: Type.String() }),
  refusals: [2105, 2107],
  async handler({ exchange, caller, body, origin }) {
    await exchange.loginPassword.change(caller, body.old_password, body.new_password, origin);
    return { message: 'The password is changed: log in again.' };
  },
});

const freeze = route({
  id: 'S12',
  method: 'POST',
  path: '/api/auth/user/:user_id/freeze',
  summary: 'Freeze a user: his tokens end, his orders are cancelled, his accounts are as fully frozen.',
  access: freezers,
  params,
  body: Type.Object({ reason: Reason }),
  response: Status,
  refusals: [2104, 2109],
  async handler(context) {
    const user = userOf(context.exchange.state, context.params.user_id);
    await context.exchange.userAdministration.freeze(user, context.body.reason, actorOf(context));
    return statusView(user);
  },
});

const unfreeze = route({
  id: 'S12-unfreeze',
  method: 'POST',
  path: '/api/auth/user/:user_id/unfreeze',
  summary: 'Give a frozen user his rights back; he must log in anew.',
  access: freezers,
  params,
  body: Type.Object({ reason: Reason }),
  response: Status,
  refusals: [2104],
  async handler(context) {
    const user = userOf(context.exchange.state, context.params.user_id);
    await context.exchange.userAdministration.unfreeze(user, context.body.reason, actorOf(context));
    return statusView(user);
  },
});

function rolesView(user: User) {
  return { user_id: userId(user.user), roles: roleNames(user.roles) };
}

function statusView(user: User) {
  return { user_id: userId(user.user), status: nameOf(UserStatus, user.status) };
}

export const USER_ROUTES = [list, setRoles, addRole, makeAdmin, changePassword, freeze, unfreeze];
