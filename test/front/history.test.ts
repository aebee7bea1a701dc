import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import { HistoryFold, ORDER_STRIDE } from '../../src/core/history.js';
import { ExchangeState } from '../../src/core/state.js';
import { HistoryQueries } from '../../src/front/history.js';
import { Database } from '../../src/storage/database.js';
import { HistoryStore } from '../../src/storage/history-store.js';

const seed = Number(process.env['SEED'] ?? Date.now() & 0xffff);

/** Packed orders of these ids; all else is 0. */
function rowsOf(ids: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(ids.length * ORDER_STRIDE);
  const view = new DataView(bytes.buffer);
  for (const [row, id] of ids.entries()) view.setFloat64(row * ORDER_STRIDE + 8, id, true);
  return bytes;
}

t.test(`the newest orders are found whatever page they lie in (SEED=${seed})`, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'qaexchange-history-'));
  const database = await Database.open(join(folder, 'db'), 1 << 20);
  t.teardown(async () => {
    await database.close();
    await rm(folder, { recursive: true, force: true });
  });
  const store = new HistoryStore(database);
  let [account, sequence] = [0, 0];
  // order n is accepted in batch `accepted` and finishes in that batch or later
  const histories = fc.array(fc.record({ accepted: fc.nat(5), later: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, fc.nat(5)) }), {
    maxLength: 60,
  });
  await fc.assert(
    fc.asyncProperty(histories, fc.integer({ min: 1, max: 20 }), async (orders, count) => {
      account++;
      const sorted = orders.toSorted((a, b) => a.accepted - b.accepted).map((order, i) => ({ ...order, id: i + 1 }));
      for (let batch = 0; batch <= 10; batch++) {
        const ids = sorted.filter(({ accepted, later }) => accepted + later === batch).map(({ id }) => id);
        const olderIdMax = sorted.filter(({ accepted }) => accepted < batch).length;
        const rows = ids.length === 0 ? [] : [{ account, count: ids.length, bytes: rowsOf(ids), olderIdMax }];
        await store.write({ uptoSequence: ++sequence, orders: rows, trades: [], orderIndex: [], documents: [], audits: [] });
      }
      const state = new ExchangeState();
      const queries = new HistoryQueries(state, new HistoryFold(state), store, () => sequence);
      const found = (await queries.newestOrders(account, count)).map(({ orderId }) => orderId);
      const expected = sorted
        .map(({ id }) => id)
        .reverse()
        .slice(0, count);
      return JSON.stringify(found) === JSON.stringify(expected);
    }),
    { seed, numRuns: 40 },
  );
});
