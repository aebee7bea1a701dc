/** People of an exchange as it knows them: what the clicks of a test have come to is asked of it. */
import { HttpClient } from '../../../src/client/index.js';

export const PASSWORD = 'seven-blue-boats';

export interface OrderView {
  readonly order_id: string;
  readonly status: string;
  readonly price: number;
  readonly volume: number;
  readonly filled_volume: number;
  readonly direction: string;
  readonly offset: string;
  readonly order_type: string;
}

export interface PositionView {
  readonly instrument_id: string;
  readonly volume_long: number;
  readonly volume_short: number;
}

export interface AccountView {
  readonly account_id: string;
  readonly account_name: string;
  readonly balance: number;
  readonly status: string;
}

/** One user, asked over HTTP. */
export class Desk {
  private constructor(
    readonly http: HttpClient,
    readonly username: string,
    readonly userId: string,
    readonly account: string,
  ) {}

  /** Registers somebody and pays into his account. */
  static async register(url: string, username: string, cash = 0): Promise<Desk> {
    const http = new HttpClient(url);
    const { user_id: userId, account_id: account } = await http.register(username, PASSWORD);
    await http.login(username, PASSWORD);
    const desk = new Desk(http, username, userId, account);
    if (cash > 0) await http.call('POST', '/api/account/deposit', { account_id: account, amount: cash });
    return desk;
  }

  /** Whoever has registered already. */
  static async of(url: string, username: string, password = PASSWORD): Promise<Desk> {
    const http = new HttpClient(url);
    const { user_id: userId } = await http.login(username, password);
    const { account_ids: accounts } = await http.call<{ account_ids: string[] }>('GET', '/api/auth/me');
    return new Desk(http, username, userId, accounts[0]);
  }

  /** A limit order that rests, or takes what it finds. */
  async order(instrument: string, direction: 'BUY' | 'SELL', price: number, volume: number, offset = 'OPEN'): Promise<string> {
    const terms = { account_id: this.account, instrument_id: instrument, direction, offset, order_type: 'LIMIT', price, volume };
    return (await this.http.call<{ order_id: string }>('POST', '/api/order/submit', terms)).order_id;
  }

  /** Newest first. */
  async orders(): Promise<readonly OrderView[]> {
    return (await this.http.call<{ orders: OrderView[] }>('GET', `/api/order/user/${this.userId}?page_size=100`)).orders;
  }

  async working(): Promise<readonly OrderView[]> {
    return (await this.orders()).filter(({ status }) => status === 'Submitted' || status === 'PartiallyFilled');
  }

  /** Lots of an instrument, long and short. */
  async lots(instrument: string): Promise<readonly [long: number, short: number]> {
    const held = await this.http.call<PositionView[]>('GET', `/api/position/account/${this.account}`);
    const one = held.find(({ instrument_id: id }) => id === instrument);
    return [one?.volume_long ?? 0, one?.volume_short ?? 0];
  }

  async accounts(): Promise<readonly AccountView[]> {
    return (await this.http.call<{ accounts: AccountView[] }>('GET', `/api/user/${this.userId}/accounts`)).accounts;
  }

  async balance(account = this.account): Promise<number> {
    return (await this.accounts()).find(({ account_id: id }) => id === account)!.balance;
  }
}
