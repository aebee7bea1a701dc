/** req_login: a password, or a token in its place, makes the connection act for its user (diff.md 5.2). */
import { Refusal, refusalMessage } from '../../../core/refusal.js';
import type { Caller } from '../../caller.js';
import type { Origin } from '../../services/origin.js';
import { accountId, parseAccountId } from '../../views/ids.js';
import type { DiffConnection } from '../connection.js';
import { NotifyCode, notifyPatch } from '../trade/notify.js';
import { jsonText } from '../tree/diff-object.js';
import { textOf, type DiffContext, type Fields } from './context.js';

/** The one broker of the list. */
export const BROKER_ID = 'qaexchange';

const TOKEN = /^[\w-]+\.[\w-]+\.[\w-]+$/;

interface Entry {
  readonly caller: Caller;
  readonly token: string;
  readonly account: number;
}

export async function handleLogin(context: DiffContext, connection: DiffConnection, fields: Fields): Promise<void> {
  const userName = textOf(fields, 'user_name');
  const bid = textOf(fields, 'bid');
  try {
    if (bid !== '' && bid !== BROKER_ID) throw new Refusal(9008, [{ field: 'bid', reason: `must be ${BROKER_ID}` }]);
    const entry = await enter(context, connection.origin, userName, textOf(fields, 'password'));
    if (!connection.isClosed) admit(context, connection, userName, entry);
  } catch (error) {
    if (!(error instanceof Refusal)) context.exchange.log.error({ err: error }, 'a login could not be checked');
    refuse(connection, error);
  }
  context.hub.flush();
}

async function enter(context: DiffContext, origin: Origin, userName: string, password: string): Promise<Entry> {
  const { users, state } = context.exchange;
  const named = parseAccountId(userName);
  const user = state.accounts.has(named) ? state.users.get(state.accounts.user[named]) : state.users.findByUsername(userName);
  // a token that is good says so at once; anything else is a password, and a wrong one counts as such
  const known = user === undefined ? undefined : byToken(context, password, user.user);
  let token = password;
  if (known === undefined) ({ token } = await users.login(user?.username ?? userName, password, origin));
  const caller = known ?? users.authenticate(token);
  const account = named !== 0 ? named : (caller.user.accounts[0] ?? 0);
  if (account === 0) throw new Refusal(1006);
  return { caller, token, account };
}

function byToken({ exchange }: DiffContext, text: string, user: number): Caller | undefined {
  if (!TOKEN.test(text)) return undefined;
  try {
    const caller = exchange.users.authenticate(text);
    return caller.user.user === user ? caller : undefined;
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw error;
  }
}

function admit(context: DiffContext, connection: DiffConnection, userName: string, { caller, token, account }: Entry): void {
  const { hub, trees, exchange } = context;
  const before = connection.login;
  if (before !== undefined && before.caller.user === caller.user && before.tree.userName === userName) {
    connection.push(notifyPatch(NotifyCode.repeatedLogin, 'WARNING', 'You are logged in already.'));
    return;
  }
  const { rateLimitRps, wsMaxPerUser } = exchange.config;
  if (rateLimitRps !== 0 && hub.countOf(caller.user.user) >= wsMaxPerUser) throw new Refusal(9004);
  if (before !== undefined) {
    hub.logout(connection);
    connection.push(`{"trade":{${jsonText(before.tree.userName)}:null}}`);
  }
  caller.origin = exchange.origins.of(connection.origin);
  connection.login = { caller, token, tree: trees.join(userName, caller.user, account, connection), seen: 0 };
  connection.push(notifyPatch(NotifyCode.loggedIn, 'INFO', `Logged in. Orders are those of ${accountId(account)}.`));
  if (connection.login.tree.isComplete) connection.treeCompleted();
}

function refuse(connection: DiffConnection, error: unknown): void {
  const code = error instanceof Refusal ? error.code : 5000;
  connection.queue.length = 0;
  const notify = code === 9001 ? NotifyCode.wrongLogin : NotifyCode.loginFailed;
  connection.push(notifyPatch(notify, 'ERROR', `${refusalMessage(code)} (${code})`));
}
