/** The stock client against the real exchange: two people see quotes and bars, trade with each other, and come back after a crash. */
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { WebSocket } from 'ws';
import { ADMIN_PASSWORD, ADMIN_USERNAME, startServerFor } from '../support/server.js';
import { HttpClient } from '../../src/client/index.js';

const Tqsdk = createRequire(import.meta.url)('tqsdk/dist/umd/tqsdk-nocache.js') as new (options: object, socket: object) => Client;

/** What of the client is used here. */
interface Client {
  on(event: string, listener: (value: never) => void): void;
  getQuote(symbol: string): Leaf;
  setChart(request: object): Leaf;
  getKlines(symbol: string, duration: number): Leaf;
  login(account: Login): void;
  isLogined(account: Login): boolean;
  insertOrder(order: object): Leaf;
  cancelOrder(order: object): void;
  getOrder(order: object): Leaf;
  getTrades(account: Login): Leaf;
  getPosition(position: object): Leaf;
  getAccount(account: Login): Leaf;
  quotesWs: Socket;
  confirmSettlement(account: Login): void;
  transfer(transfer: object): void;
  trade_accounts: Record<string, { ws: Socket; dm: { getByPath(path: string[]): Leaf } }>;
}

interface Socket {
  send(packet: object): void;
  close(): void;
  __init: () => void;
}

/** Objects of the client's mirror: a leaf is whatever the test takes it for. */
interface Tree {
  [name: string]: Leaf;
}
type Leaf = Tree & number;

interface Login {
  bid: string;
  user_id: string;
  password: string;
}

const PASSWORD = 'correct horse 7';
const PATIENCE_MS = 60_000;
const SYMBOL = 'SHFE.rb';

