/** A market with a steady pulse: so many trades a second, and levels of the book that come and go beside them. */
import { setTimeout } from 'node:timers/promises';
import { connect, HttpClient, type JsonClient } from '../../src/client/index.js';

const INSTRUMENT = 'SHFE.rb';
const MIDDLE = 3500;
const CASH = 500_000_000;
/** Orders that rest beyond the best prices at any time. */
const RESTING = 16;

interface Seat {
  readonly account: string;
  readonly client: JsonClient;
}

export class BusyBook {
  private beating: Promise<void> | undefined;
  private isOver = false;
  private turn = 0;
  private trades = 0;
  private readonly resting: { readonly seat: Seat; readonly id: string }[] = [];

  private constructor(private readonly seats: readonly Seat[]) {}

  static async open(url: string, wsUrl: string): Promise<BusyBook> {
    const seats = ['busy_one', 'busy_two'].map(async (name): Promise<Seat> => {
      const http = new HttpClient(url);
      const { account_id: account } = await http.register(name, 'seven-blue-boats');
      const { token } = await http.login(name, 'seven-blue-boats');
      await http.call('POST', '/api/account/deposit', { account_id: account, amount: CASH });
      return { account, client: await connect(wsUrl, { token }) };
    });
    return new BusyBook(await Promise.all(seats));
  }

  /** `rate` trades per second from now on, one after the other. */
  beat(rate: number): void {
    this.beating = this.keepBeat(rate);
    // said by stop()
    this.beating.catch(() => undefined);
  }

  /** How many trades there were since the last question. */
  takeCount(): number {
    const count = this.trades;
    this.trades = 0;
    return count;
  }

  /** @throws what ended the beat before its time. */
  async stop(): Promise<void> {
    this.isOver = true;
    try {
      await this.beating;
    } finally {
      await Promise.all(this.seats.map(({ client }) => client.close()));
    }
  }

  private async keepBeat(rate: number): Promise<void> {
    const fromMs = performance.now();
    for (let beat = 1; !this.isOver; beat++) {
      await this.trade();
      const dueMs = fromMs + (beat * 1000) / rate;
      if (dueMs > performance.now()) await setTimeout(dueMs - performance.now());
    }
  }

  /** A lot goes from one to the other, and with the next turn back; now and then a level comes, and an older one goes. */
  private async trade(): Promise<void> {
    const turn = this.turn++;
    const offset = turn % 2 === 0 ? 'OPEN' : 'CLOSETODAY';
    const [buyer, seller] = turn % 2 === 0 ? this.seats : this.seats.toReversed();
    const price = MIDDLE + ((turn >> 4) % 3);
    await this.order(buyer, 'BUY', offset, price);
    await this.order(seller, 'SELL', offset, price);
    this.trades++;
    if (turn % 2 !== 0) return;
    const side = turn % 4 === 0 ? 'BUY' : 'SELL';
    const beyond = 4 + ((turn >> 2) % (RESTING / 2));
    const { order_id: id } = await this.order(buyer, side, 'OPEN', MIDDLE + (side === 'BUY' ? -beyond : beyond));
    if (id !== null) this.resting.push({ seat: buyer, id });
    if (this.resting.length <= RESTING) return;
    const { seat, id: oldest } = this.resting.shift()!;
    await seat.client.cancelOrder(seat.account, oldest);
  }

  private async order({ account, client }: Seat, direction: 'BUY' | 'SELL', offset: 'OPEN' | 'CLOSETODAY', price: number) {
    const terms = { account_id: account, instrument_id: INSTRUMENT, direction, offset, price, volume: 1 };
    return await client.submitOrder({ ...terms, order_type: 'LIMIT' });
  }
}
