/** Batches, modifications and mass cancels of orders (rest.md T1 to T3, trading-rules.md 6 and 11). */
import Type from 'typebox';
import { Side } from '../../../core/enums.js';
import { Refusal, type RefusalCode } from '../../../core/refusal.js';
import { toDecimal } from '../../../core/units.js';
import { fillOrderRequest, priceUnits } from '../../decode/order-fields.js';
import type { Exchange } from '../../exchange.js';
import { NOT_LIVE } from '../../gateway/gateway.js';
import type { MassOutcome } from '../../gateway/mass-tally.js';
import { OrderRequest } from '../../gateway/order-request.js';
import { accountId, orderId, parseOrderId } from '../../views/ids.js';
import { answerStatus } from '../../views/order-view.js';
import { modifyRefusal } from '../modify-refusal.js';
import { cancelOrder, checkRepeatedBatch, keysOfBatch, orderAnswer, submitOnce } from '../order-entry.js';
import { accountOf, Id, instrumentOf } from '../resources.js';
import { route } from '../route.js';

const BATCH_MAX = 100;

const Text = Type.String({ maxLength: 64 });
const OptionalText = Type.Optional(Type.Union([Text, Type.Null()]));
const OptionalNumber = Type.Optional(Type.Union([Type.Number(), Type.Null()]));

const BatchAnswerSchema = Type.Object({
  total: Type.Integer(),
  success_count: Type.Integer(),
  failed_count: Type.Integer(),
  results: Type.Array(
    Type.Object({
      index: Type.Integer(),
      success: Type.Boolean(),
      order_id: Type.Optional(Type.String()),
      status: Type.Optional(Type.String()),
      filled_volume: Type.Optional(Type.Integer()),
      reject_code: Type.Optional(Type.Integer()),
      code: Type.Optional(Type.Integer()),
      error: Type.Optional(Type.String()),
    }),
  ),
});

interface ItemAnswer {
  order_id: string;
  status: string;
  filled_volume?: number;
  reject_code?: number;
}

/** The items stand alone: all have been started when this is called, and each gets its own result. */
async function batchAnswer(items: readonly Promise<ItemAnswer>[], orderIds: readonly string[] = []) {
  const results = (await Promise.allSettled(items)).map((item, index) => {
    if (item.status === 'fulfilled') return { index, success: true, ...item.value };
    const refusal: unknown = item.reason;
    if (!(refusal instanceof Refusal)) throw refusal;
    const failed = { index, success: false, code: refusal.code, error: errorOf(refusal) };
    return index < orderIds.length ? { ...failed, order_id: orderIds[index] } : failed;
  });
  const succeeded = results.filter(({ success }) => success).length;
  return { total: results.length, success_count: succeeded, failed_count: results.length - succeeded, results };
}

function errorOf({ message, details }: Refusal): string {
  if (details === undefined) return message;
  return `${message} ${details.map(({ field, reason }) => `${field} ${reason}.`).join(' ')}`;
}

function checkBatch(items: readonly unknown[]): void {
  if (items.length === 0 || items.length > BATCH_MAX) throw new Refusal(3012);
}

/** Fields of one order of a batch; the account is that of the batch. */
function itemFields(item: unknown, account: number): Record<string, unknown> {
  if (typeof item !== 'object' || item === null || Array.isArray(item)) throw new Refusal(9003);
  const fields = item as Record<string, unknown>;
  const named = fields['account_id'];
  if (named !== undefined && named !== null && named !== accountId(account)) {
    throw new Refusal(9008, [{ field: 'account_id', reason: 'must be that of the batch' }]);
  }
  return { ...fields, account_id: accountId(account) };
}

