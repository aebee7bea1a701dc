/**
 * submit_order and cancel_order. Whatever is wrong with one, its answer is an order_response (websocket.md 9): a client
 * waits for one answer to an order and gets it.
 */
import { hasPermission, type Permission } from '../../../auth/permissions.js';
import { nameOf, OrderStatus } from '../../../core/enums.js';
import { Refusal } from '../../../core/refusal.js';
import type { Caller } from '../../caller.js';
import { fillOrderRequest } from '../../decode/order-fields.js';
import { DUPLICATE, NOT_LIVE } from '../../gateway/gateway.js';
import { parseAccountId, parseOrderId } from '../../views/ids.js';
import { orderResponse, unreadableOrder, type OrderAction } from '../answers.js';
import { CancelOrderSchema } from '../schemas.js';
import type { Session } from '../session.js';
import { callerOf, checkUserId, type Fields, type MessageContext } from './context.js';
import { answerLater } from './later.js';
import { MessageShape } from './message-shape.js';

const cancelOrder = new MessageShape(CancelOrderSchema);

export function handleSubmit(context: MessageContext, session: Session, fields: Fields, requestId: string | undefined): void {
  try {
    submit(context, session, fields, requestId);
  } catch (error) {
    answerRefusal(session, 'submit', error, requestId);
  }
}

export function handleCancel(context: MessageContext, session: Session, fields: Fields, requestId: string | undefined): void {
  try {
    cancel(context, session, fields, requestId);
  } catch (error) {
    answerRefusal(session, 'cancel', error, requestId);
  }
}

function submit(context: MessageContext, session: Session, fields: Fields, requestId: string | undefined): void {
  const caller = callerOf(session);
  fillOrderRequest(fields, context.exchange.state, context.order);
  checkUserId(caller, fields['user_id']);
  submitDecoded(context, session, caller, requestId);
}

/** Hands over `context.order`. Throws Refusal when the caller may not trade at all. */
export function submitDecoded(context: MessageContext, session: Session, caller: Caller, requestId: string | undefined): void {
  const { exchange, order } = context;
  authorise(caller, 'Trade');
  const token = session.pending.add('submit', requestId, order.clientOrderId, 0);
  const code = exchange.gateway.submit(caller, order, session, token);
  if (code === 0) return;
  if (code === DUPLICATE) {
    session.pending.release(token);
    const first = exchange.gateway.duplicateOrderId;
    void answerLater(context, session, requestId, () => answerDuplicate(context, session, first, order.clientOrderId, requestId));
    return;
  }
  session.refused(token, 0, code);
}

/** A client order id was sent again: the first order's id and what has become of it. */
async function answerDuplicate(
  { exchange }: MessageContext,
  session: Session,
  orderId: number,
  clientOrderId: string,
  requestId: string | undefined,
): Promise<void> {
  const order = exchange.history.findOrder(orderId);
  const status = order === undefined ? null : nameOf(OrderStatus, order.status);
  session.push(orderResponse({ action: 'submit', orderId, status, clientOrderId, code: 0, requestId }));
}

function cancel(context: MessageContext, session: Session, fields: Fields, requestId: string | undefined): void {
  const caller = callerOf(session);
  const message = cancelOrder.parse(fields);
  checkUserId(caller, message.user_id);
  cancelDecoded(context, session, caller, parseAccountId(message.account_id), parseOrderId(message.order_id), requestId);
}

/** Numbers are 0 for ids that name nothing. Throws Refusal when the caller may not cancel at all. */
export function cancelDecoded(
  context: MessageContext,
  session: Session,
  caller: Caller,
  account: number,
  orderId: number,
  requestId: string | undefined,
): void {
  const { exchange } = context;
  authorise(caller, 'CancelOrder');
  const token = session.pending.add('cancel', requestId, '', orderId);
  const code = exchange.gateway.cancel(caller, account, orderId, session, token);
  if (code === 0) return;
  if (code !== NOT_LIVE) {
    session.refused(token, 0, code);
    return;
  }
  void answerLater(context, session, requestId, async () => {
    session.refused(token, 0, await exchange.whyNotLive(account, orderId));
  });
}

function authorise(caller: Caller, permission: Permission): void {
  if (!hasPermission(caller.user.roles, permission)) throw new Refusal(9006);
}

export function answerRefusal(session: Session, action: OrderAction, error: unknown, requestId: string | undefined): void {
  if (!(error instanceof Refusal)) throw error;
  session.push(unreadableOrder(action, error.code, error.details, requestId));
}
