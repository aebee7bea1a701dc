import t from 'tap';
import type { Storage } from '../../src/storage/database.js';
import { HistoryStore } from '../../src/storage/history-store.js';
import type { LogPosition } from '../../src/storage/log-block.js';
import { LogStore } from '../../src/storage/log-store.js';
import { SnapshotStatus } from '../../src/storage/snapshot-status.js';
import { SnapshotStore } from '../../src/storage/snapshot-store.js';
import { Snapshotter, type SnapshotterLimits } from '../../src/storage/snapshotter.js';
import { StorageError } from '../../src/storage/storage-error.js';
import { WalStatus } from '../../src/storage/wal-status.js';
import { START, SumFold, appendBlocks, rowValues, tempStorage } from './support.js';

const sumTo = (n: number): number => (n * (n + 1)) / 2;

/** A log that grows by blocks and a snapshotter that may be started again and again. */
class Bench {
  readonly wal = new WalStatus(WalStatus.create());
  readonly status = new SnapshotStatus(SnapshotStatus.create());
  readonly failures: string[] = [];
  nowUs = 0;
  isSound = true;
  fold = new SumFold();
  private position: LogPosition = START;

  constructor(
    readonly storage: Storage,
    readonly limits: Partial<SnapshotterLimits> = {},
  ) {}

  async append(...counts: number[]): Promise<void> {
    const positions = await appendBlocks(this.storage, counts, this.position);
    this.position = positions.at(-1)!;
    this.wal.start(this.position.sequence);
  }

  snapshotter(): Snapshotter {
    this.fold = new SumFold();
    return new Snapshotter({
      storage: this.storage,
      fold: this.fold,
      wal: this.wal,
      status: this.status,
      limits: { pollMs: 1, retryMs: 1, ...this.limits },
      nowUs: () => this.nowUs,
      isSound: () => this.isSound,
      onFailure: (reason) => this.failures.push(reason),
    });
  }

  /** Sequences of all finished orders in the tables, in order; every event finishes one. */
  async history(): Promise<number[]> {
    const store = new HistoryStore(this.storage.store);
    const all: number[] = [];
    for (const account of [0, 1, 2]) for await (const page of store.pages('orders', account)) all.push(...rowValues(page));
    return all.sort((a, b) => a - b);
  }
}

const upTo = (n: number): number[] => Array.from({ length: n }, (_, index) => index + 1);

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 1));
}

t.test('takes a snapshot after so many events and after so much time, but not without changes', async (t) => {
  const bench = new Bench(await tempStorage(t), { snapshotEvents: 10, snapshotMs: 1000 });
  const snapshotter = bench.snapshotter();
  await snapshotter.start();
  await bench.append(9);
  await snapshotter.turn();
  t.match(bench.status.figures(), { foldedSequence: 9, snapshotSequence: 0, historyWatermark: 0 });
  await bench.append(1);
  await snapshotter.turn();
  t.match(bench.status.figures(), { foldedSequence: 10, snapshotSequence: 10, historyWatermark: 10 });
  bench.nowUs = 5_000_000;
  await snapshotter.turn();
  t.match(bench.status.figures(), { snapshotSequence: 10, snapshotTimeUs: 0 });
  await bench.append(1);
  await snapshotter.turn();
  t.match(bench.status.figures(), { snapshotSequence: 11, snapshotTimeUs: 5_000_000 });
  t.same(await new SnapshotStore(bench.storage.store).goodSequences(), [11, 10]);
});

t.test('writes history more often than snapshots', async (t) => {
  const bench = new Bench(await tempStorage(t), { historyEvents: 4 });
  const snapshotter = bench.snapshotter();
  await snapshotter.start();
  await bench.append(3);
  await snapshotter.turn();
  t.same(await bench.history(), []);
  await bench.append(2);
  await snapshotter.turn();
  t.same(await bench.history(), upTo(5));
  t.match(bench.status.figures(), { snapshotSequence: 0, historyWatermark: 5 });
});

t.test('allows trimming only below the second-newest snapshot', async (t) => {
  const bench = new Bench(await tempStorage(t), { snapshotEvents: 5, keep: 3 });
  const snapshotter = bench.snapshotter();
  await snapshotter.start();
  const marks: number[] = [];
  for (let round = 0; round < 5; round++) {
    await bench.append(2, 3);
    await snapshotter.turn();
    marks.push(bench.status.figures().trimSequence);
  }
  t.same(marks, [0, 5, 10, 15, 20]);
  t.same(await new SnapshotStore(bench.storage.store).goodSequences(), [25, 20, 15]);
  await new LogStore(bench.storage.log).trimBelow(20, 100);
  const second = `snap/${(25).toString(16).padStart(16, '0')}/000000`;
  await bench.storage.store.put(second, Buffer.from('damaged'));
  t.match(await bench.snapshotter().start(), { snapshotSequence: 20, sequence: 25 }, 'the trimmed log still reaches the end from there');
  t.equal(bench.fold.sum, sumTo(25));
});

