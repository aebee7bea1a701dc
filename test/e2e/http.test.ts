/** The HTTP interface from outside: answers, bad input, and that bad input changes nothing and harms nobody. */
import { connect } from 'node:net';
import t, { type Test } from 'tap';
import { HttpClient, type HttpAnswer, type Trader } from '../support/http-client.js';
import { ADMIN_PASSWORD, ADMIN_USERNAME, startServerFor } from '../support/server.js';

const FREE = { RATE_LIMIT_RPS: '0' };

/** Most tests share one exchange, each with users of its own. */
const shared = await startServerFor(t, { env: { ...FREE, CORS_ORIGINS: 'https://a.example' } });

function clientOf(t: Test, url = shared.url): HttpClient {
  const client = new HttpClient(url);
  t.teardown(() => client.close());
  return client;
}

function orderOf(trader: Trader, fields: Record<string, unknown> = {}) {
  const plain = { instrument_id: 'CFFEX.IF', direction: 'BUY', offset: 'OPEN', order_type: 'LIMIT', volume: 1, price: 3800 };
  return { account_id: trader.accountId, ...plain, ...fields };
}

async function submit(client: HttpClient, trader: Trader, fields: Record<string, unknown> = {}): Promise<HttpAnswer> {
  return client.call('POST', '/api/order/submit', { token: trader.token, body: orderOf(trader, fields) });
}

t.test('two traders trade and see it everywhere', async (t) => {
  const client = clientOf(t);
  const buyer = await client.trader('buyer', 1_000_000);
  const seller = await client.trader('seller', 1_000_000);
  const get = async (path: string, trader = buyer) => (await client.call('GET', path, { token: trader.token })).data;

  const first = await submit(client, buyer, { volume: 3, client_order_id: 'mine-1' });
  t.match(first, { status: 200, success: true, data: { order_id: 'O0000000000000001', status: 'submitted', filled_volume: 0 } });
  t.same(
    (await submit(client, buyer, { volume: 3, client_order_id: 'mine-1' })).data,
    first.data,
    'the same client order id, the same order',
  );
  const taker = await submit(client, seller, { direction: 'SELL', order_type: 'MARKET', price: undefined });
  t.match(taker.data, { status: 'filled', filled_volume: 1 });
  t.match((await submit(client, buyer, { client_order_id: 'mine-1' })).data, {
    order_id: first.data['order_id'],
    status: 'partially_filled',
    filled_volume: 1,
  });

  t.match(await get('/api/order/O0000000000000001'), { status: 'PartiallyFilled', remaining_volume: 2, client_order_id: 'mine-1' });
  t.match(await get(`/api/account/${buyer.accountId}`), { balance: 999_973.78, margin: 136_800, frozen_margin: 273_600 });
  t.match(await get(`/api/account/${buyer.userId}`), { account_id: buyer.accountId }, 'a user with one account');
  t.match(await get(`/api/position/${buyer.userId}`), [{ volume_long: 1, cost_long: 3800, last_price: 3800 }]);
  t.match(await get(`/api/position/account/${seller.accountId}`, seller), [{ volume_short: 1 }]);
  t.match(await get(`/api/position/${buyer.userId}?instrument_id=DCE.m`), []);
  t.match(await get(`/api/trades/user/${buyer.userId}`), { total: 1, trades: [{ price: 3800, commission: 26.22, is_taker: false }] });
  t.match(await get(`/api/trades/account/${seller.accountId}`, seller), { trades: [{ direction: 'SELL', is_taker: true }] });
  t.match(await get(`/api/trades/user/${buyer.userId}?direction=SELL`), { total: 0 });
  t.match(await get('/api/market/orderbook/CFFEX.IF?depth=1'), { bids: [{ price: 3800, volume: 2, order_count: 1 }], asks: [] });
  t.match(await get('/api/market/tick/IF'), { last_price: 3800, bid_price: 3800, volume: 1 });
  t.match(await get('/api/market/trades/CFFEX.IF'), [{ price: 3800, volume: 1, direction: 'SELL' }]);

  const cancelBody = { account_id: buyer.accountId, order_id: 'O0000000000000001' };
  const cancel = () => client.call('POST', '/api/order/cancel', { token: buyer.token, body: cancelBody });
  t.match(await cancel(), { status: 200, data: { order_id: 'O0000000000000001', status: 'cancelled' } });
  t.match(await cancel(), { status: 409, code: 3002 });
  t.match(await get(`/api/order/user/${buyer.userId}?status=Cancelled`), {
    total: 1,
    page: 1,
    page_size: 20,
    orders: [{ filled_volume: 1 }],
  });
  t.match(await get(`/api/order/user/${buyer.userId}?instrument_id=SHFE.rb`), { total: 0, orders: [] });
  t.match(await get(`/api/account/${buyer.accountId}`), { frozen: 0, available: 863_173.78, withdrawable: 863_173.78 });

  t.match((await submit(client, buyer, { direction: 'SELL', time_condition: 'IOC', volume_condition: 'ALL' })).data, {
    status: 'cancelled',
    reject_code: 4010,
  });
  t.match((await submit(client, buyer, { order_type: 'MARKET', price: 0 })).data, { status: 'cancelled', reject_code: 4002 });
  t.match(await get('/health'), {});
});

