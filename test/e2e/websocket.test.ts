/** `/ws` of a real exchange, over a real network connection. */
import t from 'tap';
import { WebSocket } from 'ws';
import {
  binary,
  BookCopy,
  connect,
  HttpClient,
  type JsonClient,
  type MarketData,
  type OrderRequest,
  type ServerMessage,
  type SessionFrame,
} from '../../src/client/index.js';
import { startServer, startServerFor, type TestServer } from '../support/server.js';

const PASSWORD = 'Socket-Test-1';
const INSTRUMENT = 'SHFE.rb';

interface Trader {
  http: HttpClient;
  client: JsonClient;
  accountId: string;
  userId: string;
  token: string;
}

async function trader(server: TestServer, name: string): Promise<Trader> {
  const http = new HttpClient(server.url);
  const { account_id: accountId, user_id: userId } = await http.register(name, PASSWORD);
  const { token } = await http.login(name, PASSWORD);
  await http.call('POST', '/api/account/deposit', { account_id: accountId, amount: 1_000_000 });
  return { http, client: await connect(server.wsUrl, { token }), accountId, userId, token };
}

function order({ accountId }: Trader, direction: 'BUY' | 'SELL', volume: number, price: number): OrderRequest {
  return { account_id: accountId, instrument_id: INSTRUMENT, direction, offset: 'OPEN', volume, price, order_type: 'LIMIT' };
}

/** A connection that is handled frame by frame. */
interface Raw {
  socket: WebSocket;
  next(): Promise<ServerMessage>;
  closed: Promise<{ code: number; reason: string }>;
}

async function rawConnection(url: string, options: { origin?: string; autoPong?: boolean } = {}): Promise<Raw> {
  const socket = new WebSocket(url, { perMessageDeflate: false, ...options });
  const waiting: ServerMessage[] = [];
  const readers: ((message: ServerMessage) => void)[] = [];
  socket.on('message', (data: Buffer) => {
    const message = JSON.parse(data.toString('utf8')) as ServerMessage;
    const reader = readers.shift();
    if (reader === undefined) waiting.push(message);
    else reader(message);
  });
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.on('close', (code, reason) => resolve({ code, reason: reason.toString('utf8') }));
  });
  await new Promise<void>((resolve, reject) => {
    socket.on('open', resolve);
    socket.on('error', reject);
  });
  const next = (): Promise<ServerMessage> => {
    const message = waiting.shift();
    return message === undefined ? new Promise((resolve) => readers.push(resolve)) : Promise.resolve(message);
  };
  return { socket, next, closed };
}

// one exchange for all that need no settings of their own; the last test stops it
const server = await startServer();
t.teardown(() => server.kill());

t.test('trades over sockets: answers, private reports and market data', async (t) => {
  const [anna, ben] = [await trader(server, 'anna'), await trader(server, 'ben')];
  const watcher = await connect(server.wsUrl);
  t.match(await watcher.subscribe(['orderbook', 'tick'], ['rb']), { success: true, instruments: [INSTRUMENT] });
  t.match(await watcher.inbox.take('orderbook'), { instrument_id: INSTRUMENT, bids: [], asks: [] });

  const resting = await anna.client.submitOrder(order(anna, 'SELL', 3, 3500));
  t.match(resting, { success: true, status: 'Submitted', action: 'submit', error_code: null });
  t.match(await watcher.inbox.take('order_book_update'), { side: 'ask', price: 3500, volume: 3, order_count: 1 });
  const taking = await ben.client.submitOrder(order(ben, 'BUY', 2, 3501));
  t.match(await watcher.inbox.take('tick'), { price: 3500, volume: 2, direction: 'BUY' });

  const fill = await ben.client.inbox.take('trade');
  t.match(fill, { order_id: taking.order_id, account_id: ben.accountId, direction: 'BUY', price: 3500, volume: 2, is_taker: true });
  t.match(await anna.client.inbox.take('trade'), {
    order_id: resting.order_id,
    trade_id: fill.trade_id,
    direction: 'SELL',
    is_taker: false,
  });
  t.match(await ben.client.inbox.take('position_update', ({ volume_long: lots }) => lots === 2), {
    account_id: ben.accountId,
    cost_long: 3500,
  });
  const [account] = await ben.client.queryAccounts();
  t.match(await ben.client.inbox.take('account_update', ({ margin }) => margin !== 0), {
    margin: account.margin,
    balance: account.balance,
  });

  const cancelled = await anna.client.cancelOrder(anna.accountId, resting.order_id!);
  t.match(cancelled, { success: true, action: 'cancel', status: 'Cancelled' });
  t.match(await anna.client.queryOrder(resting.order_id!), { status: 'Cancelled', filled_volume: 2, remaining_volume: 0 });
  const sequence = anna.client.inbox.drain('order_status').map(({ report_seq: n }) => n);
  t.strictSame(sequence, [2, 3, 5], 'deposit 1, order 2, fill 3 and 4, cancel 5');

  await t.rejects(ben.client.queryOrder(resting.order_id!), { code: 9006 });
  await t.rejects(ben.client.submitOrder(order(anna, 'BUY', 1, 3500)), { code: 9006 });
  await t.rejects(ben.client.cancelOrder(ben.accountId, resting.order_id!), { code: 9006 });
  await t.rejects(anna.client.cancelOrder(anna.accountId, resting.order_id!), { code: 3002 });
  await t.rejects(ben.client.queryPositions(anna.accountId), { code: 9006 });
  for (const { client } of [anna, ben]) await client.close();
  await watcher.close();
});

