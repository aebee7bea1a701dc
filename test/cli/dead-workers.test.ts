/** The WAL worker or the snapshot worker dies: what then works, what is refused, and what is there after the next start. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { Side } from '../../src/core/enums.js';
import { addTrader, pay, startExchange, submit, threadOf } from '../support/in-process-exchange.js';

async function temporaryFolder(t: Test): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'qaexchange-worker-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let look = 0; look < 3000; look++) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`it never came about that ${what}`);
}

t.test('without its WAL worker the exchange is halted: reads go on, orders get 5002, and a restart has everything', async (t) => {
  const dataDir = await temporaryFolder(t);
  const exchange = await startExchange(dataDir);
  const account = await addTrader(exchange, 'ann_trader');
  t.equal(await submit(exchange, account, Side.BUY, 3790), 0);
  const { sequence } = exchange.state;
  await threadOf(exchange, 'wal').terminate();
  await until('the exchange is halted', () => exchange.health().status === 'halted');
  t.equal(await submit(exchange, account, Side.BUY, 3791), 5002);
  await t.rejects(pay(exchange, account, 10_000), { code: 5002 });
  t.equal(exchange.state.sequence, sequence, 'what is known can still be read');
  t.equal(exchange.state.orders.find(1), exchange.state.accounts.firstOrder[account]);
  t.equal(await exchange.stop(), false, 'the log could not be finished');

  const next = await startExchange(dataDir);
  t.teardown(() => next.stop());
  t.equal(next.recoveredSequence, sequence);
  t.equal(next.state.orders.find(1), next.state.accounts.firstOrder[account]);
  t.equal(await submit(next, account, Side.BUY, 3791), 0, 'and goes on');
});

t.test('a dead snapshot worker is started again and goes on where it was; trading does not notice', async (t) => {
  const exchange = await startExchange(await temporaryFolder(t), ['--snapshot-ms', '20']);
  t.teardown(() => exchange.stop());
  const account = await addTrader(exchange, 'bob_trader');
  const written = (): number => exchange['snapshotStatus'].figures().snapshotSequence;
  await until('a snapshot is there', () => written() > 0);
  for (let death = 0; death < 2; death++) {
    const before = threadOf(exchange, 'snapshot');
    await before.terminate();
    t.equal(await submit(exchange, account, Side.BUY, 3790), 0);
    t.equal(exchange.health().status, 'ok');
    const { sequence } = exchange.state;
    await until('a new worker has written a snapshot', () => threadOf(exchange, 'snapshot') !== before && written() >= sequence);
  }
});

t.test('a snapshot worker that dies again and again is given up, and health says so', async (t) => {
  const exchange = await startExchange(await temporaryFolder(t));
  t.teardown(() => exchange.stop());
  const account = await addTrader(exchange, 'cyd_trader');
  await until('nobody starts it any more', async () => {
    await threadOf(exchange, 'snapshot').terminate();
    return exchange.health().status === 'degraded';
  });
  t.equal(await submit(exchange, account, Side.BUY, 3790), 0, 'orders are still taken: the log is whole');
});
