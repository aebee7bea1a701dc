/** Places conditional orders that are met at once while an exchange is killed, and holds what has become of them against what was acknowledged. */
import { HttpClient, type Order } from '../../src/client/index.js';
import type { LoadUser } from '../../src/cli/load/load-accounts.js';
import type { LoadInstrument } from '../../src/cli/load/order-mix.js';

/** Of one user in one life of the exchange. */
const PLACED_MAX = 40;
const PAGE_SIZE = 100;
/** The last ones are submitted right after the start. */
const LOOK_MS = 50;
const LOOKS_MAX = 100;

interface ConditionalOrder {
  conditional_order_id: string;
  status: string;
  result_order_id?: string;
}

export class ConditionalWitness {
  /** Acknowledged ones. */
  readonly placed = new Set<string>();
  sentCount = 0;

  constructor(private readonly users: readonly LoadUser[]) {}

  /** Each user places one after the other until `over`, or until the exchange is gone. */
  async place(url: string, { instrumentId, prices }: LoadInstrument, over: AbortSignal): Promise<void> {
    // any price meets the condition, and the order rests far below the market
    const terms = {
      ...{ instrument_id: instrumentId, direction: 'BUY', offset: 'OPEN', volume: 1, order_type: 'LIMIT', limit_price: Number(prices[0]) },
      ...{ condition_type: 'PRICE_TOUCH', trigger_condition: 'GE', trigger_price: Number(prices[0]), fire_if_true: true },
    };
    const placeOf = async (user: LoadUser): Promise<void> => {
      const http = new HttpClient(url, user.token);
      for (let count = 0; count < PLACED_MAX && !over.aborted; count++) {
        this.sentCount++;
        const answer = await http.call<ConditionalOrder>('POST', '/api/order/conditional', { account_id: user.accounts[0], ...terms });
        this.placed.add(answer.conditional_order_id);
      }
    };
    // a request that the kill cuts off was not acknowledged
    await Promise.allSettled(this.users.map(placeOf));
  }

  /** What was acknowledged is there and has become one order, which names it. */
  async check(url: string): Promise<string[]> {
    const found = new Map<string, ConditionalOrder>();
    const faults: string[] = [];
    for (const user of this.users) {
      const http = new HttpClient(url, user.token);
      for (const conditional of await this.settled(http, user.accounts[0])) {
        const { conditional_order_id: id, status, result_order_id: orderId } = conditional;
        if (found.has(id)) faults.push(`${id} is listed twice`);
        found.set(id, conditional);
        if (status !== 'TRIGGERED' || orderId === undefined) faults.push(`${id} was met and is ${status}`);
        else if ((await http.call<Order>('GET', `/api/order/${orderId}`)).client_order_id !== id)
          faults.push(`${orderId} is not that of ${id}`);
      }
    }
    for (const id of this.placed) if (!found.has(id)) faults.push(`${id} was acknowledged and is lost`);
    return faults;
  }

  private async settled(http: HttpClient, account: string): Promise<ConditionalOrder[]> {
    for (let look = 0; ; look++) {
      const conditionals = await this.list(http, account);
      if (look === LOOKS_MAX || conditionals.every(({ status }) => status !== 'PENDING')) return conditionals;
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  }

  private async list(http: HttpClient, account: string): Promise<ConditionalOrder[]> {
    const conditionals: ConditionalOrder[] = [];
    for (let page = 1; ; page++) {
      const path = `/api/order/conditional/list?account_id=${account}&page=${page}&page_size=${PAGE_SIZE}`;
      const { orders, total } = await http.call<{ orders: ConditionalOrder[]; total: number }>('GET', path);
      conditionals.push(...orders);
      if (page * PAGE_SIZE >= total) return conditionals;
    }
  }
}
