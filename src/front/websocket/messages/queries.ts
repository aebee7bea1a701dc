/** query_order, query_account and query_position: what belongs to the user, by ownership alone (websocket.md 11). */
import { hasPermission } from '../../../auth/permissions.js';
import { Refusal } from '../../../core/refusal.js';
import type { Caller } from '../../caller.js';
import { accountView } from '../../views/account-view.js';
import { parseOrderId } from '../../views/ids.js';
import { orderView } from '../../views/order-view.js';
import { positionViews } from '../../views/position-view.js';
import { queryResponse } from '../answers.js';
import { QueryAccountSchema, QueryOrderSchema, QueryPositionSchema } from '../schemas.js';
import type { Session } from '../session.js';
import { callerOf, ownAccount, type Fields, type MessageContext } from './context.js';
import { answerLater } from './later.js';
import { MessageShape } from './message-shape.js';

const queryOrder = new MessageShape(QueryOrderSchema);
const queryAccount = new MessageShape(QueryAccountSchema);
const queryPosition = new MessageShape(QueryPositionSchema);

export function handleQueryOrder(context: MessageContext, session: Session, fields: Fields, requestId: string | undefined): void {
  const caller = callerOf(session);
  const orderId = parseOrderId(queryOrder.parse(fields).order_id);
  if (!hasPermission(caller.user.roles, 'ViewOwnOrders')) throw new Refusal(9006);
  const { history, state } = context.exchange;
  void answerLater(context, session, requestId, async () => {
    const order = history.findOrder(orderId);
    if (order === undefined) throw new Refusal(3001);
    if (state.accounts.user[order.account] !== caller.user.user) throw new Refusal(9006);
    session.push(queryResponse('query_order', { order: orderView(state, order) }, requestId));
  });
}

export function handleQueryAccount(context: MessageContext, session: Session, fields: Fields, requestId: string | undefined): void {
  const caller = callerOf(session);
  const { account_id: id } = queryAccount.parse(fields);
  if (!hasPermission(caller.user.roles, 'ViewOwnAccount')) throw new Refusal(9006);
  const accounts = accountsOf(context, caller, id).map((account) => accountView(context.exchange.state, account));
  session.push(queryResponse('query_account', { account: accounts[0] ?? null, accounts }, requestId));
}

export function handleQueryPosition(context: MessageContext, session: Session, fields: Fields, requestId: string | undefined): void {
  const caller = callerOf(session);
  const { account_id: id, instrument_id: instrumentId } = queryPosition.parse(fields);
  if (!hasPermission(caller.user.roles, 'ViewOwnPositions')) throw new Refusal(9006);
  const { state } = context.exchange;
  const accounts = accountsOf(context, caller, id);
  const instrument = instrumentId === undefined ? 0 : state.instruments.find(instrumentId)?.instrument;
  if (instrument === undefined) throw new Refusal(1007);
  const positions = accounts.flatMap((account) => positionViews(state, account, instrument));
  session.push(queryResponse('query_position', { positions }, requestId));
}

/** The named account, or all of the caller. */
function accountsOf(context: MessageContext, caller: Caller, id: string | undefined): number[] {
  return id === undefined ? caller.user.accounts : [ownAccount(context, caller, id)];
}
