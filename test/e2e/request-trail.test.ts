/**
 * What is left of a request: its id leads through the lines of all threads that worked on it, and orders are in the audit log
 * although nobody writes an entry for them.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { WebSocket } from 'ws';
import { HttpClient } from '../support/http-client.js';
import { ADMIN_PASSWORD, ADMIN_USERNAME, startServerFor } from '../support/server.js';

interface Line {
  requestId?: string;
  thread?: string;
  msg: string;
  [field: string]: unknown;
}

const WAIT_MS_MAX = 60_000;
const server = await startServerFor(t, { env: { LOG_LEVEL: 'debug', MATCHING_WORKERS: '1' } });
const client = new HttpClient(server.url);
t.teardown(() => client.close());

const lines = (): Line[] =>
  server
    .stderr()
    .split('\n')
    .filter((text) => text.startsWith('{') && text.endsWith('}'))
    .map((text) => JSON.parse(text) as Line);

/** Lines once these threads have told of it; `undefined` stands for the front. */
async function linesOf(isIt: (line: Line) => boolean, threads: readonly (string | undefined)[]): Promise<Line[]> {
  const deadlineMs = performance.now() + WAIT_MS_MAX;
  for (;;) {
    const found = lines().filter(isIt);
    const told = new Set(found.map(({ thread }) => thread));
    if (threads.every((thread) => told.has(thread))) return found;
    if (performance.now() > deadlineMs) throw new Error(`only ${JSON.stringify(found)}`);
    await sleep(20);
  }
}
const withId = (id: string) => (line: Line) => line.requestId === id;
const trader = await client.trader('traced', 1_000_000);
const order = { account_id: trader.accountId, instrument_id: 'DCE.m', direction: 'BUY', offset: 'OPEN', order_type: 'LIMIT', volume: 1 };

t.test('an order: front, matching, log, market, snapshot', async (t) => {
  const options = { token: trader.token, headers: { 'x-request-id': 'order-1' } };
  const { data, headers } = await client.call('POST', '/api/order/submit', { ...options, body: { ...order, price: 2950 } });
  t.equal(headers['x-request-id'], 'order-1');
  const found = await linesOf(withId('order-1'), ['matching-0', 'wal', 'market', 'snapshot']);
  const [handed] = found.filter(({ msg }) => msg === 'handed to matching');
  const [applied] = found.filter(({ msg }) => msg === 'durable and applied');
  t.match(applied, { sequence: Number });
  for (const line of found.filter(({ thread }) => thread !== undefined)) {
    if (line.thread === 'matching-0') t.match(line, { command: handed['command'], at: Number });
    else t.ok(Number(line['firstSequence']) <= Number(applied['sequence']) && Number(line['lastSequence']) >= Number(applied['sequence']));
  }
  t.match(
    found.filter(({ msg }) => msg === 'answered'),
    [{ method: 'POST', route: '/api/order/submit', user: trader.userId, status: 200, tookMs: Number, address: '127.0.0.1' }],
  );

  options.headers['x-request-id'] = 'cancel-1';
  const body = { account_id: trader.accountId, order_id: data['order_id'] };
  t.equal((await client.call('POST', '/api/order/cancel', { ...options, body })).status, 200);
  await linesOf(withId('cancel-1'), ['matching-0', 'wal', 'market', 'snapshot']);
  t.strictSame(
    lines().filter(({ requestId, thread }) => requestId === 'order-1' && thread === 'matching-0').length,
    1,
    'what came later is not told of it',
  );
});

t.test('a registration: password thread and log', async (t) => {
  const body = { username: 'traced_too', password: 'correct horse 7' };
  const { status } = await client.call('POST', '/api/auth/register', { body, headers: { 'x-request-id': 'register-1' } });
  t.equal(status, 200);
  const found = await linesOf(withId('register-1'), ['password', 'wal', 'snapshot']);
  t.match(
    found.filter(({ msg }) => msg === 'answered'),
    [{ user: undefined, status: 200 }],
  );
  t.notMatch(server.stderr(), /correct horse/);
});

