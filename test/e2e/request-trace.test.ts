/** One request id, grepped from the log of a running exchange, leads through all threads that worked on the request. */
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

const WAIT_MS_MAX = 30_000;
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
