import fc from 'fast-check';
import assert from 'node:assert/strict';
import t from 'tap';
import { Database } from '../../src/storage/database.js';
import { HistoryStore, PAGE_ROWS, type HistoryBatch, type OrderPlace } from '../../src/storage/history-store.js';
import { rowValues, rowsOf, tempStorage, withStorage } from './support.js';

const SEED = Number(process.env.SEED ?? Date.now() % 2 ** 31);
const EMPTY: HistoryBatch = { orders: [], trades: [], orderIndex: [], documents: [], audits: [] };

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

t.test('answers every query from what was written', async (t) => {
  const { store: database } = await tempStorage(t);
  const store = new HistoryStore(database);
  t.equal(await store.watermark(), 0);
  t.equal(store.locateOrder(1), undefined);
  await store.write({
    uptoSequence: 10,
    orders: [rowsOf(1, [100, 101]), rowsOf(2, [102])],
    trades: [rowsOf(2, [7])],
    orderIndex: [100, 101].map((orderId) => ({ orderId, account: 1 })).concat({ orderId: 102, account: 2 }),
    documents: [1, 2].map((id) => ({ table: 'funds' as const, account: 1, id, json: `{"id":${id}}` })),
    audits: [{ id: 1, json: '"first"' }],
  });
  await store.write({
    ...EMPTY,
    uptoSequence: 300,
    orders: [rowsOf(1, [5000])],
    orderIndex: [{ orderId: 5000, account: 1 }],
    documents: [{ table: 'funds', account: 1, id: 300, json: '{"id":300}' }],
    audits: [{ id: 2, json: '"second"' }],
  });
  t.equal(await store.watermark(), 300);
  const pages = await all(store.pages('orders', 1));
  t.same(
    pages.map((page) => [page.account, page.uptoSequence, page.count, rowValues(page)]),
    [
      [1, 300, 1, [5000]],
      [1, 10, 2, [100, 101]],
    ],
    'newest first',
  );
  t.same(await all(store.pages('trades', 1)), []);
  t.same(rowValues((await store.rows('trades', 2, 10))!), [7]);
  t.equal(await store.rows('trades', 2, 11), undefined);
  t.same(store.locateOrder(101), { account: 1, uptoSequence: 10, part: 0 });
  t.same(store.locateOrder(102), { account: 2, uptoSequence: 10, part: 0 });
  t.same(store.locateOrder(5000), { account: 1, uptoSequence: 300, part: 0 });
  t.equal(store.locateOrder(103), undefined);
  t.same(await all(store.documents('funds', 1)), ['{"id":300}', '{"id":2}', '{"id":1}']);
  t.same(await all(store.documents('funds', 2)), []);
  t.same(await all(store.audits()), ['"second"', '"first"']);
  await store.write({ ...EMPTY, uptoSequence: 400, orders: [rowsOf(2, [103])], orderIndex: [{ orderId: 103, account: 2 }] });
  t.same(store.locateOrder(103), { account: 2, uptoSequence: 400, part: 0 }, 'one that ended after its neighbours were looked up');
});

t.test('a batch with many rows of an account makes several pages, each found by its orders', async (t) => {
  const { store: database } = await tempStorage(t);
  const store = new HistoryStore(database);
  const count = PAGE_ROWS * 2 + 3;
  // { sequence, id }; order ids do not come in the order in which orders end
  const ids = Array.from({ length: count }, (_, row) => ((row * 7) % count) + 1);
  const bytes = new Uint8Array(Float64Array.from(ids.flatMap((id, row) => [row + 1, id])).buffer);
  const orderIndex = ids.map((orderId, row) => ({ orderId, account: 1, part: Math.floor(row / PAGE_ROWS) }));
  await store.write({ ...EMPTY, uptoSequence: 5000, orders: [{ account: 1, count, bytes, olderIdMax: 0 }, rowsOf(2, [9])], orderIndex });
  const idsOf = (page: { bytes: Uint8Array }): number[] => rowValues({ bytes: Uint8Array.from(page.bytes) }).filter((_, i) => i % 2 === 1);
  const pages = await all(store.pages('orders', 1));
  t.same(
    pages.map((page) => [page.count, page.uptoSequence]),
    [
      [3, 5000],
      [PAGE_ROWS, 5000],
      [PAGE_ROWS, 5000],
    ],
    'the newest rows come first',
  );
  t.same(pages.toReversed().flatMap(idsOf), ids);
  for (const [i, page] of pages.entries()) {
    const older = pages.slice(i + 1).flatMap(idsOf);
    t.equal(page.olderIdMax, Math.max(0, ...older));
  }
  t.same(idsOf((await store.rows('orders', 1, 5000))!), ids);
  for (const id of [1, 2, PAGE_ROWS + 1, count]) t.equal(store.orderRow(id, 16)?.getFloat64(8, true), id);
  t.equal((await all(store.pages('orders', 2))).length, 1);
});

