/** Batches, modifications, mass cancels and the options of orders over HTTP and `/ws`. */
import t, { type Test } from 'tap';
import { WebSocket } from 'ws';
import { HttpClient, type HttpAnswer, type Trader } from '../support/http-client.js';
import { startServerFor } from '../support/server.js';

const server = await startServerFor(t, { env: { RATE_LIMIT_RPS: '0' } });
const client = new HttpClient(server.url);
t.teardown(() => client.close());
let traders = 0;

/** A trader whose orders are gone from the shared books when the test is over. */
async function trader(t: Test, cash = 1_000_000): Promise<Trader> {
  const created = await client.trader(`orders_${++traders}`, cash);
  t.teardown(() => send(created, 'POST', '/api/order/cancel-all', {}));
  return created;
}

const plain = { instrument_id: 'DCE.m', direction: 'BUY', offset: 'OPEN', order_type: 'LIMIT', volume: 1, price: 2900 };

function send(owner: Trader, method: string, path: string, fields: Record<string, unknown>): Promise<HttpAnswer> {
  return client.call(method, path, { token: owner.token, body: { account_id: owner.accountId, ...fields } });
}

async function submit(owner: Trader, fields: Record<string, unknown> = {}): Promise<string> {
  const answer = await send(owner, 'POST', '/api/order/submit', { ...plain, ...fields });
  if (answer.code !== 0) throw new Error(answer.text);
  return String(answer.data['order_id']);
}

async function view(owner: Trader, orderId: string): Promise<Record<string, unknown>> {
  return (await client.call('GET', `/api/order/${orderId}`, { token: owner.token })).data;
}

t.test('a batch of orders: each stands alone', async (t) => {
  const owner = await trader(t);
  const items: unknown[] = [
    plain,
    { ...plain, price: 2900.5 },
    { ...plain, time_condition: 'IOC', volume_condition: 'ALL' },
    'nonsense',
    { ...plain, volume: undefined },
    { ...plain, instrument_id: 'DCE.none' },
    { ...plain, account_id: 'ACC_0000000099' },
    { ...plain, direction: 'SELL' },
    { ...plain, client_order_id: 'twice' },
    { ...plain, client_order_id: 'twice' },
    null,
  ];
  const { status, data } = await send(owner, 'POST', '/api/order/batch', { orders: items });
  t.equal(status, 200);
  t.match(data, { total: 11, success_count: 4, failed_count: 7 });
  const results = data['results'] as Record<string, unknown>[];
  t.same(
    results.map(({ index, success, code, reject_code: reject }) => [index, success, code ?? reject ?? 0]),
    [
      [0, true, 0],
      [1, false, 1012],
      [2, true, 4010],
      [3, false, 9003],
      [4, false, 9003],
      [5, false, 1007],
      [6, false, 9008],
      [7, false, 1005],
      [8, true, 0],
      [9, true, 0],
      [10, false, 9003],
    ],
  );
  t.match(results[0], { order_id: /^O\d{16}$/, status: 'submitted' });
  t.equal(results[8]['order_id'], results[9]['order_id'], 'one client order id, one order');
  t.match(results[4]['error'], /volume is required/);
  const failing = await send(owner, 'POST', '/api/order/batch', { orders: [{}, {}] });
  t.match(failing, { status: 200, data: { success_count: 0, failed_count: 2 } }, 'even if all fail');
  for (const orders of [[], Array.from({ length: 101 }, () => plain)]) {
    t.match(await send(owner, 'POST', '/api/order/batch', { orders }), { status: 400, code: 3012 });
  }
  t.match(await send(owner, 'POST', '/api/order/batch', { orders: Array.from({ length: 100 }, () => plain) }), {
    data: { success_count: 100 },
  });
  for (const orders of [undefined, null, {}, 'x', 5]) {
    t.match(await send(owner, 'POST', '/api/order/batch', { orders }), { status: 400, code: 9008 });
  }
  t.match(await send(owner, 'POST', '/api/order/batch', { account_id: 'ACC_0000000099', orders: [plain] }), { status: 404, code: 1006 });
});

