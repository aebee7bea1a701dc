/**
 * Damage to the files of a stopped exchange, wherever it falls: the next start either refuses with a sentence or comes to
 * the very state that was, with everything that was acknowledged, and with all of its history.
 */
import assert from 'node:assert/strict';
import { appendFileSync, cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import { closeStorage, openStorage } from '../../src/storage/database.js';
import { DurableMark } from '../../src/storage/durable-mark.js';
import { checkFolder } from '../../src/storage/folder-check.js';
import { HistoryStore } from '../../src/storage/history-store.js';
import { LogSink } from '../../src/storage/log-sink.js';
import { LogStore } from '../../src/storage/log-store.js';
import { recover } from '../../src/storage/recovery.js';
import { SnapshotStatus } from '../../src/storage/snapshot-status.js';
import { Snapshotter } from '../../src/storage/snapshotter.js';
import { StorageError } from '../../src/storage/storage-error.js';
import { WalStatus } from '../../src/storage/wal-status.js';
import { START, SumFold, makeBlock, rowValues } from './support.js';

const SEED = Number(process.env.SEED ?? Date.now() % 2 ** 31);
const RUNS = Number(process.env.RUNS ?? 120);
/** Each opens the folder anew, which puts what was written before into tables. */
const LIVES = 3;
const BLOCKS_PER_LIFE = 12;

const sumTo = (n: number): number => (n * (n + 1)) / 2;

/** A folder as the WAL and snapshot workers leave it, killed or stopped: three snapshots, a trimmed log, history, a tail. */
async function makeFolder(path: string, isStopped: boolean): Promise<number> {
  let position = START;
  for (let life = 1; life <= LIVES; life++) {
    const storage = await openStorage(path);
    const wal = new WalStatus(WalStatus.create());
    const status = new SnapshotStatus(SnapshotStatus.create());
    const mark = new DurableMark(path);
    const log = new LogStore(storage.log);
    const sink = new LogSink(log, mark);
    const snapshotter = new Snapshotter({ storage, fold: new SumFold(), wal, status, limits: { historyEvents: 20, snapshotEvents: 40 } });
    await snapshotter.start();
    for (let block = 1; block <= BLOCKS_PER_LIFE; block++) {
      const first = position.sequence + 1;
      const made = makeBlock(
        position,
        Array.from({ length: 1 + (block % 9) }, (_, index) => first + index),
      );
      await sink.append(made.block, first);
      position = made.position;
      wal.start(position.sequence);
      if (life === LIVES && block > BLOCKS_PER_LIFE - 3) continue;
      await snapshotter.turn();
      await log.trimBelow(status.figures().trimSequence, 1000);
    }
    if (isStopped && life === LIVES) await snapshotter.takeSnapshot();
    mark.close();
    await closeStorage(storage);
  }
  return position.sequence;
}

/** Resolves to the refusal, or to undefined when everything is as it was. Throws when something is silently wrong. */
async function startOn(path: string, durable: number): Promise<string | undefined> {
  try {
    checkFolder(path);
    const storage = await openStorage(path);
    try {
      const fold = new SumFold();
      const { sequence } = await recover({
        storage,
        cutTail: true,
        restore: (bytes) => fold.restore(bytes),
        apply: (views, offset) => fold.apply(views, offset),
      });
      assert.equal(sequence, durable, 'everything that was acknowledged is there');
      assert.equal(fold.sum, sumTo(durable), 'the state is the one that was');
      const history = new HistoryStore(storage.store);
      const rows: number[] = [];
      for (const account of [0, 1, 2]) for await (const page of history.pages('orders', account)) rows.push(...rowValues(page));
      const upTo = Array.from({ length: await history.watermark() }, (_, index) => index + 1);
      assert.deepEqual(
        rows.sort((a, b) => a - b),
        upTo,
        'history is whole',
      );
    } finally {
      await closeStorage(storage);
    }
    return undefined;
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    assert(/^[A-Za-z].*\.$/s.test(error.message), error.message);
    return `${error.code} ${error.message}`;
  }
}

function filesOf(path: string): string[] {
  const all = readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return all.map((entry) => join(entry.parentPath, entry.name)).sort();
}

function flipBit(file: string, at: number): void {
  const bytes = readFileSync(file);
  if (bytes.byteLength === 0) return;
  const bit = at % (bytes.byteLength * 8);
  bytes[bit >> 3] ^= 1 << (bit & 7);
  writeFileSync(file, bytes);
}

interface Damage {
  /** Of the files in order. */
  file: number;
  kind: 'flip' | 'cut' | 'delete' | 'zero' | 'append';
  /** Where, as far as there is a place: taken modulo the size. */
  at: number;
}

function inflict(path: string, { file, kind, at }: Damage): string {
  const files = filesOf(path).filter((name) => !/\/(LOCK|LOG|LOG\.old)$/.test(name));
  const name = files[file % files.length];
  const { size } = statSync(name);
  if (kind === 'flip') flipBit(name, at);
  else if (kind === 'cut') truncateSync(name, at % (size + 1));
  else if (kind === 'delete') rmSync(name);
  else if (kind === 'append') appendFileSync(name, Buffer.alloc(1 + (at % 300), at & 255));
  else {
    const bytes = readFileSync(name);
    const sector = (at % (size + 1)) & ~511;
    bytes.fill(0, sector, Math.min(sector + 512, size));
    writeFileSync(name, bytes);
  }
  return `${kind} ${name}`;
}

/** Runs `use` on a copy of the folder. */
async function onCopy<T>(source: string, use: (path: string) => Promise<T>): Promise<T> {
  const path = mkdtempSync(join(tmpdir(), 'damage-'));
  try {
    cpSync(source, path, { recursive: true });
    return await use(path);
  } finally {
    rmSync(path, { recursive: true, force: true });
  }
}

for (const isStopped of [false, true]) {
  t.test(`damage to a folder whose exchange was ${isStopped ? 'stopped' : 'killed'} (SEED=${SEED})`, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'damage-'));
    t.teardown(() => rmSync(folder, { recursive: true, force: true }));
    const durable = await makeFolder(folder, isStopped);
    t.equal(await onCopy(folder, (path) => startOn(path, durable)), undefined, 'without damage it starts');

    t.test('every file deleted, one at a time', async (t) => {
      const names = filesOf(folder).map((name) => name.slice(folder.length + 1));
      t.ok(names.filter((name) => name.endsWith('.ldb')).length >= 4, 'there are tables of both databases');
      for (const name of names) {
        const outcome = await onCopy(folder, async (path) => {
          rmSync(join(path, name));
          return await startOn(path, durable);
        });
        t.pass(`${name}: ${outcome ?? 'recovered'}`);
        if (/CURRENT|MANIFEST|\.ldb$/.test(name)) t.match(outcome, /^(CORRUPT|OPEN_FAILED) /, `${name} is missed`);
        else if (/durable|LOCK|LOG/.test(name)) t.equal(outcome, undefined, `without ${name} it starts`);
      }
    });

    t.test('random damage', async (t) => {
      const damage = fc.record<Damage>({
        file: fc.nat(1000),
        kind: fc.constantFrom('flip', 'flip', 'flip', 'cut', 'delete', 'zero', 'append'),
        at: fc.nat(2 ** 30),
      });
      const outcomes = { refused: 0, recovered: 0 };
      await fc.assert(
        fc.asyncProperty(damage, (damage) =>
          onCopy(folder, async (path) => {
            const what = inflict(path, damage);
            const refusal = await startOn(path, durable).catch((error: unknown) => {
              throw new Error(`${what}: ${String(error)}`);
            });
            outcomes[refusal === undefined ? 'recovered' : 'refused']++;
          }),
        ),
        { seed: SEED, numRuns: RUNS, verbose: 1 },
      );
      t.comment(JSON.stringify(outcomes));
      t.ok(outcomes.refused > 0);
    });

    t.test('a write that never finished is dropped, and one that had is not', async (t) => {
      const logs = filesOf(join(folder, 'db', 'log')).filter((name) => name.endsWith('.log'));
      const newest = logs.at(-1)!.slice(folder.length + 1);
      // the piece of a record whose end never came: checksum, length, type "first", bytes
      const torn = Buffer.concat([Buffer.from([1, 2, 3, 4, 0, 100, 2]), Buffer.alloc(500, 7)]);
      const outcome = await onCopy(folder, async (path) => {
        appendFileSync(join(path, newest), torn);
        return await startOn(path, durable);
      });
      t.equal(outcome, undefined);
      if (isStopped) return;
      const cut = await onCopy(folder, async (path) => {
        truncateSync(join(path, newest), statSync(join(path, newest)).size - 1);
        return await startOn(path, durable);
      });
      t.match(cut, /^CORRUPT The event log ends at \d+\. But the mark of what is durable reaches \d+: durable events are lost\.$/);
    });
  });
}