t.test('writes nothing twice, whatever lay between watermark, snapshot and end of the log when it died', async (t) => {
  const bench = new Bench(await tempStorage(t), { historyEvents: 3, snapshotEvents: 12 });
  for (let round = 0; round < 12; round++) {
    const snapshotter = bench.snapshotter();
    const recovered = await snapshotter.start();
    t.equal(bench.fold.sum, sumTo(recovered.sequence));
    for (let step = 0; step <= round % 4; step++) {
      await bench.append(1, (round % 3) + 1);
      await snapshotter.turn();
    }
    const { historyWatermark } = bench.status.figures();
    t.same(await bench.history(), upTo(historyWatermark));
  }
  const store = new HistoryStore(bench.storage.store);
  for (const id of upTo(await store.watermark())) t.equal(store.locateOrder(id)?.account, id % 3);
});

t.test('forgets what was written when an older snapshot must be used', async (t) => {
  const bench = new Bench(await tempStorage(t), { snapshotEvents: 5 });
  const snapshotter = bench.snapshotter();
  await snapshotter.start();
  await bench.append(5);
  await snapshotter.turn();
  await bench.append(5);
  await snapshotter.turn();
  await bench.storage.store.batch([{ type: 'del', key: `snap/${(10).toString(16).padStart(16, '0')}/000000` }]);
  await bench.append(2);
  const next = bench.snapshotter();
  t.match(await next.start(), { snapshotSequence: 5, sequence: 12, rejected: [{ sequence: 10 }] });
  await next.takeSnapshot();
  t.same(await bench.history(), upTo(12));
});

t.test('leaves nothing to replay after a graceful stop', async (t) => {
  const bench = new Bench(await tempStorage(t));
  const snapshotter = bench.snapshotter();
  await snapshotter.start();
  const running = snapshotter.run();
  await bench.append(...new Array<number>(70).fill(2));
  await until(() => bench.status.figures().foldedSequence > 0);
  await bench.append(3);
  snapshotter.stop();
  await running;
  t.same(await bench.history(), upTo(143));
  t.match(await bench.snapshotter().start(), { snapshotSequence: 143, sequence: 143, events: 0 });
  t.equal(bench.fold.sum, sumTo(143));
});

t.test('tries a failed write again and loses nothing', async (t) => {
  const storage = await tempStorage(t);
  const bench = new Bench(storage, { snapshotEvents: 4 });
  let failures = 5;
  const batch = storage.store.batch.bind(storage.store);
  const put = storage.store.put.bind(storage.store);
  const failing =
    <A extends unknown[]>(write: (...args: A) => Promise<void>) =>
    (...args: A): Promise<void> =>
      failures-- > 0 && failures % 2 === 0 ? Promise.reject(new StorageError('WRITE_FAILED', 'disk full')) : write(...args);
  storage.store.batch = failing(batch);
  storage.store.put = failing(put);
  const snapshotter = bench.snapshotter();
  await snapshotter.start();
  const running = snapshotter.run();
  await bench.append(5);
  await until(() => bench.status.figures().snapshotSequence === 5);
  snapshotter.stop();
  await running;
  t.ok(bench.failures.length > 0);
  t.equal(bench.status.figures().failures, bench.failures.length);
  t.same(await bench.history(), upTo(5));
});

t.test('ends with an error when the log is damaged', async (t) => {
  const bench = new Bench(await tempStorage(t));
  await bench.append(5);
  const snapshotter = bench.snapshotter();
  await snapshotter.start();
  await bench.append(2, 2);
  await bench.storage.log.batch([{ type: 'del', key: `wal/${(6).toString(16).padStart(16, '0')}` }]);
  await t.rejects(snapshotter.run(), { code: 'CORRUPT', sequence: 6 });
});

t.test('notices a log that ends before the history does', async (t) => {
  const bench = new Bench(await tempStorage(t), { historyEvents: 1 });
  const snapshotter = bench.snapshotter();
  await snapshotter.start();
  await bench.append(2, 2);
  await snapshotter.turn();
  await new LogStore(bench.storage.log).cutTail(3);
  await t.rejects(bench.snapshotter().start(), { code: 'CORRUPT', sequence: 3 });
});

t.test('of a state that is wrong no snapshot is written, and the log is kept', async (t) => {
  const bench = new Bench(await tempStorage(t), { snapshotEvents: 4 });
  await bench.append(2, 3);
  const snapshotter = bench.snapshotter();
  await snapshotter.start();
  await snapshotter.takeSnapshot();
  await bench.append(4);
  await snapshotter.turn();
  t.equal(bench.status.figures().snapshotSequence, 9);
  bench.isSound = false;
  await bench.append(4, 4);
  await snapshotter.turn();
  t.match(bench.status.figures(), { foldedSequence: 17, historyWatermark: 17, snapshotSequence: 9, trimSequence: 5 });
  bench.isSound = true;
  await bench.append(4);
  await snapshotter.turn();
  t.equal(bench.status.figures().snapshotSequence, 21);
});
