/** A matching thread dies: its books come back from durable state, and what was under way gets a definite answer. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import t from 'tap';
import { Side } from '../../src/core/enums.js';
import { addTrader, startExchange, submit } from '../support/in-process-exchange.js';

t.test('a killed matching thread is rebuilt and its resting orders trade', async (t) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'qaexchange-shard-'));
  const exchange = await startExchange(dataDir);
  t.teardown(async () => {
    await exchange.stop();
    await rm(dataDir, { recursive: true, force: true });
  });
  for (const name of ['ann', 'bob', 'cyd']) await addTrader(exchange, `${name}_trader`);
  t.equal(await submit(exchange, 1, Side.SELL, 3801), 0);
  t.equal(await submit(exchange, 2, Side.SELL, 3801), 0);

  const shard = exchange.state.instruments.find('CFFEX.IF')!.instrument % 2;
  const workers = exchange['threads']['matching'] as Worker[];
  const underWay = submit(exchange, 3, Side.BUY, 3790);
  await workers[shard].terminate();
  t.ok([0, 4001].includes(await underWay), 'the command under way has a definite answer');

  let code = 4001;
  for (const endMs = performance.now() + 60_000; code === 4001 && performance.now() < endMs;) {
    code = await submit(exchange, 3, Side.BUY, 3801);
    if (code === 4001) await new Promise((resolve) => setTimeout(resolve, 10));
  }
  t.equal(code, 0, 'orders are taken again');
  const { orders, accounts } = exchange.state;
  t.equal(accounts.firstOrder[1], 0, 'the order that was first in the queue has traded');
  t.not(accounts.firstOrder[2], 0, 'the one behind it has not');
  t.equal(orders.find(2), accounts.firstOrder[2]);
  t.equal(exchange.health().status, 'ok');
});
