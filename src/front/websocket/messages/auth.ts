/** auth: a token makes the session act for its subject, or prolongs that (websocket.md 1). */
import { roleNames } from '../../../auth/permissions.js';
import { Refusal, refusalMessage } from '../../../core/refusal.js';
import type { Caller } from '../../caller.js';
import type { ResumePoint } from '../../../wire/session-requests.js';
import { accountId, parseAccountId, userId } from '../../views/ids.js';
import { AuthSchema } from '../schemas.js';
import type { Session } from '../session.js';
import { checkUserId, type Fields, type MessageContext } from './context.js';
import { MessageShape } from './message-shape.js';

const auth = new MessageShape(AuthSchema);

export function handleAuth(context: MessageContext, session: Session, fields: Fields, requestId: string | undefined): void {
  const { token, user_id: claimed, last_seq: lastSeq = {}, cancel_on_disconnect: cancels = false } = auth.parse(fields);
  const resume = Object.entries(lastSeq).map(([id, reportSeq]) => ({ account: parseAccountId(id), reportSeq }));
  let caller: Caller;
  try {
    caller = authenticate(context, session, token, claimed, resume);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    session.push(response(false, '', error.code, refusalMessage(error.code), requestId, { roles: [], account_ids: [], expires_at: null }));
    return;
  }
  const { user } = caller;
  const message = 'Authentication successful';
  const details = { roles: roleNames(user.roles), account_ids: user.accounts.map(accountId), expires_at: caller.expiresAt * 1000 };
  session.push(response(true, userId(user.user), 0, message, requestId, details));
  session.cancelsOnDisconnect = cancels;
  for (const { account, reportSeq } of resume) context.resumption.start(session, account, reportSeq);
}

/** Makes the session act for the token's subject; throws Refusal, and nothing has changed. */
export function authenticate(
  context: MessageContext,
  session: Session,
  token: string,
  claimed: string | undefined,
  resume: readonly ResumePoint[],
): Caller {
  const caller = context.exchange.users.authenticate(token);
  checkUserId(caller, claimed);
  if (session.userHint !== '') checkUserId(caller, session.userHint);
  // a session stays with its user: what is under way was asked for by him
  if (session.caller !== undefined && session.caller.user !== caller.user) throw new Refusal(9006);
  const { accounts } = context.exchange.state;
  for (const { account, reportSeq } of resume) {
    if (!Number.isSafeInteger(reportSeq) || reportSeq < 0) throw new Refusal(9008);
    if (!accounts.has(account)) throw new Refusal(1006);
    if (accounts.user[account] !== caller.user.user) throw new Refusal(9006);
  }
  caller.origin = context.exchange.origins.of(session.origin);
  if (!context.hub.admit(session, caller)) throw new Refusal(9004);
  return caller;
}

function response(
  success: boolean,
  user: string,
  code: number,
  message: string,
  requestId: string | undefined,
  details: { roles: string[]; account_ids: string[]; expires_at: number | null },
): string {
  return JSON.stringify({ type: 'auth_response', success, user_id: user, message, code, ...details, request_id: requestId });
}
