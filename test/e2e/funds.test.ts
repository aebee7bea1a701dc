/** Money, passwords and freezes from outside, and what of them a restart keeps. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { HttpClient } from '../support/http-client.js';
import { ADMIN_PASSWORD, ADMIN_USERNAME, startServer, startServerFor } from '../support/server.js';

const ENV = { RATE_LIMIT_RPS: '0' };
const PASSWORD = 'correct horse 7';

t.test('an account lives: money, banks, passwords, freezes, and its end; a restart forgets nothing', async (t) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'qaexchange-funds-'));
  t.teardown(() => rm(dataDir, { recursive: true, force: true }));
  const server = await startServer({ dataDir, env: ENV });
  let client = new HttpClient(server.url);
  t.teardown(() => client.close());
  const alice = await client.trader('alice', 100_000);
  const bob = await client.trader('bob', 100_000);
  const admin = await client.login(ADMIN_USERNAME, ADMIN_PASSWORD);
  const { token, accountId: account_id } = alice;
  const post = (path: string, body: object, key = '', as = token) =>
    client.call('POST', path, { token: as, body, ...(key === '' ? {} : { headers: { 'idempotency-key': key } }) });
  const get = async (path: string, as = token) => (await client.call('GET', path, { token: as })).data;

  // passwords and transfers
  const transfer = (amount: number, changes: object = {}, key = '') =>
    post(
      '/api/account/transfer',
      { account_id, bank_id: 'CCB', amount, bank_password: '123456', future_password: 'fund pass 1', ...changes },
      key,
    );
  t.match(await get(`/api/account/${account_id}/banks`), { total: 5, banks: [{ id: 'ICBC' }, {}, {}, {}, {}] });
  const change = (old_password: string) =>
    post('/api/account-admin/password/change', { account_id, old_password, new_password: 'fund pass 1', password_type: 'FUND' });
  t.match(await change('wrong wrong 1'), { status: 400, code: 2107 });
  t.match(await change(PASSWORD), { status: 200, data: { message: String } });
  t.match(await post('/api/account/withdraw', { account_id, amount: 1 }), { status: 400, code: 2107 });
  t.match(await post('/api/account/withdraw', { account_id, amount: 1, fund_password: 'fund pass 1' }), { status: 200 });
  t.match(await transfer(0.001), { status: 400, code: 2202 });
  t.match(await transfer(1, { bank_id: 'NONE' }), { status: 400, code: 2201 });
  t.match(await transfer(-200_000), { status: 400, code: 2204 });
  t.match(await transfer(1, { future_password: 'wrong wrong 1' }), { status: 400, code: 2203 });
  const out = await transfer(-99.5, {}, 'out-1');
  t.match(out, { status: 200, data: { transfer_id: /^TXN\d{12}$/, balance: 99_899.5, available: 99_899.5 } });
  t.match(await get(`/api/account/${account_id}/transfers`), {
    total: 1,
    records: [{ id: out.data['transfer_id'], amount: -99.5, currency: 'CNY', error_id: 0, bank_id: 'CCB', bank_name: String }],
  });

  // staff
  const wired = { account_id, amount: 250, method: 'wire', remark: 'bonus' };
  const booked = await post('/api/management/deposit', wired, 'desk-1', admin);
  t.match(booked, { data: { amount: 250, transaction_type: 'deposit', method: 'wire', remark: 'bonus', status: 'completed' } });
  t.same((await post('/api/management/deposit', wired, 'desk-1', admin)).data, booked.data);
  t.match(await post('/api/management/deposit', { ...wired, amount: 251 }, 'desk-1', admin), { status: 409, code: 9009 });
  t.match(await post('/api/management/withdraw', { account_id, amount: 50, bank_account: '6222000011112345' }, '', admin), {
    data: { amount: 50, transaction_type: 'withdrawal', remark: 'bank account ****2345' },
  });
  for (const amount of [0, -1]) t.match(await post('/api/management/deposit', { account_id, amount }, '', admin), { code: 2003 });
  t.match(await post('/api/management/deposit', { account_id, amount: 0.005 }, '', admin), { status: 400, code: 9008 });
  t.match(await get('/api/management/transactions?page_size=2', admin), {
    total: 6,
    page: 1,
    page_size: 2,
    records: [{ amount: 50 }, { amount: 250 }],
  });
  t.match(await get('/api/management/transactions?page=3&page_size=2', admin), {
    records: [{ account_id: bob.accountId }, { amount: 100_000 }],
  });
  t.match(await get(`/api/management/transactions?transaction_type=withdrawal&account_id=${account_id}`, admin), { total: 3 });
  t.match(await get('/api/management/transactions?start_date=2000-01-01&end_date=2000-12-31', admin), { total: 0, records: [] });
  t.match(await client.call('GET', '/api/management/transactions?start_date=2026-02-30', { token: admin }), { code: 9008 });
  t.equal(
    (await client.call('GET', `/api/management/transactions/${alice.userId}?limit=3`, { token: admin })).text.match(/TXN/g)?.length,
    3,
  );
  t.match(await client.call('GET', '/api/management/transactions/U0000009999', { token: admin }), { status: 404, code: 2104 });
  t.match(await get(`/api/account/${account_id}/history?transaction_type=deposit`), {
    total: 2,
    records: [{ remark: 'bonus' }, { amount: 100_000 }],
  });
  t.match(await get(`/api/account/${account_id}/history?transaction_type=settlement`), { total: 0 });

  // a freeze takes the orders with it
  const order = { account_id, instrument_id: 'CFFEX.IF', direction: 'BUY', offset: 'OPEN', order_type: 'LIMIT', volume: 1, price: 3700 };
  const bobs = { ...order, account_id: bob.accountId, instrument_id: 'DCE.m', price: 2950 };
  t.match(await post('/api/order/submit', order), { code: 1002 }, 'alice has not enough for an index future');
  const working = await post('/api/order/submit', { ...order, instrument_id: 'DCE.m', price: 2950 });
  t.match(working.data, { status: 'submitted' });
  t.match((await post('/api/order/submit', bobs, '', bob.token)).data, { status: 'submitted' });
  const freeze = { account_id, reason: 'court order', freeze_type: 'TRADING_ONLY' };
  t.match(await post('/api/account-admin/freeze', { ...freeze, freeze_type: undefined }, '', admin), { code: 9008 });
  t.match(await post('/api/account-admin/freeze', freeze, '', admin), {
    data: {
      status: 'FROZEN',
      freeze_type: 'TRADING_ONLY',
      freeze_reason: 'court order',
      frozen_at: Number,
      can_trade: false,
      can_withdraw: true,
    },
  });
  t.match(await get(`/api/order/${String(working.data['order_id'])}`), { status: 'Cancelled' });
  t.match(await post('/api/order/submit', { ...order, instrument_id: 'DCE.m', price: 2950 }), { status: 403, code: 2002 });
  t.match(await get(`/api/order/user/${bob.userId}`, bob.token), { orders: [{ status: 'Submitted' }] });

  // an end
  const close = (id: string) => post(`/api/management/account/${id}/close`, { reason: 'wanted' }, '', admin);
  t.match(await close(account_id), { status: 409, code: 2111 });
  t.match(await post('/api/account/open', { user_name: 'second' }), { status: 200 });
  const second = String((await get(`/api/user/${alice.userId}/accounts`))['total']);
  t.equal(second, '2');
  t.match(await close('ACC_0000000003'), { status: 200, data: { status: 'CLOSED' } });
  t.match(await get('/api/auth/me'), { account_ids: [account_id] });
  t.match(await post('/api/account/deposit', { account_id: 'ACC_0000000003', amount: 1 }), { status: 403, code: 2002 });

  t.equal((await server.stop()).code, 0);
  client.close();
  const restarted = await startServerFor(t, { dataDir, env: ENV });
  client = new HttpClient(restarted.url);
  t.same((await transfer(-99.5, {}, 'out-1')).data, out.data, 'the key is known after a restart');
  t.match(await transfer(-99.4, {}, 'out-1'), { status: 409, code: 9009 });
  t.match(await get(`/api/account-admin/status/${account_id}`), { status: 'FROZEN', freeze_reason: 'court order' });
  t.match(await get(`/api/account/${account_id}/history`), { total: 5 }, 'nothing was booked again');
  t.match(await post('/api/account-admin/unfreeze', { account_id, reason: 'lifted' }, '', admin), { data: { status: 'ACTIVE' } });
  t.match(await post('/api/order/submit', { ...order, instrument_id: 'DCE.m', price: 2950 }), { data: { status: 'submitted' } });
});
