/**
 * The core flow as a story of two traders, through the public interfaces only.
 *
 * The figures are worked out by hand for the demo contract CFFEX.IF: 300 per point, 12 % margin, fee 0.0023 % of the
 * turnover, 0.0345 % for lots closed on the day they were opened.
 *
 *   fee of 2 lots at 3806       3806 × 300 × 2 × 0.000023 = 52.5228
 *   margin of 2 lots at 3806    3806 × 300 × 2 × 0.12     = 274 032
 *   frozen for 1 lot at 3800    3800 × 300 × 0.12 = 136 800, fee 3800 × 300 × 0.000023 = 26.22
 *   closing 1 lot at 3800       profit (3806 − 3800) × 300 = 1800, fee 3800 × 300 × 0.000345 = 393.3
 */
import { ApiError, connect, HttpClient, type Account, type Instrument, type JsonClient, type Order } from '../../client/index.js';
import type { OrderBook, OrderRequest, Position, ServerMessage, UserTrade } from '../../client/index.js';
import type { Narrator } from './narrator.js';

const INSTRUMENT = 'CFFEX.IF';
const PASSWORD = 'Two-Traders-2026';
const DEPOSIT = 1_000_000;

interface Trader {
  readonly name: string;
  readonly http: HttpClient;
  readonly userId: string;
  readonly token: string;
  accountId: string;
}

interface Desk extends Trader {
  readonly socket: JsonClient;
}

/** `url` and `wsUrl` of an exchange that nobody has used yet. */
export async function tellStory(url: string, wsUrl: string, narrator: Narrator): Promise<void> {
  const alice = await register(url, 'alice', narrator, 'Alice and Bob register, log in and look at the market');
  const bob = await register(url, 'bob', narrator);
  await lookAround(alice, narrator);
  await fund(alice, bob, narrator);
  const desks = [await sit(alice, wsUrl), await sit(bob, wsUrl)] as const;
  try {
    const resting = await trade(...desks, narrator);
    await inspect(...desks, narrator);
    await refuse(...desks, narrator);
    await cancel(desks[0], resting, narrator);
    await close(...desks, narrator);
    await balanceTheBooks(...desks, narrator);
  } finally {
    for (const { socket } of desks) await socket.close();
  }
}

async function register(url: string, name: string, narrator: Narrator, title?: string): Promise<Trader> {
  if (title !== undefined) narrator.step(title);
  const http = new HttpClient(url);
  const registered = await http.register(name, PASSWORD);
  const login = await http.login(name, PASSWORD);
  narrator.say(`${name} is user ${login.user_id} with account ${registered.account_id}`);
  narrator.check(`${name} logs in as the registered user`, login.user_id, registered.user_id);
  return { name, http, userId: login.user_id, token: login.token, accountId: registered.account_id };
}

async function lookAround({ http }: Trader, narrator: Narrator): Promise<void> {
  const instruments = await http.call<Instrument[]>('GET', '/api/market/instruments');
  const instrument = instruments.find(({ instrument_id }) => instrument_id === INSTRUMENT);
  if (instrument === undefined) throw new Error(`the exchange does not list ${INSTRUMENT}`);
  narrator.say(`${instruments.length} instruments are listed; they trade ${INSTRUMENT}`);
  narrator.checkFields(INSTRUMENT, instrument, {
    contract_multiplier: 300,
    price_tick: 0.2,
    margin_rate: 0.12,
    commission_rate: 0.000023,
    pre_settlement: 3800,
    upper_limit: 4180,
    lower_limit: 3420,
  });
}

async function fund(alice: Trader, bob: Trader, narrator: Narrator): Promise<void> {
  narrator.step('Alice opens a second account for this; both deposit a million');
  const body = { user_name: 'index desk', init_cash: 0, account_type: 'individual', password: PASSWORD };
  const opened = await alice.http.call<{ account_id: string }>('POST', '/api/account/open', body);
  alice.accountId = opened.account_id;
  const accounts = await alice.http.call<{ total: number }>('GET', `/api/user/${alice.userId}/accounts`);
  narrator.check('accounts of alice', accounts.total, 2);
  for (const { name, http, accountId } of [alice, bob]) {
    const funds = await http.call<Account>('POST', '/api/account/deposit', { account_id: accountId, amount: DEPOSIT });
    narrator.checkFields(name, funds, { balance: DEPOSIT, available: DEPOSIT });
  }
}

