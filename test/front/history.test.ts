import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import { HistoryFold, ORDER_STRIDE } from '../../src/core/history.js';
import { Random } from '../../src/cli/load/random.js';
import { OrderEntry } from '../../src/core/events.js';
import { StateObserver } from '../../src/core/observer.js';
import { ExchangeState } from '../../src/core/state.js';
import { HistoryQueries } from '../../src/front/history.js';
import { Database } from '../../src/storage/database.js';
import { HistoryStore } from '../../src/storage/history-store.js';
import { StateFold } from '../../src/storage/state-fold.js';
import { setSequence } from '../../src/wire/frame-header.js';
import { frameViews } from '../../src/wire/frame-layout.js';
import { OneThreadCircle } from '../support/one-thread-circle.js';

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

t.test(`any page of the orders of a user is found by counting (SEED=${seed})`, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'qaexchange-entered-'));
  const database = await Database.open(join(folder, 'db'), 1 << 20);
  t.teardown(async () => {
    await database.close();
    await rm(folder, { recursive: true, force: true });
  });
  const store = new HistoryStore(database);
  const circle = new OneThreadCircle();
  const entered = new Map<number, number[]>();
  circle.state.observe(
    new (class extends StateObserver {
      override orderAccepted(_slot: number, { account, orderId }: OrderEntry): void {
        const user = circle.state.accounts.user[account];
        entered.set(user, [orderId, ...(entered.get(user) ?? [])]);
      }
    })(),
  );
  const first = circle.trader(1e8);
  const accounts = [first, circle.trader(1e8), circle.account(1, 1e8)];
  const instrument = circle.list({ instrumentId: 'SIM.x', multiplier: 10, priceTick: 10_000, preSettlement: 1_000_000 });
  const worker = new StateFold();
  let watermark = 0;
  let applied = 0;
  // as after a start: memory begins where the tables ended then
  const begin = (): HistoryQueries => {
    const recent = new HistoryFold(circle.state);
    circle.state.observe(recent);
    return new HistoryQueries(circle.state, recent, store, () => watermark);
  };
  const started = [begin()];
  const random = fc.sample(fc.nat(1000), { seed, numRuns: 4000 });
  const below = (bound: number): number => random.pop()! % bound;
  for (let turn = 0; turn < 12; turn++) {
    for (let n = 0; n < 90; n++) {
      const account = accounts[below(accounts.length)];
      const { orderId } = circle.order(account, instrument, `BUY OPEN 1@${90 + below(8)}`);
      if (below(2) === 0) circle.cancel(account, orderId);
    }
    if (turn % 4 === 3) continue;
    for (; applied < circle.journal.length; applied++) {
      const views = frameViews(Uint8Array.from(circle.journal[applied]));
      setSequence(views, 0, applied + 1);
      worker.apply(views, 0);
    }
    watermark = applied;
    await store.write({ uptoSequence: watermark, ...worker.takeHistory() });
    if (turn % 4 === 0) started.push(begin());
  }
  const idsOf = async (queries: HistoryQueries, user: number, skip: number, count: number): Promise<number[] | undefined> =>
    (await queries.ordersEntered(user, skip, count))?.map(({ orderId }) => orderId);
  for (const [user, ids] of entered) {
    for (let skip = 0; skip < ids.length + 30; skip += 1 + below(30)) {
      const queries = started[below(started.length)];
      const count = 1 + below(40);
      t.same(await idsOf(queries, user, skip, count), ids.slice(skip, skip + count), `${count} of user ${user} behind ${skip}`);
    }
  }
  const [all, latest] = [entered.get(1)!, started.at(-1)!];
  const oldest = await database.keys({ gte: 'hist/entered/', lt: 'hist/entered0', limit: 1 });
  await database.batch([{ type: 'del', key: oldest[0] }]);
  t.equal(await idsOf(latest, 1, all.length - 1, 1), undefined, 'of a time when nobody counted');
  t.same(await idsOf(latest, 1, 100, 20), all.slice(100, 120));
});

t.test(`a finished order is found whenever it is looked for, until it has been dropped (SEED=${seed})`, async (t) => {
  const state = new ExchangeState();
  const fold = new HistoryFold(state);
  const order = new OrderEntry();
  order.account = 1;
  const random = new Random(seed);
  let [finished, dropped] = [0, 0];
  const wrong: number[] = [];
  for (let step = 0; step < 60; step++) {
    // records go by 4096
    for (let left = random.between(0, 1000); left > 0; left--) {
      order.stamp.sequence = ++finished;
      order.orderId = 7 * finished;
      fold.orderRefused(state.orders.insertFinished(order), order);
      state.orders.releaseFinished();
    }
    if (random.between(1, 4) === 1) fold.dropUpTo((dropped = random.between(dropped, finished)));
    if (random.between(1, 2) === 1) continue;
    for (const n of [finished, dropped + 1, random.between(dropped + 1, finished + 1), finished + 1]) {
      const isThere = n > dropped && n <= finished;
      const found = fold.findOrder(7 * n)?.orderId;
      if (found !== (isThere ? 7 * n : undefined)) wrong.push(n);
    }
    if (fold.findOrder(7 * finished - 1) !== undefined) wrong.push(-finished);
  }
  t.same(wrong, []);
  t.ok(finished > 10_000 && dropped > 4096, `${finished} orders, ${dropped} dropped`);
  for (let n = 1; n <= Math.floor(dropped / 4096) * 4096; n += 97) if (fold.findOrder(7 * n) !== undefined) wrong.push(n);
  t.same(wrong, [], 'whole chunks are gone');
});