t.test('a batch that is sent again under its key is placed once', async (t) => {
  const owner = await trader(t);
  const count = async () => (await client.call('GET', `/api/order/user/${owner.userId}`, { token: owner.token })).data['total'];
  for (const key of ['mine', 'k'.repeat(64)]) {
    const place = (orders: unknown[]) => {
      const body = { account_id: owner.accountId, orders };
      return client.call('POST', '/api/order/batch', { token: owner.token, body, headers: { 'idempotency-key': key } });
    };
    const before = Number(await count());
    const items = [plain, { ...plain, volume: 2 }, { ...plain, price: 1 }];
    const first = await place(items);
    t.match(first.data, { success_count: 2, failed_count: 1 });
    t.equal((await place(items)).text, first.text);
    t.match(await place([plain, plain, plain]), { status: 409, code: 9009 }, 'another batch under the key');
    t.equal(await count(), before + 2);
  }
  const headers = { 'idempotency-key': 'k'.repeat(65) };
  const long = await client.call('POST', '/api/order/batch', {
    token: owner.token,
    headers,
    body: { account_id: owner.accountId, orders: [plain] },
  });
  t.match(long, { status: 400, code: 9008 });
});

t.test('a batch of cancels', async (t) => {
  const [owner, other] = [await trader(t), await trader(t)];
  const [first, second, foreign] = [await submit(owner), await submit(owner), await submit(other)];
  const ids = [first, first, 'O0000000000009999', 'nonsense', foreign, second];
  const { status, data } = await send(owner, 'POST', '/api/order/batch-cancel', { order_ids: ids });
  t.equal(status, 200);
  t.match(data, { total: 6, success_count: 2, failed_count: 4 });
  const results = data['results'] as Record<string, unknown>[];
  t.same(
    results.map(({ order_id: id, status: state, code }) => [id, state ?? code]),
    [
      [first, 'cancelled'],
      [first, 3002],
      ['O0000000000009999', 3001],
      ['nonsense', 3001],
      [foreign, 9006],
      [second, 'cancelled'],
    ],
  );
  t.match(await view(other, foreign), { status: 'Submitted' });
  t.match(await view(owner, first), { status: 'Cancelled', reject_reason: /cancelled by its owner/ });
  for (const orderIds of [[], Array.from({ length: 101 }, () => first)]) {
    t.match(await send(owner, 'POST', '/api/order/batch-cancel', { order_ids: orderIds }), { status: 400, code: 3012 });
  }
  for (const orderIds of [undefined, 'x', [5], [null]]) {
    t.match(await send(owner, 'POST', '/api/order/batch-cancel', { order_ids: orderIds }), { status: 400, code: 9008 });
  }
});

