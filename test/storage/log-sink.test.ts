import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { DurableMark, readDurableMark } from '../../src/storage/durable-mark.js';
import { LogSink } from '../../src/storage/log-sink.js';
import { LogStore } from '../../src/storage/log-store.js';
import { recover } from '../../src/storage/recovery.js';
import { SnapshotStore } from '../../src/storage/snapshot-store.js';
import { START, SumFold, appendBlocks, makeBlock, tempFolder, tempStorage } from './support.js';

const HOUR_MS = 3_600_000;

async function recovered(storage: Parameters<typeof recover>[0]['storage']): Promise<number> {
  const fold = new SumFold();
  const { sequence } = await recover({
    storage,
    cutTail: true,
    restore: (bytes) => fold.restore(bytes),
    apply: (views, offset) => fold.apply(views, offset),
  });
  return sequence;
}

t.test('marks each block once it is durable', async (t) => {
  const folder = tempFolder(t);
  const { log } = await tempStorage(t, folder);
  t.equal(readDurableMark(folder), undefined);
  const mark = new DurableMark(folder);
  t.equal(readDurableMark(folder), undefined, 'nothing has been committed yet');
  const sink = new LogSink(new LogStore(log), mark);
  const { block, position } = makeBlock(START, [1, 2, 3]);
  await sink.append(block, 1);
  t.same(readDurableMark(folder), { sequence: 3, crc: position.crc });
  t.equal(sink.flush(), undefined);
  mark.close();
});

t.test('with a flush interval marks only what has been synced', async (t) => {
  const folder = tempFolder(t);
  const { log } = await tempStorage(t, folder);
  const mark = new DurableMark(folder);
  const sink = new LogSink(new LogStore(log), mark, HOUR_MS);
  const first = makeBlock(START, [1, 2]);
  const second = makeBlock(first.position, [3]);
  await sink.append(first.block, 1);
  await sink.append(second.block, 3);
  t.equal(readDurableMark(folder), undefined);
  t.equal(sink.flush(), undefined, 'not yet due');
  t.equal(await sink.close(), true);
  t.same(readDurableMark(folder), { sequence: 3, crc: second.position.crc });
  mark.close();
});

t.test('a flush that is due syncs, and a block that comes when it is due is synced itself', async (t) => {
  const folder = tempFolder(t);
  const { log } = await tempStorage(t, folder);
  const mark = new DurableMark(folder);
  const sink = new LogSink(new LogStore(log), mark, 1);
  const first = makeBlock(START, [1, 2]);
  await sink.append(first.block, 1);
  let flushing: Promise<void> | undefined;
  for (let turn = 0; turn < 1000 && readDurableMark(folder) === undefined; turn++) {
    flushing = sink.flush();
    if (flushing === undefined) await new Promise((resolve) => setTimeout(resolve, 2));
    else await flushing;
  }
  t.match(readDurableMark(folder), { sequence: 2 });
  const second = makeBlock(first.position, [3]);
  await new Promise((resolve) => setTimeout(resolve, 10));
  await sink.append(second.block, 3);
  t.match(readDurableMark(folder), { sequence: 3 });
  mark.close();
});

t.test('a mark with a flipped bit is unreadable, not wrong', async (t) => {
  const folder = tempFolder(t);
  await tempStorage(t, folder);
  const mark = new DurableMark(folder);
  mark.note({ sequence: 2 ** 40, crc: 0xdeadbeef });
  mark.close();
  const path = join(folder, 'db', 'durable');
  const bytes = readFileSync(path);
  for (let bit = 0; bit < bytes.byteLength * 8; bit++) {
    const damaged = Buffer.from(bytes);
    damaged[bit >> 3] ^= 1 << (bit & 7);
    writeFileSync(path, damaged);
    t.equal(readDurableMark(folder), 'unreadable');
  }
});

t.test('a log that ends before the mark has lost what was durable', async (t) => {
  const storage = await tempStorage(t);
  const [first, second] = await appendBlocks(storage, [5, 5]);
  const mark = { sequence: second.sequence, crc: second.crc };
  t.equal(await recovered({ ...storage, mark }), 10);
  t.equal(await recovered({ ...storage, mark: { sequence: first.sequence, crc: first.crc } }), 10, 'a mark may be behind');
  t.equal(await recovered({ ...storage, mark: 'unreadable' }), 10);
  await t.rejects(recovered({ ...storage, mark: { ...mark, crc: 1 } }), { code: 'CORRUPT', sequence: 10 }, 'another block of the same end');
  await new LogStore(storage.log).cutTail(6);
  await t.rejects(recovered({ ...storage, mark }), { code: 'CORRUPT', sequence: 6, message: /ends at 5\. But the mark .* reaches 10/ });
});

t.test('a damaged last block is cut only when it was never durable', async (t) => {
  const storage = await tempStorage(t);
  const [first, second] = await appendBlocks(storage, [5, 5]);
  const key = 'wal/0000000000000006';
  const value = Uint8Array.from((await storage.log.get(key))!);
  value[60] ^= 1;
  await storage.log.put(key, value);
  await t.rejects(recovered({ ...storage, mark: { sequence: 10, crc: second.crc } }), { code: 'CORRUPT', sequence: 6 });
  t.equal(await recovered({ ...storage, mark: { sequence: 5, crc: first.crc } }), 5);
});

t.test('a snapshot behind which the log is missing altogether is no reason to go on', async (t) => {
  const storage = await tempStorage(t);
  const [first, second] = await appendBlocks(storage, [5, 5]);
  await new SnapshotStore(storage.store).save(Buffer.from(JSON.stringify({ sequence: 10, sum: 55 })), second, 1);
  t.equal(await recovered(storage), 10);
  await new LogStore(storage.log).cutTail(6);
  await t.rejects(recovered(storage), { code: 'CORRUPT', sequence: 1, message: /snapshot reaches event 10, but the event log ends at 5/ });
  await storage.log.batch([{ type: 'del', key: 'wal/0000000000000001' }]);
  await t.rejects(recovered(storage), { code: 'CORRUPT', message: /but the event log does not reach it/ });
  t.equal(first.sequence, 5);
});
