/** Limits, risk and forced liquidation from outside; a liquidation goes on after `kill -9`. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { HttpClient, type HttpAnswer, type Trader } from '../support/http-client.js';
import { ADMIN_PASSWORD, ADMIN_USERNAME, startServer, type TestServer } from '../support/server.js';

const IF = 'CFFEX.IF';
const LIMITS = '/admin/risk/position-limits';
/** How long a test waits for what the exchange does by itself. */
const PATIENCE_MS = 60_000;

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

  get(path: string, token = this.admin): Promise<HttpAnswer> {
    return this.client.call('GET', path, { token });
  }

  /** Rows of a list. */
  async rows(path: string): Promise<Record<string, unknown>[]> {
    return (await this.get(path)).data as unknown as Record<string, unknown>[];
  }

  setLimits(body: unknown, token = this.admin): Promise<HttpAnswer> {
    return this.client.call('PUT', LIMITS, { token, body });
  }

  order(trader: Trader, direction: string, volume: number, price: number, fields: object = {}): Promise<HttpAnswer> {
    const body = { account_id: trader.accountId, instrument_id: IF, direction, offset: 'OPEN', order_type: 'LIMIT', volume, price };
    return this.client.call('POST', '/api/order/submit', { token: trader.token, body: { ...body, ...fields } });
  }

  async print(price: number, [seller, buyer]: readonly [Trader, Trader]): Promise<void> {
    await this.order(seller, 'SELL', 1, price);
    await this.order(buyer, 'BUY', 1, price);
  }

  /** The newest liquidation, once it looks like that. */
  async liquidation(t: Test, pattern: object): Promise<Record<string, unknown>> {
    let newest: Record<string, unknown> | undefined;
    for (const end = Date.now() + PATIENCE_MS; Date.now() < end;) {
      [newest] = await this.rows('/admin/risk/liquidation');
      if (newest !== undefined && Object.entries(pattern).every(([field, value]) => newest![field] === value)) return newest;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    t.match(newest, pattern, 'the liquidation in time');
    return newest ?? {};
  }
}

