/** A client that comes back to a restarted exchange misses no report and hears none twice. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { connect, HttpClient, type JsonClient, type ServerMessage } from '../../src/client/index.js';
import { startServerFor } from '../support/server.js';

const PASSWORD = 'Resume-Test-1';
const KINDS = ['order_status', 'trade', 'transaction'];

/** Collects the numbered reports of a client. */
function collect(client: JsonClient): ServerMessage[] {
  const reports: ServerMessage[] = [];
  for (const kind of KINDS) client.on(kind, (message) => reports.push(message));
  return reports;
}

t.test('reports missed while the exchange was away are sent after its restart', async (t) => {
  const dataDir = mkdtempSync(join(tmpdir(), 'qaexchange-resume-'));
  t.teardown(() => rmSync(dataDir, { recursive: true, force: true }));
  const env = { JWT_SECRET: 'x'.repeat(48) };
  const first = await startServerFor(t, { dataDir, env });
  const http = new HttpClient(first.url);
  const { account_id } = await http.register('resumer', PASSWORD);
  const { token } = await http.login('resumer', PASSWORD);
  await http.call('POST', '/api/account/deposit', { account_id, amount: 1_000_000 });
  const witness = await connect(first.wsUrl, { token });
  const heard = collect(witness);
  const order = { account_id, instrument_id: 'SHFE.rb', offset: 'OPEN', order_type: 'LIMIT' } as const;
  for (let number = 1; number <= 3; number++) {
    const { order_id } = await witness.submitOrder({
      ...order,
      direction: 'BUY',
      volume: number,
      price: 3500,
      client_order_id: `id ${number}`,
    });
    if (number === 2) await witness.cancelOrder(account_id, order_id!);
  }
  await http.call('POST', '/api/account/deposit', { account_id, amount: 5 });
  await witness.ping();
  t.equal(heard.length, 5, 'three orders, a cancel, a deposit');
  const { report_seq: last } = heard.at(-1)!;

  // gone without a word, so that the end of the log is replayed; then in order, so that all lies in the tables
  await first.kill();
  let server = await startServerFor(t, { dataDir, env });
  for (const round of ['after a kill', 'after a stop']) {
    const client = await connect(server.wsUrl);
    const again = collect(client);
    await client.request({ type: 'auth', token, last_seq: { [account_id]: 1 } });
    t.match(await client.inbox.take('account_update'), { report_seq: last }, round);
    t.same(
      again.map(({ report_seq: number }) => number),
      [2, 3, 4, 5, 6],
      round,
    );
    t.same(again, heard, `${round}: word for word`);
    await client.close();
    if (round === 'after a kill') {
      await server.stop();
      server = await startServerFor(t, { dataDir, env });
    }
  }
});
