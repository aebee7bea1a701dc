/** Order of rest.md 3. */
import Type, { type Static } from 'typebox';
import { CancelReason, nameOf, Offset, OrderStatus, PriceType, Side, TimeCondition, VolumeCondition } from '../../core/enums.js';
import type { OrderRecord } from '../../core/history.js';
import { refusalMessage } from '../../core/refusal.js';
import type { ExchangeState } from '../../core/state.js';
import { toDecimal } from '../../core/units.js';
import { cancelReasonText } from './cancel-reason-text.js';
import { accountId, orderId, userId } from './ids.js';
import { averagePrice, toMs } from './numbers.js';

export const OrderSchema = Type.Object({
  order_id: Type.String(),
  exchange_order_id: Type.String(),
  client_order_id: Type.Optional(Type.String()),
  user_id: Type.String(),
  account_id: Type.String(),
  instrument_id: Type.String(),
  direction: Type.String(),
  offset: Type.String(),
  order_type: Type.String(),
  time_condition: Type.String(),
  volume_condition: Type.String(),
  volume: Type.Integer(),
  price: Type.Number({ description: '0 for market kinds.' }),
  filled_volume: Type.Integer(),
  remaining_volume: Type.Integer({ description: 'Open lots: 0 once the order is final.' }),
  avg_fill_price: Type.Optional(Type.Number()),
  status: Type.String(),
  reject_code: Type.Optional(Type.Integer()),
  reject_reason: Type.Optional(Type.String({ description: 'Also why it was cancelled.' })),
  submit_time: Type.Integer(),
  update_time: Type.Integer(),
});
export type OrderView = Static<typeof OrderSchema>;

export function orderView(state: ExchangeState, order: OrderRecord): OrderView {
  const view: OrderView = {
    order_id: orderId(order.orderId),
    exchange_order_id: String(order.exchangeOrderId),
    user_id: userId(state.accounts.user[order.account]),
    account_id: accountId(order.account),
    instrument_id: state.instruments.get(order.instrument).instrumentId,
    direction: nameOf(Side, order.side),
    offset: nameOf(Offset, order.offset),
    order_type: nameOf(PriceType, order.priceType),
    time_condition: nameOf(TimeCondition, order.timeCondition),
    volume_condition: nameOf(VolumeCondition, order.volumeCondition),
    volume: order.volume,
    price: toDecimal(order.price),
    filled_volume: order.filled,
    remaining_volume: remainingVolume(order),
    status: nameOf(OrderStatus, order.status),
    submit_time: toMs(order.insertUs),
    update_time: toMs(order.updateUs),
  };
  if (order.clientOrderId !== '') view.client_order_id = order.clientOrderId;
  if (order.filled > 0) view.avg_fill_price = averagePrice(order.filledNotional, order.filled);
  if (order.code !== 0) {
    view.reject_code = order.code;
    view.reject_reason = refusalMessage(order.code);
  } else if (order.reason !== CancelReason.NONE) {
    view.reject_reason = cancelReasonText(order.reason);
  }
  return view;
}

/** Open lots. */
export function remainingVolume({ status, volume, filled, cancelled }: OrderRecord): number {
  return isWorking(status) ? volume - filled - cancelled : 0;
}

export function isWorking(status: number): boolean {
  return status < OrderStatus.Filled;
}

/** The status names of the answers of U5 and U6, kept in lower case for old clients (rest.md 2). */
const ANSWER_STATUS: ReadonlyMap<number, string> = new Map([
  [OrderStatus.PendingRisk, 'submitted'],
  [OrderStatus.PendingRoute, 'submitted'],
  [OrderStatus.Submitted, 'submitted'],
  [OrderStatus.PartiallyFilled, 'partially_filled'],
  [OrderStatus.Filled, 'filled'],
  [OrderStatus.Cancelled, 'cancelled'],
  [OrderStatus.Rejected, 'rejected'],
]);

export function answerStatus(status: number): string {
  return ANSWER_STATUS.get(status)!;
}