t.test('a modification is one step, and a refused one leaves the order alone', async (t) => {
  const owner = await trader(t, 20_000);
  const id = await submit(owner, { volume: 2 });
  const modify = (fields: Record<string, unknown>, orderId = id) => send(owner, 'PUT', `/api/order/modify/${orderId}`, fields);
  t.match(await modify({ new_price: 2910 }), {
    status: 200,
    data: { old_order_id: id, new_order_id: id, new_price: 2910, new_volume: 2, status: 'submitted', filled_volume: 0 },
  });
  t.match(await modify({ new_volume: 3 }), { data: { new_price: 2910, new_volume: 3 } });
  const before = await view(owner, id);
  t.match(before, { price: 2910, volume: 3, remaining_volume: 3, status: 'Submitted' });
  const refused: [fields: Record<string, unknown>, code: number][] = [
    [{ new_price: 2910.5 }, 1012],
    [{ new_price: 9999 }, 1013],
    [{ new_price: 0 }, 1008],
    [{ new_price: -2900 }, 1008],
    [{ new_volume: 0 }, 1008],
    [{ new_volume: -1 }, 1008],
    [{ new_volume: 1.5 }, 1008],
    [{ new_volume: 1e300 }, 1008],
    [{ new_volume: 10_001 }, 1011],
    [{ new_volume: 2000 }, 1002],
  ];
  for (const [fields, code] of refused) {
    const answer = await modify(fields);
    t.match(answer, { status: 409, code: 3004, details: [{ field: 'code', reason: String(code) }, {}] }, JSON.stringify(fields));
  }
  await submit(owner, { direction: 'SELL', price: 2950 });
  t.match(await modify({ new_price: 2950 }), { code: 3004, details: [{ reason: '1005' }, {}] });
  t.same(await view(owner, id), before);
  for (const fields of [{}, { new_price: null }, { new_price: '2900' }, { new_volume: true }]) {
    t.match(await modify(fields), { status: 400, code: 9008 }, JSON.stringify(fields));
  }
  t.match(await modify({ new_price: 2900 }, 'O0000000000009999'), { status: 404, code: 3001 });
  t.match(await modify({ new_price: 2900 }, 'nonsense'), { status: 404, code: 3001 });
  const stranger = await trader(t);
  t.match(await send(stranger, 'PUT', `/api/order/modify/${id}`, { new_price: 2900 }), { status: 403, code: 9006 });
  await send(owner, 'POST', '/api/order/cancel', { order_id: id });
  t.match(await modify({ new_price: 2900 }), { status: 409, code: 3002 });
});

t.test('an amended order trades, and ends when its total is filled already', async (t) => {
  const [owner, other] = [await trader(t), await trader(t)];
  const id = await submit(owner, { volume: 5, price: 3000 });
  await submit(other, { direction: 'SELL', volume: 2, price: 3001 });
  const answer = await send(owner, 'PUT', `/api/order/modify/${id}`, { new_price: 3001 });
  t.match(answer.data, { new_price: 3001, new_volume: 5, status: 'partially_filled', filled_volume: 2 });
  const ended = await send(owner, 'PUT', `/api/order/modify/${id}`, { new_volume: 1 });
  t.match(ended.data, { new_volume: 2, status: 'cancelled', filled_volume: 2 });
  t.match(await view(owner, id), { status: 'Cancelled', filled_volume: 2, remaining_volume: 0 });
});

t.test('all orders of an account are cancelled at once', async (t) => {
  const owner = await trader(t);
  const cancelAll = async (fields: Record<string, unknown>) => await send(owner, 'POST', '/api/order/cancel-all', fields);
  t.match(await cancelAll({}), { status: 200, data: { cancelled_count: 0, failures: [] } });
  for (const price of [2901, 2902]) await submit(owner, { price });
  await submit(owner, { direction: 'SELL', price: 3100 });
  await submit(owner, { instrument_id: 'SHFE.rb', price: 3400 });
  t.match((await cancelAll({ instrument_id: 'DCE.m', direction: 'BUY' })).data, { cancelled_count: 2 });
  t.match((await cancelAll({ instrument_id: 'DCE.m' })).data, { cancelled_count: 1 });
  t.match((await cancelAll({})).data, { cancelled_count: 1 });
  t.match(await cancelAll({ instrument_id: 'DCE.none' }), { status: 404, code: 1007 });
  t.match(await cancelAll({ direction: 'NONE' }), { status: 400, code: 9008 });
});

