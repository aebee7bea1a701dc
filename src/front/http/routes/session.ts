/** Registration, login, logout, and who one is (rest.md 4). */
import Type from 'typebox';
import { isAdmin, permissionsOf, roleNames } from '../../../auth/permissions.js';
import { accountId, userId } from '../../views/ids.js';
import { UserSchema, userView } from '../../views/user-view.js';
import { Id, userOf } from '../resources.js';
import { route } from '../route.js';

const OptionalText = Type.Optional(Type.Union([Type.String(), Type.Null()]));

const register = route({
  id: 'S1',
  method: 'POST',
  path: '/api/auth/register',
  summary: 'Register a user with a default account.',
  access: { caller: 'public' },
  limitedByAddress: true,
  body: Type.Object({
    username: Type.String(),
    password: Type.String(),
    phone: OptionalText,
    email: OptionalText,
    real_name: OptionalText,
    id_card: OptionalText,
  }),
  refusals: [2101, 2102, 2103, 2105],
  response: Type.Object({ user_id: Type.String(), username: Type.String(), account_id: Type.String(), message: Type.String() }),
  async handler({ exchange, body, origin }) {
    const { user, account } = await exchange.users.register(body, origin);
    return { user_id: userId(user.user), username: user.username, account_id: accountId(account), message: 'Registered: log in next.' };
  },
});

const login = route({
  id: 'S2',
  method: 'POST',
  path: '/api/auth/login',
  summary: 'Get a token for name and password.',
  access: { caller: 'public' },
  limitedByAddress: true,
  body: Type.Object({ username: Type.String(), password: Type.String() }),
  refusals: [2106, 9001],
  response: Type.Object({
    success: Type.Boolean(),
    user_id: Type.String(),
    username: Type.String(),
    token: Type.String(),
    expires_at: Type.Integer(),
    roles: Type.Array(Type.String()),
    is_admin: Type.Boolean(),
    permissions: Type.Array(Type.String()),
    message: Type.String(),
  }),
  async handler({ exchange, body, origin }) {
    const { user, token, expiresAtMs } = await exchange.users.login(body.username, body.password, origin);
    return {
      success: true,
      user_id: userId(user.user),
      username: user.username,
      token,
      expires_at: expiresAtMs,
      roles: roleNames(user.roles),
      is_admin: isAdmin(user.roles),
      permissions: [...permissionsOf(user.roles)],
      message: 'Logged in.',
    };
  },
});

const logout = route({
  id: 'S3',
  method: 'POST',
  path: '/api/auth/logout',
  summary: 'Kill the token of this request.',
  access: { caller: 'user' },
  response: Type.Object({ logged_out: Type.Boolean() }),
  async handler({ exchange, caller, origin }) {
    await exchange.users.logout(caller, origin);
    return { logged_out: true };
  },
});

const me = route({
  id: 'S4',
  method: 'GET',
  path: '/api/auth/me',
  aliases: ['/api/auth/current-user'],
  summary: 'The caller.',
  access: { caller: 'user' },
  response: UserSchema,
  handler: ({ exchange, caller }) => userView(exchange.state, caller.user),
});

const user = route({
  id: 'S5',
  method: 'GET',
  path: '/api/auth/user/:user_id',
  summary: 'A user.',
  access: {
    caller: 'owner',
    orPermission: 'ViewUsers',
    resource: ({ params }, { state }) => ({ user: userOf(state, params.user_id).user }),
  },
  params: Type.Object({ user_id: Id }),
  refusals: [2104],
  response: UserSchema,
  handler: ({ exchange, user: number }) => userView(exchange.state, exchange.state.users.get(number)!),
});

export const SESSION_ROUTES = [register, login, logout, me, user];
