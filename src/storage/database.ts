/**
 * The two LevelDB databases of a data folder: `db/log` holds the blocks of the event log, `db/store` snapshots and history.
 *
 * They are apart for the sake of the log. A write that fails half-way (disk full) leaves a torn record at the end of
 * LevelDB's own file; whatever is written behind it looks fine until the next start and is then thrown away. The only safe
 * continuation is a fresh file, and only the thread whose write failed knows in time. So each database has exactly one
 * writing thread (log: the WAL worker; store: the snapshot worker), and readers anywhere.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ClassicLevel } from 'classic-level';
import { readDurableMark, type DurableEnd } from './durable-mark.js';
import { folderAt, type Engine, type Folder, type KeyRange, type Operation } from './engine.js';
import { StorageError, reasonOf } from './storage-error.js';

const MIB = 1 << 20;

/**
 * Finished orders are looked up at random. A block that is not in memory must be unpacked, and makes another one go.
 * A million orders are about 200 MB with their index; memory is taken as it is needed.
 */
const STORE_CACHE_BYTES = 256 * MIB;

/** Free space beyond what LevelDB holds in memory before a fresh file is begun: blocks that wait, table indexes, manifests. */
const SPARE_BYTES = 4 * MIB;

export type { KeyRange, Operation } from './engine.js';

/** One LevelDB. Values are bytes, every write is synced unless its caller says otherwise. Throws StorageError only. */
export class Database {
  /** A write failed: LevelDB's current file may end in a torn record. */
  private torn = false;

  /** Over an engine that is open. */
  constructor(
    readonly path: string,
    private readonly level: Engine,
    private readonly folder: Folder,
  ) {}

  /** Threads of one process may open the same path; a second process gets LOCKED. */
  static async open(path: string, cacheBytes: number): Promise<Database> {
    const level = new ClassicLevel<string, Uint8Array>(path, {
      keyEncoding: 'utf8',
      valueEncoding: 'view',
      multithreading: true,
      // The log writes up to 100 MB/s: bigger tables mean fewer of them and no stalls while they are sorted.
      writeBufferSize: 64 * MIB,
      cacheSize: cacheBytes,
    });
    try {
      await level.open();
    } catch (error) {
      const cause = error instanceof Error ? error.cause : undefined;
      if (cause instanceof Error && 'code' in cause && cause.code === 'LEVEL_LOCKED') {
        throw new StorageError('LOCKED', `The data folder is in use by another process (${path} is locked).`, undefined, error);
      }
      throw new StorageError('OPEN_FAILED', `The database ${path} cannot be opened: ${reasonOf(error)}.`, undefined, error);
    }
    return new Database(path, level, folderAt(path));
  }

  async close(): Promise<void> {
    await this.level.close();
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    try {
      return await this.level.get(key);
    } catch (error) {
      throw this.readFailed(error);
    }
  }

  /**
   * The same at once, on the thread that asks: for single small values, where the way to another thread and back takes several
   * times as long as LevelDB does. Its tables are mapped into memory; of a cold one it is a few pages of the disk.
   */
  getNow(key: string): Uint8Array | undefined {
    try {
      return this.level.getSync(key);
    } catch (error) {
      throw this.readFailed(error);
    }
  }

  async getMany(keys: string[]): Promise<(Uint8Array | undefined)[]> {
    try {
      return await this.level.getMany(keys);
    } catch (error) {
      throw this.readFailed(error);
    }
  }

  /**
   * Entries of a range in order, as they were when the first was asked for; reads ahead up to `readAheadBytes`. Who wants
   * more than that gets each further piece read while the one before it is used.
   */
  async *entries(range: KeyRange, readAheadBytes = 64 * 1024): AsyncGenerator<[string, Uint8Array], void, void> {
    const iterator = this.level.iterator({ ...range, highWaterMarkBytes: readAheadBytes, fillCache: false });
    let coming: Promise<[string, Uint8Array][]> | undefined;
    try {
      for (let isFirst = true; ; isFirst = false) {
        const entries = await (coming ?? iterator.nextv(256));
        if (entries.length === 0) return;
        coming = isFirst ? undefined : iterator.nextv(256);
        // Whoever awaits it hears of a failure; until then nobody may.
        coming?.catch(() => undefined);
        yield* entries;
      }
    } catch (error) {
      throw error instanceof StorageError ? error : this.readFailed(error);
    } finally {
      await coming?.catch(() => undefined);
      await iterator.close();
    }
  }

  async keys(range: KeyRange): Promise<string[]> {
    try {
      return await this.level.keys({ ...range, fillCache: false }).all();
    } catch (error) {
      throw this.readFailed(error);
    }
  }

  /** `sync` false: the write survives the death of the process, but not yet a power cut. */
  put(key: string, value: Uint8Array, sync = true): Promise<void> {
    return this.write(() => this.level.put(key, value, { sync }));
  }

  /** All of them or none. */
  batch(operations: Operation[], sync = true): Promise<void> {
    return this.write(() => this.level.batch(operations, { sync }));
  }

  /** Bytes of memory tables and block cache. */
  memoryBytes(): number {
    return Number(this.level.getProperty('leveldb.approximate-memory-usage'));
  }

