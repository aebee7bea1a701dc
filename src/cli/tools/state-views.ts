/** Parts of a state as the interfaces of the exchange show them. */
import { conditionalId } from '../../core/conditionals/conditional.js';
import { DepthFold } from '../../core/depth.js';
import { InstrumentStatus, nameOf, Phase, Side, UserStatus } from '../../core/enums.js';
import { orderRecordOf } from '../../core/history.js';
import { liveSlots } from '../../core/state-codec.js';
import type { ExchangeState } from '../../core/state.js';
import { toDecimal } from '../../core/units.js';
import { accountView, type AccountView } from '../../front/views/account-view.js';
import { accountId, userId } from '../../front/views/ids.js';
import { orderView, type OrderView } from '../../front/views/order-view.js';
import { positionViews, type PositionView } from '../../front/views/position-view.js';
import { roleNames } from '../../auth/permissions.js';
import type { Output } from './tool.js';

/** Depth of a side that is shown to people. */
const LEVELS_SHOWN = 20;

export function accountsOf(state: ExchangeState): AccountView[] {
  return Array.from({ length: state.accounts.count }, (_, index) => accountView(state, index + 1));
}

/** Live orders by id; of one account, or of all for 0. */
export function ordersOf(state: ExchangeState, account = 0): OrderView[] {
  return liveSlots(state)
    .filter((slot) => account === 0 || state.orders.account[slot] === account)
    .sort((a, b) => state.orders.orderId[a] - state.orders.orderId[b])
    .map((slot) => orderView(state, orderRecordOf(state, slot)));
}

/** No hash, no sealed text, nothing that people are reached by. */
export function usersOf(state: ExchangeState) {
  return [...state.users].map(({ user, username, roles, status, accounts }) => ({
    user_id: userId(user),
    username,
    roles: roleNames(roles),
    status: nameOf(UserStatus, status),
    accounts: accounts.map(accountId),
  }));
}

export function instrumentsOf(state: ExchangeState) {
  return [...state.instruments].map(
    ({ instrument, instrumentId, phase, status, multiplier, priceTick, preSettlement, upperLimit, lowerLimit }) => ({
      instrument_id: instrumentId,
      phase: nameOf(Phase, phase),
      status: nameOf(InstrumentStatus, status),
      multiplier,
      price_tick: toDecimal(priceTick),
      pre_settlement: toDecimal(preSettlement),
      lower_limit: toDecimal(lowerLimit),
      upper_limit: toDecimal(upperLimit),
      last_price: toDecimal(state.market.lastPrice[instrument]),
      volume: state.market.volume[instrument],
      open_interest: state.market.openInterest[instrument],
    }),
  );
}

export function conditionalsOf(state: ExchangeState) {
  return state.conditionals.pending().map(({ conditional, account, instrument, volume, triggerPrice }) => ({
    conditional_id: conditionalId(conditional),
    account_id: accountId(account),
    instrument_id: state.instruments.get(instrument).instrumentId,
    volume,
    trigger_price: toDecimal(triggerPrice),
  }));
}

export interface BookView {
  instrument_id: string;
  bids: LevelView[];
  asks: LevelView[];
}

interface LevelView {
  price: number;
  volume: number;
  orders: number;
}

/** All levels, best first. */
export function bookOf(state: ExchangeState, instrument: number): BookView {
  const depth = new DepthFold(state);
  const side = (number: number): LevelView[] =>
    depth
      .levels(instrument, number, Infinity)
      .map(({ price, volume, orderCount }) => ({ price: toDecimal(price), volume, orders: orderCount }));
  return { instrument_id: state.instruments.get(instrument).instrumentId, bids: side(Side.BUY), asks: side(Side.SELL) };
}

/** Figures of the whole venue. */
export function venueOf(state: ExchangeState) {
  return {
    sequence: state.sequence,
    trading_day: state.tradingDay,
    users: state.users.count,
    accounts: state.accounts.count,
    instruments: state.instruments.count,
    live_orders: state.orders.size,
    trades: state.tradeCount,
    fee_account: toDecimal(state.feeAccount),
    default_fund: toDecimal(state.defaultFund),
    total_deposits: Number(state.totalDeposits.toBigInt()) / 10_000,
    total_withdrawals: Number(state.totalWithdrawals.toBigInt()) / 10_000,
  };
}

export function positionsOf(state: ExchangeState): PositionView[] {
  return Array.from({ length: state.accounts.count }, (_, index) => positionViews(state, index + 1)).flat();
}

export function printAccounts(accounts: readonly AccountView[], out: Output): void {
  out.title('Accounts');
  out.table(
    ['account', 'user', 'name', 'status', 'balance', 'available', 'margin', 'frozen', 'risk ratio'],
    accounts.map((a) => [a.account_id, a.user_id, a.account_name, a.status, a.balance, a.available, a.margin, a.frozen, a.risk_ratio]),
  );
}

export function printPositions(positions: readonly PositionView[], out: Output): void {
  out.title('Positions');
  out.table(
    ['account', 'instrument', 'long', 'short', 'cost long', 'cost short', 'profit', 'margin', 'mark'],
    positions.map((p) => [
      ...[p.account_id, p.instrument_id, p.volume_long, p.volume_short, p.cost_long, p.cost_short],
      ...[p.profit_long + p.profit_short, p.margin_long + p.margin_short, p.last_price],
    ]),
  );
}

export function printOrders(orders: readonly OrderView[], out: Output): void {
  out.title('Live orders');
  out.table(
    ['order', 'account', 'instrument', 'side', 'offset', 'type', 'price', 'volume', 'open', 'status'],
    orders.map((o) => [
      ...[o.order_id, o.account_id, o.instrument_id, o.direction, o.offset, `${o.order_type} ${o.time_condition}`],
      ...[o.price, o.volume, o.remaining_volume, o.status],
    ]),
  );
}

export function printBook({ instrument_id, bids, asks }: BookView, out: Output): void {
  out.title(`Book of ${instrument_id}: ${bids.length} bids, ${asks.length} asks`);
  const rows = [
    ...asks
      .slice(0, LEVELS_SHOWN)
      .reverse()
      .map((level) => ['ask', level.price, level.volume, level.orders]),
    ...bids.slice(0, LEVELS_SHOWN).map((level) => ['bid', level.price, level.volume, level.orders]),
  ];
  out.table(['side', 'price', 'lots', 'orders'], rows);
}
