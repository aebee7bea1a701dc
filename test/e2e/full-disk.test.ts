/** A disk runs full under a trading exchange: orders are refused, reads go on, and trading resumes by itself when there is room again. */
import { join } from 'node:path';
import t from 'tap';
import { OrderSender } from '../support/order-sender.js';
import { runProgram, startServerFor } from '../support/server.js';
import { SmallDisk } from '../support/small-disk.js';

const MEBIBYTES = 32;
const disk = SmallDisk.mount(MEBIBYTES);
const skip = typeof disk === 'string' && process.env['CI'] !== 'true' ? disk : false;

t.test('a full disk', { skip }, async (t) => {
  if (typeof disk === 'string') throw new Error(disk);
  t.teardown(() => {
    disk.unmount();
    return Promise.resolve();
  });
  const dataDir = join(disk.path, 'data');
  const server = await startServerFor(t, { dataDir });
  const sender = await OrderSender.open(server, 'disk_trader');
  t.teardown(() => Promise.resolve(sender.close()));
  await sender.sendAndWait(10);

  disk.fill();
  await sender.sendUntil('an order is refused', () => sender.refusals.length > 0);
  t.same(new Set(sender.refusals), new Set([5002]));
  const told = sender.acknowledged.length;
  const health = await sender.http.call('GET', '/health');
  t.match([health.status, JSON.parse(health.text)], [503, { status: 'degraded' }]);
  t.match((await sender.http.call('GET', '/metrics')).text, /^qaexchange_log_writable 0$/m);
  t.match((await sender.http.call('GET', '/metrics')).text, /^qaexchange_write_failures_total\{thread="wal"\} [1-9]/m);
  t.equal(
    (await sender.http.call('GET', `/api/order/${sender.acknowledged[0]}`, { token: sender.trader.token })).status,
    200,
    'reads go on',
  );
  t.equal(sender.acknowledged.length, told, 'nothing is acknowledged meanwhile');
  t.match(server.stderr(), /"thread":"wal","reason":"[^"]*No space left/);

  disk.empty();
  await sender.sendUntil('orders are acknowledged again', () => sender.acknowledged.length > told + 3);
  await until(async () => (await sender.http.call('GET', '/health')).status === 200);
  t.match((await sender.http.call('GET', '/metrics')).text, /^qaexchange_log_writable 1$/m);

  disk.fill();
  await sender.sendUntil('an order is refused once more', () => sender.refusals.at(-1) === 5002 && sender.refusals.length > 1);
  await server.kill();
  const refused = await runProgram(['start', '--simulation-mode'], { DATA_DIR: dataDir });
  t.match(refused, { code: 1, stderr: /No space left on device/ }, 'it does not start on a full disk, and says why');

  disk.empty();
  const next = await startServerFor(t, { dataDir });
  t.same(await sender.missingAt(next.url), [], `all of the ${sender.acknowledged.length} acknowledged orders are there`);
});

async function until(condition: () => Promise<boolean>): Promise<void> {
  for (let look = 0; look < 1000; look++) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error('it never came about');
}
