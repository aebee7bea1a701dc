/** Registration, login, logout, and who one is (rest.md 4). */
import Type from 'typebox';
import { isAdmin, permissionsOf, roleNames } from '../../../auth/permissions.js';
import { accountId, userId } from '../../views/ids.js';
import { UserSchema, userView } from '../../views/user-view.js';
import type { Login } from '../../services/user-service.js';
import { successText } from '../envelope.js';
import { isDurable } from '../request-handler.js';
import { Id, userOf } from '../resources.js';
import { JSON_TYPE } from '../response.js';
import { RawAnswer, route } from '../route.js';
import { clearedCookies, sessionCookies, sessionOf } from '../session-cookie.js';

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

const LOGIN_FIELDS = {
  user_id: Type.String(),
  username: Type.String(),
  token: Type.String(),
  expires_at: Type.Integer(),
  roles: Type.Array(Type.String()),
  is_admin: Type.Boolean(),
  permissions: Type.Array(Type.String()),
};

function loginView({ user, token, expiresAtMs }: Login) {
  return {
    user_id: userId(user.user),
    username: user.username,
    token,
    expires_at: expiresAtMs,
    roles: roleNames(user.roles),
    is_admin: isAdmin(user.roles),
    permissions: [...permissionsOf(user.roles)],
  };
}

const login = route({
  id: 'S2',
  method: 'POST',
  path: '/api/auth/login',
  summary: 'Get a token for name and password.',
  access: { caller: 'public' },
  limitedByAddress: true,
  body: Type.Object({
    username: Type.String(),
    password: Type.String(),
    keep_session: Type.Optional(
      Type.Boolean({ description: 'For pages: the token lives 15 minutes, and a cookie that no script can read gets the next one.' }),
    ),
  }),
  refusals: [2106, 9001],
  response: Type.Object({ success: Type.Boolean(), ...LOGIN_FIELDS, message: Type.String() }),
  async handler({ exchange, body, origin }) {
    const { username, password, keep_session: keeps = false } = body;
    const said = (login: Login) => ({ success: true, ...loginView(login), message: 'Logged in.' });
    if (!keeps) return said(await exchange.users.login(username, password, origin));
    const kept = await exchange.users.loginKept(username, password, origin);
    const isSecure = exchange.config.tls !== undefined;
    const headers = sessionCookies(kept.session, kept.sessionSeconds, isSecure);
    return new RawAnswer(200, JSON_TYPE, successText(said(kept), isDurable(exchange)), headers);
  },
});

const session = route({
  id: 'S13',
  method: 'POST',
  path: '/api/auth/session',
  summary: 'The next token of the session that a cookie keeps; X-CSRF-Token repeats the cookie that the page can read.',
  access: { caller: 'public' },
  limitedByAddress: true,
  // A visitor without a session has done nothing wrong, so this is no refusal.
  response: Type.Object({ signed_in: Type.Boolean(), ...Type.Partial(Type.Object(LOGIN_FIELDS)).properties }),
  handler({ exchange, cookie, csrfToken }) {
    const kept = sessionOf(cookie, csrfToken);
    const login = kept === undefined ? undefined : exchange.users.continueSession(kept);
    return login === undefined ? { signed_in: false } : { signed_in: true, ...loginView(login) };
  },
});

const logout = route({
  id: 'S3',
  method: 'POST',
  path: '/api/auth/logout',
  summary: 'Kill the token of this request, and the session that it is of.',
  access: { caller: 'user' },
  response: Type.Object({ logged_out: Type.Boolean() }),
  async handler({ exchange, caller, origin }) {
    await exchange.users.logout(caller, origin);
    const text = successText({ logged_out: true }, isDurable(exchange));
    return new RawAnswer(200, JSON_TYPE, text, clearedCookies(exchange.config.tls !== undefined));
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

export const SESSION_ROUTES = [register, login, session, logout, me, user];
