/** Orders and cancels on behalf of HTTP requests: hands them over at once, and promises what becomes of them. */
import { createHash } from 'node:crypto';
import type { OrderRecord } from '../../core/history.js';
import { Refusal, type RefusalCode } from '../../core/refusal.js';
import type { Caller } from '../caller.js';
import type { Exchange } from '../exchange.js';
import { DUPLICATE, NOT_LIVE } from '../gateway/gateway.js';
import type { OrderRequest } from '../gateway/order-request.js';
import { checkIdempotencyKey } from '../services/repeated-requests.js';
import { orderId } from '../views/ids.js';
import { answerStatus } from '../views/order-view.js';
import type { OrderAnswers, OrderOutcome } from './order-answers.js';

/** Room for a point and the index in a client order id of 64 characters. */
const BATCH_STEM_MAX = 61;

/** Of an order that has been accepted, or had been under the same client order id. */
export type SubmittedOrder = Pick<OrderOutcome, 'orderId' | 'status' | 'filled' | 'code'>;

/** Rejects with the Refusal of the order. */
export async function submitOrder(
  exchange: Exchange,
  orders: OrderAnswers,
  caller: Caller,
  request: OrderRequest,
  /** Whether a first order under the same client order id is the one asked for; 9009 when it is not. */
  isSame: (first: OrderRecord) => boolean = () => true,
): Promise<SubmittedOrder> {
  let firstOrderId = 0;
  const answer = await orders.run((token) => {
    const code = exchange.gateway.submit(caller, request, orders, token);
    // before another request can come in between
    if (code === DUPLICATE) firstOrderId = exchange.gateway.duplicateOrderId;
    return code;
  });
  if (typeof answer === 'object') return answer;
  if (answer !== DUPLICATE) throw new Refusal(answer as RefusalCode);
  const first = exchange.history.findOrder(firstOrderId);
  if (first === undefined) throw new Refusal(5000);
  if (!isSame(first)) throw new Refusal(9009);
  return first;
}

/**
 * An order under an Idempotency-Key: the key stands for the client order id that the order does not have, so that it is known as
 * long as that, over a restart too.
 */
export function submitOnce(
  exchange: Exchange,
  orders: OrderAnswers,
  caller: Caller,
  request: OrderRequest,
  key: string,
): Promise<SubmittedOrder> {
  if (key === '' || request.clientOrderId !== '') return submitOrder(exchange, orders, caller, request);
  checkIdempotencyKey(key);
  request.clientOrderId = key;
  return submitOrder(exchange, orders, caller, request, (first) => isSameOrder(first, request));
}

/**
 * An order of a batch that was sent under an Idempotency-Key goes by `keys` at its index. Throws 9009, before anything is
 * done, when the key was used for another batch.
 */
export function checkRepeatedBatch(
  { gateway, history }: Exchange,
  requests: readonly (OrderRequest | Refusal)[],
  keys: readonly string[],
): void {
  for (const [index, request] of requests.entries()) {
    if (request instanceof Refusal || request.clientOrderId !== '') continue;
    const known = gateway.orderIdOf(request.account, keys[index]);
    const first = known === 0 ? undefined : history.findOrder(known);
    if (first !== undefined && !isSameOrder(first, request)) throw new Refusal(9009);
  }
}

function isSameOrder(first: OrderRecord, { instrument, side, offset, priceType, price, volume }: OrderRequest): boolean {
  const isSameKind = first.side === side && first.offset === offset && first.priceType === priceType;
  return isSameKind && first.instrument === instrument && first.volume === volume && (price === 0 || first.price === price);
}

/** Rejects with the Refusal of the cancel. */
export async function cancelOrder(
  exchange: Exchange,
  orders: OrderAnswers,
  caller: Caller,
  account: number,
  number: number,
): Promise<OrderOutcome> {
  const answer = await orders.run((token) => exchange.gateway.cancel(caller, account, number, orders, token));
  if (typeof answer === 'object') return answer;
  throw new Refusal(answer === NOT_LIVE ? await exchange.whyNotLive(account, number) : (answer as RefusalCode));
}

/** The key of each order of a batch that was sent under one; it fits where a client order id does. */
export function keysOfBatch(key: string, count: number): string[] {
  if (key === '') return Array.from({ length: count }, () => '');
  checkIdempotencyKey(key);
  const stem = key.length <= BATCH_STEM_MAX ? key : createHash('sha256').update(key).digest('base64url');
  return Array.from({ length: count }, (_, index) => `${stem}.${index}`);
}

/** What U5 and T1 answer of an order. */
export function orderAnswer({ orderId: number, status, filled, code }: SubmittedOrder) {
  const answer = { order_id: orderId(number), status: answerStatus(status), filled_volume: filled };
  return code === 0 ? answer : { ...answer, reject_code: code };
}
