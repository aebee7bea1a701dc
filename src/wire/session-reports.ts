/**
 * Reports and states of the private stream as frames of the binary protocol (schemas/session.fbs). The exchange keeps every
 * report in this form too, so that what is sent again is what was sent before.
 */
import type { Trade } from '../core/events.js';
import { OrderStatus, Side } from '../core/enums.js';
import type { FillEffect, FundRecord } from '../core/observer.js';
import * as orderTable from '../core/orders.js';
import type { OrderTable } from '../core/orders.js';
import { HIS, LONG, SHORT, TODAY } from '../core/positions.js';
import type { ExchangeState } from '../core/state.js';
import type { FrameBuffer } from './frame-buffer.js';
import * as head from './session-head.js';
import * as layout from './session-layout.js';

// Bound here: constants of the module are compiled in, imported ones are looked up at every use.
const { writeHead } = head;
const { FUND_REPORT_BYTES, FundReportAt, ORDER_REPORT_BYTES, OrderReportAt, SessionKind, TRADE_REPORT_BYTES, TradeReportAt } = layout;
const { OrderByte: Byte, OrderDouble: Double, OrderWord: Word } = orderTable;
const { ACCOUNT_STATE_BYTES, AccountStateAt, POSITION_STATE_BYTES, PositionStateAt } = layout;
const { PartiallyFilled, Submitted } = OrderStatus;

/** The largest of the reports that are numbered, without a client order id. */
export const REPORT_BYTES_MAX = ORDER_REPORT_BYTES;

/**
 * The order in `slot` after an event, without its client order id: `head.text_length` tells how long that is. `lastFill` is
 * the volume of the fill, if it was one, and `reason` a `CancelReason`, if it took lots off the order.
 */
export function writeOrderReport(
  view: DataView,
  at: number,
  orders: OrderTable,
  slot: number,
  lastFill: number,
  reason: number,
  reportSeq: number,
): void {
  const { words, doubles, bytes } = orders;
  const status = words[slot + Word.status];
  const remaining = status === Submitted || status === PartiallyFilled ? orders.leaves(slot) : 0;
  writeHead(view, at, ORDER_REPORT_BYTES, SessionKind.ORDER_REPORT, 0, words[slot + Word.clientIdLength]);
  view.setFloat64(at + OrderReportAt.reportSeq, reportSeq, true);
  view.setFloat64(at + OrderReportAt.orderId, doubles[slot + Double.orderId], true);
  view.setFloat64(at + OrderReportAt.exchangeOrderId, doubles[slot + Double.exchangeOrderId], true);
  view.setFloat64(at + OrderReportAt.price, doubles[slot + Double.price], true);
  view.setFloat64(at + OrderReportAt.timeUs, doubles[slot + Double.updateUs], true);
  view.setUint32(at + OrderReportAt.account, words[slot + Word.account], true);
  view.setUint32(at + OrderReportAt.instrument, words[slot + Word.instrument], true);
  view.setUint32(at + OrderReportAt.volume, words[slot + Word.volume], true);
  view.setUint32(at + OrderReportAt.filled, words[slot + Word.filled], true);
  view.setUint32(at + OrderReportAt.remaining, remaining, true);
  view.setUint32(at + OrderReportAt.lastFill, lastFill, true);
  view.setUint32(at + OrderReportAt.status, status | (doubles[slot + Double.code] << 16), true);
  const kinds = reason | (words[slot + Word.side] << 8) | (words[slot + Word.offset] << 16) | (bytes[slot + Byte.priceType] << 24);
  view.setUint32(at + OrderReportAt.reason, kinds, true);
}

/** One side of a trade: the owner's own fill. */
export function writeTradeReport(
  view: DataView,
  at: number,
  orders: OrderTable,
  event: Trade,
  effect: FillEffect,
  side: number,
  reportSeq: number,
): void {
  const buys = side === Side.BUY;
  const slot = buys ? effect.buySlot : effect.sellSlot;
  writeHead(view, at, TRADE_REPORT_BYTES, SessionKind.TRADE_REPORT, 0);
  view.setFloat64(at + TradeReportAt.reportSeq, reportSeq, true);
  view.setFloat64(at + TradeReportAt.orderId, orders.orderId[slot], true);
  view.setFloat64(at + TradeReportAt.tradeId, effect.tradeId, true);
  view.setFloat64(at + TradeReportAt.price, event.price, true);
  view.setFloat64(at + TradeReportAt.timeUs, event.stamp.timeUs, true);
  view.setFloat64(at + TradeReportAt.commission, buys ? effect.buyFee : effect.sellFee, true);
  view.setUint32(at + TradeReportAt.account, orders.account[slot], true);
  view.setUint32(at + TradeReportAt.instrument, event.instrument, true);
  view.setUint32(at + TradeReportAt.volume, event.volume, true);
  view.setUint32(at + TradeReportAt.side, side | (orders.offset[slot] << 8) | (event.takerSide === side ? 1 << 16 : 0), true);
}