t.test('kinds and options reach the book', async (t) => {
  const [owner, other] = [await trader(t), await trader(t)];
  for (const price of [3010, 3011, 3012]) await submit(other, { direction: 'SELL', price });
  const postOnly = await send(owner, 'POST', '/api/order/submit', { ...plain, price: 3010, post_only: true });
  t.match(postOnly, { status: 409, code: 4011 });
  const best = await submit(owner, { order_type: 'BEST1', price: undefined, volume: 2, residual: 'TO_LIMIT' });
  t.match(await view(owner, best), {
    order_type: 'BEST1',
    time_condition: 'GFD',
    price: 3010,
    filled_volume: 1,
    remaining_volume: 1,
    status: 'PartiallyFilled',
  });
  await send(owner, 'POST', '/api/order/cancel-all', {});
  const slipped = await submit(owner, { order_type: 'ANY', price: undefined, volume: 2, max_slippage_ticks: 1 });
  t.match(await view(owner, slipped), { order_type: 'MARKET', filled_volume: 2, status: 'Filled' });
  const good = await submit(owner, { time_condition: 'GTD', gtd_date: '2099-12-31', price: 2905 });
  t.match(await view(owner, good), { time_condition: 'GTD', volume_condition: 'ANY' });
  const decrement = await submit(owner, { direction: 'SELL', volume: 3, price: 2905, smp_mode: 'DECREMENT' });
  t.match(await view(owner, decrement), { status: 'Submitted', volume: 3, filled_volume: 0, remaining_volume: 2 });
  t.match(await view(owner, good), { status: 'Cancelled', reject_reason: /self-trade/ });
});

t.test('a socket sends the same options and hears of modifications', async (t) => {
  const owner = await trader(t);
  const socket = new WebSocket(server.wsUrl);
  t.teardown(() => socket.terminate());
  const heard: Record<string, unknown>[] = [];
  const waiting: (() => void)[] = [];
  socket.on('message', (data: Buffer) => {
    heard.push(...[JSON.parse(data.toString()) as Record<string, unknown>[]].flat());
    for (const wake of waiting.splice(0)) wake();
  });
  const hear = async (type: string, status?: string): Promise<Record<string, unknown>> => {
    for (;;) {
      const at = heard.findIndex((message) => message['type'] === type && (status === undefined || message['status'] === status));
      if (at !== -1) return heard.splice(0, at + 1)[at];
      await new Promise<void>((resolve) => waiting.push(resolve));
    }
  };
  await new Promise((resolve) => socket.once('open', resolve));
  socket.send(JSON.stringify({ type: 'auth', token: owner.token }));
  await hear('auth_response');
  const order = { ...plain, type: 'submit_order', account_id: owner.accountId };
  socket.send(JSON.stringify({ ...order, post_only: true, time_condition: 'GTC', smp_mode: 'CANCEL_BOTH' }));
  const { order_id: id } = await hear('order_response');
  const submitted = await hear('order_status');
  await send(owner, 'PUT', `/api/order/modify/${String(id)}`, { new_price: 2899, new_volume: 4 });
  const amended = await hear('order_status');
  t.match(amended, { order_id: id, price: 2899, volume: 4, remaining_volume: 4, status: 'Submitted' });
  t.equal(Number(amended['report_seq']), Number(submitted['report_seq']) + 1);
  await send(owner, 'POST', '/api/order/cancel-all', {});
  t.match(await hear('order_status'), { order_id: id, status: 'Cancelled', reason: 'mass cancel' });
  for (const [fields, code] of [
    [{ smp_mode: 'OFF' }, 9006],
    [{ smp_mode: 'SOME' }, 1008],
    [{ residual: 'TO_LIMIT' }, 1009],
    [{ post_only: 1 }, 9003],
    [{ max_slippage_ticks: '1' }, 9003],
  ] as const) {
    socket.send(JSON.stringify({ ...order, ...fields }));
    t.match(await hear('order_response'), { success: false, error_code: code }, JSON.stringify(fields));
  }
});

