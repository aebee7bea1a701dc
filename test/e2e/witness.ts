/** Remembers what an exchange has told its clients, and asks it later whether it still knows. */
import { ApiError, HttpClient, type Account, type Order, type Position, type UserTrade } from '../../src/client/index.js';
import type { LoadUser } from '../../src/cli/load/load-accounts.js';

/** Requests under way at once. */
const CONCURRENCY = 16;
const PAGE_SIZE = 100;
/** Orders of a life that are submitted once more under their client order id. */
const REPEATS = 5;
const FAULTS_SHOWN = 5;
const AVAILABLE_MS_MAX = 60_000;
const AVAILABLE_PAUSE_MS = 50;

export class Witness {
  /** Acknowledged orders: client order id by order id. */
  readonly orders = new Map<string, string>();
  /** Orders whose cancel was acknowledged. */
  readonly cancelled = new Set<string>();
  /** Fills that their owners were told of: trade id and order id. */
  readonly fills = new Set<string>();
  /** Set by `checkAll`. */
  storedCount = 0;
  idsMissing = 0;

  private checkedCount = 0;

  constructor(private readonly users: readonly LoadUser[]) {}

  /**
   * The orders acknowledged since the last call: each must be there, and the last `repeats` must stay single when they are
   * sent again (within their trading day).
   */
  async checkNew(url: string, repeats = REPEATS): Promise<string[]> {
    const fresh = [...this.orders].slice(this.checkedCount);
    this.checkedCount = this.orders.size;
    const faults: string[] = [];
    await inParallel(fresh, async ([orderId, clientOrderId]) => {
      const http = this.clientOf(url, clientOrderId);
      const order = await available(() => http.call<Order>('GET', `/api/order/${orderId}`)).catch((error: unknown) => error as Error);
      if (order instanceof Error) faults.push(`${orderId} was acknowledged and is lost: ${order.message}`);
      else faults.push(...this.faultsOf(order, clientOrderId));
    });
    await inParallel(repeats === 0 ? [] : fresh.slice(-repeats), async ([orderId, clientOrderId]) => {
      const fault = await this.repeat(this.clientOf(url, clientOrderId), orderId, clientOrderId);
      if (fault !== undefined) faults.push(fault);
    });
    return shortened(faults);
  }

  /** Everything at the end: lists against what was told, and the money. `deposits` in currency units. */
  async checkAll(url: string, deposits: number): Promise<string[]> {
    const orders = (await this.listAll<Order>(url, (user) => `/api/order/user/${user}`, 'orders')).flat();
    const trades = (await this.listAll<UserTrade>(url, (user) => `/api/trades/user/${user}`, 'trades')).flat();
    this.storedCount = orders.length;
    const faults = [...this.checkOrders(orders), ...this.checkTrades(trades, orders)];
    faults.push(...(await this.checkMoney(url, trades, deposits)));
    return shortened(faults);
  }