t.test('bad input gets its code, changes nothing, and the connection lives', async (t) => {
  const client = clientOf(t);
  const trader = await client.trader('bad_trader', 1_000_000);
  const other = await client.trader('bad_other', 1_000_000);
  const poor = await client.trader('bad_poor');
  const working = String((await submit(client, trader, { price: 3700 })).data['order_id']);
  const look = async () => {
    const account = await client.call('GET', `/api/account/${trader.accountId}`, { token: trader.token });
    const orders = await client.call('GET', `/api/order/user/${trader.userId}`, { token: trader.token });
    const book = await client.call('GET', '/api/market/orderbook/CFFEX.IF');
    const { bids, asks, md_seq: mdSequence } = book.data;
    return { account: account.data, orders: orders.data, bids, asks, mdSequence };
  };
  const before = await look();

  const send = (path: string, body: unknown, token = trader.token) => client.call('POST', path, { token, body });
  const raw = (body: unknown) => send('/api/order/submit', body);
  const isRefused = async (name: string, answer: Promise<HttpAnswer>, status: number, code: number) => {
    const { status: gotStatus, code: gotCode, success, reused, text } = await answer;
    t.match(
      { gotStatus, gotCode, success, reused },
      { gotStatus: status, gotCode: code, success: false, reused: true },
      `${name}: ${text}`,
    );
  };

  for (const [name, body] of Object.entries<unknown>({
    'an empty body': '',
    'no JSON': 'hello',
    'cut JSON': '{"account_id":',
    'single quotes': "{'a':1}",
    'no UTF-8': Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]),
  })) {
    await isRefused(name, raw(body), 400, 9003);
  }
  for (const [name, body] of Object.entries<unknown>({
    'an array': [],
    'a number': 5,
    null: null,
    'a deep nest': '['.repeat(20_000) + ']'.repeat(20_000),
  })) {
    await isRefused(name, raw(typeof body === 'string' ? body : JSON.stringify(body)), 400, 9008);
  }

  const orders: [name: string, fields: Record<string, unknown>, status: number, code: number][] = [
    ['volume as text', { volume: '1' }, 400, 9008],
    ['price as text', { price: '3800' }, 400, 9008],
    ['direction as number', { direction: 1 }, 400, 9008],
    ['a missing account', { account_id: undefined }, 400, 9008],
    ['a missing direction', { direction: undefined }, 400, 9008],
    ['an id without end', { instrument_id: 'x'.repeat(1000) }, 400, 9008],
    ['an empty client order id', { client_order_id: '' }, 400, 9008],
    ['a long client order id', { client_order_id: 'x'.repeat(65) }, 400, 9008],
    ['a client order id beyond ASCII', { client_order_id: 'é' }, 400, 9008],
    ['a date that does not exist', { gtd_date: '2026-02-30' }, 400, 9008],
    ['the user id of another', { user_id: other.userId }, 403, 9006],
    ['the account of another', { account_id: other.accountId }, 403, 9006],
    ['an unknown account', { account_id: 'ACC_0000009999' }, 404, 1006],
    ['an account id that is none', { account_id: 'nonsense' }, 404, 1006],
    ['an unknown instrument', { instrument_id: 'CFFEX.XX' }, 404, 1007],
    ['an unknown direction', { direction: 'HOLD' }, 400, 1008],
    ['the direction of auction prints', { direction: 'NONE' }, 400, 1008],
    ['an unknown offset', { offset: 'REVERSE' }, 400, 1008],
    ['an unknown type', { order_type: 'STOP' }, 400, 1008],
    ['an unknown time condition', { time_condition: 'SOON' }, 400, 1008],
    ['a name of the prototype', { direction: 'constructor' }, 400, 1008],
    ['a resting order that must fill at once', { volume_condition: 'ALL' }, 400, 1009],
    ['a post-only order that cannot rest', { post_only: true, time_condition: 'IOC' }, 400, 1009],
    ['post_only as text', { post_only: 'true' }, 400, 9008],
    ['an unknown self-trade mode', { smp_mode: 'MAYBE' }, 400, 1008],
    ['self-trade prevention off', { smp_mode: 'OFF' }, 403, 9006],
    ['an unknown residual', { residual: 'REST' }, 400, 1008],
    ['a residual of a limit order', { residual: 'TO_LIMIT' }, 400, 1009],
    ['slippage of a limit order', { max_slippage_ticks: 1 }, 400, 1009],
    ['slippage 0', { order_type: 'MARKET', price: 0, max_slippage_ticks: 0 }, 400, 1008],
    ['fractional slippage', { order_type: 'BEST5', price: 0, max_slippage_ticks: 0.5 }, 400, 1008],
    ['slippage beyond all bounds', { order_type: 'BEST1', price: 0, max_slippage_ticks: 1e300 }, 400, 1008],
    ['a day that is over', { time_condition: 'GTD', gtd_date: '2001-01-01' }, 400, 1008],
    ['no day at all', { time_condition: 'GTD' }, 400, 1008],
    ['a day for a day order', { gtd_date: '2099-01-01' }, 400, 1009],
    ['an auction order outside of auctions', { time_condition: 'GFA' }, 409, 4101],
    ['no minimum volume', { time_condition: 'IOC', volume_condition: 'MIN' }, 400, 1008],
    ['a minimum volume above the volume', { time_condition: 'IOC', volume_condition: 'MIN', min_volume: 2 }, 400, 1008],
    ['a minimum volume of no minimum order', { min_volume: 2, volume: 2 }, 400, 1009],
    ['volume 0', { volume: 0 }, 400, 1008],
    ['a negative volume', { volume: -1 }, 400, 1008],
    ['a fractional volume', { volume: 1.5 }, 400, 1008],
    ['a volume beyond all bounds', { volume: 1e300 }, 400, 1008],
    ['a volume above the limit', { volume: 10_001 }, 400, 1011],
    ['no price', { price: undefined }, 400, 1008],
    ['price 0', { price: 0 }, 400, 1008],
    ['a negative price', { price: -3800 }, 400, 1008],
    ['a price for a market order', { order_type: 'MARKET' }, 400, 1008],
    ['a price off tick', { price: 3800.1 }, 400, 1012],
    ['a price of too many decimals', { price: 3800.000_01 }, 400, 1012],
    ['a price above the limit', { price: 4180.2 }, 400, 1013],
    ['a price below the limit', { price: 3419.8 }, 400, 1013],
    ['closing what is not held', { offset: 'CLOSE' }, 400, 2005],
    ['closing of today what is not held', { offset: 'CLOSETODAY' }, 400, 2006],
    ['closing of yesterday what is not held', { offset: 'CLOSEYESTERDAY' }, 400, 2007],
    ['more than half of the balance', { volume: 5 }, 400, 1002],
  ];
  for (const [name, fields, status, code] of orders) {
    await isRefused(name, submit(client, trader, fields), status, code);
  }
  await isRefused('an endless number', raw(JSON.stringify(orderOf(trader)).replace('3800', '1e999')), 400, 9008);
  await isRefused('no money', submit(client, poor), 400, 1001);

  const money: [name: string, path: string, amount: unknown, status: number, code: number][] = [
    ['a deposit of 0', 'deposit', 0, 400, 2003],
    ['a negative deposit', 'deposit', -5, 400, 2003],
    ['a deposit of thousandths', 'deposit', 0.001, 400, 9008],
    ['a deposit beyond all bounds', 'deposit', 1e12, 400, 9008],
    ['a deposit as text', 'deposit', '5', 400, 9008],
    ['a withdrawal of 0', 'withdraw', 0, 400, 2004],
    ['a negative withdrawal', 'withdraw', -5, 400, 2004],
    ['a withdrawal of more than there is', 'withdraw', 1_000_000, 400, 2004],
  ];
  for (const [name, path, amount, status, code] of money) {
    await isRefused(name, send(`/api/account/${path}`, { account_id: trader.accountId, amount }), status, code);
  }
  await isRefused('a deposit to nobody', send('/api/account/deposit', { amount: 5 }), 400, 9008);
  await isRefused(
    "a withdrawal from another's account",
    send('/api/account/withdraw', { account_id: other.accountId, amount: 5 }),
    403,
    9006,
  );
  await isRefused('an account named alike', send('/api/account/open', { user_name: 'bad_trader' }), 409, 2001);

  const cancel = (orderId: string, accountId = trader.accountId, token = trader.token) =>
    send('/api/order/cancel', { account_id: accountId, order_id: orderId }, token);
  await isRefused('cancelling an unknown order', cancel('O0000000000009999'), 404, 3001);
  await isRefused('cancelling nonsense', cancel('nonsense'), 404, 3001);
  await isRefused("cancelling another's order", cancel(working, other.accountId, other.token), 403, 9006);
  await isRefused("cancelling on another's account", cancel(working, trader.accountId, other.token), 403, 9006);

  const get = (path: string) => client.call('GET', path, { token: trader.token });
  await isRefused('an unknown instrument', get('/api/market/tick/XX'), 404, 1007);
  await isRefused('a depth beyond the limit', get('/api/market/orderbook/IF?depth=21'), 400, 9008);
  await isRefused('page 0', get(`/api/order/user/${trader.userId}?page=0`), 400, 9008);
  await isRefused('a huge page', get(`/api/order/user/${trader.userId}?page_size=101`), 400, 9008);
  await isRefused('an unknown status', get(`/api/order/user/${trader.userId}?status=done`), 400, 9008);
  await isRefused('a time range backwards', get(`/api/order/user/${trader.userId}?start_time=2&end_time=1`), 400, 9008);
  await isRefused("another's account as a filter", get(`/api/order/user/${trader.userId}?account_id=${other.accountId}`), 403, 9006);
  await isRefused('an unknown user', get('/api/order/user/U0000009999'), 404, 2104);
  await isRefused('an unknown order', get('/api/order/O0000000000009999'), 404, 3001);
  await isRefused("another's order", client.call('GET', `/api/order/${working}`, { token: other.token }), 403, 9006);
  await isRefused('an unknown route', get('/api/nothing'), 404, 9007);
  await isRefused('a wrong method', client.call('DELETE', '/api/order/submit', { token: trader.token }), 404, 9007);

  t.same(await look(), before, 'nothing has changed');
  await isRefused('trading with oneself', submit(client, trader, { direction: 'SELL', price: 3700 }), 400, 1005);
  const after = await look();
  t.same(after.account, before.account, 'an order refused by the book leaves no money behind');
  t.same([after.bids, after.asks], [before.bids, before.asks]);
});

