/** Sends orders over a socket without waiting for answers, and remembers which were acknowledged. */
import { ApiError, connect, type JsonClient } from '../../src/client/index.js';
import { HttpClient, type Trader } from './http-client.js';
import type { TestServer } from './server.js';

export class OrderSender {
  /** Ids of acknowledged orders. */
  readonly acknowledged: string[] = [];
  /** Codes of refused ones. */
  readonly refusals: number[] = [];
  sentCount = 0;

  private constructor(
    readonly http: HttpClient,
    readonly trader: Trader,
    private readonly socket: JsonClient,
  ) {}

  static async open(server: TestServer, username: string): Promise<OrderSender> {
    const http = new HttpClient(server.url);
    const trader = await http.trader(username, 500_000_000);
    return new OrderSender(http, trader, await connect(server.wsUrl, { token: trader.token }));
  }

  /** One lot far below the market. */
  send(): void {
    this.sentCount++;
    const order = {
      account_id: this.trader.accountId,
      instrument_id: 'CFFEX.IF',
      direction: 'BUY',
      offset: 'OPEN',
      volume: 1,
      price: 3790,
    };
    this.socket.request({ type: 'submit_order', ...order, order_type: 'LIMIT' }).then(
      (answer) => this.acknowledged.push(String(answer['order_id'])),
      (error: unknown) => {
        if (error instanceof ApiError) this.refusals.push(error.code);
      },
    );
  }

  /** Sends one after the other until `condition` holds. */
  async sendUntil(what: string, condition: () => boolean): Promise<void> {
    for (let tries = 0; tries < 2000; tries++) {
      if (condition()) return;
      this.send();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error(`it never came about that ${what}`);
  }

  async sendAndWait(count: number): Promise<void> {
    const wanted = this.acknowledged.length + count;
    for (let sent = 0; sent < count; sent++) this.send();
    for (let look = 0; look < 2000 && this.acknowledged.length < wanted; look++) await new Promise((resolve) => setTimeout(resolve, 10));
    if (this.acknowledged.length < wanted) throw new Error(`${wanted - this.acknowledged.length} of ${count} orders were not acknowledged`);
  }

  /** Of the acknowledged orders those that the exchange at `url` does not know. */
  async missingAt(url: string): Promise<string[]> {
    const http = new HttpClient(url);
    const missing: string[] = [];
    for (const id of this.acknowledged) {
      const { code, data } = await http.call('GET', `/api/order/${id}`, { token: this.trader.token });
      if (code !== 0 || data['order_id'] !== id) missing.push(id);
    }
    http.close();
    return missing;
  }

  close(): void {
    this.http.close();
    void this.socket.close();
  }
}
