/** A message of the binary protocol: its frames, one after the other, to their handlers. */
import { Refusal } from '../../../core/refusal.js';
import { addProblem } from '../../../wire/session-answers.js';
import { headKind, headRequest } from '../../../wire/session-head.js';
import * as layout from '../../../wire/session-layout.js';
import { CloseCode } from '../client-socket.js';
import { Verdict } from '../inbound-limit.js';
import type { MessageContext } from '../messages/context.js';
import type { Session } from '../session.js';
import { frameBytes } from './frame-check.js';
import { handleLogin } from './login.js';
import { handleAmend, handleCancel, handleMassCancel, handleSubmit } from './orders.js';
import { handleInstruments, handlePing } from './queries.js';
import { handleSubscribe, handleUnsubscribe } from './subscribe.js';

// Bound here: constants of the module are compiled in, imported ones are looked up at every use.
const { HEAD_BYTES, SessionKind } = layout;

/** `data` is not used after the return: its memory belongs to the socket. A frame that is none ends the message. */
export function handleFrames(context: MessageContext, session: Session, data: ArrayBuffer): void {
  const view = new DataView(data);
  let at = 0;
  do {
    const length = frameBytes(view, at);
    const request = view.byteLength - at >= HEAD_BYTES ? headRequest(view, at) : 0;
    const verdict = session.inbound.judge(session.budgetKey, context.wallMs());
    if (verdict === Verdict.close) {
      session.close(CloseCode.flood);
      return;
    }
    if (length === 0) {
      refuse(context, session, request, 9003, 0);
      return;
    }
    if (verdict === Verdict.refuse) refuse(context, session, request, 9004, headKind(view, at));
    else handleFrame(context, session, view, at);
    at += length;
  } while (at < view.byteLength && !session.isClosed);
}

function handleFrame(context: MessageContext, session: Session, view: DataView, at: number): void {
  const kind = headKind(view, at);
  try {
    if (kind === SessionKind.LOGIN) handleLogin(context, session, view, at);
    else if (kind === SessionKind.PING) handlePing(context, session, view, at);
    else if (kind === SessionKind.SUBSCRIBE) handleSubscribe(context, session, view, at);
    else if (kind === SessionKind.UNSUBSCRIBE) handleUnsubscribe(context, session, view, at);
    else if (kind === SessionKind.INSTRUMENTS) handleInstruments(context, session, view, at);
    else if (session.caller === undefined) refuse(context, session, headRequest(view, at), 9002, kind);
    else if (kind === SessionKind.SUBMIT) handleSubmit(context, session, session.caller, view, at);
    else if (kind === SessionKind.CANCEL) handleCancel(context, session, session.caller, view, at);
    else if (kind === SessionKind.AMEND) handleAmend(context, session, session.caller, view, at);
    else handleMassCancel(context, session, session.caller, view, at);
  } catch (error) {
    if (!(error instanceof Refusal)) context.exchange.log.error({ err: error, kind }, 'a frame could not be handled');
    refuse(context, session, headRequest(view, at), error instanceof Refusal ? error.code : 5000, kind);
  }
}

function refuse(context: MessageContext, session: Session, request: number, code: number, cause: number): void {
  context.hub.counters.refusals++;
  addProblem(session.frames(), request, code, cause);
}
