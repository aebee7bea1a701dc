/** Factors by expressions from the file to a socket, over a restart and a change of the file. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { connect, HttpClient, type ServerMessage } from '../../src/client/index.js';
import { ADMIN_PASSWORD, ADMIN_USERNAME, runProgram, startServerFor, type TestServer } from '../support/server.js';

const PASSWORD = 'Factor-Test-1';
const INSTRUMENT = 'CFFEX.F1';
const PRICES = [100, 104, 102];
const [MINUTE, FIVE_MINUTES] = [4, 5];

/** What somebody who comes hears of the factors of each period, once they know of the last trade. */
async function told(server: TestServer, act: () => Promise<void> = () => Promise.resolve()): Promise<Record<number, unknown>> {
  const watcher = await connect(server.wsUrl);
  await watcher.subscribe(['factor'], [INSTRUMENT]);
  await act();
  const factors: Record<number, unknown> = {};
  for (const period of [MINUTE, FIVE_MINUTES]) {
    const isOf = (message: ServerMessage): boolean =>
      message['period'] === period && (message['factors'] as Record<string, unknown>)['last'] === PRICES.at(-1);
    factors[period] = (await watcher.inbox.take('factor_update', isOf, 60_000))['factors'];
  }
  await watcher.close();
  return factors;
}

t.test('named factors are told, remembered, and worked out anew when their expressions change', async (t) => {
  const folder = t.testdir();
  const [instruments, factors, dataDir] = ['instruments.json', 'factors.json', 'data'].map((name) => join(folder, name));
  const define = (definitions: unknown[]): Promise<void> => writeFile(factors, JSON.stringify(definitions));
  const terms = { instrument_type: 'index_future', contract_multiplier: 10, price_tick: 1, reference_price: 100, margin_rate: 0.1 };
  const rates = { commission_rate: 0, limit_up_rate: 0.1, limit_down_rate: 0.1, session_template: 'SIM_24H' };
  await writeFile(
    instruments,
    JSON.stringify([{ instrument_id: INSTRUMENT, instrument_name: 'F1', exchange: 'CFFEX', ...terms, ...rates }]),
  );
  const range = { name: 'range', expression: 'high - low' };
  const last = { name: 'last', expression: 'close' };
  const kept = { name: 'kept', expression: 'ema(range, 3) + range', periods: ['1m', '5m'] };
  await define([kept, range, last, { name: 'flow', expression: 'amount / volume', periods: ['1m'] }]);
  const options = { dataDir, env: { INSTRUMENTS_FILE: instruments, FACTORS_FILE: factors } };
  const wrong = join(folder, 'wrong.json');
  await writeFile(wrong, '[{"name":"a","expression":"b"}]');
  const failing = runProgram(['start', '--data-dir', join(folder, 'none'), '--factors-file', wrong], { BCRYPT_COST: '12' });
  const first = await startServerFor(t, options);

  const admin = new HttpClient(first.url);
  await admin.login(ADMIN_USERNAME, ADMIN_PASSWORD);
  const trade = async (http: HttpClient, account: string, direction: string, price: number): Promise<unknown> => {
    const order = { instrument_id: INSTRUMENT, offset: 'OPEN', order_type: 'LIMIT', price, volume: 1 };
    return await http.call('POST', '/api/order/submit', { ...order, account_id: account, direction });
  };
  const people = await Promise.all(
    ['anna', 'ben'].map(async (name) => {
      const http = new HttpClient(first.url);
      const { account_id: account } = await http.register(name, PASSWORD);
      await http.login(name, PASSWORD);
      await http.call('POST', '/api/account/deposit', { account_id: account, amount: 1_000_000 });
      return { http, account };
    }),
  );
  const before = await told(first, async () => {
    for (const price of PRICES) {
      await trade(people[0].http, people[0].account, 'BUY', price);
      await trade(people[1].http, people[1].account, 'SELL', price);
    }
    // the bars end with trading
    await admin.call('POST', '/admin/phase', { exchange: 'CFFEX', phase: 'BREAK' });
  });
  const five = before[FIVE_MINUTES] as Record<string, number>;
  // the minute, or the five of them, may have turned between two trades
  t.ok([0, 2, 4].includes(five['range']), String(five['range']));
  if (five['range'] === 4) t.match(five, { kept: 8, ma5: null });
  t.notOk('flow' in five);
  const minute = before[MINUTE] as Record<string, number>;
  t.ok(minute['flow'] >= 1000 && minute['flow'] <= 1040, String(minute['flow']));
  await first.stop();

  await define([kept, range, last, { name: 'flow', expression: 'amount / volume * 2', periods: ['1m'] }]);
  const after = await told(await startServerFor(t, options));
  t.strictSame(after[FIVE_MINUTES], five, 'the same expressions go on');
  t.strictSame(after[MINUTE], { ...minute, flow: 2 * minute['flow'] }, 'others begin with the stored bars');

  const failed = await failing;
  t.equal(failed.code, 1);
  t.match(failed.stderr, /^Factors file .*wrong\.json: Factor a: at 1: nothing is called b: [^\n]*\n$/);
});