async function until(t: Test, what: string, isSo: () => boolean): Promise<void> {
  for (const end = Date.now() + PATIENCE_MS; !isSo();) {
    if (Date.now() > end) throw new Error(`waited for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  t.pass(what);
}

function clientOf(t: Test, url: string): Client {
  const wsUrl = url.replace('http', 'ws');
  const client = new Tqsdk(
    {
      symbolsServerUrl: `${url}/t/md/symbols/latest.json`,
      wsQuoteUrl: `${wsUrl}/ws/diff`,
      // the address of the broker list is fixed in the client
      requestMethod: (asked: string) =>
        fetch(asked.includes('broker-list') ? `${url}/broker-list.json` : asked).then((answer) => answer.json()),
    },
    { WebSocket, reconnectInterval: 200, reconnectMaxTimes: 1000 },
  );
  client.on('error', () => undefined);
  t.teardown(() => {
    for (const ws of [client.quotesWs, ...Object.values(client.trade_accounts).map((account) => account.ws)]) {
      // it would go on connecting for ever
      ws.__init = () => undefined;
      ws.close();
    }
  });
  return client;
}

async function person(t: Test, url: string, username: string): Promise<{ client: Client; login: Login; notices: { code: number }[] }> {
  const http = new HttpClient(url);
  const { account_id: account } = await http.register(username, PASSWORD);
  await http.login(username, PASSWORD);
  await http.call('POST', '/api/account/deposit', { account_id: account, amount: 1_000_000 });
  const client = clientOf(t, url);
  const login = { bid: 'qaexchange', user_id: username, password: PASSWORD };
  const notices: { code: number }[] = [];
  client.on('notify', (notice: { code: number }) => notices.push(notice));
  await new Promise((resolve) => client.on('rtn_brokers', resolve));
  client.login(login);
  await until(t, `${username} is logged in`, () => client.isLogined(login));
  return { client, login, notices };
}

/** The day is settled: the statement, the next day, and another password. */
async function turnDay(t: Test, url: string, { client, login, notices }: Awaited<ReturnType<typeof person>>): Promise<void> {
  const [account] = Object.values(client.trade_accounts);
  const tree = (): Leaf => account.dm.getByPath(['trade', login.user_id]);
  const day = String(tree().session.trading_day);
  const admin = new HttpClient(url);
  await admin.login(ADMIN_USERNAME, ADMIN_PASSWORD);
  await admin.call('POST', '/admin/settlement/set-price', { instrument_id: SYMBOL, settlement_price: 3520 });
  await admin.call('POST', '/admin/settlement/execute', {});
  await until(t, 'the next day has begun', () => String(tree().session.trading_day) > day);
  await until(
    t,
    'and what was of today is of yesterday',
    () => tree().positions[SYMBOL].volume_long_his === 2 && tree().positions[SYMBOL].position_price_long === 3520,
  );
  t.notOk(Object.keys(tree().orders).some((key) => String(tree().orders[key]?.status) === 'ALIVE'));
  account.ws.send({ aid: 'qry_settlement_info', trading_day: Number(day) });
  await until(t, 'the client can read the statement', () => tree().his_settlements?.[day] !== undefined);
  const { account: figures, transactionRecords: records } = tree().his_settlements[day];
  t.match(figures, { 'Realized P/L': '0.00', 'MTM P/L': '200.00' });
  t.equal(Object.keys(records).filter((key) => !key.startsWith('_')).length, 1, 'with its one trade');
  const password = `${PASSWORD} more`;
  account.ws.send({ aid: 'change_password', old_password: 'not this', new_password: password });
  await until(t, 'a wrong password changes nothing', () => notices.some(({ code }) => code === 351));
  account.ws.send({ aid: 'change_password', old_password: PASSWORD, new_password: password });
  await until(t, 'the right one does', () => notices.some(({ code }) => code === 326));
  await t.resolves(new HttpClient(url).login(login.user_id, password));
}

/** Where the Python client gets its token. */
async function tokenService(t: Test, url: string, username: string): Promise<void> {
  const ask = async (form: Record<string, string>): Promise<{ status: number; body: Record<string, unknown> }> => {
    const address = `${url}/auth/realms/shinnytech/protocol/openid-connect/token`;
    const response = await fetch(address, { method: 'POST', body: new URLSearchParams({ client_id: 'shinny_tq', ...form }) });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };
  const asked = { grant_type: 'password', username, password: PASSWORD };
  const { status, body } = await ask(asked);
  t.equal(status, 200);
  t.match(body, { token_type: 'Bearer', refresh_token: '', expires_in: Number });
  const claims = JSON.parse(Buffer.from(String(body['access_token']).split('.')[1], 'base64url').toString()) as Record<string, unknown>;
  t.match(claims, { sub: /^\w/, grants: { features: ['futr', 'lmt_idx'], accounts: [username, /^\w/] } });
  const bearer = { authorization: `Bearer ${String(body['access_token'])}` };
  t.equal((await fetch(`${url}/api/auth/me`, { headers: bearer })).status, 401, 'the token opens nothing');
  t.match(await ask({ ...asked, password: 'wrong' }), { status: 401, body: { error: 'invalid_grant' } });
  t.match(await ask({ ...asked, grant_type: 'refresh_token' }), { status: 400, body: { error: 'unsupported_grant_type' } });
  t.match(await ask({ ...asked, more: 'x'.repeat(5000) }), { status: 413 });
}

/** The oldest day bars that the exchange has. */
async function pastOf(url: string): Promise<unknown[]> {
  const { klines } = await new HttpClient(url).call<{ klines: unknown[] }>('GET', `/api/market/kline/${SYMBOL}?period=1d&count=1000`);
  return klines;
}

const ORDER = { exchange_id: 'SHFE', instrument_id: 'rb', price_type: 'LIMIT', limit_price: 3510 };

t.test('quotes, bars, orders, fills, positions and money, across a crash', async (t) => {
  // the client writes to the console whenever a connection closes
  const { log } = console;
  console.log = () => undefined;
  t.teardown(() => (console.log = log));
  const dataDir = await mkdtemp(join(tmpdir(), 'qaexchange-diff-'));
  t.teardown(() => rm(dataDir, { recursive: true, force: true }));
  const server = await startServerFor(t, { dataDir });
  const [a, b] = await Promise.all([person(t, server.url, 'anna'), person(t, server.url, 'bert')]);
  await tokenService(t, server.url, 'anna');
  const quote = a.client.getQuote(SYMBOL);
  a.client.setChart({ symbol: SYMBOL, duration: 60e9, view_width: 100 });
  await until(
    t,
    'the quote is there, with what the instrument file says',
    () => quote.pre_settlement === 3500 && String(quote.class) === 'FUTURE',
  );

  const klines = a.client.getKlines(SYMBOL, 60e9);
  await until(t, 'a chart has bars before anybody has traded', () => klines.data[klines.last_id]?.close > 0);
  const { last_id: lastId } = klines;
  t.ok(lastId >= 499, 'more than it shows');
  t.ok(
    Array.from({ length: 100 }, (_, n) => klines.data[lastId - n]).every(
      (bar, n, bars) => bar.datetime < (bars[n - 1]?.datetime ?? Infinity),
    ),
    'one for each number that it shows',
  );
  a.client.setChart({ chart_id: 'folded', symbol: SYMBOL, duration: 10e9, view_width: 20 });
  const folded = a.client.getKlines(SYMBOL, 10e9);
  await until(t, 'a chart of a length that the exchange does not keep has some as well', () => folded.data[folded.last_id]?.close > 0);
  t.match(String(quote.ins_name), /\(simulated history: 500 bars\)$/, 'and says that they are simulated');
  t.equal(quote.volume, 0, 'nothing of them counts');
  const past = await pastOf(server.url);
  t.ok(past.length >= 500);

  const resting = a.client.insertOrder({ ...a.login, ...ORDER, direction: 'BUY', offset: 'OPEN', volume: 3 });
  await until(
    t,
    'the order rests',
    () => String(resting.status) === 'ALIVE' && String(resting.exchange_order_id) !== '' && resting.volume_left === 3,
  );
  await until(t, 'and is the best bid', () => quote.bid_price1 === 3510 && quote.bid_volume1 === 3);
  const taking = b.client.insertOrder({ ...b.login, ...ORDER, direction: 'SELL', offset: 'OPEN', volume: 2 });
  await until(t, 'the other side is filled', () => String(taking.status) === 'FINISHED' && taking.volume_left === 0);
  await until(t, 'and so is a part of the first', () => resting.volume_left === 1);
  t.equal(Object.keys(a.client.getTrades(a.login)).filter((key) => key.startsWith('T')).length, 1);
  const position = a.client.getPosition({ ...a.login, symbol: SYMBOL });
  await until(t, 'a position', () => position.volume_long === 2 && position.open_price_long === 3510);
  const money = a.client.getAccount(a.login);
  await until(
    t,
    'and its margin',
    () =>
      money.margin > 0 && Math.abs(money.available - (money.balance - money.margin - money.frozen_margin - money.frozen_commission)) < 0.01,
  );
  await until(t, 'the quote knows of the trade', () => quote.last_price === 3510 && quote.volume === 2 && quote.open_interest === 2);
  await until(t, 'and so does its bar', () => klines.data[lastId + 1]?.close === 3510 && klines.data[lastId + 1].volume === 2);

  const refused = a.client.insertOrder({ ...a.login, ...ORDER, limit_price: 9999, direction: 'BUY', offset: 'OPEN', volume: 1 });
  await until(
    t,
    'a refused order ends, with a notice',
    () => String(refused.status) === 'FINISHED' && a.notices.some(({ code }) => code === 330),
  );

  const known = a.notices.length;
  a.client.confirmSettlement(a.login);
  a.client.transfer({ ...a.login, bank_id: 'ICBC', bank_password: '123456', future_password: '', currency: 'CNY', amount: 2500 });
  await until(t, 'a transfer from the bank is done', () => a.notices.some(({ code }) => code === 327) && money.deposit === 1_002_500);
  t.ok(
    a.notices.slice(known).some(({ code }) => code === 0),
    'the settlement is confirmed',
  );
  a.client.transfer({ ...a.login, bank_id: 'NONE', bank_password: '123456', future_password: '', currency: 'CNY', amount: 2500 });
  await until(t, 'one from a bank that there is not is refused', () => a.notices.some(({ code }) => code === 352));

  await server.kill();
  const again = await startServerFor(t, { dataDir, env: { HTTP_PORT: String(server.port) } });
  t.equal(again.port, server.port);
  t.same((await pastOf(again.url)).slice(0, past.length), past, 'the simulated bars are the same');
  await until(t, 'the client comes back by itself', () => a.notices.filter(({ code }) => code === 324).length >= 2);
  a.client.cancelOrder({ ...a.login, order_id: resting.order_id });
  await until(
    t,
    'the order of before is there and can be cancelled',
    () => String(resting.status) === 'FINISHED' && resting.volume_left === 1,
  );
  t.match(a.client.getPosition({ ...a.login, symbol: SYMBOL }), { volume_long: 2, open_price_long: 3510 });
  t.equal(a.client.getAccount(a.login).frozen_margin, 0);
  await turnDay(t, again.url, a);
});
