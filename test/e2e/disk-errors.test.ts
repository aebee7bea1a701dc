/** Writes and syncs of the log fail under a trading exchange, as a dying disk would make them. */
import { readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { OrderSender } from '../support/order-sender.js';
import { startServerFor } from '../support/server.js';
import { failCalls, straceMissing } from '../support/strace.js';

const missing = straceMissing();

t.test('errors of the disk', { skip: process.env['CI'] !== 'true' && missing }, async (t) => {
  if (missing !== false) throw new Error(missing);
  const dataDir = await mkdtemp(join(tmpdir(), 'qaexchange-errors-'));
  t.teardown(() => rm(dataDir, { recursive: true, force: true }));
  const server = await startServerFor(t, { dataDir });
  const sender = await OrderSender.open(server, 'error_trader');
  t.teardown(() => Promise.resolve(sender.close()));
  await sender.sendAndWait(5);
  const fileInUse = (): string => {
    const logs = readdirSync(join(dataDir, 'db', 'log')).filter((name) => name.endsWith('.log'));
    return join(dataDir, 'db', 'log', logs.sort().at(-1)!);
  };

  const before = fileInUse();
  let mend = await failCalls(server.pid, 'write', before, 'EIO', '1');
  await sender.sendUntil('an order is refused', () => sender.refusals.length > 0);
  const told = sender.acknowledged.length;
  await sender.sendUntil('orders are acknowledged again', () => sender.acknowledged.length > told + 3);
  await mend();
  t.same(new Set(sender.refusals), new Set([5002]));
  t.match(server.stderr(), /"thread":"wal","reason":"[^"]*Input\/output error/);
  t.not(fileInUse(), before, 'nothing is written behind the torn record');

  // Whether what was written before a failed sync has reached the disk nobody knows: LevelDB writes nothing more, and neither do we.
  const refusals = sender.refusals.length;
  mend = await failCalls(server.pid, 'fdatasync', fileInUse(), 'EIO', '1');
  await sender.sendUntil('an order is refused', () => sender.refusals.length > refusals);
  await mend();
  await sender.sendUntil('the exchange says what to do', () =>
    server.stderr().includes('takes no writes until the exchange is started anew'),
  );
  const health = await sender.http.call('GET', '/health');
  t.match([health.status, JSON.parse(health.text)], [503, { status: 'degraded' }]);
  t.equal(
    (await sender.http.call('GET', `/api/order/${sender.acknowledged[0]}`, { token: sender.trader.token })).status,
    200,
    'reads go on',
  );
  t.equal(new Set(sender.refusals).size, 1);
  await server.kill();

  const next = await startServerFor(t, { dataDir });
  t.same(await sender.missingAt(next.url), [], `all of the ${sender.acknowledged.length} acknowledged orders are there`);
  const after = await OrderSender.open(next, 'error_trader_2');
  t.teardown(() => Promise.resolve(after.close()));
  await after.sendAndWait(3);
});