/** An order of a batch, or why it is none. */
function itemRequest(item: unknown, account: number, { state }: Exchange): OrderRequest | Refusal {
  const request = new OrderRequest();
  try {
    fillOrderRequest(itemFields(item, account), state, request);
    return request;
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
}

const batch = route({
  id: 'T1',
  method: 'POST',
  path: '/api/order/batch',
  summary: 'Submit up to 100 orders of one account; each stands alone and has its own result.',
  access: {
    caller: 'owner',
    permission: 'BatchOrder',
    resource: ({ body }, { state }) => ({ account: accountOf(state, body.account_id) }),
  },
  entersOrders: true,
  body: Type.Object({
    user_id: OptionalText,
    account_id: Text,
    orders: Type.Array(Type.Unknown(), { description: '1 to 100 orders with the fields of /api/order/submit.' }),
  }),
  takesIdempotencyKey: true,
  refusals: [1006, 3012],
  response: BatchAnswerSchema,
  async handler({ exchange, orders, caller, account, body, idempotencyKey }) {
    checkBatch(body.orders);
    const keys = keysOfBatch(idempotencyKey, body.orders.length);
    const requests = body.orders.map((item) => itemRequest(item, account, exchange));
    if (idempotencyKey !== '') checkRepeatedBatch(exchange, requests, keys);
    const started = requests.map(async (request, index) => {
      if (request instanceof Refusal) throw request;
      return orderAnswer(await submitOnce(exchange, orders, caller, request, keys[index]));
    });
    return await batchAnswer(started);
  },
});

const batchCancel = route({
  id: 'T2',
  method: 'POST',
  path: '/api/order/batch-cancel',
  summary: 'Cancel up to 100 orders of one account; each has its own result.',
  access: {
    caller: 'owner',
    permission: 'CancelOrder',
    resource: ({ body }, { state }) => ({ account: accountOf(state, body.account_id) }),
  },
  entersOrders: true,
  body: Type.Object({ user_id: OptionalText, account_id: Text, order_ids: Type.Array(Type.String()) }),
  refusals: [1006, 3012],
  response: BatchAnswerSchema,
  async handler({ exchange, orders, caller, account, body }) {
    const ids = body.order_ids;
    checkBatch(ids);
    const started = ids.map(async (id, index) => {
      if (ids.indexOf(id) < index) throw new Refusal(3002);
      const { status } = await cancelOrder(exchange, orders, caller, account, parseOrderId(id));
      return { order_id: id, status: answerStatus(status) };
    });
    return await batchAnswer(started, ids);
  },
});

/** 0 for what is to stay as it is; a given 0 is no price and no volume. */
function changed(value: number | null | undefined): number {
  if (value === undefined || value === null) return 0;
  return value === 0 ? -1 : value;
}

const modify = route({
  id: 'T3',
  method: 'PUT',
  path: '/api/order/modify/:order_id',
  summary: 'Give a working order another price or total volume, in one step; it works on unchanged when that is refused.',
  access: {
    caller: 'owner',
    permission: 'ModifyOrder',
    resource: ({ body }, { state }) => ({ account: accountOf(state, body.account_id) }),
  },
  entersOrders: true,
  params: Type.Object({ order_id: Id }),
  body: Type.Object({ user_id: OptionalText, account_id: Text, new_price: OptionalNumber, new_volume: OptionalNumber }),
  refusals: [1006, 3001, 3002, 3003, 3004, 4001, 4102, 5002],
  response: Type.Object({
    old_order_id: Type.String(),
    new_order_id: Type.String(),
    new_price: Type.Number(),
    new_volume: Type.Integer({ description: 'Total, what is filled included.' }),
    status: Type.String(),
    filled_volume: Type.Integer(),
  }),
  async handler({ exchange, orders, caller, account, params, body }) {
    const price = changed(body.new_price);
    const volume = changed(body.new_volume);
    if (price === 0 && volume === 0) throw new Refusal(9008, [{ field: 'new_price', reason: 'or new_volume is required' }]);
    const number = parseOrderId(params.order_id);
    const newPrice = price === 0 ? 0 : priceUnits(price);
    const answer = await orders.run(
      (token) => exchange.gateway.amend(caller, account, number, newPrice, volume, orders, token),
      modifyRefusal,
    );
    if (typeof answer === 'object') {
      const id = orderId(answer.orderId);
      // an order that was amended to less than it had filled ended with what it had filled
      const total = Math.max(volume === 0 ? answer.volume : volume, answer.filled);
      return {
        old_order_id: id,
        new_order_id: id,
        new_price: toDecimal(answer.price),
        new_volume: total,
        status: answerStatus(answer.status),
        filled_volume: answer.filled,
      };
    }
    throw modifyRefusal(answer === NOT_LIVE ? await exchange.whyNotLive(account, number) : (answer as RefusalCode));
  },
});

const cancelAll = route({
  id: 'T-cancel-all',
  method: 'POST',
  path: '/api/order/cancel-all',
  summary: 'Cancel all working orders of an account, of one instrument or direction if named.',
  access: {
    caller: 'owner',
    permission: 'CancelOrder',
    resource: ({ body }, { state }) => ({ account: accountOf(state, body.account_id) }),
  },
  entersOrders: true,
  body: Type.Object({
    user_id: OptionalText,
    account_id: Text,
    instrument_id: OptionalText,
    direction: Type.Optional(Type.Union([Type.Enum(['BUY', 'SELL']), Type.Null()])),
  }),
  refusals: [1006, 1007, 4102],
  response: Type.Object({
    cancelled_count: Type.Integer(),
    failures: Type.Array(Type.Object({ instrument_id: Type.String(), code: Type.Integer() })),
  }),
  async handler({ exchange, caller, account, body }) {
    const { state, gateway } = exchange;
    const { instrument_id: named, direction } = body;
    const instrument = named === undefined || named === null ? 0 : instrumentOf(state, named).instrument;
    const side = direction === undefined || direction === null ? Side.NONE : Side[direction];
    const outcome = await new Promise<MassOutcome>((resolve, reject) => {
      const code = gateway.massCancel(caller, account, instrument, side, resolve);
      if (code !== 0) reject(new Refusal(code as RefusalCode));
    });
    if (instrument !== 0 && outcome.failures.length > 0) throw new Refusal(outcome.failures[0].code as RefusalCode);
    const failures = outcome.failures.map((failure) => ({
      instrument_id: state.instruments.get(failure.instrument).instrumentId,
      code: failure.code,
    }));
    return { cancelled_count: outcome.cancelled, failures };
  },
});

export const ORDER_BATCH_ROUTES = [batch, batchCancel, modify, cancelAll];