t.test('orders and cancels are audited, those that came to nothing too', async (t) => {
  const { token, userId, accountId } = await client.trader('audited', 1_000_000);
  const send = (path: string, fields: object) => client.call('POST', path, { token, body: { account_id: accountId, ...fields } });
  const submit = (fields: object) => send('/api/order/submit', { ...order, account_id: accountId, price: 2900, ...fields });
  const first = String((await submit({})).data['order_id']);
  const second = String((await submit({})).data['order_id']);
  t.equal((await submit({ volume: 10_000 })).code, 1002, 'declined at the front');
  t.equal((await submit({ direction: 'SELL' })).code, 1005, 'refused by the book');
  t.equal((await send('/api/order/cancel', { order_id: first })).status, 200);
  t.equal((await send('/api/order/cancel-all', {})).status, 200);
  t.equal((await send('/api/order/cancel', { order_id: second })).code, 3002, 'refused at the front');
  t.equal((await send('/api/order/cancel', { order_id: 'O0000999999999999' })).code, 3001);
  t.equal((await submit({ order_type: 'MARKET', price: undefined })).data['reject_code'], 4002, 'cancelled by the exchange: no act of his');
  const market = String(Number(second.slice(1)) + 2).padStart(16, '0');

  const admin = await client.login(ADMIN_USERNAME, ADMIN_PASSWORD);
  const audit = async (query: string) => (await client.call('GET', `/api/audit/logs${query}`, { token: admin })).data;
  const named = (log_type: string, result: string, details: string) => ({
    log_type,
    result,
    details,
    user_id: userId,
    account_id: accountId,
    ip_address: '127.0.0.1',
  });
  const submitted = await audit(`?log_type=ORDER_SUBMIT&account_id=${accountId}`);
  t.match(submitted, {
    total: 5,
    logs: [
      named('ORDER_SUBMIT', 'SUCCESS', `O${market}`),
      named('ORDER_SUBMIT', 'FAILED', `O${String(Number(second.slice(1)) + 1).padStart(16, '0')} refused with 1005`),
      named('ORDER_SUBMIT', 'FAILED', 'refused with 1002'),
      named('ORDER_SUBMIT', 'SUCCESS', second),
      named('ORDER_SUBMIT', 'SUCCESS', first),
    ],
  });
  const cancelled = await audit(`?log_type=ORDER_CANCEL&user_id=${userId}&result=SUCCESS`);
  t.match(cancelled, { total: 2, logs: [named('ORDER_CANCEL', 'SUCCESS', second), named('ORDER_CANCEL', 'SUCCESS', first)] });
  const refused = [
    named('ORDER_CANCEL', 'FAILED', 'O0000999999999999 refused with 3001'),
    named('ORDER_CANCEL', 'FAILED', `${second} refused with 3002`),
  ];
  let failed = await audit(`?log_type=ORDER_CANCEL&user_id=${userId}&result=FAILED`);
  // the answer does not wait for its entry
  for (const deadline = Date.now() + 60_000; failed['total'] !== 2 && Date.now() < deadline;) {
    await sleep(20);
    failed = await audit(`?log_type=ORDER_CANCEL&user_id=${userId}&result=FAILED`);
  }
  t.match(failed, { total: 2, logs: refused });
  const page = await audit(`?log_type=ORDER_SUBMIT&user_id=${userId}&result=SUCCESS&page=2&page_size=2`);
  t.match(page, { total: 3, page: 2, logs: [{ details: first }] });
  t.match(await audit(`?log_type=ORDER_SUBMIT&user_id=${userId}&page=9`), { total: 5, logs: [] }, 'behind the last one');
  t.match(await audit(`?log_type=ORDER_SUBMIT&account_id=${accountId}&end_time=1000`), { total: 0, logs: [] });
  const [{ id, timestamp }] = submitted['logs'] as { id: string; timestamp: number }[];
  t.ok(Math.abs(timestamp - Date.now()) < 3_600_000);
  t.strictSame(await audit(`/${id}`), (submitted['logs'] as unknown[])[0]);
  t.equal((await client.call('GET', '/api/audit/logs/AUDO0000000000000001', { token: admin })).code, 9007, 'an event of something else');
  const others = { total: 3, logs: [...refused, { log_type: 'DEPOSIT' }] };
  t.match(await audit(`?account_id=${accountId}`), others, 'the rest is not lost among orders');
  t.equal((await client.call('GET', '/api/audit/logs?log_type=ORDER_SUBMIT', { token })).code, 9006);
});

t.test('a query: the history', async (t) => {
  const token = await client.login(ADMIN_USERNAME, ADMIN_PASSWORD);
  const headers = { 'x-request-id': 'query-1' };
  const { status } = await client.call('POST', '/api/data/query/sql', { token, headers, body: { sql: 'SELECT 1' } });
  t.equal(status, 200);
  t.match(await linesOf(withId('query-1'), ['history', 'wal']), [{}]);
});