async function sit(trader: Trader, wsUrl: string): Promise<Desk> {
  return { ...trader, socket: await connect(wsUrl, { token: trader.token }) };
}

/** Gives the id of the order of Alice that keeps resting. */
async function trade(alice: Desk, bob: Desk, narrator: Narrator): Promise<string> {
  narrator.step('Bob bids for 2 lots at 3806');
  const bid = await bob.socket.submitOrder(orderOf(bob, 'BUY', 'OPEN', 2, 3806));
  narrator.check('state of the bid', bid.status, 'Submitted');
  narrator.checkFields('bob', await accountOf(bob), {
    frozen_margin: 274_032,
    frozen_commission: 52.5228,
    available: 725_915.4772,
  });

  narrator.step('Alice offers 3 lots at 3800: two trade at the bid, one rests');
  const offer = await alice.socket.submitOrder(orderOf(alice, 'SELL', 'OPEN', 3, 3800));
  const status = await orderStatus(alice, offer.order_id!, 'PartiallyFilled');
  narrator.checkFields('offer', status, { filled_volume: 2, remaining_volume: 1 });
  const reports = [
    [alice, true],
    [bob, false],
  ] as const;
  for (const [desk, isTaker] of reports) {
    const report = await desk.socket.inbox.take('trade');
    narrator.checkFields(`trade report of ${desk.name}:`, report, { price: 3806, volume: 2, commission: 52.5228, is_taker: isTaker });
  }
  await orderStatus(bob, bid.order_id!, 'Filled');
  return offer.order_id!;
}

async function inspect(alice: Desk, bob: Desk, narrator: Narrator): Promise<void> {
  narrator.step('Money, positions and the market after the trade');
  narrator.checkFields('alice', await accountOf(alice), {
    balance: 999_947.4772,
    margin: 274_032,
    frozen_margin: 136_800,
    frozen_commission: 26.22,
    available: 589_089.2572,
    risk_ratio: 0.274046,
  });
  narrator.checkFields('bob', await accountOf(bob), { balance: 999_947.4772, margin: 274_032, frozen: 0, available: 725_915.4772 });
  narrator.checkFields('alice', await positionOf(alice), { volume_short: 2, volume_long: 0, cost_short: 3806 });
  narrator.checkFields('bob', await positionOf(bob), { volume_long: 2, volume_short: 0, cost_long: 3806 });
  const book = await alice.http.call<OrderBook>('GET', `/api/market/orderbook/${INSTRUMENT}`);
  narrator.check('last price', book.last_price, 3806);
  narrator.check('bids in the book', book.bids.length, 0);
  narrator.checkFields('best offer:', book.asks[0] ?? {}, { price: 3800, volume: 1, order_count: 1 });
}

async function refuse(alice: Desk, bob: Desk, narrator: Narrator): Promise<void> {
  narrator.step('The exchange refuses what cannot be');
  const attempts: [what: string, order: OrderRequest, code: number][] = [
    ['a price between two ticks', orderOf(alice, 'SELL', 'OPEN', 1, 3800.1), 1012],
    ['a price above the daily limit', orderOf(alice, 'SELL', 'OPEN', 1, 4180.2), 1013],
    ['closing more than she holds', orderOf(alice, 'BUY', 'CLOSE', 3, 3800), 2005],
    ['more than half of her money in one contract', orderOf(alice, 'SELL', 'OPEN', 4, 3800), 1002],
    ["an order for bob's account", { ...orderOf(alice, 'SELL', 'OPEN', 1, 3800), account_id: bob.accountId }, 9006],
  ];
  for (const [what, order, code] of attempts)
    narrator.check(what, await outcomeOf(alice.socket.submitOrder(order)), `refused with ${code}`);
  narrator.check('alice available, unchanged', (await accountOf(alice)).available, 589_089.2572);
}

