import t from 'tap';
import type { Storage } from '../../src/storage/database.js';
import { HistoryStore } from '../../src/storage/history-store.js';
import { LogStore } from '../../src/storage/log-store.js';
import { recover, type Recovered } from '../../src/storage/recovery.js';
import { SnapshotStore } from '../../src/storage/snapshot-store.js';
import { START, SumFold, appendBlocks, makeBlock, tempStorage } from './support.js';

const keyOf = (sequence: number): string => `wal/${sequence.toString(16).padStart(16, '0')}`;
const sumTo = (n: number): number => (n * (n + 1)) / 2;

async function recoverSum(storage: Storage, cutTail = true): Promise<Recovered & { fold: SumFold; progress: number[][]; ends: number[] }> {
  const fold = new SumFold();
  const progress: number[][] = [];
  const ends: number[] = [];
  const recovered = await recover({
    storage,
    cutTail,
    restore: (bytes) => fold.restore(bytes),
    apply: (views, offset) => fold.apply(views, offset),
    afterBlock: (sequence) => ends.push(sequence),
    onProgress: (sequence, target) => progress.push([sequence, target]),
  });
  return { ...recovered, fold, progress, ends };
}

async function saveAt(storage: Storage, position: { sequence: number; crc: number; epoch: number }): Promise<void> {
  const state = JSON.stringify({ sequence: position.sequence, sum: sumTo(position.sequence) });
  await new SnapshotStore(storage.store).save(Buffer.from(state), position, 1);
}

async function garble(storage: Storage, sequence: number): Promise<void> {
  const value = Uint8Array.from((await storage.log.get(keyOf(sequence)))!);
  value[70] ^= 8;
  await storage.log.put(keyOf(sequence), value);
}

t.test('finds nothing in an empty folder', async (t) => {
  const recovered = await recoverSum(await tempStorage(t));
  t.match(recovered, { sequence: 0, crc: 0, epoch: 0, snapshotSequence: 0, events: 0, rejected: [] });
  t.notOk(recovered.cutTail);
});

t.test('applies the whole log without a snapshot', async (t) => {
  const storage = await tempStorage(t);
  const [, last] = await appendBlocks(storage, [100, 3]);
  const recovered = await recoverSum(storage);
  t.match(recovered, { sequence: 103, crc: last.crc, epoch: 1, snapshotSequence: 0, events: 103 });
  t.equal(recovered.fold.sum, sumTo(103));
  t.same(recovered.ends, [100, 103]);
  t.same(recovered.progress.at(-1), [103, 103]);
});

t.test('restores the newest snapshot and applies only what is behind it', async (t) => {
  const storage = await tempStorage(t);
  const positions = await appendBlocks(storage, [5, 5, 5]);
  await saveAt(storage, positions[0]);
  await saveAt(storage, positions[1]);
  const recovered = await recoverSum(storage);
  t.match(recovered, { sequence: 15, snapshotSequence: 10, events: 5 });
  t.match(recovered.fold, { restoredAt: 10, sum: sumTo(15) });
});

t.test('replays nothing when the snapshot is at the end, and knows where to go on', async (t) => {
  const storage = await tempStorage(t);
  const [position] = await appendBlocks(storage, [5], { ...START, epoch: 3 });
  await saveAt(storage, position);
  t.match(await recoverSum(storage), { sequence: 5, crc: position.crc, epoch: 3, snapshotSequence: 5, events: 0 });
});

t.test('takes the snapshot before when the newest is damaged, and comes to the same state', async (t) => {
  const storage = await tempStorage(t);
  const positions = await appendBlocks(storage, [5, 5, 5]);
  await saveAt(storage, positions[0]);
  await saveAt(storage, positions[1]);
  await storage.store.put(`snap/${(10).toString(16).padStart(16, '0')}/000000`, Buffer.from('{"sequence":10,"sum":1}'));
  const recovered = await recoverSum(storage);
  t.match(recovered, { sequence: 15, snapshotSequence: 5, events: 10, rejected: [{ sequence: 10 }] });
  t.equal(recovered.fold.sum, sumTo(15));
});