t.test('limits, risk and liquidation', async (t) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'qaexchange-risk-'));
  t.teardown(() => rm(dataDir, { recursive: true, force: true }));
  const env = { RATE_LIMIT_RPS: '0' };
  const first = await startServer({ dataDir, env });
  t.teardown(() => first.kill());
  const desk = await Desk.open(t, first);
  const long = await desk.client.trader('long', 150_000);
  const short = await desk.client.trader('short', 10_000_000);
  const printers = [await desk.client.trader('seller', 10_000_000), await desk.client.trader('buyer', 10_000_000)] as const;

  await t.test('limits', async (t) => {
    const before = await desk.get(LIMITS);
    t.match(before.data, {
      default: {
        max_position_ratio: 0.5,
        max_order_amount: 0,
        min_order_volume: 1,
        max_order_volume: 10_000,
        risk_ratio_warning: 0.8,
        risk_ratio_reject: 0.95,
        liquidation_threshold: 1,
        self_trade_prevention: true,
      },
      overrides: [],
    });
    t.match(await desk.order(long, 'BUY', 1, 3800), { code: 1002 });
    const bad: [object, string][] = [
      [{ max_position_ratio: -1 }, 'max_position_ratio'],
      [{ min_order_volume: 5, max_order_volume: 4 }, 'min_order_volume'],
      [{ risk_ratio_reject: 1.5 }, 'risk_ratio_reject'],
      [{ max_order_volume: 1.5 }, 'max_order_volume'],
      [{ self_trade_prevention: 'yes' }, 'self_trade_prevention'],
    ];
    for (const [body, field] of bad) t.match(await desk.setLimits(body), { status: 400, code: 9008, details: [{ field }] }, field);
    t.match(await desk.setLimits({ instrument_id: 'DCE.none' }), { status: 404, code: 1007 });
    t.match(await desk.setLimits({ max_position_ratio: 1 }, long.token), { status: 403, code: 9006 });
    t.same((await desk.get(LIMITS)).data, before.data, 'nothing has changed');
    t.match((await desk.setLimits({ max_position_ratio: 1 })).data, { default: { max_position_ratio: 1 } });
    t.match((await desk.setLimits({ instrument_id: 'SHFE.rb', position_limit: 3 })).data, {
      overrides: [{ instrument_id: 'SHFE.rb', position_limit: 3, max_position_ratio: 1 }],
    });
    t.match((await desk.get(`${LIMITS}?instrument_id=${IF}`)).data, { overrides: [] });
    const rebar = { instrument_id: 'SHFE.rb' };
    t.match(await desk.order(short, 'BUY', 4, 3500, rebar), { code: 1002 });
    t.match(await desk.order(short, 'BUY', 3, 3500, rebar), { code: 0 });
  });

  await t.test('rates and risk', async (t) => {
    await desk.order(short, 'SELL', 1, 3800);
    t.match(await desk.order(long, 'BUY', 1, 3800), { data: { status: 'filled' } });
    t.match(await desk.rows('/admin/risk/accounts?risk_level=high'), [
      {
        account_id: long.accountId,
        user_id: long.userId,
        balance: 149_973.78,
        available: 13_173.78,
        margin_used: 136_800,
        risk_ratio: 0.912159,
        position_count: 1,
        risk_level: 'high',
      },
    ]);
    const all = await desk.rows('/admin/risk/accounts?page_size=2');
    t.equal(all.length, 2);
    t.equal(all[0]['account_id'], long.accountId, 'the highest risk first');
    t.match(await desk.get('/admin/risk/accounts?risk_level=extreme'), { status: 400, code: 9008 });
    t.match((await desk.get('/api/management/risk/margin-summary')).data, {
      total_margin_used: 273_600,
      high_risk_count: 1,
      critical_risk_count: 0,
    });
    t.match((await desk.get('/admin/monitoring/accounts')).data, {
      active_count: 2,
      total_margin_used: 273_600,
      total_deposit: 30_150_000,
    });
    t.match((await desk.get('/admin/monitoring/capital')).data, { total_commission: 52.44, total_profit: 0, total_frozen: 10_510.5 });
    t.match(await desk.rows(`/api/account-admin/commission/rates?instrument_id=${IF}`), [
      { instrument_id: IF, exchange_id: 'CFFEX', open_ratio_by_money: 0.000023, close_today_ratio_by_money: 0.000345 },
    ]);
    t.match(await desk.rows(`/api/account-admin/margin/rates?instrument_id=IF`), [{ long_margin_ratio_by_money: 0.12 }]);
    t.match(await desk.get('/api/account-admin/margin/rates?instrument_id=XX'), { status: 404, code: 1007 });
    t.match((await desk.get(`/api/account-admin/commission/statistics/${long.accountId}`, long.token)).data, {
      total_commission: 26.22,
      today_commission: 26.22,
      commission_by_instrument: [
        { instrument_id: IF, open_commission: 26.22, close_commission: 0, total: 26.22, trade_count: 1, volume: 1 },
      ],
    });
    t.match((await desk.get(`/api/account-admin/margin/summary/${long.accountId}`, long.token)).data, {
      total_margin: 136_800,
      risk_degree: 0.912159,
      positions: [{ instrument_id: IF, volume_long: 1, margin_long: 136_800, margin_rate_long: 0.12, last_price: 3800, multiplier: 300 }],
    });
    const body = { account_id: printers[0].accountId, reason: 'a test' };
    t.match(await desk.client.call('POST', '/api/management/risk/force-liquidate', { token: desk.admin, body }), {
      status: 409,
      code: 6003,
    });
  });

  await t.test('a liquidation that finds nobody outlives its process', async (t) => {
    await desk.print(3750, printers);
    const { record_id: id } = await desk.liquidation(t, { account_id: long.accountId, status: 'submitted' });
    t.equal(id, 'LIQ000000000001');
    t.match(await desk.order(long, 'BUY', 1, 3500), { status: 403, code: 2002 });
    await first.kill();
    const second = await startServer({ dataDir, env });
    t.teardown(() => second.kill());
    const again = await Desk.open(t, second);
    t.match(await again.rows('/admin/risk/liquidation'), [
      { record_id: id, status: 'submitted', trigger: 'auto', risk_ratio_before: 1.01353 },
    ]);
    const token = await again.client.login('short', 'correct horse 7');
    await again.order({ ...short, token }, 'BUY', 1, 3740, { offset: 'CLOSETODAY' });
    const record = await again.liquidation(t, { record_id: id, status: 'filled' });
    t.match(record, {
      balance_before: 134_973.78,
      risk_ratio_after: 0,
      closed_positions: [{ instrument_id: IF, direction: 'SELL', volume: 1 }],
    });
    t.equal((await again.rows('/admin/risk/liquidation')).length, 1, 'it was begun once');
    t.match(await again.rows(`/admin/risk/liquidation?account_id=${long.accountId}&start_date=2020-01-01`), [{ record_id: id }]);
    t.same(await again.rows(`/admin/risk/liquidation?end_date=2020-01-01`), []);
    t.match((await again.get(`/api/account/${long.accountId}`)).data, { margin: 0, risk_ratio: 0 });

    const body = { account_id: printers[1].accountId, reason: 'by hand' };
    await again.order({ ...short, token }, 'BUY', 1, 3740);
    const forced = await again.client.call('POST', '/api/management/risk/force-liquidate', { token: again.admin, body });
    t.match(forced.data, {
      liquidation_id: 'LIQ000000000002',
      account_id: printers[1].accountId,
      overall_status: 'filled',
      orders: [
        {
          instrument_id: IF,
          direction: 'SELL',
          offset: 'CLOSE',
          volume: 1,
          filled_volume: 1,
          filled_price: 3740,
          status: 'filled',
          retry_count: 0,
        },
      ],
      remark: 'by hand',
    });
    await second.kill();
  });
});