async function cancel(alice: Desk, orderId: string, narrator: Narrator): Promise<void> {
  narrator.step('Alice cancels what still rests');
  const answer = await alice.socket.cancelOrder(alice.accountId, orderId);
  narrator.check('state of the offer', answer.status, 'Cancelled');
  narrator.checkFields('offer', await alice.http.call<Order>('GET', `/api/order/${orderId}`), { filled_volume: 2, status: 'Cancelled' });
  narrator.checkFields('alice', await accountOf(alice), { frozen_margin: 0, frozen_commission: 0, available: 725_915.4772 });
  narrator.check('cancelling it again', await outcomeOf(alice.socket.cancelOrder(alice.accountId, orderId)), 'refused with 3002');
}

async function close(alice: Desk, bob: Desk, narrator: Narrator): Promise<void> {
  narrator.step('Both close one lot at 3800, Bob over HTTP');
  await alice.socket.submitOrder(orderOf(alice, 'BUY', 'CLOSE', 1, 3800));
  const sold = await bob.http.call<{ status: string; filled_volume: number }>(
    'POST',
    '/api/order/submit',
    orderOf(bob, 'SELL', 'CLOSE', 1, 3800),
  );
  narrator.checkFields("bob's order", sold, { status: 'filled', filled_volume: 1 });
  await alice.socket.inbox.take('trade');
  narrator.checkFields('alice', await accountOf(alice), {
    profit: 1800,
    position_profit: 1800,
    balance: 1_003_154.1772,
    margin: 137_016,
    available: 866_138.1772,
  });
  narrator.checkFields('bob', await accountOf(bob), {
    profit: -1800,
    position_profit: -1800,
    balance: 995_954.1772,
    margin: 137_016,
    available: 858_938.1772,
  });
}

async function balanceTheBooks(alice: Desk, bob: Desk, narrator: Narrator): Promise<void> {
  narrator.step('Every cent is somewhere');
  let balances = 0;
  let fees = 0;
  for (const desk of [alice, bob]) {
    const { trades } = await desk.http.call<{ trades: UserTrade[] }>('GET', `/api/trades/account/${desk.accountId}`);
    narrator.check(`trades of ${desk.name}`, trades.length, 2);
    fees += trades.reduce((sum, { commission }) => sum + tenThousandths(commission), 0);
    balances += tenThousandths((await accountOf(desk)).balance);
  }
  narrator.check('all fees', fees / 10_000, 891.6456);
  narrator.check('all balances and fees together', (balances + fees) / 10_000, 2 * DEPOSIT);
}

function orderOf(trader: Trader, direction: 'BUY' | 'SELL', offset: 'OPEN' | 'CLOSE', volume: number, price: number): OrderRequest {
  return { account_id: trader.accountId, instrument_id: INSTRUMENT, direction, offset, volume, price, order_type: 'LIMIT' };
}

async function orderStatus(desk: Desk, orderId: string, status: string): Promise<ServerMessage> {
  return await desk.socket.inbox.take('order_status', (message) => message.order_id === orderId && message.status === status);
}

async function accountOf({ http, accountId }: Trader): Promise<Account> {
  return await http.call<Account>('GET', `/api/account/${accountId}`);
}

async function positionOf({ http, accountId }: Trader): Promise<Position> {
  const positions = await http.call<Position[]>('GET', `/api/position/account/${accountId}`);
  if (positions.length !== 1) throw new Error(`expected one position of ${accountId}, got ${positions.length}`);
  return positions[0];
}

async function outcomeOf(attempt: Promise<unknown>): Promise<string> {
  try {
    await attempt;
    return 'accepted';
  } catch (error) {
    if (error instanceof ApiError) return `refused with ${error.code}`;
    throw error;
  }
}

function tenThousandths(amount: number): number {
  return Math.round(amount * 10_000);
}