t.test('cuts a torn tail, says so, and the log goes on where it was cut', async (t) => {
  const storage = await tempStorage(t);
  const [first] = await appendBlocks(storage, [5, 5]);
  await garble(storage, 6);
  await t.rejects(recoverSum(storage, false), { code: 'TORN_TAIL', sequence: 6 });
  const recovered = await recoverSum(storage);
  t.match(recovered, { sequence: 5, crc: first.crc, cutTail: { sequence: 6, reason: /damaged: a wrong checksum/ } });
  const again = makeBlock(recovered, [6, 7]);
  await new LogStore(storage.log).append(again.block, 6);
  const next = await recoverSum(storage);
  t.match(next, { sequence: 7 });
  t.equal(next.cutTail, undefined);
  t.equal(next.fold.sum, sumTo(7));
});

t.test('stops with the exact sequence when a block before the tail is damaged', async (t) => {
  const storage = await tempStorage(t);
  await appendBlocks(storage, [5, 5, 5]);
  await garble(storage, 6);
  await t.rejects(recoverSum(storage), { name: 'StorageError', code: 'CORRUPT', sequence: 6, message: /damaged at event 6/ });
});

t.test('notices a gap between snapshot and log', async (t) => {
  const storage = await tempStorage(t);
  const positions = await appendBlocks(storage, [5, 5, 5]);
  await saveAt(storage, positions[0]);
  await storage.log.batch([{ type: 'del', key: keyOf(6) }]);
  await t.rejects(recoverSum(storage), { code: 'CORRUPT', sequence: 6 });
});

t.test('notices a log of another history behind the snapshot', async (t) => {
  const storage = await tempStorage(t);
  const positions = await appendBlocks(storage, [5, 5]);
  await saveAt(storage, { ...positions[0], crc: 1 });
  await t.rejects(recoverSum(storage), { code: 'CORRUPT', sequence: 6 });
});

t.test('says which snapshots were passed over when the trimmed log cannot replace them', async (t) => {
  const storage = await tempStorage(t);
  const positions = await appendBlocks(storage, [5, 5, 5]);
  await saveAt(storage, positions[1]);
  await new LogStore(storage.log).trimBelow(11, 10);
  t.match(await recoverSum(storage), { sequence: 15, events: 5 });
  await storage.store.batch([{ type: 'del', key: `snap/${(10).toString(16).padStart(16, '0')}/000000` }]);
  await t.rejects(recoverSum(storage), {
    code: 'CORRUPT',
    sequence: 1,
    message: /snapshot 10 was passed over because chunk 0 of 1 is missing/,
  });
});

t.test('tells how far history reaches, also when the state comes from a snapshot', async (t) => {
  const storage = await tempStorage(t);
  t.equal((await recoverSum(storage)).historyWatermark, 0);
  const positions = await appendBlocks(storage, [5, 5, 5]);
  await saveAt(storage, positions[0]);
  const nothing = { orders: [], trades: [], orderIndex: [], documents: [], audits: [] };
  await new HistoryStore(storage.store).write({ uptoSequence: 10, ...nothing });
  t.match(await recoverSum(storage), { sequence: 15, snapshotSequence: 5, historyWatermark: 10 });
});

t.test('takes a log that grows while a follower begins at its end for the same one', async (t) => {
  const storage = await tempStorage(t);
  const [position] = await appendBlocks(storage, [5]);
  await saveAt(storage, position);
  // the WAL worker commits behind the follower's first look at the end of the log
  let looks = 0;
  const { log } = storage;
  const growing = Object.assign(Object.create(log) as typeof log, {
    keys: async (range: Parameters<typeof log.keys>[0]) => {
      const keys = await log.keys(range);
      if (++looks === 1) await appendBlocks(storage, [3], position);
      return keys;
    },
  });
  t.match(await recoverSum({ ...storage, log: growing }, false), { sequence: 8, snapshotSequence: 5, events: 3 });
  t.equal(looks, 2);
});
