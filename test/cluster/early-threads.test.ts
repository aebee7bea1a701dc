/** Threads that wait for their data are alive when these come. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import t from 'tap';
import { EarlyThreads } from '../../src/cluster/early-threads.js';
import { MarketThread } from '../../src/cluster/market/market-thread.js';
import { RingBuffer } from '../../src/ring/ring-buffer.js';
import { MarketStatus } from '../../src/storage/market-status.js';

t.test('the market worker that was started early reads the log, is taken, and comes to its end', async (t) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'qaexchange-early-'));
  const early = new EarlyThreads(1);
  t.teardown(() => rm(dataDir, { recursive: true, force: true }));
  early.readMarket({ dataDir, holidays: [], factors: [], before: 0 });
  const taken = early.take('market');
  if (taken === undefined) throw new Error('the market worker has ended');
  const failed = once(taken, 'exit').then(() => Promise.reject(new Error('the market worker ended')));
  failed.catch(() => undefined);
  const market = new MarketThread({
    ...{ dataDir, broadcastRing: RingBuffer.create(1 << 16), reader: 0, status: MarketStatus.create(), checkpointMs: 1000 },
    ...{ holidays: [], factors: [] },
    early: { take: () => taken } as unknown as EarlyThreads,
    onDeath: (message) => t.fail(message),
    onWriteFailure: (message) => t.fail(message),
  });
  t.strictSame(await Promise.race([market.start(0), failed]), [], 'nothing has been counted');
  await market.stop();
  for (const name of ['wal', 'matching'] as const) await early.take(name)?.terminate();
  t.strictSame(early.deaths, []);
});

t.test('a thread that dies while it waits is named', async (t) => {
  const early = new EarlyThreads(1);
  // a folder that cannot be
  early.readMarket({ dataDir: '\0', holidays: [], factors: [], before: 0 });
  while (early.deaths.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  t.match(early.deaths, [{ thread: 'market', reason: /null bytes/ }]);
  for (const name of ['wal', 'matching'] as const) await early.take(name)?.terminate();
});
