/** KLine and historical Tick of rest.md 3. */
import Type, { type Static } from 'typebox';
import { nameOf, Side } from '../../core/enums.js';
import { decimalBar, type Bar } from '../../core/market-data/bar.js';
import { toDecimal } from '../../core/units.js';
import type { Tick } from '../../storage/market-store.js';
import { orderId, accountId, tradeId } from './ids.js';
import { toMs } from './numbers.js';

export const KlineSchema = Type.Object({
  datetime: Type.Integer({ description: 'Start of the bar, UTC milliseconds.' }),
  timestamp: Type.Integer({ description: 'Alias of datetime.' }),
  bar_no: Type.Integer({ description: 'Counts the bars with a trade from 0; that of the one before for an empty bar.' }),
  open: Type.Number(),
  high: Type.Number(),
  low: Type.Number(),
  close: Type.Number(),
  volume: Type.Integer(),
  amount: Type.Number({ description: 'Sum of price × multiplier × lots.' }),
  open_oi: Type.Integer(),
  close_oi: Type.Integer(),
  trade_count: Type.Integer(),
  is_finished: Type.Boolean(),
  is_empty: Type.Optional(Type.Boolean({ description: 'Nothing traded: prices are the close of the bar before.' })),
});
export type KlineView = Static<typeof KlineSchema>;

export function klineView(bar: Bar): KlineView {
  const start = toMs(bar.startUs);
  const view: KlineView = {
    datetime: start,
    timestamp: start,
    bar_no: bar.barNo,
    ...decimalBar(bar),
    open_oi: bar.openOi,
    close_oi: bar.closeOi,
    trade_count: bar.tradeCount,
    is_finished: bar.isFinished,
  };
  if (bar.tradeCount === 0) view.is_empty = true;
  return view;
}

export const PastTickSchema = Type.Object({
  instrument_id: Type.String(),
  trade_id: Type.String(),
  last_price: Type.Number(),
  trade_volume: Type.Integer({ description: 'Lots of the trade.' }),
  direction: Type.String({ description: 'Side of the taker, NONE in an auction.' }),
  bid_price: Type.Optional(Type.Number({ description: 'Best price before the trade.' })),
  ask_price: Type.Optional(Type.Number()),
  volume: Type.Integer({ description: 'Lots of the trading day so far.' }),
  turnover: Type.Number({ description: 'Of the trading day so far.' }),
  open_interest: Type.Integer(),
  timestamp: Type.Integer(),
  md_seq: Type.Integer(),
});
export type PastTickView = Static<typeof PastTickSchema>;

export function pastTickView(instrumentId: string, tick: Tick): PastTickView {
  const view: PastTickView = {
    instrument_id: instrumentId,
    trade_id: tradeId(tick.tradeId),
    last_price: toDecimal(tick.price),
    trade_volume: tick.volume,
    direction: nameOf(Side, tick.takerSide),
    volume: tick.volumeTotal,
    turnover: toDecimal(tick.turnoverTotal),
    open_interest: tick.openInterest,
    timestamp: toMs(tick.timeUs),
    md_seq: tick.mdSequence,
  };
  if (tick.bid !== 0) view.bid_price = toDecimal(tick.bid);
  if (tick.ask !== 0) view.ask_price = toDecimal(tick.ask);
  return view;
}

export const MarketTradeSchema = Type.Object({
  trade_id: Type.String(),
  instrument_id: Type.String(),
  buy_account_id: Type.String(),
  sell_account_id: Type.String(),
  buy_order_id: Type.String(),
  sell_order_id: Type.String(),
  taker_order_id: Type.Optional(Type.String({ description: 'Absent in an auction.' })),
  price: Type.Number(),
  volume: Type.Integer(),
  timestamp: Type.Integer(),
});
export type MarketTradeView = Static<typeof MarketTradeSchema>;

/** With both sides: for staff only. */
export function marketTradeView(instrumentId: string, tick: Tick): MarketTradeView {
  const view: MarketTradeView = {
    trade_id: tradeId(tick.tradeId),
    instrument_id: instrumentId,
    buy_account_id: accountId(tick.buyAccount),
    sell_account_id: accountId(tick.sellAccount),
    buy_order_id: orderId(tick.buyOrderId),
    sell_order_id: orderId(tick.sellOrderId),
    price: toDecimal(tick.price),
    volume: tick.volume,
    timestamp: toMs(tick.timeUs),
  };
  if (tick.takerSide !== Side.NONE) view.taker_order_id = orderId(tick.takerSide === Side.BUY ? tick.buyOrderId : tick.sellOrderId);
  return view;
}
