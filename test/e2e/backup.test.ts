/**
 * The drill: an exchange is stopped, started again, backed up under load, killed, and restored on an empty folder; and the
 * tools beside it, as an operator calls them.
 */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { HttpClient, type Trader } from '../support/http-client.js';
import { runProgram, startServer, startServerFor } from '../support/server.js';

const shelf = await mkdtemp(join(tmpdir(), 'qaexchange-backup-'));
t.teardown(() => rm(shelf, { recursive: true, force: true }));
const [dataDir, backup, restored] = ['data', 'backup', 'restored'].map((name) => join(shelf, name));

const ORDER = { instrument_id: 'DCE.m', offset: 'OPEN', order_type: 'LIMIT', volume: 1, price: 3000 };

/** A tool's JSON; it must succeed. */
async function tool(...args: string[]): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await runProgram([...args, '--json']);
  if (code !== 0) throw new Error(`${args.join(' ')}: ${stdout}${stderr}`);
  return JSON.parse(stdout) as Record<string, unknown>;
}

/** Both trade with each other until it is over; gives the ids of acknowledged orders. */
async function trade(client: HttpClient, [ann, bob]: readonly Trader[], isOver: () => boolean): Promise<string[]> {
  const acknowledged: string[] = [];
  for (let round = 0; !isOver(); round++) {
    const [owner, direction] = round % 2 === 0 ? [ann, 'BUY'] : [bob, 'SELL'];
    const body = { ...ORDER, account_id: owner.accountId, direction, volume: 1 + (round % 3) };
    const answer = await client.call('POST', '/api/order/submit', { token: owner.token, body });
    if (answer.code !== 0) throw new Error(answer.text);
    acknowledged.push(String(answer.data['order_id']));
  }
  return acknowledged;
}

t.test('a hot backup restores to the same state, with all history', async (t) => {
  const first = await startServer({ dataDir });
  const client = new HttpClient(first.url);
  const traders = [await client.trader('backup_ann', 100_000_000), await client.trader('backup_bob', 100_000_000)];
  const [ann] = traders;
  let rounds = 0;
  const early = await trade(client, traders, () => ++rounds > 40);
  const tooMany = { ...ORDER, account_id: ann.accountId, direction: 'BUY', volume: 100_000 };
  const refused = await client.call('POST', '/api/order/submit', { token: ann.token, body: { ...tooMany, price: 3100 } });
  t.not(refused.code, 0);
  client.close();
  t.equal((await first.stop()).code, 0);

  // a clean stop leaves a snapshot at the very end: the next start replays nothing
  const stopped = await tool('inspect', dataDir);
  const log = stopped['log'] as { last_sequence: number };
  const [newest] = stopped['snapshots'] as { sequence: number; fault: string }[];
  t.match(newest, { sequence: log.last_sequence, fault: '' });
  t.equal(stopped['used_by'], null);
  const declined = await runProgram(['inspect', 'log', dataDir, '--kind', 'OrderDeclined', '--json']);
  t.match(JSON.parse(declined.stdout), {
    kind: 'OrderDeclined',
    fields: { account_id: ann.accountId, volume: 100_000, code: refused.code },
  });

  const second = await startServer({ dataDir });
  t.equal(second.readyLine['sequence'], log.last_sequence);
  const busy = new HttpClient(second.url);
  let isOver = false;
  const trading = trade(busy, traders, () => isOver);
  const made = await tool('backup', dataDir, backup);
  if (process.platform === 'linux') t.match((await tool('inspect', dataDir))['used_by'], { pid: second.pid });
  isOver = true;
  const acknowledged = [...early, ...(await trading)];
  busy.close();
  await second.kill();
  t.ok(Number(made['sequence']) > log.last_sequence, 'trading went on before it');
  t.strictSame((await readdir(shelf)).sort(), ['backup', 'data'], 'nothing half is left');

  const twice = await runProgram(['restore', backup, dataDir]);
  t.match(twice, { code: 1, stderr: /^[^\n]* is not empty\.\n$/ });
  t.match(await tool('restore', backup, restored), { ok: true, sequence: made['sequence'], state_hash: made['state_hash'] });
  const then = await tool('replay', dataDir, '--to', String(made['sequence']), '--hash');
  t.equal(then['state_hash'], made['state_hash'], 'the state that the killed exchange had at that event');

  const third = await startServerFor(t, { dataDir: restored });
  t.equal(third.readyLine['sequence'], made['sequence']);
  const after = new HttpClient(third.url);
  t.teardown(() => after.close());
  for (const orderId of early) {
    const answer = await after.call('GET', `/api/order/${orderId}`, { token: ann.token });
    t.ok(answer.code === 0 || answer.code === 9006, `${orderId} is known: ${answer.text}`);
  }
  t.ok(acknowledged.length > early.length);
  await trade(after, traders, () => ++rounds > 60);
  t.equal((await third.stop()).code, 0);
  t.match(await tool('verify', restored), { ok: true });
});

t.test('tools teach, and say in one sentence what they cannot do', async (t) => {
  for (const name of ['inspect', 'replay', 'verify', 'backup', 'restore']) {
    const { code, stdout } = await runProgram([name, '--help']);
    t.equal(code, 0);
    t.match(stdout, new RegExp(`qaexchange ${name}[^]*Usage[^]*Example`));
  }
  const wrong: string[][] = [
    ['verify'],
    ['inspect', join(shelf, 'none')],
    ['inspect', 'sequence', '999999999', restored],
    ['inspect', 'log', restored, '--kind', 'Nothing'],
    ['replay', restored, '--to', '999999999'],
    ['replay', restored, '--what-if', 'fee=lots'],
    ['backup', restored, dataDir],
  ];
  for (const args of wrong) t.match(await runProgram(args), { code: 1, stdout: '', stderr: /^[^\n]+\.\n$/ }, args.join(' '));
});