  /** All accounts and positions as one text: two of them are equal only if every figure is. */
  async picture(url: string): Promise<string> {
    const parts = await Promise.all(
      this.users.map(async (user) => {
        const http = new HttpClient(url, user.token);
        const { accounts } = await http.call<{ accounts: Account[] }>('GET', `/api/user/${user.userId}/accounts`);
        const positions = await http.call<Position[]>('GET', `/api/position/${user.userId}`);
        // a snapshot keeps positions in another order than they were opened in
        const nameOf = ({ account_id, instrument_id }: Position): string => `${account_id} ${instrument_id}`;
        return { accounts, positions: positions.sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1)) };
      }),
    );
    return JSON.stringify(parts);
  }

  private faultsOf(order: Order, clientOrderId: string): string[] {
    const faults: string[] = [];
    if (order.client_order_id !== clientOrderId)
      faults.push(`${order.order_id} was ${clientOrderId} and is ${order.client_order_id ?? 'nameless'}`);
    if (this.cancelled.has(order.order_id) && order.status !== 'Cancelled')
      faults.push(`the cancel of ${order.order_id} was acknowledged, but it is ${order.status}`);
    return faults;
  }

  /** The same client order id once more must give the first order and no new one. */
  private async repeat(http: HttpClient, orderId: string, clientOrderId: string): Promise<string | undefined> {
    const order = await available(() => http.call<Order>('GET', `/api/order/${orderId}`)).catch(() => undefined);
    // Lost: that is a fault already.
    if (order === undefined) return undefined;
    const { account_id, instrument_id, direction, offset, volume, price } = order;
    const body = { account_id, instrument_id, direction, offset, volume, price, order_type: 'LIMIT', client_order_id: clientOrderId };
    const answer = await available(() => http.call<{ order_id: string }>('POST', '/api/order/submit', body));
    return answer.order_id === orderId ? undefined : `${orderId} sent again became ${answer.order_id}`;
  }

  private checkOrders(orders: readonly Order[]): string[] {
    const faults: string[] = [];
    const byId = new Map<string, Order>();
    const clientIds = new Set<string>();
    for (const order of orders) {
      if (byId.has(order.order_id)) faults.push(`${order.order_id} is listed twice`);
      byId.set(order.order_id, order);
      const name = `${order.account_id} ${order.client_order_id ?? ''}`;
      if (clientIds.has(name)) faults.push(`${name} became two orders`);
      clientIds.add(name);
      if (order.volume < order.filled_volume) faults.push(`${order.order_id} is filled beyond its volume`);
    }
    for (const [orderId, clientOrderId] of this.orders) {
      const order = byId.get(orderId);
      if (order === undefined) faults.push(`${orderId} was acknowledged and is not listed`);
      else faults.push(...this.faultsOf(order, clientOrderId));
    }
    const last = Math.max(0, ...orders.map(({ order_id }) => Number(order_id.slice(1))));
    this.idsMissing = last - byId.size;
    return faults;
  }

  private checkTrades(trades: readonly UserTrade[], orders: readonly Order[]): string[] {
    const faults: string[] = [];
    const sides = new Map<string, number>();
    const filled = new Map<string, number>();
    for (const { trade_id, order_id, volume } of trades) {
      const fill = `${trade_id} ${order_id}`;
      if (sides.has(fill)) faults.push(`${fill} is listed twice`);
      sides.set(fill, volume);
      filled.set(order_id, (filled.get(order_id) ?? 0) + volume);
    }
    for (const fill of this.fills) if (!sides.has(fill)) faults.push(`the fill ${fill} was reported and is not listed`);
    for (const { order_id, filled_volume } of orders) {
      const listed = filled.get(order_id) ?? 0;
      if (listed !== filled_volume) faults.push(`${order_id} is filled with ${filled_volume}, its trades with ${listed}`);
    }
    return faults;
  }

  /** Fees leave the accounts, profit and loss move between them: so balances and fees are what was deposited. */
  private async checkMoney(url: string, trades: readonly UserTrade[], deposits: number): Promise<string[]> {
    const faults: string[] = [];
    let total = trades.reduce((sum, { commission }) => sum + tenThousandths(commission), 0);
    const net = new Map<string, number>();
    for (const user of this.users) {
      const http = new HttpClient(url, user.token);
      const { accounts } = await available(() => http.call<{ accounts: Account[] }>('GET', `/api/user/${user.userId}/accounts`));
      for (const { balance } of accounts) total += tenThousandths(balance);
      for (const position of await available(() => http.call<Position[]>('GET', `/api/position/${user.userId}`))) {
        const { instrument_id, volume_long, volume_short } = position;
        net.set(instrument_id, (net.get(instrument_id) ?? 0) + volume_long - volume_short);
      }
    }
    if (total !== deposits * 10_000) faults.push(`balances and fees are ${total / 10_000}, deposits ${deposits}`);
    for (const [instrument, lots] of net) if (lots !== 0) faults.push(`${instrument}: long and short differ by ${lots} lots`);
    return faults;
  }

  private async listAll<Item>(url: string, pathOf: (userId: string) => string, key: string): Promise<Item[][]> {
    return await Promise.all(
      this.users.map(async (user) => {
        const http = new HttpClient(url, user.token);
        const items: Item[] = [];
        for (let page = 1; ; page++) {
          const path = `${pathOf(user.userId)}?page=${page}&page_size=${PAGE_SIZE}`;
          const answer = await available(() => http.call<Record<string, unknown>>('GET', path));
          items.push(...(answer[key] as Item[]));
          if (page * PAGE_SIZE >= Number(answer['total'])) return items;
        }
      }),
    );
  }

  /** Client order ids are `k<kill>-<user>-<request>`. */
  private clientOf(url: string, clientOrderId: string): HttpClient {
    return new HttpClient(url, this.users[Number(clientOrderId.split('-')[1])].token);
  }
}

/** A node of a cluster answers nothing while it is not sure of its place; that is no loss. */
async function available<T>(ask: () => Promise<T>): Promise<T> {
  const endMs = performance.now() + AVAILABLE_MS_MAX;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== 9005 || performance.now() > endMs) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, AVAILABLE_PAUSE_MS));
  }
}

async function inParallel<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < items.length) await work(items[next++]);
  };
  await Promise.all(Array.from({ length: Math.min(CONCURRENCY, items.length) }, lane));
}

function shortened(faults: readonly string[]): string[] {
  if (faults.length <= FAULTS_SHOWN) return [...faults];
  return [...faults.slice(0, FAULTS_SHOWN), `and ${faults.length - FAULTS_SHOWN} more`];
}

function tenThousandths(amount: number): number {
  return Math.round(amount * 10_000);
}