t.test('does not mix up accounts that neighbour each other', async (t) => {
  const { store: database } = await tempStorage(t);
  const store = new HistoryStore(database);
  const accounts = [0, 1, 15, 16, 17, 255, 256, 2 ** 32 - 1];
  await store.write({ ...EMPTY, uptoSequence: 1, orders: accounts.map((account) => rowsOf(account, [account])) });
  for (const account of accounts) {
    t.same(
      (await all(store.pages('orders', account))).map((page) => rowValues(page)),
      [[account]],
    );
  }
});

t.test('writes a batch whole or not at all, and moves the watermark with it', async (t) => {
  const { store: database } = await tempStorage(t);
  const store = new HistoryStore(database);
  await store.write({ ...EMPTY, uptoSequence: 5, orders: [rowsOf(1, [1])] });
  t.capture(database, 'batch', () => Promise.reject(new Error('disk full')));
  const batch = { ...EMPTY, uptoSequence: 9, orders: [rowsOf(1, [2])], orderIndex: [{ orderId: 2, account: 1 }] };
  await t.rejects(store.write(batch), /disk full/);
  t.equal(await store.watermark(), 5);
  t.equal((await all(store.pages('orders', 1))).length, 1);
  t.equal(store.locateOrder(2), undefined);
});

t.test('puts everything of a batch into one synced write', async (t) => {
  const { store: database } = await tempStorage(t);
  const store = new HistoryStore(database);
  const batches = t.capture(database, 'batch', Database.prototype.batch.bind(database));
  const puts = t.capture(database, 'put', Database.prototype.put.bind(database));
  await store.write({
    uptoSequence: 9,
    orders: [rowsOf(1, [2])],
    trades: [rowsOf(1, [2])],
    orderIndex: [1, 2000, 4000].map((orderId) => ({ orderId, account: 1 })),
    documents: [{ table: 'funds', account: 1, id: 1, json: '1' }],
    audits: [{ id: 1, json: '1' }],
  });
  t.equal(batches().length, 1);
  t.equal(puts().length, 0);
});

t.test('refuses a watermark that does not move on', async (t) => {
  const { store: database } = await tempStorage(t);
  const store = new HistoryStore(database);
  await store.write({ ...EMPTY, uptoSequence: 5 });
  await t.rejects(store.write({ ...EMPTY, uptoSequence: 5 }), /invariant broken: a history watermark above 5/);
});

t.test('finds every order where it was put, however ids are spread over batches', async () => {
  const ids = fc.uniqueArray(fc.oneof(fc.nat(3000), fc.integer({ min: 2 ** 40, max: 2 ** 40 + 3000 })), { maxLength: 200 });
  await fc.assert(
    fc.asyncProperty(fc.array(ids, { maxLength: 5 }), (batches) =>
      withStorage(async ({ store: database }) => {
        const store = new HistoryStore(database);
        const model = new Map<number, OrderPlace>();
        for (const [index, batch] of batches.entries()) {
          const fresh = batch.filter((id) => !model.has(id));
          const uptoSequence = (index + 1) * 10;
          await store.write({ ...EMPTY, uptoSequence, orderIndex: fresh.map((orderId) => ({ orderId, account: orderId % 7 })) });
          for (const id of fresh) model.set(id, { account: id % 7, uptoSequence, part: 0 });
        }
        for (const [id, place] of model) assert.deepEqual(store.locateOrder(id), place);
        for (let id = 0; id < 3000; id += 97) assert.deepEqual(store.locateOrder(id), model.get(id));
      }),
    ),
    { seed: SEED, verbose: 1, numRuns: 10 },
  );
});
