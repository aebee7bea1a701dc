/**
 * Both databases of a folder as one stream of bytes, for a node that has none or too old ones, and the way back.
 *
 *   u8 database (0 store, 1 log) | u32 key bytes | u32 value bytes | key | value     for each entry
 *   u8 255 | u32 number of entries | u32 0                                          at the end
 *
 * Both are read as they were at one moment, the store first: so the log reaches at least to the newest snapshot. Older ones are left
 * out: they are for those whose newest is damaged, and a copy is checked.
 */
import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Database, type Operation, type Storage } from './database.js';
import { isOfSnapshotBefore, SnapshotStore } from './snapshot-store.js';
import { StorageError } from './storage-error.js';

const HEAD_BYTES = 9;
const END = 255;
const NAMES = ['store', 'log'] as const;
const STORE = 0;
/** Of one write of the receiver. */
const BATCH_BYTES = 4 << 20;
const CACHE_BYTES = 4 << 20;
const READ_AHEAD_BYTES = 1 << 20;
/** Greater than every key. */
const LAST_KEY = '~~';

export async function* exportDatabases({ store, log }: Storage): AsyncGenerator<Uint8Array, void, void> {
  // before the readers begin: they find this one, and maybe one that is newer
  const [newest = 0] = await new SnapshotStore(store).sequences();
  const readers = [store, log].map((database) => database.entries({ gte: '', lt: LAST_KEY }, READ_AHEAD_BYTES));
  try {
    // the first entry of each: from here on both are read as they are now
    const firsts: IteratorResult<[string, Uint8Array], void>[] = [];
    for (const reader of readers) firsts.push(await reader.next());
    let count = 0;
    for (const [index, reader] of readers.entries()) {
      for (let next = firsts[index]; next.done !== true; next = await reader.next()) {
        if (index === STORE && isOfSnapshotBefore(next.value[0], newest)) continue;
        yield entryOf(index, ...next.value);
        count++;
      }
    }
    const end = Buffer.alloc(HEAD_BYTES);
    end.writeUInt8(END, 0);
    end.writeUInt32LE(count, 1);
    yield end;
  } finally {
    for (const reader of readers) await reader.return();
  }
}

/**
 * Takes the place of what the folder had; until everything is there, and `check` has nothing against it, that stays as it is.
 * Throws StorageError CORRUPT for half a stream, and what `check` throws.
 */
export async function importDatabases(
  stream: AsyncIterable<Uint8Array>,
  dataDir: string,
  check: (storage: Pick<Storage, 'store' | 'log'>) => Promise<void>,
): Promise<void> {
  const incoming = join(dataDir, 'db.incoming');
  rmSync(incoming, { recursive: true, force: true });
  mkdirSync(incoming, { recursive: true, mode: 0o700 });
  const databases = await Promise.all(NAMES.map((name) => Database.open(join(incoming, name), CACHE_BYTES)));
  try {
    await new Import(databases).take(stream);
    const [store, log] = databases;
    await check({ store, log });
  } finally {
    for (const database of databases) await database.close();
  }
  // what the market worker keeps is made anew of the log
  rmSync(join(dataDir, 'db'), { recursive: true, force: true });
  renameSync(incoming, join(dataDir, 'db'));
}

class Import {
  private readonly waiting: Operation[][] = NAMES.map(() => []);
  private waitingBytes = 0;
  private count = 0;

  constructor(private readonly databases: readonly Database[]) {}

  async take(stream: AsyncIterable<Uint8Array>): Promise<void> {
    let rest = Buffer.alloc(0);
    let isWhole = false;
    let writing: Promise<void> | undefined;
    for await (const chunk of stream) {
      const bytes = rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([rest, chunk]);
      let at = 0;
      for (;;) {
        const length = lengthAt(bytes, at);
        if (length === undefined || at + length > bytes.length) break;
        isWhole = this.takeEntry(bytes, at);
        at += length;
      }
      rest = bytes.subarray(at);
      if (this.waitingBytes < BATCH_BYTES) continue;
      // one write is under way while more comes in
      await writing;
      writing = this.write(false);
      writing.catch(() => undefined);
    }
    await writing;
    await this.write(true);
    if (!isWhole || rest.length > 0) throw new StorageError('CORRUPT', 'The copy of another node broke off.');
  }

  /** True behind the end. */
  private takeEntry(bytes: Buffer, at: number): boolean {
    const index = bytes.readUInt8(at);
    const keyBytes = bytes.readUInt32LE(at + 1);
    if (index === END) return keyBytes === this.count;
    const keyEnd = at + HEAD_BYTES + keyBytes;
    const value = Uint8Array.from(bytes.subarray(keyEnd, keyEnd + bytes.readUInt32LE(at + 5)));
    const operations = this.waiting[index];
    if (operations === undefined) throw new StorageError('CORRUPT', 'The copy of another node cannot be read.');
    operations.push({ type: 'put', key: bytes.toString('utf8', at + HEAD_BYTES, keyEnd), value });
    this.waitingBytes += value.length;
    this.count++;
    return false;
  }

  /** Nobody has the copy before all of it is there: only the last write of each database is synced, and with it those before. */
  private async write(isLast: boolean): Promise<void> {
    const writes = this.waiting.map(async (operations, index) => {
      // an operation is left for the last write
      const now = operations.splice(0, isLast ? operations.length : operations.length - 1);
      if (now.length > 0) await this.databases[index].batch(now, isLast);
    });
    this.waitingBytes = 0;
    await Promise.all(writes);
  }
}

function entryOf(index: number, key: string, value: Uint8Array): Uint8Array {
  const name = Buffer.from(key);
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt8(index, 0);
  head.writeUInt32LE(name.length, 1);
  head.writeUInt32LE(value.length, 5);
  return Buffer.concat([head, name, value]);
}

/** Of the entry that begins there; undefined when not even its head is there. */
function lengthAt(bytes: Buffer, at: number): number | undefined {
  if (bytes.length - at < HEAD_BYTES) return undefined;
  if (bytes.readUInt8(at) === END) return HEAD_BYTES;
  return HEAD_BYTES + bytes.readUInt32LE(at + 1) + bytes.readUInt32LE(at + 5);
}
