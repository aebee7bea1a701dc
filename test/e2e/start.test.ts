import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { HttpClient, type Instrument } from '../../src/client/index.js';
import { ADMIN_PASSWORD, ADMIN_USERNAME, runProgram, startServer, startServerFor } from '../support/server.js';

const DEMO_INSTRUMENTS: [id: string, reference: number][] = [
  ['CFFEX.IF', 3800],
  ['DCE.m', 3000],
  ['SHFE.cu', 75_000],
  ['SHFE.rb', 3500],
];

/** A failed start says one sentence, and what it is about. */
const sentenceAbout = (what: string | number): RegExp => new RegExp(`^[^\\n]*${what}[^\\n]*\\n$`);

async function temporaryFolder(t: { teardown(run: () => Promise<unknown>): void }): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'qaexchange-start-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

t.test('a start in simulation mode prints one ready line and lists the demo instruments', async (t) => {
  const server = await startServerFor(t);
  t.match(server.readyLine, { ready: true, url: `http://127.0.0.1:${server.port}` });
  t.not(server.port, 0, 'port 0 became a real one');
  const health = await new HttpClient(server.url).text('/health');
  t.equal(health.status, 200);
  t.match(JSON.parse(health.body), { status: 'ok', service: 'qaexchange' });
  const instruments = await new HttpClient(server.url).call<Instrument[]>('GET', '/api/market/instruments');
  const found = instruments.map(({ instrument_id, pre_settlement }) => [instrument_id, pre_settlement]);
  t.strictSame(found.sort(), DEMO_INSTRUMENTS);
});

t.test('SIGTERM ends it cleanly, and a second start reuses everything', async (t) => {
  const dataDir = await temporaryFolder(t);
  const first = await startServer({ dataDir });
  const http = new HttpClient(first.url);
  const { account_id: account } = await http.register('walter', 'Second-Start-1');
  const { token } = await http.login('walter', 'Second-Start-1');
  await http.call('POST', '/api/account/deposit', { account_id: account, amount: 500 });
  const before = await http.call<Instrument[]>('GET', '/api/market/instruments');
  const exit = await first.stop();
  t.equal(exit.code, 0, exit.stderr);
  t.equal(exit.signal, null);
  t.equal(exit.stdout.trim().split('\n').length, 1, 'the ready line is all it printed');

  const second = await startServerFor(t, { dataDir, env: { BOOTSTRAP_ADMIN_PASSWORD: 'Ignored-Now-2' } });
  const again = new HttpClient(second.url, token);
  t.equal((await again.call<{ balance: number }>('GET', `/api/account/${account}`)).balance, 500, 'the old token and the money are good');
  t.ok((await again.login(ADMIN_USERNAME, ADMIN_PASSWORD)).is_admin, 'the Admin has the first password');
  t.strictSame(await again.call<Instrument[]>('GET', '/api/market/instruments'), before, 'the instruments are the same');
});

t.test('secrets are kept in files that only the owner reads, and the generated Admin password works', async (t) => {
  const server = await startServerFor(t, { env: { BOOTSTRAP_ADMIN_PASSWORD: undefined } });
  for (const name of ['admin-password', 'jwt-secret']) {
    const { mode } = await stat(join(server.dataDir, name));
    t.equal((mode & 0o777).toString(8), '600', name);
  }
  const password = (await readFile(join(server.dataDir, 'admin-password'), 'utf8')).trim();
  t.ok((await new HttpClient(server.url).login(ADMIN_USERNAME, password)).is_admin);
  t.notMatch(JSON.stringify(server.readyLine), password, 'the ready line does not show it');
});

t.test('a used port, a locked folder and a wrong setting exit 1 with one sentence', async (t) => {
  const server = await startServerFor(t);
  const attempts: [what: string, env: Record<string, string>, about: string | number][] = [
    ['used port', { HTTP_PORT: String(server.port), DATA_DIR: await temporaryFolder(t) }, server.port],
    ['locked folder', { DATA_DIR: server.dataDir }, server.dataDir],
    ['wrong setting', { HTTP_PORT: 'eighty', DATA_DIR: await temporaryFolder(t) }, 'HTTP_PORT'],
  ];
  for (const [what, env, about] of attempts) {
    const { code, stdout, stderr } = await runProgram(['start', '--simulation-mode', '--json'], env);
    t.equal(code, 1, what);
    t.equal(stdout, '', what);
    t.match(stderr, sentenceAbout(about), what);
  }
});

t.test('help exits 0 and teaches; what does not exist exits 1', async (t) => {
  const teaches: [args: string[], about: RegExp][] = [
    [['--help'], /start[^]*demo[^]*load/],
    [['start', '--help'], /--http-port[^]*--data-dir/],
    [['demo', '--help'], /--json/],
    [['load', '--help'], /--connections[^]*--rate/],
  ];
  for (const [args, about] of teaches) {
    const { code, stdout } = await runProgram(args);
    t.equal(code, 0, args.join(' '));
    t.match(stdout, about);
  }
  for (const args of [['nothing'], ['load', '--rate', 'fast'], ['load', '--unknown'], ['demo', '--unknown'], ['start', '--unknown']]) {
    const { code, stderr } = await runProgram(args);
    t.equal(code, 1, args.join(' '));
    t.match(stderr, /^[^\n]+\n$/, 'one sentence');
  }
});