  /**
   * Puts what was written last into a table now. The next start would do it otherwise, and wait for it: what lies in LevelDB's own log
   * is read, put into a table and synced before anything can be asked for. Where there is no room nothing happens.
   */
  async settle(): Promise<void> {
    if (this.torn || (await this.folder.freeBytes()) < this.neededBytes()) return;
    try {
      // No key lies in this range: only the memory table is moved.
      await this.level.compactRange('~', '~~');
    } catch (error) {
      throw new StorageError('WRITE_FAILED', `Writing to ${this.path} failed: ${reasonOf(error)}.`, undefined, error);
    }
  }

  /** Somebody else's last write may have failed: the next one begins a fresh file. */
  distrust(): void {
    this.torn = true;
  }

  private async write(attempt: () => Promise<void>): Promise<void> {
    if (this.torn) await this.beginFreshFile();
    try {
      await attempt();
    } catch (error) {
      this.torn = true;
      throw new StorageError('WRITE_FAILED', `Writing to ${this.path} failed: ${reasonOf(error)}.`, undefined, error);
    }
  }

  /**
   * Makes LevelDB put its memory table into a sorted table and begin a new file, so that nothing is written behind a
   * torn record. Fails, and is tried again with the next write, while there is no room: a failed table would make
   * LevelDB refuse everything until it is opened anew (as it does after a failed fsync).
   */
  private async beginFreshFile(): Promise<void> {
    const neededBytes = this.neededBytes();
    if ((await this.folder.freeBytes()) < neededBytes) {
      const message = `Disk full: ${this.path} needs ${Math.ceil(neededBytes / MIB)} MiB of free space to continue.`;
      throw new StorageError('WRITE_FAILED', message);
    }
    const before = this.folder.newestFile();
    try {
      // No key lies in this range: only the memory table is moved.
      await this.level.compactRange('~', '~~');
    } catch (error) {
      throw new StorageError('WRITE_FAILED', `Writing to ${this.path} failed: ${reasonOf(error)}.`, undefined, error);
    }
    // compactRange reports no failure, but a fresh file can be seen.
    if (this.folder.newestFile() === before)
      throw new StorageError('WRITE_FAILED', `${this.path} takes no writes until the exchange is started anew.`);
    this.torn = false;
  }

  /** Free space without which a memory table must not be moved. */
  private neededBytes(): number {
    return this.memoryBytes() + SPARE_BYTES;
  }

  private readFailed(error: unknown): StorageError {
    return new StorageError('READ_FAILED', `Reading ${this.path} failed: ${reasonOf(error)}.`, undefined, error);
  }
}

/** What a thread opens of a data folder. */
export interface Storage {
  /** Blocks of the event log. Written by the WAL worker, by nobody else while it runs. */
  readonly log: Database;
  /** Snapshots and history. Written by the snapshot worker. */
  readonly store: Database;
  /** What was known of the end of the log when it was opened. */
  readonly mark?: DurableEnd | 'unreadable' | undefined;
}

/** The same on its way: a snapshot can be restored from the store while LevelDB still reads what the log's newest file holds. */
export interface OpeningStorage {
  readonly store: Promise<Database>;
  readonly log: Promise<Database>;
  readonly mark: DurableEnd | 'unreadable' | undefined;
}

/** Creates the data folder with mode 0700 when it is missing. Each rejects with StorageError LOCKED or OPEN_FAILED with one sentence. */
export function beginStorage(dataDir: string): OpeningStorage {
  // Before the log, which may grow meanwhile.
  const mark = readDurableMark(dataDir);
  // LevelDB opens one database of a process after the other: the one that is needed first goes first
  const opening = { store: openStore(dataDir), log: openLog(dataDir), mark };
  // whoever awaits them hears of a failure; until then nobody may
  for (const database of [opening.store, opening.log]) database.catch(() => undefined);
  return opening;
}

/** Resolves when both are open. Throws StorageError LOCKED or OPEN_FAILED with one sentence. */
export async function openStorage(dataDir: string): Promise<Storage> {
  const { mark, ...opening } = beginStorage(dataDir);
  const [log, store] = await Promise.allSettled([opening.log, opening.store]);
  if (log.status === 'fulfilled' && store.status === 'fulfilled') return { log: log.value, store: store.value, mark };
  for (const opened of [log, store]) if (opened.status === 'fulfilled') await opened.value.close();
  throw log.status === 'rejected' ? log.reason : (store as PromiseRejectedResult).reason;
}

/** The WAL worker's half of `openStorage`. */
export async function openLog(dataDir: string): Promise<Database> {
  makeFolder(dataDir);
  // Read once, front to back: a cache is of no use.
  return await Database.open(join(dataDir, 'db', 'log'), 4 * MIB);
}

async function openStore(dataDir: string): Promise<Database> {
  makeFolder(dataDir);
  return await Database.open(join(dataDir, 'db', 'store'), STORE_CACHE_BYTES);
}

function makeFolder(dataDir: string): void {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    mkdirSync(join(dataDir, 'db'), { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new StorageError('OPEN_FAILED', `The data folder ${dataDir} cannot be used: ${reasonOf(error)}.`, undefined, error);
  }
}

export async function closeStorage(storage: Storage): Promise<void> {
  await storage.store.close();
  await storage.log.close();
}