t.test('a message on a socket has an id of its own, beside the one of its sender', async (t) => {
  const socket = new WebSocket(server.wsUrl);
  t.teardown(() => socket.terminate());
  await new Promise((resolve) => socket.once('open', resolve));
  socket.send(JSON.stringify({ type: 'auth', token: trader.token }));
  socket.send(JSON.stringify({ type: 'submit_order', request_id: 'mine-1', ...order, price: 2940 }));
  const [message] = await linesOf(({ clientRequestId, msg }) => clientRequestId === 'mine-1' && msg === 'message', [undefined]);
  t.match(message, { user: trader.userId, type: 'submit_order' });
  await linesOf(withId(String(message.requestId)), ['matching-0', 'wal', 'market', 'snapshot']);
  t.notMatch(server.stderr(), trader.token);
});

t.test('the audit knows where orders came from, by whatever interface', async (t) => {
  const { token, userId, accountId } = await client.trader('roamer', 1_000_000);
  const headers = { 'user-agent': 'desk/1' };
  const body = { ...order, account_id: accountId, price: 2900 };
  const submitted = await client.call('POST', '/api/order/submit', { token, headers, body });
  const id = String(submitted.data['order_id']);
  const modified = await client.call('PUT', `/api/order/modify/${id}`, {
    token,
    headers,
    body: { account_id: accountId, new_price: 2901 },
  });
  t.equal(modified.status, 200);
  const refused = await client.call('PUT', `/api/order/modify/${id}`, { token, headers, body: { account_id: accountId, new_price: 0.5 } });
  t.equal(refused.code, 3004);

  const connect = async (path: string, localAddress: string): Promise<(message: object) => void> => {
    const socket = new WebSocket(`${server.wsUrl.replace(/\/ws$/, '')}${path}`, {
      localAddress,
      headers: { 'user-agent': `from ${path}` },
    });
    t.teardown(() => socket.terminate());
    await new Promise((resolve) => socket.once('open', resolve));
    return (message) => socket.send(JSON.stringify(message));
  };
  const session = await connect('/ws', '127.0.0.2');
  session({ type: 'auth', token });
  session({ type: 'submit_order', ...body });
  session({ type: 'submit_order', ...body, volume: 10_000 });
  const diff = await connect('/ws/diff', '127.0.0.3');
  diff({ aid: 'req_login', bid: 'qaexchange', user_name: 'roamer', password: token });
  const [exchange_id, instrument_id] = order.instrument_id.split('.');
  const aid = { aid: 'insert_order', order_id: 'mine', exchange_id, instrument_id, direction: 'BUY', offset: 'OPEN' };
  diff({ ...aid, volume: 1, price_type: 'LIMIT', limit_price: 2900, volume_condition: 'ANY', time_condition: 'GFD' });

  const admin = await client.login(ADMIN_USERNAME, ADMIN_PASSWORD);
  const found = async (type: string, count: number): Promise<unknown[][]> => {
    const path = `/api/audit/logs?log_type=${type}&user_id=${userId}`;
    for (const deadline = Date.now() + WAIT_MS_MAX; ;) {
      const answer = await client.call('GET', path, { token: admin });
      const { logs = [] } = answer.data as { logs?: Record<string, unknown>[] };
      if (logs.length === count || Date.now() > deadline) {
        return logs.map(({ action, result, ip_address, user_agent }) => [action, result, ip_address, user_agent]);
      }
      await sleep(20);
    }
  };
  t.same((await found('ORDER_SUBMIT', 6)).sort(), [
    ['modify_order', 'FAILED', '127.0.0.1', 'desk/1'],
    ['modify_order', 'SUCCESS', '127.0.0.1', 'desk/1'],
    ['submit_order', 'FAILED', '127.0.0.2', 'from /ws'],
    ['submit_order', 'SUCCESS', '127.0.0.1', 'desk/1'],
    ['submit_order', 'SUCCESS', '127.0.0.2', 'from /ws'],
    ['submit_order', 'SUCCESS', '127.0.0.3', 'from /ws/diff'],
  ]);
  diff({ aid: 'cancel_order', order_id: 'mine' });
  t.same(await found('ORDER_CANCEL', 1), [['cancel_order', 'SUCCESS', '127.0.0.3', 'from /ws/diff']]);
});