export function writeFundReport(view: DataView, at: number, record: FundRecord, reportSeq: number): void {
  writeHead(view, at, FUND_REPORT_BYTES, SessionKind.FUND_REPORT, 0);
  view.setFloat64(at + FundReportAt.reportSeq, reportSeq, true);
  view.setFloat64(at + FundReportAt.fundId, record.id, true);
  view.setFloat64(at + FundReportAt.amount, record.amount, true);
  view.setFloat64(at + FundReportAt.balanceBefore, record.balanceBefore, true);
  view.setFloat64(at + FundReportAt.balanceAfter, record.balanceAfter, true);
  view.setFloat64(at + FundReportAt.availableAfter, record.availableAfter, true);
  view.setFloat64(at + FundReportAt.timeUs, record.timeUs, true);
  view.setUint32(at + FundReportAt.account, record.account, true);
  view.setUint32(at + FundReportAt.fundKind, record.kind, true);
}

export function addAccountState(out: FrameBuffer, state: ExchangeState, account: number): void {
  const at = out.claim(ACCOUNT_STATE_BYTES);
  const { view } = out;
  const { accounts, ledger } = state;
  const balance = ledger.balance(account);
  writeHead(view, at, ACCOUNT_STATE_BYTES, SessionKind.ACCOUNT_STATE, 0);
  view.setFloat64(at + AccountStateAt.reportSeq, accounts.reportSequence[account], true);
  view.setFloat64(at + AccountStateAt.balance, balance, true);
  view.setFloat64(at + AccountStateAt.available, ledger.availableAt(account, balance), true);
  view.setFloat64(at + AccountStateAt.frozen, accounts.frozenMargin[account] + accounts.frozenCommission[account], true);
  view.setFloat64(at + AccountStateAt.margin, accounts.margin[account], true);
  view.setFloat64(at + AccountStateAt.profit, accounts.closeProfit[account], true);
  view.setFloat64(at + AccountStateAt.positionProfit, ledger.positionProfit(account), true);
  view.setFloat64(at + AccountStateAt.riskRatio, ledger.riskRatio(account), true);
  view.setFloat64(at + AccountStateAt.timeUs, state.timeUs, true);
  view.setUint32(at + AccountStateAt.account, account, true);
  view.setUint32(at + AccountStateAt.account + 4, 0);
}

export function addPositionState(out: FrameBuffer, state: ExchangeState, position: number): void {
  const at = out.claim(POSITION_STATE_BYTES);
  const { view } = out;
  const { accounts, ledger, positions } = state;
  const account = positions.account[position];
  const instrument = positions.instrument[position];
  const long = position * 2 + LONG;
  const short = position * 2 + SHORT;
  writeHead(view, at, POSITION_STATE_BYTES, SessionKind.POSITION_STATE, 0);
  view.setFloat64(at + PositionStateAt.reportSeq, accounts.reportSequence[account], true);
  view.setFloat64(at + PositionStateAt.costLong, positions.openNotional[long], true);
  view.setFloat64(at + PositionStateAt.costShort, positions.openNotional[short], true);
  view.setFloat64(at + PositionStateAt.profitLong, ledger.floatProfitOf(position, LONG), true);
  view.setFloat64(at + PositionStateAt.profitShort, ledger.floatProfitOf(position, SHORT), true);
  view.setFloat64(at + PositionStateAt.marginLong, positions.margin[long], true);
  view.setFloat64(at + PositionStateAt.marginShort, positions.margin[short], true);
  view.setFloat64(at + PositionStateAt.lastPrice, ledger.mark(instrument), true);
  view.setFloat64(at + PositionStateAt.timeUs, state.timeUs, true);
  view.setUint32(at + PositionStateAt.account, account, true);
  view.setUint32(at + PositionStateAt.instrument, instrument, true);
  view.setUint32(at + PositionStateAt.volumeLong, positions.volume[long], true);
  view.setUint32(at + PositionStateAt.volumeShort, positions.volume[short], true);
  view.setUint32(at + PositionStateAt.volumeLongToday, positions.bucketVolume[long * 2 + TODAY], true);
  view.setUint32(at + PositionStateAt.volumeShortToday, positions.bucketVolume[short * 2 + TODAY], true);
  view.setUint32(at + PositionStateAt.volumeLongFrozen, frozenLots(state, long), true);
  view.setUint32(at + PositionStateAt.volumeShortFrozen, frozenLots(state, short), true);
}

function frozenLots({ positions }: ExchangeState, side: number): number {
  return positions.frozenVolume[side * 2 + HIS] + positions.frozenVolume[side * 2 + TODAY];
}
