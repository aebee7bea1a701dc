/** Phases and statuses of instruments from outside: an auction by hand with a crash in the middle, halts, the end of an instrument. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { nameOf, Phase } from '../../src/core/enums.js';
import { minuteOf, phaseAt, TradingCalendar } from '../../src/core/sessions.js';
import { HttpClient, type Trader } from '../support/http-client.js';
import { ADMIN_PASSWORD, ADMIN_USERNAME, runProgram, startServer, startServerFor, type TestServer } from '../support/server.js';

async function temporaryFolder(t: Test): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'qaexchange-phases-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

function clientOf(t: Test, server: TestServer): HttpClient {
  const client = new HttpClient(server.url);
  t.teardown(() => client.close());
  return client;
}

/** What staff and traders do, on one connection. */
class Floor {
  constructor(
    readonly client: HttpClient,
    readonly admin: string,
  ) {}

  static async open(t: Test, server: TestServer): Promise<Floor> {
    const client = clientOf(t, server);
    return new Floor(client, await client.login(ADMIN_USERNAME, ADMIN_PASSWORD));
  }

  staff(method: string, path: string, body?: unknown) {
    return this.client.call(method, path, { token: this.admin, body });
  }

  setPhase(phase: string, instrument = 'CFFEX.IF') {
    return this.staff('POST', '/admin/phase', { instrument_id: instrument, phase });
  }

  submit(trader: Trader, direction: string, volume: number, price: number, fields: object = {}) {
    const body = { account_id: trader.accountId, instrument_id: 'CFFEX.IF', direction, offset: 'OPEN', order_type: 'LIMIT', volume, price };
    return this.client.call('POST', '/api/order/submit', { token: trader.token, body: { ...body, ...fields } });
  }

  async get(path: string): Promise<Record<string, unknown>> {
    return (await this.client.call('GET', path)).data;
  }
}

t.test('an auction by hand trades at one price, also when the exchange dies in the middle of it', async (t) => {
  const dataDir = await temporaryFolder(t);
  const first = await startServer({ dataDir });
  t.teardown(() => first.kill());
  let floor = await Floor.open(t, first);
  const buyer = await floor.client.trader('buyer', 10_000_000);
  const seller = await floor.client.trader('seller', 10_000_000);
  t.match(await floor.setPhase('AUCTION_ORDER'), { status: 200, data: { instrument_ids: ['CFFEX.IF'], phase: 'AUCTION_ORDER' } });
  t.match((await floor.submit(buyer, 'BUY', 2, 3802)).data, { status: 'submitted' });
  t.match((await floor.submit(seller, 'SELL', 1, 3798)).data, { status: 'submitted' });
  t.match(await floor.submit(seller, 'SELL', 1, 0, { order_type: 'MARKET', price: undefined }), { status: 409, code: 4101 });
  const shows = async (levels: object) => {
    t.match(await floor.get('/api/market/orderbook/CFFEX.IF'), { phase: 'AUCTION_ORDER', auction: true, ...levels });
  };
  const [bid, ask] = [
    { price: 3802, volume: 2 },
    { price: 3798, volume: 1 },
  ];
  const surplus = { surplus_side: 'BUY', surplus_volume: 1 };
  await shows({ bids: [bid], asks: [ask], indicative: { price: 3802, volume: 1, ...surplus } });

  await first.kill();
  const second = await startServerFor(t, { dataDir });
  floor = await Floor.open(t, second);
  await shows({ bids: [bid], asks: [ask], indicative: { price: 3802, volume: 1, ...surplus } });
  t.match((await floor.submit(seller, 'SELL', 1, 3800)).data, { status: 'submitted' });
  await shows({ indicative: { price: 3800, volume: 2, surplus_side: 'NONE', surplus_volume: 0 } });
  t.match(await floor.setPhase('AUCTION_MATCH'), { status: 200 });
  t.match(await floor.get('/api/market/trades/CFFEX.IF'), [
    { price: 3800, volume: 1, direction: 'NONE' },
    { price: 3800, volume: 1, direction: 'NONE' },
  ]);
  t.match(await floor.submit(seller, 'SELL', 1, 3800), { status: 409, code: 4101 });
  await floor.setPhase('CONTINUOUS');
  t.match(await floor.get('/api/market/tick/IF'), { phase: 'CONTINUOUS', auction: false, last_price: 3800, volume: 2 });
  t.match((await floor.submit(buyer, 'BUY', 1, 3801)).data, { status: 'submitted' });
  t.match((await floor.submit(seller, 'SELL', 1, 3801)).data, { status: 'filled' });
});

