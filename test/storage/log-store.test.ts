import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import type { Storage } from '../../src/storage/database.js';
import type { LogPosition } from '../../src/storage/log-block.js';
import { LogStore } from '../../src/storage/log-store.js';
import { StorageError } from '../../src/storage/storage-error.js';
import { START, appendBlocks, keysOf, makeBlock, tempStorage, valuesIn, withStorage } from './support.js';

const SEED = Number(process.env.SEED ?? Date.now() % 2 ** 31);

async function readFrom(log: LogStore, sequence: number, previousCrc?: number): Promise<number[]> {
  const values: number[] = [];
  for await (const block of log.blocks(sequence, previousCrc)) values.push(...valuesIn(block));
  return values;
}

async function faultOf(log: LogStore, sequence = 1, previousCrc?: number): Promise<{ code: string; sequence: number | undefined }> {
  try {
    await readFrom(log, sequence, previousCrc);
  } catch (error) {
    if (error instanceof StorageError) return { code: error.code, sequence: error.sequence };
  }
  throw new Error('no fault was found');
}

const keyOf = (sequence: number): string => `wal/${sequence.toString(16).padStart(16, '0')}`;

t.test('reads back what was appended, from any block on', async (t) => {
  const { log: database } = await tempStorage(t);
  const log = new LogStore(database);
  t.equal(await log.lastBlockSequence(), undefined);
  t.same(await readFrom(log, 1), []);
  const positions = await appendBlocks({ log: database, store: database }, [3, 1, 20, 2]);
  t.same(
    await readFrom(log, 1, 0),
    Array.from({ length: 26 }, (_, index) => index + 1),
  );
  t.same(await readFrom(log, 25, positions[2].crc), [25, 26]);
  t.same(await readFrom(log, 27), []);
  t.equal(await log.lastBlockSequence(), 25);
});

t.test('names the first missing event when a block is missing', async (t) => {
  const storage = await tempStorage(t);
  await appendBlocks(storage, [3, 4, 5]);
  await storage.log.batch([{ type: 'del', key: keyOf(4) }]);
  t.same(await faultOf(new LogStore(storage.log)), { code: 'CORRUPT', sequence: 4 });
});

t.test('does not take the missing of the first blocks for an empty log', async (t) => {
  const storage = await tempStorage(t);
  await appendBlocks(storage, [3, 4]);
  await storage.log.batch([{ type: 'del', key: keyOf(1) }]);
  t.same(await faultOf(new LogStore(storage.log)), { code: 'CORRUPT', sequence: 1 });
});

t.test('names the first event of swapped blocks', async (t) => {
  const storage = await tempStorage(t);
  await appendBlocks(storage, [2, 2, 2, 2]);
  const [second, third] = [await storage.log.get(keyOf(3)), await storage.log.get(keyOf(5))];
  await storage.log.put(keyOf(3), third!);
  await storage.log.put(keyOf(5), second!);
  t.same(await faultOf(new LogStore(storage.log)), { code: 'CORRUPT', sequence: 3 });
});

t.test('notices a well-formed block of another history', async (t) => {
  const storage = await tempStorage(t);
  const [first] = await appendBlocks(storage, [2, 2, 2]);
  const other = makeBlock({ ...first, crc: (first.crc ^ 1) >>> 0 }, [3, 4]);
  await storage.log.put(keyOf(3), other.block);
  t.same(await faultOf(new LogStore(storage.log)), { code: 'CORRUPT', sequence: 3 });
  t.same(await faultOf(new LogStore(storage.log), 5, 12345), { code: 'CORRUPT', sequence: 5 }, 'against a CRC from elsewhere too');
});

t.test('notices a block whose content was replaced by an equally long valid one', async (t) => {
  const storage = await tempStorage(t);
  const [first] = await appendBlocks(storage, [2, 2, 2]);
  await storage.log.put(keyOf(3), makeBlock(first, [300, 400]).block);
  t.same(await faultOf(new LogStore(storage.log)), { code: 'CORRUPT', sequence: 5 }, 'the next block does not follow it');
});

t.test('tells damage before the tail from a torn tail', async (t) => {
  const storage = await tempStorage(t);
  await appendBlocks(storage, [2, 2, 2]);
  const log = new LogStore(storage.log);
  for (const [sequence, code] of [
    [3, 'CORRUPT'],
    [5, 'TORN_TAIL'],
  ] as const) {
    const value = (await storage.log.get(keyOf(sequence)))!;
    await storage.log.put(keyOf(sequence), value.slice(0, -8));
    t.same(await faultOf(log), { code, sequence });
    const garbled = Uint8Array.from(value);
    garbled[60] ^= 4;
    await storage.log.put(keyOf(sequence), garbled);
    t.same(await faultOf(log), { code, sequence });
    await storage.log.put(keyOf(sequence), value);
  }
  t.same(await readFrom(log, 1, 0), [1, 2, 3, 4, 5, 6]);
});

t.test('cuts only the last block', async (t) => {
  const storage = await tempStorage(t);
  await appendBlocks(storage, [2, 2]);
  const log = new LogStore(storage.log);
  await t.rejects(log.cutTail(1), /only the last block/);
  await log.cutTail(3);
  t.same(await readFrom(log, 1, 0), [1, 2]);
});

t.test('trims in pieces and never the last block', async (t) => {
  const storage = await tempStorage(t);
  await appendBlocks(storage, [1, 1, 1, 1, 1, 1]);
  const log = new LogStore(storage.log);
  t.equal(await log.trimBelow(6, 2), 2);
  t.same(await keysOf(storage.log), [3, 4, 5, 6]);
  t.equal(await log.trimBelow(6, 2), 2);
  t.same(await keysOf(storage.log), [5, 6]);
  t.equal(await log.trimBelow(6, 2), 1);
  t.equal(await log.trimBelow(100, 2), 0);
  t.same(await keysOf(storage.log), [6]);
  t.equal(await new LogStore(storage.log).trimBelow(100, 2), 0, 'nor by an object that has trimmed nothing yet');
});

type Step = { append: number } | { trim: number } | { read: number };

async function checkAgainstModel(storage: Storage, steps: Step[]): Promise<void> {
  const log = new LogStore(storage.log);
  let position: LogPosition = START;
  let model: { first: number; last: number; previousCrc: number }[] = [];
  for (const step of steps) {
    if ('append' in step) {
      const block = { first: position.sequence + 1, last: position.sequence + step.append, previousCrc: position.crc };
      [position] = (await appendBlocks(storage, [step.append], position)) as [LogPosition];
      model.push(block);
    } else if ('trim' in step) {
      await log.trimBelow(step.trim, 1000);
      model = model.filter(({ last }, index) => last >= step.trim || index === model.length - 1);
    } else if (model.length > 0) {
      const { first, previousCrc } = model[step.read % model.length];
      const expected = Array.from({ length: position.sequence - first + 1 }, (_, index) => first + index);
      assert.deepEqual(await readFrom(log, first, previousCrc), expected);
    }
    const firsts = model.map(({ first }) => first);
    assert.deepEqual(await keysOf(storage.log), firsts);
  }
}

t.test('agrees with a model under random appends, trims and reads', async () => {
  const step = fc.oneof(
    fc.record({ append: fc.integer({ min: 1, max: 30 }) }),
    fc.record({ trim: fc.nat(120) }),
    fc.record({ read: fc.nat(120) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), (steps) => withStorage((storage) => checkAgainstModel(storage, steps))),
    { seed: SEED, verbose: 1, numRuns: 12 },
  );
});