t.test('huge bodies and broken HTTP harm nobody', async (t) => {
  const client = clientOf(t);
  const { url } = shared;
  const trader = await client.trader('huge_trader');
  const huge = Buffer.alloc(1024 * 1024, 0x20);
  t.match(await client.call('POST', '/api/order/submit', { token: trader.token, body: huge }), { status: 413, code: 9010 });
  t.match(
    await client.call('POST', '/api/auth/login', { body: Buffer.alloc(64 * 1024, 0x20) }),
    { status: 400, code: 9003 },
    'at the limit',
  );
  t.match(await client.call('POST', '/api/auth/login', { body: Buffer.alloc(64 * 1024 + 1, 0x20) }), { status: 413, code: 9010 });
  const { hostname, port } = new URL(url);
  for (const bytes of [
    '\0\0\0\0\r\n\r\n',
    'GET / HTTP/9.9\r\n\r\n',
    'POST /api/auth/login HTTP/1.1\r\nhost: x\r\ncontent-length: 50\r\n\r\n{',
  ]) {
    await new Promise<void>((resolve) => {
      const socket = connect(Number(port), hostname, () => {
        socket.write(bytes);
        setTimeout(() => socket.destroy(), 50);
      });
      socket.on('error', () => undefined);
      socket.on('close', () => resolve());
    });
  }
  t.equal((await client.call('GET', '/health')).status, 200);
});