t.test('bad input gets its code and the connection lives', async (t) => {
  const { token, accountId, client } = await trader(server, 'carl');
  const raw = await rawConnection(server.wsUrl);
  const say = async (frame: string | Buffer): Promise<ServerMessage> => {
    raw.socket.send(frame);
    return await raw.next();
  };
  t.match(await say('{"type":'), { type: 'error', code: 9003 });
  t.match(await say(Buffer.from([1, 2, 3])), { type: 'error', code: 9003 });
  t.match(await say('{"type":"fly","request_id":"f"}'), { type: 'error', code: 9003, request_id: 'f' });
  t.match(await say('{"type":"query_account"}'), { type: 'error', code: 9002 });
  t.match(await say('{"type":"auth","token":"a.b.c"}'), { type: 'auth_response', success: false, code: 9001 });
  t.match(await say(JSON.stringify({ type: 'auth', token: `${token}x` })), { success: false, code: 9001 });
  t.match(await say(JSON.stringify({ type: 'auth', token })), { type: 'auth_response', success: true, account_ids: [accountId] });
  const limit = {
    type: 'submit_order',
    account_id: accountId,
    instrument_id: INSTRUMENT,
    direction: 'BUY',
    offset: 'OPEN',
    volume: 1,
    price: 3500,
  };
  for (const [fields, code] of [
    [{ volume: 0 }, 1008],
    [{ volume: 1.5 }, 1008],
    [{ volume: 'one' }, 9003],
    [{ price: 3500.5 }, 1012],
    [{ price: 9999 }, 1013],
    [{ instrument_id: 'SHFE.nothing' }, 1007],
    [{ offset: 'CLOSE' }, 2007],
    [{ account_id: 'ACC_0000009999' }, 1006],
  ] as const) {
    t.match(
      await say(JSON.stringify({ ...limit, order_type: 'LIMIT', ...fields })),
      { type: 'order_response', success: false, error_code: code },
      JSON.stringify(fields),
    );
  }
  t.match(await say('{"type":"ping"}'), { type: 'pong' });
  t.equal((await client.queryAccounts())[0].available, 1_000_000, 'nothing was touched');
  raw.socket.send(`{"type":"ping","filler":"${'x'.repeat(70_000)}"}`);
  t.equal((await raw.closed).code, 1009);
  await client.close();
});

t.test('the binary protocol trades with JSON', async (t) => {
  const hugo = await trader(server, 'hugo');
  const iris = await trader(server, 'iris');
  const client = await connect(server.wsUrl, { token: hugo.token, binary: true });
  const reports: SessionFrame[] = [];
  client.on((frame) => reports.push(frame));
  const listed = await client.instruments();
  const { instrument } = listed.find(({ instrumentId }) => instrumentId === INSTRUMENT)!;
  const account = Number(hugo.accountId.slice('ACC_'.length));
  const sell = { account, instrument: Number(instrument), side: binary.Side.SELL, volume: 2, price: 36_010_000 };
  const [first, second] = await Promise.all([client.submit({ ...sell, clientOrderId: 'ask' }), client.submit({ ...sell, volume: 1 })]);
  t.match(first, { kind: binary.SessionKind.ORDER_ANSWER, status: binary.OrderStatus.Submitted });
  t.ok(Number(first['receiveUs']) > 1e15 && Number(first['durableUs']) >= Number(first['receiveUs']), 'durable after it was received');
  t.ok(Number(second['orderId']) > Number(first['orderId']));
  await iris.client.submitOrder(order(iris, 'BUY', 1, 3601));
  t.match(await iris.client.inbox.take('trade'), { price: 3601, volume: 1 });
  await client.ping();
  t.match(
    reports.filter(({ kind }) => kind === binary.SessionKind.TRADE_REPORT),
    [{ orderId: first['orderId'], price: 36_010_000, volume: 1 }],
  );
  t.match(await client.amend(account, Number(second['orderId']), 36_020_000, 0), { code: 0 });
  t.match(await client.cancelByClientId(account, 'ask'), { code: 0, orderId: first['orderId'], status: binary.OrderStatus.Cancelled });
  t.match(await client.massCancel(account), { cancelled: 1 });
  await t.rejects(client.cancel(account, 999_999), { code: 3001 });
  t.equal((await client.close()).code, 1000);
  await Promise.all([hugo.client.close(), iris.client.close()]);
});

