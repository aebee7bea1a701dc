/** LiquidationRecord and LiquidationResult of rest.md 3. */
import Type, { type Static } from 'typebox';
import { LiquidationStatus, LiquidationTrigger, nameOf, Offset, Side } from '../../core/enums.js';
import type { OrderRecord } from '../../core/history.js';
import { isOver, type ClosedPosition, type Liquidation } from '../../core/liquidations.js';
import { refusalMessage } from '../../core/refusal.js';
import type { ExchangeState } from '../../core/state.js';
import { toDecimal } from '../../core/units.js';
import { accountId, liquidationId, orderId, userId } from './ids.js';
import { averagePrice, toMs, toRatio } from './numbers.js';
import { answerStatus } from './order-view.js';

const ClosedPositionSchema = Type.Object({
  instrument_id: Type.String(),
  direction: Type.String({ description: 'Of the closing orders.' }),
  volume: Type.Integer(),
  close_price: Type.Number({ description: 'Average.' }),
  loss: Type.Number({ description: 'Against the last settlement, or the opening of the day; without commission; below 0 for a gain.' }),
});

export const LiquidationRecordSchema = Type.Object({
  record_id: Type.String(),
  liquidation_id: Type.String({ description: 'The same.' }),
  account_id: Type.String(),
  user_id: Type.String(),
  liquidation_time: Type.Integer({ description: 'When it began.' }),
  trigger: Type.String(),
  operator: Type.Optional(Type.String()),
  status: Type.String(),
  risk_ratio_before: Type.Number(),
  risk_ratio_after: Type.Number(),
  balance_before: Type.Number(),
  balance_after: Type.Number(),
  commission: Type.Number(),
  total_loss: Type.Number({ description: 'Losses of the closed positions and commission.' }),
  closed_positions: Type.Array(ClosedPositionSchema),
  remark: Type.Optional(Type.String()),
});
export type LiquidationRecordView = Static<typeof LiquidationRecordSchema>;

/** `liquidation` is over, or under way: then what follows is as it stands now. */
export function liquidationRecordView(state: ExchangeState, liquidation: Liquidation): LiquidationRecordView {
  const { account, user, remark } = liquidation;
  const after = isOver(liquidation.status) ? liquidation.after : figuresOf(state, account);
  const loss = liquidation.closed.reduce((sum, closed) => sum + closed.loss, liquidation.commission);
  const id = liquidationId(liquidation.id);
  return {
    record_id: id,
    liquidation_id: id,
    account_id: accountId(account),
    user_id: userId(state.accounts.user[account]),
    liquidation_time: toMs(liquidation.openedUs),
    trigger: nameOf(LiquidationTrigger, liquidation.trigger),
    ...(user === 0 ? {} : { operator: userId(user) }),
    status: nameOf(LiquidationStatus, liquidation.status),
    risk_ratio_before: toRatio(liquidation.before.riskRatio),
    risk_ratio_after: toRatio(after.riskRatio),
    balance_before: toDecimal(liquidation.before.balance),
    balance_after: toDecimal(after.balance),
    commission: toDecimal(liquidation.commission),
    total_loss: toDecimal(loss),
    closed_positions: liquidation.closed.map((closed) => closedView(state, closed)),
    ...(remark === '' ? {} : { remark }),
  };
}

const ForcedOrderSchema = Type.Object({
  instrument_id: Type.String(),
  direction: Type.String(),
  offset: Type.String(),
  volume: Type.Integer(),
  price: Type.Number(),
  order_id: Type.Optional(Type.String()),
  status: Type.String(),
  error: Type.Optional(Type.String()),
  filled_volume: Type.Integer(),
  filled_price: Type.Number({ description: 'Average; 0 without a fill.' }),
  submit_time: Type.Optional(Type.Integer()),
  update_time: Type.Optional(Type.Integer()),
  retry_count: Type.Integer({ description: 'Orders for the same lots before this one.' }),
});

export const LiquidationResultSchema = Type.Object({
  liquidation_id: Type.String(),
  account_id: Type.String(),
  orders: Type.Array(ForcedOrderSchema),
  trigger_risk_ratio: Type.Number(),
  balance_before: Type.Number(),
  balance_after: Type.Number(),
  start_time: Type.Integer(),
  complete_time: Type.Optional(Type.Integer()),
  overall_status: Type.String(),
  remark: Type.Optional(Type.String()),
});

/** `orders` are those of the liquidation, in the order of their acceptance. */
export function liquidationResultView(
  state: ExchangeState,
  liquidation: Liquidation,
  orders: readonly OrderRecord[],
): Static<typeof LiquidationResultSchema> {
  const { account, endedUs, remark } = liquidation;
  const after = isOver(liquidation.status) ? liquidation.after : figuresOf(state, account);
  return {
    liquidation_id: liquidationId(liquidation.id),
    account_id: accountId(account),
    orders: orders.map((order, i) => forcedOrderView(state, order, retriesBefore(orders, i))),
    trigger_risk_ratio: toRatio(liquidation.before.riskRatio),
    balance_before: toDecimal(liquidation.before.balance),
    balance_after: toDecimal(after.balance),
    start_time: toMs(liquidation.openedUs),
    ...(endedUs === 0 ? {} : { complete_time: toMs(endedUs) }),
    overall_status: nameOf(LiquidationStatus, liquidation.status),
    ...(remark === '' ? {} : { remark }),
  };
}

function forcedOrderView(state: ExchangeState, order: OrderRecord, retries: number): Static<typeof ForcedOrderSchema> {
  return {
    instrument_id: state.instruments.get(order.instrument).instrumentId,
    direction: nameOf(Side, order.side),
    offset: nameOf(Offset, order.offset),
    volume: order.volume,
    price: toDecimal(order.price),
    order_id: orderId(order.orderId),
    status: answerStatus(order.status),
    ...(order.code === 0 ? {} : { error: refusalMessage(order.code) }),
    filled_volume: order.filled,
    filled_price: order.filled === 0 ? 0 : averagePrice(order.filledNotional, order.filled),
    submit_time: toMs(order.insertUs),
    update_time: toMs(order.updateUs),
    retry_count: retries,
  };
}

function retriesBefore(orders: readonly OrderRecord[], index: number): number {
  const { instrument, side, offset } = orders[index];
  return orders.slice(0, index).filter((order) => order.instrument === instrument && order.side === side && order.offset === offset).length;
}

function closedView(state: ExchangeState, { instrument, side, volume, notional, loss }: ClosedPosition) {
  return {
    instrument_id: state.instruments.get(instrument).instrumentId,
    direction: nameOf(Side, side),
    volume,
    close_price: averagePrice(notional, volume),
    loss: toDecimal(loss),
  };
}

function figuresOf({ ledger }: ExchangeState, account: number): { riskRatio: number; balance: number } {
  return { riskRatio: ledger.riskRatio(account), balance: ledger.balance(account) };
}
