/** Prints, K-lines and the market of staff by HTTP, from a real exchange that is restarted in between. */
import t from 'tap';
import { HttpClient } from '../../src/client/index.js';
import { ADMIN_PASSWORD, ADMIN_USERNAME, startServerFor, type TestServer } from '../support/server.js';

const PASSWORD = 'Market-Test-1';
/** Bars are those of the trades made here. */
const NO_PAST = { SIMULATED_BARS: '0' };

interface Kline {
  bar_no: number;
  volume: number;
  close: number;
  is_empty?: boolean;
  is_finished: boolean;
}

interface Trade {
  trade_id: string;
}

async function people(server: TestServer) {
  const admin = new HttpClient(server.url);
  await admin.login(ADMIN_USERNAME, ADMIN_PASSWORD);
  const accounts: string[] = [];
  const traders: HttpClient[] = [];
  for (const name of ['anna', 'ben']) {
    const http = new HttpClient(server.url);
    const { account_id: accountId } = await http.register(name, PASSWORD);
    await http.login(name, PASSWORD);
    await http.call('POST', '/api/account/deposit', { account_id: accountId, amount: 10_000_000 });
    accounts.push(accountId);
    traders.push(http);
  }
  const deal = async (price: number, volume: number): Promise<void> => {
    const order = { instrument_id: 'SHFE.rb', offset: 'OPEN', order_type: 'LIMIT', price, volume };
    await traders[0].call('POST', '/api/order/submit', { ...order, account_id: accounts[0], direction: 'BUY' });
    await traders[1].call('POST', '/api/order/submit', { ...order, account_id: accounts[1], direction: 'SELL' });
  };
  return { admin, traders, accounts, deal };
}

t.test('what was traded can be asked for, by everybody in their own way', async (t) => {
  const server = await startServerFor(t, { env: NO_PAST });
  const { admin, traders, accounts, deal } = await people(server);
  await deal(3500, 2);
  await deal(3510, 1);
  await deal(3505, 4);
  await traders[0].call('POST', '/api/order/submit', {
    ...{ account_id: accounts[0], instrument_id: 'SHFE.rb', direction: 'BUY', offset: 'OPEN', order_type: 'LIMIT', price: 3490, volume: 7 },
  });
  const stranger = new HttpClient(server.url);

  const history = await traders[0].call<{ count: number; ticks: Record<string, unknown>[] }>(
    'GET',
    '/api/data/history/ticks?instrument_id=rb',
  );
  t.equal(history.count, 3);
  t.match(history.ticks, [
    { trade_id: 'T0000000000000003', last_price: 3505, volume: 7, trade_volume: 4, direction: 'SELL' },
    { trade_id: 'T0000000000000002', last_price: 3510, volume: 3, turnover: 105_100 },
    { trade_id: 'T0000000000000001', last_price: 3500, volume: 2, open_interest: 2, bid_price: 3500 },
  ]);
  const { ticks } = await traders[0].call<{ ticks: { timestamp: number }[] }>('GET', '/api/data/history/ticks?instrument_id=rb&limit=1');
  t.equal(ticks.length, 1);
  await t.rejects(stranger.call('GET', '/api/data/history/ticks?instrument_id=rb'), { code: 9002 });

  const day = await stranger.call<{ klines: Kline[]; period: number }>('GET', '/api/market/kline/SHFE.rb?period=0');
  t.match(day, { symbol: 'SHFE.rb', period: 0, klines: [{ open: 3500, high: 3510, low: 3500, close: 3505, volume: 7, amount: 245_300 }] });
  const { klines } = await stranger.call<{ klines: Kline[] }>('GET', '/api/market/kline/rb?period=3s&count=2000');
  t.equal(
    klines.reduce((sum, { volume }) => sum + volume, 0),
    7,
  );
  t.ok(klines.every(({ is_empty: isEmpty, volume }) => (volume === 0) === (isEmpty === true)));
  await t.rejects(stranger.call('GET', '/api/market/kline/rb?period=9m'), { code: 9008 });
  await t.rejects(stranger.call('GET', '/api/market/kline/nothing'), { code: 1007 });
  const many = await traders[0].call<{ instrument_id: string; count: number }[]>(
    'GET',
    '/api/data/history/klines?instruments=rb,SHFE.cu&period=1m',
  );
  t.match(many, [{ instrument_id: 'SHFE.rb' }, { instrument_id: 'SHFE.cu', count: 0 }]);

  const all = await admin.call<{ trades: Trade[]; total: number }>('GET', '/admin/market/trades?page_size=2');
  t.match(all, {
    total: 3,
    page: 1,
    page_size: 2,
    trades: [{ trade_id: 'T0000000000000003', buy_account_id: accounts[0], sell_account_id: accounts[1] }, {}],
  });
  const second = await admin.call<{ trades: Trade[] }>('GET', '/admin/market/trades?page_size=2&page=2&instrument_id=rb');
  t.match(second.trades, [{ trade_id: 'T0000000000000001' }]);
  t.match(await admin.call('GET', `/admin/market/trades?account_id=${accounts[0]}&start_time=0`), { total: 3 });
  t.match(await admin.call('GET', '/admin/market/trades?end_time=1'), { total: 0, trades: [] });
  await t.rejects(traders[0].call('GET', '/admin/market/trades'), { code: 9006 });
  t.match(await admin.call('GET', '/admin/market/orderbook/rb'), { bids: [{ price: 3490, volume: 7, order_count: 1 }], asks: [] });
  t.match(await admin.call('GET', '/admin/market/depth/rb?levels=1'), { bids: [{ price: 3490, cumulative_volume: 7 }], asks: [] });
  t.match(await admin.call('GET', '/admin/market/statistics'), {
    total_orders: 1,
    total_bids: 1,
    total_trades: 3,
    total_volume: 7,
    open_interest: 7,
  });
  const active = await admin.call<{ instrument_id: string }[]>('GET', '/admin/market/instruments/active');
  t.match(
    active.find(({ instrument_id: id }) => id === 'SHFE.rb'),
    { last_price: 3505, volume: 7, open_interest: 7 },
  );
});