t.test('instruments are halted, changed and ended by those who may', async (t) => {
  const floor = await Floor.open(t, await startServerFor(t));
  const buyer = await floor.client.trader('buyer', 10_000_000);
  const seller = await floor.client.trader('seller', 10_000_000);
  const order = String((await floor.submit(buyer, 'BUY', 1, 3800)).data['order_id']);
  const one = '/admin/instrument/CFFEX.IF';

  t.match(await floor.staff('POST', `${one}/status`, { status: 'suspended', reason: 'news' }), {
    status: 200,
    data: { instrument_id: 'CFFEX.IF', status: 'suspended' },
  });
  t.match(await floor.submit(seller, 'SELL', 1, 3800), { status: 409, code: 1010 });
  t.match(await floor.staff('PUT', '/api/admin/instrument/IF/suspend'), { status: 409, code: 7005 });
  t.match(await floor.staff('DELETE', one), { status: 409, code: 3005, details: [{ field: buyer.accountId }] });
  t.match(await floor.staff('PUT', '/api/admin/instrument/IF/resume'), { status: 200, data: { status: 'active' } });
  t.match(await floor.staff('POST', `${one}/status`, { status: 'delisted' }), { status: 400, code: 9008 });

  t.match(await floor.staff('PUT', one, { contract_multiplier: 200 }), { status: 409, code: 3006 });
  t.match(await floor.staff('PUT', one, { margin_rate: 0.3 }), { status: 200, data: { margin_rate: 0.12 } });
  t.match(await floor.staff('GET', one), { data: { margin_rate: 0.12, next_day: { margin_rate: 0.3 } } });
  t.match(await floor.staff('PUT', one, { margin_rate: 0.2, immediate: true }), { status: 200, data: { margin_rate: 0.2 } });
  const account = await floor.client.call('GET', `/api/account/${buyer.accountId}`, { token: buyer.token });
  t.match(account.data, { frozen_margin: 3800 * 300 * 0.2 });
  t.match(await floor.staff('PUT', '/api/admin/instrument/CFFEX.IF/update', { limit_up_rate: 0.01, immediate: true }), {
    data: { upper_limit: 3838, lower_limit: 3420 },
  });
  t.match(await floor.submit(seller, 'SELL', 1, 3838.2), { status: 400, code: 1013 });
  t.match(await floor.staff('PUT', one, {}), { status: 400, code: 9008 });
  t.match(await floor.staff('PUT', '/admin/instrument/CFFEX.no', { instrument_name: 'x' }), { status: 404, code: 1007 });

  t.match((await floor.staff('POST', '/admin/phase', { exchange: 'SHFE', phase: 'HALT' })).data, {
    instrument_ids: ['SHFE.rb', 'SHFE.cu'],
  });
  t.match(await floor.get('/api/market/tick/rb'), { phase: 'HALT', auction: true });
  t.match(await floor.get('/api/market/tick/IF'), { phase: 'CONTINUOUS' });
  t.match(await floor.staff('POST', '/admin/phase', { exchange: 'GFEX', phase: 'HALT' }), { status: 404, code: 1007 });
  t.match(await floor.staff('POST', '/admin/phase', { phase: 'HALT' }), { status: 400, code: 9008 });
  t.match(await floor.setPhase('ASLEEP'), { status: 400, code: 9008 });
  t.match(await floor.client.call('POST', '/admin/phase', { token: buyer.token, body: { exchange: 'SHFE', phase: 'BREAK' } }), {
    code: 9006,
  });

  await floor.client.call('POST', '/api/order/cancel', { token: buyer.token, body: { account_id: buyer.accountId, order_id: order } });
  t.match(await floor.staff('DELETE', one), { status: 409, code: 7005 }, 'it is active');
  await floor.staff('POST', `${one}/status`, { status: 'suspended' });
  t.match(await floor.staff('DELETE', '/api/admin/instrument/IF/delist'), { status: 200, data: { status: 'delisted' } });
  t.match(await floor.staff('PUT', '/api/admin/instrument/IF/resume'), { status: 409, code: 7005 });
  t.match(await floor.submit(buyer, 'BUY', 1, 3800), { status: 409, code: 1010 });
});

t.test('without simulation mode the clock decides', async (t) => {
  const folder = await temporaryFolder(t);
  const [instruments, calendar] = [join(folder, 'instruments.json'), join(folder, 'calendar.json')];
  const terms = { instrument_type: 'index_future', contract_multiplier: 1, price_tick: 1, reference_price: 100, margin_rate: 0.1 };
  const rates = { commission_rate: 0, limit_up_rate: 0.1, limit_down_rate: 0.1 };
  const listing = (code: string, template: string) => ({
    ...{ instrument_id: `CFFEX.${code}`, instrument_name: code, exchange: 'CFFEX', session_template: template },
    ...terms,
    ...rates,
  });
  await writeFile(instruments, JSON.stringify([listing('IF1', 'CFFEX_INDEX'), listing('N1', 'COMM_NIGHT_0230'), listing('S1', 'SIM_24H')]));
  await writeFile(calendar, '["2026-10-01"]');
  const scheduled = () =>
    ['CFFEX_INDEX', 'COMM_NIGHT_0230', 'SIM_24H'].map((template) =>
      nameOf(Phase, phaseAt(template, minuteOf(Date.now()), new TradingCalendar([20261001]))),
    );
  const before = scheduled();
  const env = { INSTRUMENTS_FILE: instruments, CALENDAR_FILE: calendar };
  const server = await startServerFor(t, { simulationMode: false, env: { ...env, BCRYPT_COST: '12' } });
  const { data } = await clientOf(t, server).call('GET', '/api/market/instruments');
  const phases = (data as unknown as { phase: string }[]).map(({ phase }) => phase);
  // a transition may fall between the looks
  t.ok(
    [before, scheduled()].some((expected) => expected.join() === phases.join()),
    phases.join(),
  );

  await writeFile(calendar, '["2026-13-01"]');
  const failed = await runProgram(['start', '--data-dir', join(folder, 'data')], { ...env, BCRYPT_COST: '12' });
  t.equal(failed.code, 1);
  t.match(failed.stderr, /^Calendar file .*calendar\.json: "2026-13-01" is no date of the form YYYY-MM-DD\n$/);
});
