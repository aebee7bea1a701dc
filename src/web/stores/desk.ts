/** The own accounts, positions and orders: loaded once, then kept by what the exchange pushes. */
import type { Schemas } from '@contract';
import { defineStore } from 'pinia';
import { computed, ref, shallowRef, watch } from 'vue';
import { call } from '../api/call.js';
import { live } from '../live/connection.js';
import type { ServerMessage } from '../../client/types.js';
import { usePrefs } from './prefs.js';
import { useSession } from './session.js';

export type Account = Schemas['Account'];
export type Order = Schemas['Order'];
export type Position = Schemas['Position'];
export type Trade = Schemas['UserTrade'];

const WORKING = ['Submitted', 'PartiallyFilled'] as const;
const PAGE = 100;
const PAGES_MAX = 100;
const TRADES_KEPT = 200;
/** Orders that have ended and are still shown. */
const ENDED_KEPT = 500;
const POLL_MS = 3000;

export const isWorking = (status: string): boolean => (WORKING as readonly string[]).includes(status);

export const useDesk = defineStore('desk', () => {
  const session = useSession();
  const prefs = usePrefs();
  const accounts = shallowRef<Account[]>([]);
  const positions = shallowRef<Position[]>([]);
  const orders = shallowRef<ReadonlyMap<string, Order>>(new Map());
  const trades = shallowRef<Trade[]>([]);
  const loaded = ref(false);
  let pollTimer: ReturnType<typeof setInterval> | undefined;

  const accountId = computed({
    get: () => {
      const chosen = prefs.accounts[session.user?.userId ?? ''];
      return accounts.value.some((each) => each.account_id === chosen) ? chosen : (accounts.value[0]?.account_id ?? '');
    },
    set: (id: string) => {
      if (session.user !== undefined) prefs.accounts = { ...prefs.accounts, [session.user.userId]: id };
    },
  });
  const account = computed(() => accounts.value.find((each) => each.account_id === accountId.value));
  const working = computed(() => [...orders.value.values()].filter((order) => isWorking(order.status)));

  async function load(): Promise<void> {
    const { user } = session;
    if (user === undefined) return;
    const params = { user_id: user.userId };
    const [owned, held, recent, fills, ...open] = await Promise.all([
      session.can('ViewOwnAccount') ? call('GET /api/user/{user_id}/accounts', { params }) : { accounts: [] },
      session.can('ViewOwnPositions') ? call('GET /api/position/{user_id}', { params }) : [],
      session.can('ViewOwnOrders') ? call('GET /api/order/user/{user_id}', { params, query: { page_size: PAGE } }) : { orders: [] },
      session.can('ViewOwnTrades') ? call('GET /api/trades/user/{user_id}', { params, query: { page_size: PAGE } }) : { trades: [] },
      ...WORKING.map((status) => (session.can('ViewOwnOrders') ? ordersOf(user.userId, status) : [])),
    ]);
    // somebody else may have signed in meanwhile
    if (session.user?.userId !== user.userId) return;
    accounts.value = owned.accounts.filter((each) => each.status !== 'CLOSED');
    positions.value = held;
    orders.value = new Map([...recent.orders, ...open.flat()].map((order) => [order.order_id, order]));
    trades.value = fills.trades;
    loaded.value = true;
  }

  async function ordersOf(userId: string, status: (typeof WORKING)[number]): Promise<Order[]> {
    const all: Order[] = [];
    for (let page = 1; page <= PAGES_MAX; page++) {
      const part = await call('GET /api/order/user/{user_id}', { params: { user_id: userId }, query: { status, page, page_size: PAGE } });
      all.push(...part.orders);
      if (all.length >= part.total || part.orders.length === 0) break;
    }
    return all;
  }

  async function ensure(): Promise<void> {
    if (!loaded.value) await load();
  }

  function noteOrder(message: ServerMessage): void {
    const fields = message as unknown as Partial<Order> & { order_id: string; price_type?: string; reason?: string; reason_code?: number };
    const known = orders.value.get(fields.order_id);
    const at = Number(message['timestamp']);
    const next = {
      ...{ time_condition: 'GFD', volume_condition: 'ANY', user_id: session.user?.userId ?? '', submit_time: at },
      ...known,
      ...fields,
      order_type: fields.price_type ?? known?.order_type ?? 'LIMIT',
      update_time: at,
      ...(fields.reason === undefined ? {} : { reject_reason: fields.reason }),
      ...(fields.reason_code === undefined ? {} : { reject_code: fields.reason_code }),
    } as Order;
    const all = new Map(orders.value);
    // the newest comes first
    if (known === undefined) orders.value = new Map([[next.order_id, next], ...all]);
    else orders.value = all.set(next.order_id, next);
    if (orders.value.size > ENDED_KEPT + working.value.length) {
      orders.value = new Map([...orders.value].filter(([, order], index) => index < ENDED_KEPT || isWorking(order.status)));
    }
  }

  function noteAccount(message: ServerMessage): void {
    const id = message['account_id'];
    accounts.value = accounts.value.map((each) =>
      each.account_id === id ? { ...each, ...(message as unknown as Partial<Account>) } : each,
    );
    if (!accounts.value.some((each) => each.account_id === id)) void load();
  }

  function notePosition(message: ServerMessage): void {
    const next = message as unknown as Position;
    const isSame = (each: Position): boolean => each.account_id === next.account_id && each.instrument_id === next.instrument_id;
    const others = positions.value.filter((each) => !isSame(each));
    positions.value = next.volume_long + next.volume_short === 0 ? others : [...others, next].sort(byInstrument);
  }

  function noteTrade(message: ServerMessage): void {
    const trade = message as unknown as Trade;
    if (trades.value.some((each) => each.trade_id === trade.trade_id && each.order_id === trade.order_id)) return;
    trades.value = [trade, ...trades.value].slice(0, TRADES_KEPT);
  }

  live.on('order_status', noteOrder);
  live.on('account_update', noteAccount);
  live.on('position_update', notePosition);
  live.on('trade', noteTrade);
  live.on('system', ({ event }) => {
    if (event === 'resync') void load();
  });
  live.onOpen((isReturn) => {
    if (isReturn) void load();
  });
  watch(
    () => session.user?.userId,
    (userId) => {
      clearInterval(pollTimer);
      [accounts.value, positions.value, trades.value, orders.value, loaded.value] = [[], [], [], new Map(), false];
      if (userId === undefined) return;
      pollTimer = setInterval(() => {
        if (loaded.value && !document.hidden && live.state.value !== 'live') void load().catch(() => undefined);
      }, POLL_MS);
    },
  );

  return { accounts, positions, orders, trades, working, accountId, account, loaded, load, ensure };
});

function byInstrument(a: Position, b: Position): number {
  return a.instrument_id.localeCompare(b.instrument_id) || a.account_id.localeCompare(b.account_id);
}
