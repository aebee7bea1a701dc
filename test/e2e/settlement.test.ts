/**
 * A trading day is settled from outside: prices by hand and as CSV, a dry run, the run itself, what it leaves for owners and
 * staff; and an exchange that is killed before, inside and after it.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { HttpClient, type HttpAnswer, type Trader } from '../support/http-client.js';
import { ADMIN_PASSWORD, ADMIN_USERNAME, startServer, startServerFor, type TestServer } from '../support/server.js';

const IF = 'CFFEX.IF';

class Desk {
  constructor(
    readonly client: HttpClient,
    readonly admin: string,
  ) {}

  static async open(t: Test, server: TestServer): Promise<Desk> {
    const client = new HttpClient(server.url);
    t.teardown(() => client.close());
    return new Desk(client, await client.login(ADMIN_USERNAME, ADMIN_PASSWORD));
  }

  post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<HttpAnswer> {
    return this.client.call('POST', path, { token: this.admin, body, headers });
  }

  get(path: string, token = this.admin): Promise<HttpAnswer> {
    return this.client.call('GET', path, { token });
  }

  price(price: number | null, instrument = IF): Promise<HttpAnswer> {
    return this.post('/admin/settlement/set-price', { instrument_id: instrument, settlement_price: price });
  }

  execute(body: object = {}): Promise<HttpAnswer> {
    return this.post('/admin/settlement/execute', body);
  }

  order(trader: Trader, direction: string, volume: number, price: number, fields: object = {}): Promise<HttpAnswer> {
    const body = { account_id: trader.accountId, instrument_id: IF, direction, offset: 'OPEN', order_type: 'LIMIT', volume, price };
    return this.client.call('POST', '/api/order/submit', { token: trader.token, body: { ...body, ...fields } });
  }

  async balances(...traders: Trader[]): Promise<number[]> {
    const answers = await Promise.all(traders.map((trader) => this.get(`/api/account/${trader.accountId}`, trader.token)));
    return answers.map(({ data }) => data['balance'] as number);
  }

  async tradingDay(): Promise<string> {
    return String((await this.execute({ dry_run: true })).data['settlement_date']);
  }
}

/** To the fourth decimal, as amounts are shown. */
function rounded(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}

async function temporaryFolder(t: Test): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'qaexchange-settlement-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

t.test('prices, a dry run, the run, and what it leaves', async (t) => {
  const desk = await Desk.open(t, await startServerFor(t));
  const buyer = await desk.client.trader('buyer', 1_000_000);
  const seller = await desk.client.trader('seller', 1_000_000);
  await desk.order(seller, 'SELL', 2, 3800);
  t.match((await desk.order(buyer, 'BUY', 2, 3800)).data, { status: 'filled' });
  const commission = rounded(1_000_000 - (await desk.balances(buyer))[0]);
  const missing = await desk.execute();
  t.match(missing, { status: 409, code: 6001, details: [{ field: IF }] });
  const first = await desk.price(3790);
  t.match(first, { status: 200, data: { instrument_id: IF, settlement_price: 3790 } });
  const day = String(first.data['date']);
  t.match((await desk.get('/admin/instrument/IF')).data, { settlement_price: 3790, open_interest: 2 });

  t.match(await desk.price(1, 'CFFEX.no'), { status: 404, code: 1007 });
  t.match(await desk.price(0), { status: 400, code: 9008 });
  t.match(await desk.post('/admin/settlement/batch-set-prices', { prices: [] }), { status: 400, code: 9008 });
  const twice = [IF, 'IF'].map((instrument_id) => ({ instrument_id, settlement_price: 3800 }));
  t.match(await desk.post('/admin/settlement/batch-set-prices', { prices: twice }), { status: 400, code: 9008 });
  const csv = 'instrument_id,settlement_price\r\nIF,3810.4\r\n"SHFE.rb",3500\r\n';
  t.match(await desk.post('/api/admin/settlement/batch-set-prices', csv, { 'content-type': 'text/csv; charset=utf-8' }), {
    data: { count: 2 },
  });
  t.match(await desk.post('/admin/settlement/batch-set-prices', { csv: 'IF;1' }), { status: 400, code: 9008 });
  // larger than any other route takes
  const long = `${csv}${'\n'.repeat(200_000)}`;
  t.match(await desk.post('/admin/settlement/batch-set-prices', { csv: long }), { status: 200, data: { count: 2 } });
  t.match(await desk.post('/admin/settlement/batch-set-prices', ' '.repeat(11 * 1024 * 1024), { 'content-type': 'text/csv' }), {
    code: 9010,
  });
  t.match(await desk.client.call('POST', '/admin/settlement/execute', { token: buyer.token, body: {} }), { status: 403, code: 9006 });
  t.match(await desk.execute({ date: '2001-01-01' }), { status: 400, code: 9008 });
  t.match(await desk.execute({ date: 'today' }), { status: 400, code: 9008 });

  const dry = await desk.execute({ dry_run: true, prices: [{ instrument_id: IF, settlement_price: 2000 }] });
  const loss = (2000 - 3800) * 300 * 2;
  t.match(dry.data, {
    accounts: [
      { account_id: buyer.accountId, profit: loss },
      { account_id: seller.accountId, profit: -loss },
    ],
    margin_calls: [{ account_id: buyer.accountId }],
    liquidations: [{ account_id: buyer.accountId, positions: [{ instrument_id: IF, direction: 'SELL', volume: 2 }] }],
  });
  const profit = rounded((3810.4 - 3800) * 300 * 2);
  const settled = await desk.execute({ date: day });
  t.match(settled, {
    status: 200,
    data: { settlement_date: day, total_accounts: 2, settled_accounts: 2, failed_accounts: 0, total_profit: 0 },
  });
  t.equal(settled.data['total_gain'], profit);
  t.match(await desk.execute({ date: day }), { status: 409, code: 6004 });
  t.same(await desk.balances(buyer, seller), [1_000_000 - commission + profit, 1_000_000 - commission - profit].map(rounded));
  t.match((await desk.get('/admin/instrument/IF')).data, { pre_settlement: 3810.4, settlement_price: undefined, pre_open_interest: 2 });

  const path = `/api/data/settlement/statement?account_id=${buyer.accountId}&date=${day}`;
  const statement = await desk.get(path, buyer.token);
  t.match(statement.data, {
    pre_balance: 0,
    deposit: 1_000_000,
    position_profit: profit,
    commission,
    positions: [{ instrument_id: IF, direction: 'LONG', volume: 2, avg_price: 3800, settlement_price: 3810.4, pnl: profit }],
    trades: [{ instrument_id: IF, direction: 'BUY', offset: 'OPEN', price: 3800, volume: 2, commission }],
  });
  t.match(await desk.get(path, seller.token), { status: 403, code: 9006 });
  t.match(await desk.get(path.replace(day, '2001-01-01'), buyer.token), { status: 404, code: 9007 });
  t.match((await desk.get('/admin/settlement/history')).data, [{ settlement_date: day }]);
  t.same((await desk.get('/admin/settlement/history?end_date=2001-01-01')).data, []);
  const detail = (await desk.get(`/api/admin/settlement/detail/${day}?page_size=1&page=2`)).data;
  t.match(detail, {
    settlement_date: day,
    total: 2,
    page: 2,
    accounts: [{ account_id: seller.accountId, position_profit: -profit, force_close: false }],
  });
  t.match(detail, { instruments: [{ instrument_id: IF, settlement_price: 3810.4, volume: 2, open: 3800 }, { instrument_id: 'SHFE.rb' }] });
  t.match(await desk.get('/admin/settlement/result/2001-01-01'), { status: 404, code: 9007 });
  const curve = (await desk.get(`/api/account/${buyer.userId}/equity-curve`, buyer.token)).data;
  t.match(curve, {
    userId: buyer.userId,
    accounts: [
      {
        accountId: buyer.accountId,
        points: [{ date: day, trade_count: 1, commission, drawdown: 0 }],
        statistics: { profitDays: 1, winRate: 1 },
      },
    ],
  });
  t.match((await desk.order(buyer, 'SELL', 2, 3820, { offset: 'CLOSE' })).data, { status: 'submitted' }, 'trading goes on');
});

