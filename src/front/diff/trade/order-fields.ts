/** Orders and trades as DIFF shows them (diff.md 7.3, 7.4). */
import {
  CancelReason,
  Exchange,
  nameOf,
  Offset,
  OrderStatus,
  PriceType,
  Side,
  TimeCondition,
  VolumeCondition,
} from '../../../core/enums.js';
import type { OrderRecord, TradeRecord } from '../../../core/history.js';
import { refusalMessage } from '../../../core/refusal.js';
import type { ExchangeState } from '../../../core/state.js';
import { toDecimal } from '../../../core/units.js';
import { cancelReasonText } from '../../views/cancel-reason-text.js';
import { isWorking } from '../../views/order-view.js';
import { tradeId } from '../../views/ids.js';
import { toNs } from '../beijing-time.js';
import type { DiffFields } from '../tree/diff-object.js';

const PRICE_TYPES: ReadonlyMap<number, string> = new Map([
  [PriceType.LIMIT, 'LIMIT'],
  [PriceType.MARKET, 'ANY'],
  [PriceType.BEST1, 'BEST'],
  [PriceType.BEST5, 'FIVELEVEL'],
]);

/** CLOSE is what takes the lots of earlier days wherever the difference exists. */
const OFFSETS: ReadonlyMap<number, string> = new Map([
  [Offset.OPEN, 'OPEN'],
  [Offset.CLOSE, 'CLOSE'],
  [Offset.CLOSETODAY, 'CLOSETODAY'],
  [Offset.CLOSEYESTERDAY, 'CLOSE'],
]);

/** `EXCHANGE` and the bare code of an instrument id. */
export function partsOf(instrumentId: string): { exchange: string; code: string } {
  const dot = instrumentId.indexOf('.');
  return { exchange: instrumentId.slice(0, dot), code: instrumentId.slice(dot + 1) };
}

export function orderFields(state: ExchangeState, userName: string, key: string, order: OrderRecord): DiffFields {
  const instrument = state.instruments.get(order.instrument);
  const left = order.volume - order.filled;
  return {
    seqno: order.orderId,
    user_id: userName,
    order_id: key,
    exchange_id: nameOf(Exchange, instrument.exchange),
    instrument_id: partsOf(instrument.instrumentId).code,
    direction: nameOf(Side, order.side),
    offset: OFFSETS.get(order.offset)!,
    price_type: PRICE_TYPES.get(order.priceType)!,
    time_condition: nameOf(TimeCondition, order.timeCondition),
    volume_condition: nameOf(VolumeCondition, order.volumeCondition),
    volume_orign: order.volume,
    volume_left: left,
    limit_price: toDecimal(order.price),
    insert_date_time: toNs(order.insertUs),
    exchange_order_id: String(order.exchangeOrderId),
    status: isWorking(order.status) ? 'ALIVE' : 'FINISHED',
    last_msg: lastMessage(order),
  };
}

function lastMessage({ status, code, reason }: OrderRecord): string {
  if (code !== 0) return refusalMessage(code);
  if (reason !== CancelReason.NONE) return cancelReasonText(reason);
  if (status === OrderStatus.Filled) return 'filled';
  return status === OrderStatus.PartiallyFilled ? 'partially filled' : 'accepted';
}

/** `key` is the name of the trade in the tree, `orderKey` that of its order. */
export function tradeFields(state: ExchangeState, userName: string, key: string, orderKey: string, trade: TradeRecord): DiffFields {
  const instrument = state.instruments.get(trade.instrument);
  return {
    seqno: trade.tradeId,
    user_id: userName,
    trade_id: key,
    exchange_id: nameOf(Exchange, instrument.exchange),
    instrument_id: partsOf(instrument.instrumentId).code,
    order_id: orderKey,
    exchange_trade_id: tradeId(trade.tradeId),
    direction: nameOf(Side, trade.side),
    offset: OFFSETS.get(trade.offset)!,
    volume: trade.volume,
    price: toDecimal(trade.price),
    trade_date_time: toNs(trade.timeUs),
    commission: toDecimal(trade.commission),
  };
}
