/** One inbound frame to the handler of its type. Nothing a client sends may end more than its own connection. */
import { Refusal } from '../../../core/refusal.js';
import { HotKind } from '../../decode/hot-messages.js';
import { pong } from '../answers.js';
import { handleFrames } from '../binary/handle-frames.js';
import { CloseCode } from '../client-socket.js';
import { Verdict } from '../inbound-limit.js';
import { REQUEST_ID_CHARACTERS_MAX } from '../schemas.js';
import type { Session } from '../session.js';
import { handleAuth } from './auth.js';
import type { Fields, MessageContext, MessageHandler } from './context.js';
import { answerRefusal, cancelDecoded, handleCancel, handleSubmit, submitDecoded } from './orders.js';
import { handleQueryAccount, handleQueryOrder, handleQueryPosition } from './queries.js';
import { handleSubscribe, handleUnsubscribe } from './subscribe.js';

export const MESSAGE_BYTES_MAX = 64 * 1024;

interface Route {
  readonly handle: MessageHandler;
  /** Also before `auth`. */
  readonly isPublic: boolean;
}

const ROUTES: ReadonlyMap<string, Route> = new Map<string, Route>([
  ['auth', { handle: handleAuth, isPublic: true }],
  ['subscribe', { handle: handleSubscribe, isPublic: true }],
  ['unsubscribe', { handle: handleUnsubscribe, isPublic: true }],
  ['ping', { handle: handlePing, isPublic: true }],
  ['submit_order', { handle: handleSubmit, isPublic: false }],
  ['cancel_order', { handle: handleCancel, isPublic: false }],
  ['query_order', { handle: handleQueryOrder, isPublic: false }],
  ['query_account', { handle: handleQueryAccount, isPublic: false }],
  ['query_position', { handle: handleQueryPosition, isPublic: false }],
]);

/** `data` is not used after the return: its memory belongs to the socket. */
export function handleFrame(context: MessageContext, session: Session, data: ArrayBuffer, isBinary: boolean): void {
  context.hub.counters.messagesIn++;
  session.seenMs = context.hub.nowMs();
  if (data.byteLength > MESSAGE_BYTES_MAX) {
    session.close(CloseCode.tooBig);
    return;
  }
  if (session.isBinary) {
    if (isBinary) handleFrames(context, session, data);
    else session.problem(9003);
    session.flush();
    return;
  }
  const verdict = session.inbound.judge(session.budgetKey, context.wallMs());
  if (verdict === Verdict.close) {
    session.close(CloseCode.flood);
    return;
  }
  if (verdict === Verdict.admit && !isBinary && handleHot(context, session, data)) {
    session.flush();
    return;
  }
  const fields = isBinary ? undefined : fieldsOf(data);
  const requestId = fields === undefined ? undefined : requestIdOf(fields);
  if (verdict === Verdict.refuse) session.refuse(9004, requestId);
  else if (fields === undefined) session.refuse(9003, undefined);
  else handleMessage(context, session, fields, requestId);
  session.flush();
}

/** False when the message is not one of those that are decoded from their bytes; nothing has happened then. */
function handleHot(context: MessageContext, session: Session, data: ArrayBuffer): boolean {
  const { caller } = session;
  if (caller === undefined) return false;
  const { hot, order } = context;
  const kind = hot.decode(data, order);
  const { requestId } = hot;
  try {
    if (kind === HotKind.NONE) return false;
    if (kind === HotKind.SUBMIT) submitDecoded(context, session, caller, requestId);
    else if (kind === HotKind.CANCEL) cancelDecoded(context, session, caller, hot.account, hot.orderId, requestId);
    else session.push(pong(context.wallMs(), requestId));
  } catch (error) {
    if (error instanceof Refusal) {
      answerRefusal(session, kind === HotKind.SUBMIT ? 'submit' : 'cancel', error, requestId);
    } else {
      context.exchange.log.error({ err: error, kind }, 'a message could not be handled');
      session.refuse(5000, requestId);
    }
  }
  return true;
}

function handleMessage(context: MessageContext, session: Session, fields: Fields, requestId: string | undefined): void {
  const { type, request_id: given } = fields;
  const route = typeof type === 'string' ? ROUTES.get(type) : undefined;
  if (route === undefined || given !== requestId) {
    session.refuse(9003, requestId);
    return;
  }
  if (!route.isPublic && session.caller === undefined) {
    session.refuse(9002, requestId);
    return;
  }
  try {
    route.handle(context, session, fields, requestId);
  } catch (error) {
    if (!(error instanceof Refusal)) {
      context.exchange.log.error({ err: error, type }, 'a message could not be handled');
      session.refuse(5000, requestId);
      return;
    }
    session.refuse(error.code, requestId, error.details);
  }
}

function handlePing({ wallMs }: MessageContext, session: Session, _fields: Fields, requestId: string | undefined): void {
  session.push(pong(wallMs(), requestId));
}

/** The fields of a JSON object, or undefined for anything else. */
function fieldsOf(data: ArrayBuffer): Fields | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(data).toString('utf8'));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
  } catch {
    return undefined;
  }
}

/** The request id, when it is one that may be echoed. */
function requestIdOf({ request_id: id }: Fields): string | undefined {
  return typeof id === 'string' && id.length <= REQUEST_ID_CHARACTERS_MAX ? id : undefined;
}