t.test('killed before, inside and after: a day is settled once or not at all', { timeout: 60_000 }, async (t) => {
  const dataDir = await temporaryFolder(t);
  let server = await startServer({ dataDir });
  t.teardown(() => server.kill());
  let desk = await Desk.open(t, server);
  const traders = [await desk.client.trader('buyer', 1_000_000), await desk.client.trader('seller', 1_000_000)];
  const [buyer, seller] = traders;
  const again = async (): Promise<void> => {
    server = await startServer({ dataDir });
    desk = await Desk.open(t, server);
  };
  await desk.order(seller, 'SELL', 2, 3800);
  await desk.order(buyer, 'BUY', 2, 3800);
  const kept = (await desk.order(buyer, 'BUY', 1, 3700, { time_condition: 'GTC' })).data['order_id'];
  await desk.price(3810);
  const day = await desk.tradingDay();
  const before = await desk.balances(...traders);

  // the kill races the run: over the rounds it falls before the event, about it, and behind it
  const expected = [before[0] + 6000, before[1] - 6000];
  let settled = false;
  for (const delayMs of [5, 25, 50]) {
    if (settled) break;
    const answer = desk.execute({ date: day }).catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, delayMs));
    await server.kill();
    const told = await answer;
    await again();
    const second = await desk.execute({ date: day, dry_run: true });
    settled = second.code === 6004;
    t.same(
      await desk.balances(...traders),
      settled ? expected : before,
      `killed after ${delayMs} ms: ${settled ? 'settled' : 'not settled'}`,
    );
    if (told?.status === 200) t.ok(settled, 'what was told is so');
    const price = settled ? undefined : 3810;
    t.match((await desk.get('/admin/instrument/IF')).data, { phase: 'CONTINUOUS', settlement_price: price }, 'books are open, prices kept');
  }
  if (!settled) t.match(await desk.execute({ date: day }), { status: 200 });
  t.same(await desk.balances(...traders), expected);

  await server.kill();
  await again();
  t.match(await desk.execute({ date: day }), { status: 409, code: 6004 });
  t.same(await desk.balances(...traders), expected, 'once');
  t.match((await desk.get(`/admin/settlement/result/${day}`)).data, { accounts: [{ balance: expected[0] }, { balance: expected[1] }] });
  t.match((await desk.get(`/api/order/${String(kept)}`, buyer.token)).data, { status: 'Submitted' }, 'GTC lives on');
  t.match((await desk.order(seller, 'SELL', 1, 3700)).data, { status: 'filled' }, 'in the book, too');
});
