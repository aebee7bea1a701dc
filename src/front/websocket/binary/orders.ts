/** SubmitRequest, CancelRequest, AmendRequest and MassCancelRequest; each is answered by exactly one frame. */
import { hasPermission } from '../../../auth/permissions.js';
import { Side } from '../../../core/enums.js';
import { Refusal } from '../../../core/refusal.js';
import * as answers from '../../../wire/session-answers.js';
import { headRequest, headTextLength, readText } from '../../../wire/session-head.js';
import * as layout from '../../../wire/session-layout.js';
import type { Caller } from '../../caller.js';
import { isSendableId } from '../../decode/order-fields.js';
import { DUPLICATE, NOT_LIVE } from '../../gateway/gateway.js';
import { answerOrLog } from '../messages/later.js';
import type { MessageContext } from '../messages/context.js';
import type { Session } from '../session.js';
import { tokenOf } from './binary-waiter.js';
import { fillSubmit } from './order-request.js';

// Bound here: constants of the module are compiled in, imported ones are looked up at every use.
const { AMEND_REQUEST_BYTES, AmendRequestAt, CANCEL_REQUEST_BYTES, CancelRequestAt, MassCancelAt, SessionKind } = layout;
const { addMassCancelAnswer, addOrderAnswer } = answers;

export function handleSubmit(context: MessageContext, session: Session, caller: Caller, view: DataView, at: number): void {
  const { exchange, order } = context;
  const request = headRequest(view, at);
  fillSubmit(view, at, exchange.state, order);
  if (!hasPermission(caller.user.roles, 'Trade')) {
    refuse(session, SessionKind.SUBMIT, request, 0, 9006);
    return;
  }
  if (order.clientOrderId !== '' && !isSendableId(order.clientOrderId)) {
    refuse(session, SessionKind.SUBMIT, request, 0, 9008);
    return;
  }
  const code = exchange.gateway.submit(caller, order, session.waiter, tokenOf(SessionKind.SUBMIT, request));
  if (code === 0) return;
  if (code !== DUPLICATE) {
    refuse(session, SessionKind.SUBMIT, request, 0, code);
    return;
  }
  const first = exchange.gateway.duplicateOrderId;
  void answerOrLog(context, session, async () => {
    const found = exchange.history.findOrder(first);
    const { insertUs = 0, status = 0 } = found ?? {};
    addOrderAnswer(session.frames(), request, SessionKind.SUBMIT, first, insertUs, session.durableUs(), status, 0);
  });
}

export function handleCancel(context: MessageContext, session: Session, caller: Caller, view: DataView, at: number): void {
  const { gateway } = context.exchange;
  const request = headRequest(view, at);
  const account = view.getUint32(at + CancelRequestAt.account, true);
  const orderId = view.getFloat64(at + CancelRequestAt.orderId, true);
  const textLength = headTextLength(view, at);
  if (!hasPermission(caller.user.roles, 'CancelOrder')) {
    refuse(session, SessionKind.CANCEL, request, orderId, 9006);
    return;
  }
  const token = tokenOf(SessionKind.CANCEL, request);
  const code =
    textLength === 0
      ? gateway.cancel(caller, account, orderId, session.waiter, token)
      : gateway.cancelByClientId(caller, account, readText(view, at + CANCEL_REQUEST_BYTES, textLength), session.waiter, token);
  settle(context, session, SessionKind.CANCEL, request, account, textLength === 0 ? orderId : gateway.namedOrderId, code);
}

export function handleAmend(context: MessageContext, session: Session, caller: Caller, view: DataView, at: number): void {
  const { gateway } = context.exchange;
  const request = headRequest(view, at);
  const account = view.getUint32(at + AmendRequestAt.account, true);
  const newPrice = view.getFloat64(at + AmendRequestAt.newPrice, true);
  const newVolume = view.getUint32(at + AmendRequestAt.newVolume, true);
  const textLength = headTextLength(view, at);
  let orderId = view.getFloat64(at + AmendRequestAt.orderId, true);
  if (textLength !== 0) orderId = gateway.orderIdOf(account, readText(view, at + AMEND_REQUEST_BYTES, textLength));
  if (!hasPermission(caller.user.roles, 'ModifyOrder')) {
    refuse(session, SessionKind.AMEND, request, orderId, 9006);
    return;
  }
  // NaN compares as nothing does
  const isPrice = newPrice >= 0 && newPrice <= Number.MAX_SAFE_INTEGER;
  const misformed = newPrice === 0 && newVolume === 0 ? 9008 : isPrice ? 0 : 1008;
  const token = tokenOf(SessionKind.AMEND, request);
  const code = misformed || gateway.amend(caller, account, orderId, newPrice, newVolume, session.waiter, token);
  settle(context, session, SessionKind.AMEND, request, account, orderId, code);
}

export function handleMassCancel({ exchange }: MessageContext, session: Session, caller: Caller, view: DataView, at: number): void {
  const request = headRequest(view, at);
  const account = view.getUint32(at + MassCancelAt.account, true);
  const instrument = view.getUint32(at + MassCancelAt.instrument, true);
  const side = view.getUint8(at + MassCancelAt.side);
  if (!hasPermission(caller.user.roles, 'CancelOrder')) throw new Refusal(9006);
  if (instrument > exchange.state.instruments.count) throw new Refusal(1007);
  if (side > Side.NONE) throw new Refusal(9008);
  const code = exchange.gateway.massCancel(caller, account, instrument, side, ({ cancelled, failures }) => {
    addMassCancelAnswer(session.frames(), request, cancelled, failures.length, failures[0]?.code ?? 0);
  });
  if (code !== 0) addMassCancelAnswer(session.frames(), request, 0, 0, code);
}

/** What is not under way is answered at once, or as soon as the history has been asked. */
function settle(
  context: MessageContext,
  session: Session,
  kind: number,
  request: number,
  account: number,
  orderId: number,
  code: number,
): void {
  if (code === 0) return;
  if (code !== NOT_LIVE) {
    refuse(session, kind, request, orderId, code);
    return;
  }
  void answerOrLog(context, session, async () => {
    refuse(session, kind, request, orderId, await context.exchange.whyNotLive(account, orderId));
  });
}

function refuse(session: Session, kind: number, request: number, orderId: number, code: number): void {
  session.waiter.refused(tokenOf(kind, request), orderId, code);
}
