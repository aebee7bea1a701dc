/** Orders (rest.md U5 to U8). */
import Type from 'typebox';
import type { OrderRecord } from '../../../core/history.js';
import { Refusal } from '../../../core/refusal.js';
import { fillOrderRequest } from '../../decode/order-fields.js';
import type { Exchange } from '../../exchange.js';
import { OrderRequest } from '../../gateway/order-request.js';
import { parseOrderId } from '../../views/ids.js';
import { answerStatus, OrderSchema } from '../../views/order-view.js';
import { accountFilter } from '../listing.js';
import { OrderListSchema, OrderQuerySchema, ordersPage } from '../order-listing.js';
import { cancelOrder, orderAnswer, submitOnce } from '../order-entry.js';
import { accountOf, Id, userOf } from '../resources.js';
import { DataText, route } from '../route.js';

const Text = Type.String({ maxLength: 64 });
const OptionalText = Type.Optional(Type.Union([Text, Type.Null()]));
const OptionalNumber = Type.Optional(Type.Union([Type.Number(), Type.Null()]));

const OrderAnswerSchema = Type.Object({
  order_id: Type.String(),
  status: Type.String(),
  filled_volume: Type.Integer(),
  reject_code: Type.Optional(Type.Integer()),
});

/** An order of any age. Throws 3001. */
function orderOf({ history }: Exchange, id: string): OrderRecord {
  const found = history.findOrder(parseOrderId(id));
  if (found === undefined) throw new Refusal(3001);
  return found;
}

/** The account of an order of any age; of one that works without a look at the rest of it. Throws 3001. */
function accountOfOrder(exchange: Exchange, id: string): number {
  const { orders } = exchange.state;
  const slot = orders.find(parseOrderId(id));
  return slot === -1 ? orderOf(exchange, id).account : orders.account[slot];
}

const submit = route({
  id: 'U5',
  method: 'POST',
  path: '/api/order/submit',
  summary: 'Submit an order; answers when it is durable and has been matched.',
  access: { caller: 'owner', permission: 'Trade', resource: ({ body }, { state }) => ({ account: accountOf(state, body.account_id) }) },
  entersOrders: true,
  body: Type.Object({
    user_id: OptionalText,
    account_id: Text,
    instrument_id: Text,
    direction: Text,
    offset: Text,
    order_type: Text,
    volume: Type.Number(),
    price: OptionalNumber,
    time_condition: OptionalText,
    volume_condition: OptionalText,
    client_order_id: Type.Optional(Type.Union([Type.String(), Type.Null()])),
    gtd_date: OptionalText,
    min_volume: OptionalNumber,
    post_only: Type.Optional(Type.Union([Type.Boolean(), Type.Null()])),
    smp_mode: OptionalText,
    residual: OptionalText,
    max_slippage_ticks: OptionalNumber,
  }),
  takesIdempotencyKey: true,
  refusals: [
    1001, 1002, 1003, 1004, 1005, 1006, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 2002, 2005, 2006, 2007, 3003, 4001, 4011, 4101,
    5002,
  ],
  response: OrderAnswerSchema,
  async handler({ exchange, orders, caller, body, idempotencyKey }) {
    const request = new OrderRequest();
    fillOrderRequest(body, exchange.state, request);
    return orderAnswer(await submitOnce(exchange, orders, caller, request, idempotencyKey));
  },
});

const cancel = route({
  id: 'U6',
  method: 'POST',
  path: '/api/order/cancel',
  summary: 'Cancel a working order.',
  access: {
    caller: 'owner',
    permission: 'CancelOrder',
    resource: ({ body }, { state }) => ({ account: accountOf(state, body.account_id) }),
  },
  entersOrders: true,
  body: Type.Object({ user_id: OptionalText, account_id: Text, order_id: Text }),
  refusals: [1006, 3001, 3002, 3003, 4001, 4102, 5002],
  response: Type.Object({ order_id: Type.String(), status: Type.String() }),
  async handler({ exchange, orders, caller, account, body }) {
    const { status } = await cancelOrder(exchange, orders, caller, account, parseOrderId(body.order_id));
    return { order_id: body.order_id, status: answerStatus(status) };
  },
});

const order = route({
  id: 'U7',
  method: 'GET',
  path: '/api/order/:order_id',
  summary: 'An order of any age.',
  access: {
    caller: 'owner',
    permission: 'ViewOwnOrders',
    resource: ({ params }, exchange) => ({ account: accountOfOrder(exchange, params.order_id) }),
  },
  params: Type.Object({ order_id: Id }),
  refusals: [3001],
  response: OrderSchema,
  handler: ({ exchange, texts, params }) => new DataText(texts.order(orderOf(exchange, params.order_id))),
});

const ordersOfUser = route({
  id: 'U8',
  method: 'GET',
  path: '/api/order/user/:user_id',
  summary: 'Orders of a user, newest first.',
  access: {
    caller: 'owner',
    permission: 'ViewOwnOrders',
    resource: ({ params }, { state }) => ({ user: userOf(state, params.user_id).user }),
  },
  params: Type.Object({ user_id: Id }),
  query: OrderQuerySchema,
  refusals: [1006, 1007, 2104],
  response: OrderListSchema,
  handler: ({ exchange, user, query }) => ordersPage(exchange, accountFilter(exchange.state, user, query.account_id), query),
});

export const ORDER_ROUTES = [submit, cancel, order, ordersOfUser];
