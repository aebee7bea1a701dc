/**
 * Lists of orders for the routes, newest first. Any page of all orders of a user is found at once; of one of several accounts, and of
 * orders that were entered before they were counted, everything newer is read as well, and with a filter all orders are.
 */
import Type, { type Static } from 'typebox';
import { numberOf, OrderStatus } from '../../core/enums.js';
import type { OrderRecord } from '../../core/history.js';
import type { Exchange } from '../exchange.js';
import { isWorking, OrderSchema, orderView } from '../views/order-view.js';
import { instrumentFilter, PAGE_SIZE_DEFAULT, PageFields, PageResultFields, timeFilter, TimeFields } from './listing.js';
import { Id } from './resources.js';

/** Pages of the whole market (rest.md 1). */
const MARKET_PAGE_SIZE_DEFAULT = 50;

const FilterFields = {
  account_id: Type.Optional(Id),
  instrument_id: Type.Optional(Id),
  status: Type.Optional(Type.Enum(Object.keys(OrderStatus))),
};
export const OrderQuerySchema = Type.Object({ ...PageFields, ...TimeFields, ...FilterFields });
export const MarketOrderQuerySchema = Type.Object({ ...PageFields, ...FilterFields });
export const OrderListSchema = Type.Object({ orders: Type.Array(OrderSchema), ...PageResultFields });
type Query = Static<typeof OrderQuerySchema>;
type OrderList = Static<typeof OrderListSchema>;

/** Orders of these accounts. */
export async function ordersPage(exchange: Exchange, accounts: readonly number[], query: Query): Promise<OrderList> {
  const { state, history } = exchange;
  const { page, size, end } = placeOf(query, PAGE_SIZE_DEFAULT);
  if (hasNoFilter(query)) {
    const total = accounts.reduce((sum, account) => sum + state.accounts.orderCount[account], 0);
    const user = state.accounts.user[accounts[0] ?? 0];
    const isAll = accounts.length === (state.users.get(user)?.accounts.length ?? 0);
    const counted = isAll && accounts.length > 0 ? await history.ordersEntered(user, end - size, size) : undefined;
    return answer(exchange, counted ?? (await newestOf(exchange, accounts, end - size, end)), total, page, size);
  }
  const found = await matching(exchange, accounts, query);
  return answer(exchange, found.slice(end - size, end), found.length, page, size);
}

/** What is newer is read, too. */
async function newestOf({ history }: Exchange, accounts: readonly number[], from: number, end: number): Promise<OrderRecord[]> {
  const newest = await Promise.all(accounts.map((account) => history.newestOrders(account, end)));
  return newest.flat().sort(newestFirst).slice(from, end);
}

/** Orders of all accounts. */
export async function marketOrdersPage(exchange: Exchange, query: Query): Promise<OrderList> {
  const { state } = exchange;
  const { page, size, end } = placeOf(query, MARKET_PAGE_SIZE_DEFAULT);
  if (hasNoFilter(query)) {
    const total = state.nextOrderId - 1;
    const rows = ordersById(exchange, total - (end - size), Math.max(0, total - end));
    return answer(exchange, rows, total, page, size);
  }
  const accounts = Array.from({ length: state.accounts.count }, (_, i) => i + 1);
  const found = await matching(exchange, accounts, query);
  return answer(exchange, found.slice(end - size, end), found.length, page, size);
}

async function matching({ state, history }: Exchange, accounts: readonly number[], query: Query): Promise<OrderRecord[]> {
  const instrument = instrumentFilter(state, query.instrument_id);
  const status = query.status === undefined ? 0 : numberOf(OrderStatus, query.status);
  const inTime = timeFilter(query);
  const fits = (row: OrderRecord): boolean =>
    (instrument === 0 || row.instrument === instrument) && (status === 0 || row.status === status) && inTime(row.insertUs);
  // what works is in memory, and nowhere else
  if (status !== 0 && isWorking(status)) return history.liveOrders(accounts).filter(fits).sort(newestFirst);
  return history.ordersOf(accounts, fits);
}

/** The orders of ids from `last` down to above `before`. */
function ordersById({ history }: Exchange, last: number, before: number): OrderRecord[] {
  const ids: number[] = [];
  for (let id = last; id > before; id--) ids.push(id);
  const found = ids.map((id) => history.findOrder(id));
  return found.filter((order) => order !== undefined);
}

function placeOf(query: Query, sizeDefault: number): { page: number; size: number; end: number } {
  const { page = 1, page_size: size = sizeDefault } = query;
  return { page, size, end: page * size };
}

function hasNoFilter({ instrument_id: instrument, status, start_time: start, end_time: end }: Query): boolean {
  return instrument === undefined && status === undefined && start === undefined && end === undefined;
}

function newestFirst(a: OrderRecord, b: OrderRecord): number {
  return b.orderId - a.orderId;
}

function answer({ state }: Exchange, rows: readonly OrderRecord[], total: number, page: number, size: number): OrderList {
  return { orders: rows.map((row) => orderView(state, row)), total, page, page_size: size };
}
