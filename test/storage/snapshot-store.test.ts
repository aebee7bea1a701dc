import { randomBytes } from 'node:crypto';
import t from 'tap';
import type { Database } from '../../src/storage/database.js';
import { SnapshotStore } from '../../src/storage/snapshot-store.js';
import { tempStorage } from './support.js';

const CHUNK = 256 * 1024;
const wide = (value: number): string => value.toString(16).padStart(16, '0');
const chunkKey = (sequence: number, chunk: number): string => `snap/${wide(sequence)}/${String(chunk).padStart(6, '0')}`;

async function save(store: SnapshotStore, sequence: number, bytes: Uint8Array): Promise<void> {
  await store.save(bytes, { sequence, crc: sequence * 7, epoch: 1 }, sequence * 1000);
}

function keys(database: Database): Promise<string[]> {
  return database.keys({ gte: 'snap', lt: 'snaq' });
}

t.test('gives back the newest snapshot, whatever its size', async (t) => {
  const { store: database } = await tempStorage(t);
  const store = new SnapshotStore(database);
  t.same(await store.loadNewest(), { snapshot: undefined, rejected: [] });
  for (const [index, size] of [0, 1, CHUNK, CHUNK + 1, 3 * CHUNK - 5].entries()) {
    const bytes = randomBytes(size);
    await save(store, 100 + index, bytes);
    const { snapshot, rejected } = await store.loadNewest();
    t.same(rejected, []);
    t.match(snapshot!.manifest, { sequence: 100 + index, crc: (100 + index) * 7, epoch: 1, timeUs: (100 + index) * 1000, bytes: size });
    t.ok(bytes.equals(snapshot!.bytes));
  }
});

t.test('falls back to the one before when a snapshot is damaged, and says why', async (t) => {
  const { store: database } = await tempStorage(t);
  const bytes = randomBytes(2 * CHUNK);
  const flip = async (key: string, at: number): Promise<void> => {
    const value = Uint8Array.from((await database.get(key))!);
    value[at] ^= 1;
    await database.put(key, value);
  };
  const damages: [RegExp, () => Promise<void>][] = [
    [/content hash/, () => flip(chunkKey(9, 1), 1000)],
    [/chunk 1 of 2 is missing/, () => database.batch([{ type: 'del', key: chunkKey(9, 1) }])],
    [/shorter/, () => database.put(chunkKey(9, 1), bytes.subarray(0, 5))],
    [/longer/, () => database.put(chunkKey(9, 1), bytes)],
    [/manifest/, () => flip(`snapmeta/${wide(9)}`, 0)],
    [/manifest/, () => database.put(`snapmeta/${wide(9)}`, Buffer.from('{}'))],
    [
      /format is 2/,
      async () => {
        const manifest = JSON.parse(Buffer.from((await database.get(`snapmeta/${wide(9)}`))!).toString()) as object;
        await database.put(`snapmeta/${wide(9)}`, Buffer.from(JSON.stringify({ ...manifest, version: 2 })));
      },
    ],
    [
      /content hash/,
      async () => {
        const manifest = JSON.parse(Buffer.from((await database.get(`snapmeta/${wide(9)}`))!).toString()) as object;
        await database.put(`snapmeta/${wide(9)}`, Buffer.from(JSON.stringify({ ...manifest, crc: 1 })));
      },
    ],
  ];
  const good = randomBytes(10);
  await save(new SnapshotStore(database), 5, good);
  for (const [reason, damage] of damages) {
    await save(new SnapshotStore(database), 9, bytes);
    await damage();
    const store = new SnapshotStore(database);
    const { snapshot, rejected } = await store.loadNewest();
    t.equal(snapshot?.manifest.sequence, 5, String(reason));
    t.ok(good.equals(snapshot!.bytes));
    t.match(rejected, [{ sequence: 9, reason }]);
    t.same(await store.goodSequences(), [5]);
  }
});

t.test('does not count a snapshot whose manifest was never written', async (t) => {
  const { store: database } = await tempStorage(t);
  const store = new SnapshotStore(database);
  await save(store, 5, randomBytes(10));
  await database.put(chunkKey(9, 0), randomBytes(10));
  t.match(await store.loadNewest(), { snapshot: { manifest: { sequence: 5 } }, rejected: [] });
});

t.test('keeps the newest good ones and drops damaged and orphaned ones', async (t) => {
  const { store: database } = await tempStorage(t);
  for (const sequence of [1, 2, 3, 4, 5, 6]) await save(new SnapshotStore(database), sequence, randomBytes(CHUNK + 1));
  await database.put(chunkKey(5, 0), Buffer.from('damaged'));
  await database.put(chunkKey(0, 0), Buffer.from('orphan'));
  await database.put(chunkKey(7, 0), Buffer.from('orphan'));
  t.same(await new SnapshotStore(database).prune(3), [6, 4, 3]);
  t.same(
    await keys(database),
    [3, 4, 6].flatMap((sequence) => [chunkKey(sequence, 0), chunkKey(sequence, 1)]).concat([3, 4, 6].map((s) => `snapmeta/${wide(s)}`)),
  );
});