t.test('the binary protocol shows the book and the prints, without a login', async (t) => {
  const [kim, lea] = [await trader(server, 'kim'), await trader(server, 'lea')];
  const watcher = await connect(server.wsUrl, { binary: true });
  const { instrument } = (await watcher.instruments()).find(({ instrumentId }) => instrumentId === INSTRUMENT)!;
  const book = new BookCopy(Number(instrument));
  const prints: MarketData[] = [];
  let changed: () => void = () => undefined;
  watcher.onMarket((data) => {
    t.ok(book.take(data), 'nothing is missing');
    if (data.type === 'tick') prints.push(data);
    changed();
  });
  const until = async (isSo: () => boolean): Promise<void> => {
    while (!isSo()) await new Promise<void>((resolve) => (changed = resolve));
  };
  const { Channel } = binary;
  t.match(await watcher.subscribe(Channel.orderbook | Channel.tick, [Number(instrument)], { depth: 20 }), { instruments: 1, rejected: 0 });
  await kim.client.submitOrder(order(kim, 'SELL', 5, 3603));
  const offered = (): number | undefined => book.asks(20).find(({ price }) => price === 36_030_000)?.volume;
  await until(() => offered() === 5);
  await lea.client.submitOrder(order(lea, 'BUY', 5, 3603));
  await until(() => prints.length === 1 && offered() === undefined);
  t.match(prints, [{ price: 36_030_000, volume: 5, direction: binary.Side.BUY, mdSeq: book.mdSeq }]);
  t.match(await watcher.unsubscribe(Channel.orderbook | Channel.tick, []), { instruments: 0 });
  await t.rejects(watcher.subscribe(Channel.tick, [4_000_000]), { code: 1007 });
  await Promise.all([watcher.close(), kim.client.close(), lea.client.close()]);
});

t.test('logging out ends the connections of that token only', async (t) => {
  const dora = await trader(server, 'dora');
  const again = new HttpClient(server.url);
  const { token } = await again.login('dora', PASSWORD);
  const second = await connect(server.wsUrl, { token });
  await dora.http.call('POST', '/api/auth/logout');
  t.match(await dora.client.inbox.take('error'), { code: 9001 });
  t.equal((await dora.client.closed).code, 4001);
  t.equal((await second.ping()).type, 'pong');
  await t.rejects(connect(server.wsUrl, { token: dora.token }), { code: 9001 });
  await second.close();
});

t.test('an expired token ends its connection', async (t) => {
  const server = await startServerFor(t, { env: { JWT_TTL_SECS: '2' } });
  const { client } = await trader(server, 'emil');
  t.match(await client.inbox.take('error'), { code: 9001 });
  t.equal((await client.closed).code, 4001);
});

t.test('pings, and closes 4008 who answers nothing', async (t) => {
  const server = await startServerFor(t, { env: { WS_HEARTBEAT_SECS: '1', WS_TIMEOUT_SECS: '2' } });
  const [deaf, alive] = [await rawConnection(server.wsUrl, { autoPong: false }), await rawConnection(server.wsUrl)];
  t.equal((await deaf.closed).code, 4008);
  alive.socket.send('{"type":"ping"}');
  t.match(await alive.next(), { type: 'pong' }, 'the pong frames of the other kept it alive');
  alive.socket.close();
});

t.test('limits apply when they are on: three connections, a rate, origins', async (t) => {
  const server = await startServerFor(t, { env: { RATE_LIMIT_RPS: '20', CORS_ORIGINS: 'https://desk.example' } });
  const { client, token } = await trader(server, 'fred');
  const more = [await connect(server.wsUrl, { token }), await connect(server.wsUrl, { token })];
  await t.rejects(connect(server.wsUrl, { token }), { code: 9004 });
  const answers = await Promise.allSettled(Array.from({ length: 100 }, () => client.ping()));
  const refused = answers.filter((answer) => answer.status === 'rejected');
  t.ok(refused.length >= 30, `${refused.length} of 100 pings at once are above the burst of 40`);
  t.match(refused[0], { reason: { code: 9004 } });
  for (const each of [client, ...more]) await each.close();
  await t.rejects(rawConnection(server.wsUrl, { origin: 'https://evil.example' }), /403/);
  for (const origin of ['https://desk.example', server.url]) (await rawConnection(server.wsUrl, { origin })).socket.close();
});

t.test('a stop tells everybody and closes 1001', async (t) => {
  const { client } = await trader(server, 'gina');
  const exit = server.stop();
  t.match(await client.inbox.take('system'), { event: 'server_stopping' });
  t.equal((await client.closed).code, 1001);
  t.equal((await exit).code, 0);
});
