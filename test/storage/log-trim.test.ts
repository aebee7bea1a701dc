/** Old blocks go in pieces, while others are written, and only behind everybody who still needs them. */
import t from 'tap';
import type { KeyRange } from '../../src/storage/database.js';
import { HistoryStatus } from '../../src/storage/history-status.js';
import { LogStore } from '../../src/storage/log-store.js';
import { LogTrim } from '../../src/storage/log-trim.js';
import { SnapshotStatus } from '../../src/storage/snapshot-status.js';
import { START, appendBlocks, keysOf, tempStorage } from './support.js';

const PIECE = 2;

function snapshotsUpTo(trimSequence: number): SharedArrayBuffer {
  const buffer = SnapshotStatus.create();
  const figures = {
    foldedSequence: 9,
    snapshotSequence: 9,
    snapshotTimeUs: 1,
    snapshotBytes: 1,
    historyWatermark: 9,
    trimSequence,
    failures: 0,
  };
  new SnapshotStatus(buffer).publish(figures);
  return buffer;
}

/** Until there is no more; gives other work its turn between two pieces. */
async function trimAll(trim: LogTrim): Promise<void> {
  while (await trim.trim()) await new Promise((resolve) => setImmediate(resolve));
}

t.test('pieces go until everything has gone that nobody needs', async (t) => {
  const storage = await tempStorage(t);
  await appendBlocks(storage, [1, 1, 1, 1, 1, 1, 1]);
  const historyStatus = HistoryStatus.create();
  const trim = new LogTrim(new LogStore(storage.log), { snapshotStatus: snapshotsUpTo(6), historyStatus }, PIECE);
  await trimAll(trim);
  t.same(await keysOf(storage.log), [1, 2, 3, 4, 5, 6, 7], 'the history has nothing in its files');
  new HistoryStatus(historyStatus).publish(4);
  await trimAll(trim);
  t.same(await keysOf(storage.log), [4, 5, 6, 7]);
  new HistoryStatus(historyStatus).publish(7);
  await trimAll(trim);
  t.same(await keysOf(storage.log), [6, 7], 'behind the second-newest snapshot');
  t.equal(await trim.trim(), true, 'it looks again');
  await trimAll(trim);
  t.same(await keysOf(storage.log), [6, 7]);
});

t.test('nobody waits while keys are read', async (t) => {
  const storage = await tempStorage(t);
  const positions = await appendBlocks(storage, [1, 1, 1, 1]);
  let go: () => void = () => undefined;
  const slow = new Promise<void>((resolve) => (go = resolve));
  const keys = storage.log.keys.bind(storage.log);
  storage.log.keys = async (range: KeyRange) => {
    await slow;
    return await keys(range);
  };
  const log = new LogStore(storage.log);
  const trim = new LogTrim(log, { snapshotStatus: snapshotsUpTo(3) }, PIECE);
  t.equal(await trim.trim(), true);
  t.equal(await trim.trim(), true, 'the search goes on');
  await appendBlocks(storage, [1], positions.at(-1) ?? START);
  go();
  await trimAll(trim);
  t.same(await keysOf(storage.log), [3, 4, 5]);
});

t.test('a disk that fails is left alone until the next time', async (t) => {
  const storage = await tempStorage(t);
  await appendBlocks(storage, [1, 1, 1, 1]);
  const keys = storage.log.keys.bind(storage.log);
  let fails = true;
  storage.log.keys = (range: KeyRange) => (fails ? Promise.reject(new Error('EIO')) : keys(range));
  const trim = new LogTrim(new LogStore(storage.log), { snapshotStatus: snapshotsUpTo(3) }, PIECE);
  await trimAll(trim);
  fails = false;
  t.same(await keysOf(storage.log), [1, 2, 3, 4]);
  const batch = storage.log.batch.bind(storage.log);
  storage.log.batch = () => Promise.reject(new Error('ENOSPC'));
  await trimAll(trim);
  t.same(await keysOf(storage.log), [1, 2, 3, 4]);
  storage.log.batch = batch;
  await trimAll(trim);
  t.same(await keysOf(storage.log), [3, 4]);
});