t.test('names and money stay right when many ask at once', async (t) => {
  const client = clientOf(t);
  const { url } = shared;
  const trader = await client.trader('many_trader', 100);
  const clients = Array.from({ length: 6 }, () => new HttpClient(url));
  t.teardown(() => clients.forEach((each) => each.close()));
  const register = { username: 'Twin', password: 'correct horse 7' };
  const registered = await Promise.all(clients.map((each) => each.call('POST', '/api/auth/register', { body: register })));
  t.same(registered.map((answer) => answer.code).sort(), [0, 2101, 2101, 2101, 2101, 2101]);
  const withdrawal = { token: trader.token, body: { account_id: trader.accountId, amount: 60 } };
  const paid = await Promise.all(clients.map((each) => each.call('POST', '/api/account/withdraw', withdrawal)));
  t.same(paid.map((answer) => answer.code).sort(), [0, 2004, 2004, 2004, 2004, 2004]);
  const twice = { token: trader.token, body: orderOf(trader, { client_order_id: 'once', volume: 1, instrument_id: 'DCE.m', price: 3000 }) };
  await client.call('POST', '/api/account/deposit', { token: trader.token, body: { account_id: trader.accountId, amount: 100_000 } });
  const submitted = await Promise.all(clients.map((each) => each.call('POST', '/api/order/submit', twice)));
  t.same(new Set(submitted.map((answer) => answer.data['order_id'])).size, 1, 'one client order id, one order');
  const orders = await client.call('GET', `/api/order/user/${trader.userId}`, { token: trader.token });
  t.equal(orders.data['total'], 1);
});