t.test('conditional orders: placed, listed, counted, cancelled, and fired once by a trade', async (t) => {
  const owner = await trader(t);
  const maker = await trader(t);
  const conditional = { ...plain, volume: 1, price: undefined, limit_price: 2795, condition_type: 'STOP_LOSS', trigger_condition: 'LE' };
  const place = (fields: Record<string, unknown>) => send(owner, 'POST', '/api/order/conditional', { ...conditional, ...fields });
  const listed = async (query = '') => {
    const path = `/api/order/conditional/list?account_id=${owner.accountId}${query}`;
    return (await client.call('GET', path, { token: owner.token })).data as { orders: Record<string, unknown>[]; total: number };
  };
  const statistics = async (token: string, query = '') =>
    (await client.call('GET', `/api/order/conditional/statistics${query}`, { token })).data;

  const validUntil = Date.now() + 3_600_000;
  const first = await place({ trigger_price: 2850, valid_until: validUntil });
  t.match(first, {
    status: 200,
    data: { status: 'PENDING', order_type: 'LIMIT', limit_price: 2795, trigger_price: 2850, valid_until: validUntil },
  });
  const second = await place({ trigger_price: 2840 });
  for (const [fields, status, code] of [
    [{ trigger_price: 2850.5 }, 400, 3101],
    [{ trigger_price: 2850, trigger_condition: 'LESS' }, 400, 3101],
    [{ trigger_price: 2850, valid_until: Date.now() - 60_000 }, 400, 9008],
    [{ trigger_price: 2850, instrument_id: 'DCE.none' }, 404, 1007],
    [{ trigger_price: 2850, limit_price: undefined }, 400, 1008],
    [{ trigger_price: 2850, account_id: 'ACC_0000009999' }, 404, 1006],
    [{ trigger_price: 2850, account_id: maker.accountId }, 403, 9006],
    [{ trigger_price: 'high' }, 400, 9008],
  ] as const) {
    t.match(await place(fields), { status, code }, JSON.stringify(fields));
  }
  const id = String(second.data['conditional_order_id']);
  const remove = (who: Trader, which = id) => client.call('DELETE', `/api/order/conditional/${which}`, { token: who.token });
  t.match(await remove(maker), { status: 403, code: 9006 });
  t.match(await remove(owner), { status: 200, data: { conditional_order_id: id, status: 'CANCELLED' } });
  t.match(await remove(owner), { status: 409, code: 3103 });
  t.match(await remove(maker), { status: 403, code: 9006 }, 'finished, and still not theirs');
  t.match(await remove(owner, 'COND_999999999999'), { status: 404, code: 3105 });
  t.match(await remove(owner, 'COND_1'), { status: 404, code: 3105 });

  await submit(maker, { direction: 'SELL', price: 2850 });
  await submit(owner, { price: 2850 });
  let orders: Record<string, unknown>[] = [];
  for (let look = 0; look < 200 && orders.length === 0; look++) orders = (await listed('&status=TRIGGERED')).orders;
  t.match(orders, [{ conditional_order_id: first.data['conditional_order_id'], status: 'TRIGGERED', triggered_at: Number }]);
  t.match(await view(owner, String(orders[0]['result_order_id'])), {
    client_order_id: first.data['conditional_order_id'],
    status: 'Submitted',
    price: 2795,
  });
  t.match(await place({ trigger_price: 2850 }), { code: 3102 });
  t.match(await place({ trigger_price: 2850, order_type: 'MARKET', limit_price: null, fire_if_true: true }), { status: 200 });
  let counts = await statistics(owner.token);
  for (let look = 0; look < 200 && counts['pending'] !== 0; look++) counts = await statistics(owner.token);
  t.match(counts, { total: 3, pending: 0, triggered: 2, cancelled: 1, expired: 0, failed: 0 });
  t.same(await statistics(owner.token, `?account_id=${owner.accountId}`), counts);
  t.same(await statistics(maker.token), { total: 0, pending: 0, triggered: 0, cancelled: 0, expired: 0, failed: 0 });
  t.match(await client.call('GET', `/api/order/conditional/statistics?account_id=${owner.accountId}`, { token: maker.token }), {
    code: 9006,
  });
  const all = await listed('&page=2&page_size=1');
  t.match(all, { total: 3, orders: [{ conditional_order_id: id, status: 'CANCELLED' }] }, 'newest first');
});
