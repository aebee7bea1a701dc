/** The history of a real exchange over HTTP: who may ask, in which forms, and what is left of it after kills at any moment. */
import { readFileSync, readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { runProgram } from '../../src/cli/support/child-server.js';
import { HttpClient } from '../../src/client/index.js';
import { historyFolder, readManifest, type HistoryFile } from '../../src/query/manifest.js';
import { compareLists } from './history-lists.js';
import { ADMIN_PASSWORD, ADMIN_USERNAME, startServerFor, type TestServer } from '../support/server.js';

const PASSWORD = 'History-Test-1';
const KILLS = 2;
/** Of all of it, on a machine that is busy otherwise. */
const TIMEOUT_MS = 180_000;
const ENV = { EXPORT_MS: '150', SNAPSHOT_MS: '200' };

/** Takes hours, if it is let. */
const LONG = 'SELECT count(*) FROM range(10000000) a, range(10000000) b WHERE a.range % 7 = b.range % 5';
const BUSY_TICKS = 30;

interface Answer {
  rows: unknown[][];
  as_of: number;
}

async function loggedIn(server: TestServer, name: string, password: string): Promise<HttpClient> {
  const http = new HttpClient(server.url);
  await http.login(name, password);
  return http;
}

async function ask(admin: HttpClient, sql: string): Promise<unknown[][]> {
  return (await admin.call<Answer>('POST', '/api/data/query/sql', { sql })).rows;
}

/** The process of the history, while there is one. */
function historyPid(server: TestServer): number | undefined {
  for (const task of readdirSync(`/proc/${server.pid}/task`)) {
    const children = readFileSync(`/proc/${server.pid}/task/${task}/children`, 'utf8').trim().split(' ');
    for (const pid of children) {
      if (pid !== '' && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('history-process')) return Number(pid);
    }
  }
  return undefined;
}

/** Time of its cores that a process has had since it was last looked at, in hundredths of a second. */
function ticksSince(): (pid: number) => number {
  let before = -1;
  return (pid) => {
    const [user, system] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ').slice(11, 13).map(Number);
    if (before === -1) before = user + system;
    return user + system - before;
  };
}

async function until(isTrue: () => Promise<boolean>): Promise<void> {
  while (!(await isTrue())) await sleep(50);
}

t.test('the history is asked by staff, and no kill loses or doubles a row of it', async (t) => {
  t.setTimeout(TIMEOUT_MS);
  const dataDir = await mkdtemp(join(tmpdir(), 'history-'));
  // the process of the history may outlive the exchange by a moment
  t.teardown(() => rm(dataDir, { recursive: true, force: true, maxRetries: 20 }));
  let server = await startServerFor(t, { env: ENV, dataDir });
  let admin = await loggedIn(server, ADMIN_USERNAME, ADMIN_PASSWORD);
  const accounts: string[] = [];
  for (const name of ['anna', 'ben']) {
    const http = new HttpClient(server.url);
    const { account_id: account } = await http.register(name, PASSWORD);
    await http.login(name, PASSWORD);
    await http.call('POST', '/api/account/deposit', { account_id: account, amount: 10_000_000 });
    accounts.push(account);
  }
  let traders = [await loggedIn(server, 'anna', PASSWORD), await loggedIn(server, 'ben', PASSWORD)];
  let deals = 0;
  const deal = async (): Promise<void> => {
    const order = { instrument_id: 'SHFE.rb', offset: 'OPEN', order_type: 'LIMIT', price: 3500, volume: 1 };
    for (const [i, direction] of ['BUY', 'SELL'].entries()) {
      await traders[i].call('POST', '/api/order/submit', { ...order, account_id: accounts[i], direction });
    }
    deals++;
  };

  await deal();
  t.strictSame(await ask(admin, 'SELECT count(*), sum(volume) FROM trades'), [[1, 1]], 'what was acknowledged is seen at once');
  await t.rejects(ask(traders[0], 'SELECT 1'), { code: 9006 });
  await t.rejects(ask(admin, 'SELECT foo FROM trades'), { code: 9008, details: [{ field: 'sql', reason: /^line 1, column 8: .*foo/ }] });
  // an entry is durable a moment after the answer
  const entries = "SELECT count(*) FROM audit WHERE action = 'query_sql' AND result = 'FAILED' AND details LIKE 'SELECT foo FROM trades%'";
  let audited = 0;
  for (let attempt = 0; audited === 0 && attempt < 100; attempt++) audited = Number((await ask(admin, entries))[0][0]);
  t.equal(audited, 1, 'and it is audited');
  const raw = async (format: string): Promise<Buffer> => {
    const body = JSON.stringify({ sql: 'SELECT instrument_id, price FROM trades_dec', format });
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${admin.token ?? ''}` };
    const answer = await fetch(`${server.url}/api/data/query/sql`, { method: 'POST', headers, body });
    return Buffer.from(await answer.arrayBuffer());
  };
  t.equal((await raw('csv')).toString(), 'instrument_id,price\r\nSHFE.rb,3500\r\n');
  t.equal((await raw('parquet')).subarray(0, 4).toString(), 'PAR1');

  const pid = historyPid(server);
  t.type(pid, 'number', 'the history has a process of its own');
  process.kill(pid!, 'SIGKILL');
  await deal();
  // refused while it starts again, then as before
  const again = async (): Promise<unknown[][]> => {
    for (let attempt = 0; ; attempt++) {
      try {
        return await ask(admin, 'SELECT count(*), count(DISTINCT trade_id), sum(volume) FROM trades');
      } catch (error) {
        if (attempt === 100 || (error as { code: number }).code !== 9005) throw error;
        await sleep(100);
      }
    }
  };
  t.strictSame(await again(), [[deals, deals, deals]], 'a dead history comes back with everything');

  for (let kill = 0; kill < KILLS; kill++) {
    for (let n = 0; n < 3; n++) await deal();
    if (kill > 0) await again();
    await sleep(Math.random() * 400);
    await server.kill();
    server = await startServerFor(t, { env: ENV, dataDir });
    admin = await loggedIn(server, ADMIN_USERNAME, ADMIN_PASSWORD);
    traders = [await loggedIn(server, 'anna', PASSWORD), await loggedIn(server, 'ben', PASSWORD)];
    t.strictSame(await again(), [[deals, deals, deals]], `after kill ${kill + 1}`);
  }

  await t.test('who goes away takes his query with him', async (t) => {
    const body = JSON.stringify({ sql: LONG });
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${admin.token ?? ''}` };
    const gone = new AbortController();
    const asked = fetch(`${server.url}/api/data/query/sql`, { method: 'POST', headers, body, signal: gone.signal });
    asked.catch(() => undefined);
    // in the process of the history, and not only on its way there
    const cpuTicks = ticksSince();
    await until(() => Promise.resolve(cpuTicks(historyPid(server)!) > BUSY_TICKS));
    const { queries } = await admin.call<{ queries: unknown[] }>('GET', '/api/data/query/running');
    t.match(queries, [{ kind: 'sql', text: LONG, started_at: Number }], 'meanwhile it is among those that run');
    gone.abort();
    await t.rejects(asked);
    // one that had run to its end, or into its timeout, would be noted otherwise
    const noted = `SELECT result, details LIKE '%refused with 9005' FROM audit WHERE details LIKE '${LONG.slice(0, 30)}%'`;
    await until(async () => (await ask(admin, noted)).length > 0);
    t.strictSame(await ask(admin, noted), [['FAILED', true]]);
  });

  await t.test('lists and SQL say the same of a day that is over', async (t) => {
    const [anna] = traders;
    for (let n = 0; n < 3; n++) {
      const order = { account_id: accounts[0], instrument_id: 'SHFE.rb', direction: 'BUY', offset: 'OPEN', order_type: 'LIMIT', volume: 2 };
      const { order_id: id } = await anna.call<{ order_id: string }>('POST', '/api/order/submit', { ...order, price: 3400 + n });
      // the last one is ended by the day
      if (n < 2) await anna.call('POST', '/api/order/cancel', { account_id: accounts[0], order_id: id });
    }
    for (const [i, account] of accounts.entries()) {
      for (let n = 1; n < 4; n++) await traders[i].call('POST', '/api/account/deposit', { account_id: account, amount: n * 100.5 });
      await traders[i].call('POST', '/api/account/withdraw', { account_id: account, amount: 7.25 });
    }
    await admin.call('POST', '/admin/settlement/set-price', { instrument_id: 'SHFE.rb', settlement_price: 3500 });
    const { settlement_date: day } = await admin.call<{ settlement_date: string }>('POST', '/admin/settlement/execute', {});
    const owners = traders.map((client, i) => ({ client, account: accounts[i] }));
    await compareLists(t, admin, owners);
    // once more out of files, one for each instrument
    const isOver = ({ day: own, instrument }: HistoryFile): boolean => own === Number(day.replaceAll('-', '')) && instrument !== undefined;
    await until(() => Promise.resolve(readManifest(historyFolder(dataDir))?.tables.trades.every(isOver) === true));
    await compareLists(t, admin, owners);
  });

  const printed = await runProgram(['query', 'SELECT count(*) AS n FROM trades', dataDir, '--json']);
  t.match(JSON.parse(printed.stdout), { rows: [[deals]] }, 'a folder is asked beside the exchange');
  const remote = await runProgram(['query', 'SELECT count(*) AS n FROM trades', '--url', server.url, '--csv'], {
    QAEXCHANGE_PASSWORD: ADMIN_PASSWORD,
  });
  t.equal(remote.stdout, `n\r\n${deals}\r\n`);

  // whole, of a folder: more than an answer of the exchange has
  const [csv, parquet] = ['all.csv', 'all.parquet'].map((name) => join(dataDir, name));
  const many = 'SELECT t.trade_id, n FROM trades t, range(30000) r(n) ORDER BY ALL';
  const saved = await runProgram(['query', many, dataDir, '--out', csv, '--json']);
  t.match(JSON.parse(saved.stdout), { file: csv, rows: deals * 30_000 });
  const lines = readFileSync(csv, 'utf8').split('\r\n');
  t.strictSame([lines[0], lines[1], lines.length], ['trade_id,n', '1,0', deals * 30_000 + 2]);
  const asked = ['query', 'SELECT trade_id FROM trades', '--url', server.url, '--out', parquet];
  t.equal((await runProgram(asked, { QAEXCHANGE_PASSWORD: ADMIN_PASSWORD })).code, 0);
  t.equal(readFileSync(parquet).subarray(0, 4).toString(), 'PAR1');
  t.match(await runProgram(['query', many, dataDir, '--out', join(dataDir, 'all.txt')]), { code: 1, stderr: /\.csv or \.parquet/ });
  t.notOk(
    readdirSync(dataDir).some((name) => name.endsWith('.part')),
    'nothing is left over',
  );
});