t.test('users with several accounts name the one they mean', async (t) => {
  const client = clientOf(t);
  const trader = await client.trader('several_trader', 100);
  const { token, userId } = trader;
  const opening = { user_name: 'second', init_cash: 50, account_type: 'institutional' };
  const opened = await client.call('POST', '/api/account/open', { token, body: opening });
  t.match(opened.data, { account_id: /^ACC_\d{10}$/ });
  const created = await client.call('POST', `/api/user/${userId}/account/create`, {
    token,
    body: { account_name: 'third', init_cash: 7.25 },
  });
  t.match(created.data, { account_name: 'third', user_id: userId, balance: 7.25 });
  const accounts = await client.call('GET', `/api/user/${userId}/accounts`, { token });
  t.match(accounts.data, { total: 3, accounts: [{ balance: 100 }, { balance: 50, account_type: 'institutional' }, { balance: 7.25 }] });
  t.match((await client.call('GET', `/api/user/${String(created.data['account_id'])}/accounts`, { token })).data, { total: 3 });
  t.match(await client.call('GET', `/api/account/${userId}`, { token }), { status: 400, code: 2110 });
  t.match(await client.call('POST', '/api/account/deposit', { token, body: { user_id: userId, amount: 1 } }), { code: 2110 });
  t.match(await client.call('GET', '/api/auth/me', { token }), { data: { account_ids: { length: 3 } } });
});

t.test('outside of simulation mode staff pays in, and nothing is listed by itself', async (t) => {
  const server = await startServerFor(t, { env: { ...FREE, BCRYPT_COST: '12' }, simulationMode: false });
  const client = clientOf(t, server.url);
  const trader = await client.trader('trader');
  const body = { account_id: trader.accountId, amount: 5 };
  t.match(await client.call('POST', '/api/account/deposit', { token: trader.token, body }), { status: 403, code: 9006 });
  const token = await client.login(ADMIN_USERNAME, ADMIN_PASSWORD);
  t.match(await client.call('POST', '/api/account/deposit', { token, body }), { status: 200, data: { balance: 5 } });
  t.same((await client.call('GET', '/api/market/instruments')).data, []);
});

