/** Books that do not balance: trading halts, and everything can still be read. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import t from 'tap';
import uWS from 'uWebSockets.js';
import { readStartOptions } from '../../src/cli/options.js';
import { recoverState, RunningExchange } from '../../src/cli/running-exchange.js';
import { TradingCalendar } from '../../src/core/sessions.js';
import { RateLimits } from '../../src/front/http/rate-limit.js';
import { registerHttp } from '../../src/front/http/register.js';
import { listen } from '../../src/front/server.js';
import { listMissing, readInstrumentsFile } from '../../src/front/services/instruments-file.js';
import { openStorage } from '../../src/storage/database.js';
import { HttpClient } from '../support/http-client.js';

const ADMIN = { username: 'admin', password: 'seven-blue-boats' };

t.test('one unit too much in a column halts trading, names the place, and reading goes on', async (t) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'qaexchange-unsound-'));
  const { config } = readStartOptions(['--data-dir', dataDir, '--simulation-mode', '--bcrypt-cost', '4', '--rate-limit-rps', '0'], {});
  const lines: string[] = [];
  const log = pino({ level: 'fatal', base: undefined }, { write: (line: string) => void lines.push(line) });
  const storage = await openStorage(dataDir);
  const exchange = new RunningExchange(config, log, storage, await recoverState(storage, () => undefined), new TradingCalendar());
  await exchange.start();
  await listMissing(readInstrumentsFile('schemas/demo-instruments.json'), exchange.state, exchange.instruments);
  await exchange.users.registerAdmin(ADMIN.username, ADMIN.password);
  const app = uWS.App();
  registerHttp(app, exchange, new RateLimits(config));
  const listening = await listen(app, '127.0.0.1', 0);
  const url = `http://127.0.0.1:${listening.port}`;
  const client = new HttpClient(url);
  t.teardown(async () => {
    client.close();
    listening.close();
    await exchange.stop();
    app.close();
    await rm(dataDir, { recursive: true, force: true });
  });
  const login = await client.call('POST', '/api/auth/login', { body: ADMIN });
  const admin = String(login.data['token']);
  const trader = await client.trader('trader', 1_000_000);
  const submit = () =>
    client.call('POST', '/api/order/submit', {
      token: trader.token,
      body: {
        account_id: trader.accountId,
        instrument_id: 'CFFEX.IF',
        direction: 'BUY',
        offset: 'OPEN',
        order_type: 'LIMIT',
        volume: 1,
        price: 3800,
      },
    });
  t.match(await submit(), { status: 200 });
  const sound = await client.call('GET', '/admin/soundness', { token: admin });
  t.match(sound, { status: 200, data: { ok: true, equations: Array.from({ length: 17 }, () => ({ ok: true })) } });
  t.match(await client.call('GET', '/admin/soundness', { token: trader.token }), { status: 403 });
  t.match(await (await fetch(`${url}/metrics`)).text(), 'qaexchange_soundness_ok 1');

  const account = exchange.state.accounts.count;
  exchange.state.accounts.frozenMargin[account] += 1;
  while (exchange.health().status !== 'halted') await new Promise((resolve) => setTimeout(resolve, 10));

  t.match(await submit(), { code: 5002 });
  const health = await fetch(`${url}/health`);
  t.equal(health.status, 503);
  t.match(await health.json(), { status: 'halted' });
  t.match(await client.call('GET', `/api/account/${trader.accountId}`, { token: trader.token }), { status: 200 });
  const { data } = await client.call('GET', '/admin/soundness', { token: admin });
  t.match(data, { ok: false });
  t.match(
    (data['equations'] as Record<string, unknown>[]).filter(({ ok }) => ok === false),
    [{ id: '10.3', left: '1368000001', right: '1368000000', account_id: trader.accountId }],
  );
  t.match(await (await fetch(`${url}/metrics`)).text(), 'qaexchange_soundness_ok 0');
  t.match(JSON.parse(lines[0] ?? '{}'), { level: 60, equation: '10.3', account, sequence: Number });
  t.equal(lines.length, 1, 'told once');
});
