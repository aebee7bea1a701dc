/** UserTrade and PublicTrade of rest.md 3. Neither tells who the other side was. */
import Type, { type Static } from 'typebox';
import { nameOf, Offset, Side } from '../../core/enums.js';
import type { TradeRecord } from '../../core/history.js';
import type { ExchangeState } from '../../core/state.js';
import { toDecimal } from '../../core/units.js';
import { accountId, orderId, tradeId } from './ids.js';
import { toDate, toMs } from './numbers.js';

export const UserTradeSchema = Type.Object({
  trade_id: Type.String(),
  order_id: Type.String(),
  user_order_id: Type.String({ description: 'Alias of order_id.' }),
  account_id: Type.String(),
  instrument_id: Type.String(),
  direction: Type.String(),
  user_direction: Type.String({ description: 'Alias of direction.' }),
  offset: Type.String(),
  is_taker: Type.Boolean(),
  price: Type.Number(),
  volume: Type.Integer(),
  commission: Type.Number(),
  timestamp: Type.Integer(),
  trade_time: Type.Integer({ description: 'Alias of timestamp.' }),
  trading_day: Type.String(),
});
export type UserTradeView = Static<typeof UserTradeSchema>;

export function userTradeView(state: ExchangeState, trade: TradeRecord): UserTradeView {
  const order = orderId(trade.orderId);
  const direction = nameOf(Side, trade.side);
  const timestamp = toMs(trade.timeUs);
  return {
    trade_id: tradeId(trade.tradeId),
    order_id: order,
    user_order_id: order,
    account_id: accountId(trade.account),
    instrument_id: state.instruments.get(trade.instrument).instrumentId,
    direction,
    user_direction: direction,
    offset: nameOf(Offset, trade.offset),
    is_taker: trade.isTaker !== 0,
    price: toDecimal(trade.price),
    volume: trade.volume,
    commission: toDecimal(trade.commission),
    timestamp,
    trade_time: timestamp,
    trading_day: toDate(trade.tradingDay),
  };
}

export const PublicTradeSchema = Type.Object({
  trade_id: Type.String(),
  instrument_id: Type.String(),
  price: Type.Number(),
  volume: Type.Integer(),
  direction: Type.String({ description: 'Side of the taker, NONE in an auction.' }),
  timestamp: Type.Integer(),
});
export type PublicTradeView = Static<typeof PublicTradeSchema>;

/** The latest trades of an instrument, newest first. */
export function publicTradeViews(state: ExchangeState, instrument: number, limit: number): PublicTradeView[] {
  const instrumentId = state.instruments.get(instrument).instrumentId;
  const views: PublicTradeView[] = [];
  for (const trade of state.market.recent(instrument, limit)) {
    views.push({
      trade_id: tradeId(trade.tradeId),
      instrument_id: instrumentId,
      price: toDecimal(trade.price),
      volume: trade.volume,
      direction: nameOf(Side, trade.takerSide),
      timestamp: toMs(trade.timeUs),
    });
  }
  return views;
}