t.test('a listed instrument trades at once', async (t) => {
  const client = clientOf(t);
  const token = await client.login(ADMIN_USERNAME, ADMIN_PASSWORD);
  const trader = await client.trader('lister_trader', 1000);
  const listing = {
    instrument_id: 'SIM.new',
    instrument_name: 'New',
    instrument_type: 'commodity_future',
    exchange: 'SIM',
    contract_multiplier: 1,
    price_tick: 0.5,
    reference_price: 100,
    margin_rate: 0.1,
    commission_rate: 0,
    limit_up_rate: 0.1,
    limit_down_rate: 0.1,
  };
  const create = (body: unknown) => client.call('POST', '/admin/instrument/create', { token, body });
  t.match(await create({ ...listing, contract_multiplier: undefined, margin_rate: undefined }), {
    code: 9008,
    details: [{ field: 'contract_multiplier', reason: 'is required' }],
  });
  t.match(await create({ ...listing, exchange: 'SSE' }), { code: 9008 });
  t.match(await create(listing), { status: 200, data: { upper_limit: 110, lower_limit: 90, pre_settlement: 100, phase: 'CONTINUOUS' } });
  t.match(await create(listing), { status: 409, code: 7001 });
  t.match(await submit(client, trader, { instrument_id: 'SIM.new', price: 100.5 }), { data: { status: 'submitted' } });
  t.match(await client.call('GET', '/admin/instrument/SIM.new', { token }), { data: { working_orders: 1, open_interest: 0 } });
  t.match(await client.call('GET', '/admin/instruments?exchange=SIM', { token }), { data: [{ instrument_id: 'SIM.new' }] });
});

t.test('answers carry request ids and headers that keep browsers out', async (t) => {
  const client = clientOf(t);
  const plain = await client.call('GET', '/api/market/instruments', { headers: { 'x-request-id': 'mine-1' } });
  t.match(plain.headers, {
    'x-request-id': 'mine-1',
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
    'content-type': 'application/json; charset=utf-8',
    vary: 'Origin',
  });
  t.notOk(plain.headers['access-control-allow-origin']);
  const generated = await client.call('GET', '/nothing', { headers: { 'x-request-id': 'not allowed!' } });
  t.match(generated.headers['x-request-id'], /^[0-9a-f]{10}-\w+$/);
  const allowed = await client.call('GET', '/api/auth/me', { headers: { origin: 'https://a.example' } });
  t.match(allowed, { status: 401, headers: { 'access-control-allow-origin': 'https://a.example', 'www-authenticate': 'Bearer' } });
  const foreign = await client.call('OPTIONS', '/api/auth/me', { headers: { origin: 'https://b.example' } });
  t.equal(foreign.status, 204);
  t.notOk(foreign.headers['access-control-allow-methods']);
  const preflight = await client.call('OPTIONS', '/api/order/submit', { headers: { origin: 'https://a.example' } });
  t.match(preflight, { status: 204, headers: { 'access-control-allow-methods': /POST/, 'access-control-allow-headers': /authorization/ } });
  const head = await client.call('HEAD', '/health');
  t.match(head, { status: 200, text: '', headers: { 'content-length': /^[1-9]/ } });
  t.match(JSON.parse((await client.call('GET', '/health')).text), { status: 'ok', service: 'qaexchange', sequence: Number });
  t.match((await client.call('GET', '/metrics')).text, /qaexchange_wal_sequence \d+/);
});

t.test('a flood is slowed down with 9004 and a time to come back', async (t) => {
  const server = await startServerFor(t, { env: { RATE_LIMIT_RPS: '1' } });
  const client = clientOf(t, server.url);
  const trader = await client.trader('trader');
  const untilRefused = async (call: () => Promise<HttpAnswer>): Promise<HttpAnswer> => {
    let answer = await call();
    for (let i = 0; i < 200 && answer.code !== 9004; i++) answer = await call();
    return answer;
  };
  const refusal = { status: 429, code: 9004, headers: { 'retry-after': /^[1-9]\d*$/ } };
  t.match(await untilRefused(() => client.call('GET', '/api/auth/me', { token: trader.token })), refusal, 'a user');
  t.match(await untilRefused(() => client.call('POST', '/api/auth/login', { body: { username: 'x' } })), refusal, 'logins of one address');
  t.equal((await client.call('GET', '/health')).status, 200, 'health is not limited');
});
