/**
 * A LevelDB that lies on a simulated disk: everything that `Database` asks of one, and what becomes of it when the process is
 * killed, the power is cut, a write or a sync fails, or the disk is full.
 *
 *   tables    what a power cut does not touch
 *   file      records written since, in order; LevelDB's own log. Only synced ones are sure to survive a power cut
 *   memory    what readers see: tables and the records of the file whose writes succeeded
 *
 * As in LevelDB: what fails half-way leaves a torn record, and what is written behind one is lost at the next opening; after
 * a failed sync or compaction nothing is written any more until it is opened anew; opening makes all that survived durable.
 */
import type { Random } from '../../src/cli/load/random.js';
import type { Engine, Folder, KeyRange, Operation } from '../../src/storage/engine.js';
import type { DiskWeather } from './disk-weather.js';
import { SortedEntries } from './sorted-entries.js';
import type { VirtualTime } from './virtual-time.js';

const PLENTY_BYTES = 2 ** 40;
const MEMORY_TABLE_BYTES = 65_536;

interface Write {
  readonly operations: readonly Operation[];
  /** One entry, which may survive damaged; a batch has a checksum over all of it. */
  readonly isSingle: boolean;
}

interface FileRecord extends Write {
  /** Survives a power cut. */
  synced: boolean;
  /** Whoever wrote it was told that it is written, and so it survives the death of the process. */
  isTold?: boolean;
  /** Ends in its middle. */
  readonly torn: boolean;
}

/** Who looks over the shoulder of the disk; throws when something is wrong with what it sees. */
export interface DiskWitness {
  /** Handed over and not yet written. */
  attempted(engine: SimEngine, operations: readonly Operation[]): void;
  /** Would survive a power cut from now on, and the writer is about to be told. */
  durable(engine: SimEngine, operations: readonly Operation[]): void;
}

export interface SimEngineParts {
  readonly name: 'log' | 'store';
  readonly time: VirtualTime;
  readonly random: Random;
  readonly weather: () => DiskWeather;
  readonly witness: DiskWitness;
  /** Writes that come while another is under way wait for it, as LevelDB lets them; otherwise they are a fault. */
  readonly queues?: boolean;
}

export class SimEngine implements Engine, Folder {
  readonly name: 'log' | 'store';
  private tables = new SortedEntries();
  private file: FileRecord[] = [];
  private fileNumber = 1;
  private memory = new SortedEntries();
  /** Handed over and not yet in the file. */
  private underWay: Write | undefined;
  private waiting: (() => void)[] = [];
  private isPoisoned = false;

  constructor(private readonly parts: SimEngineParts) {
    this.name = parts.name;
  }

  get(key: string): Promise<Uint8Array | undefined> {
    return this.read(() => this.memory.get(key)?.slice());
  }

  getSync(key: string): Uint8Array | undefined {
    const { random, weather } = this.parts;
    if (random.next() < weather().readFails) throw new Error('IO error: read failed');
    return this.memory.get(key)?.slice();
  }

  getMany(keys: string[]): Promise<(Uint8Array | undefined)[]> {
    return this.read(() => keys.map((key) => this.memory.get(key)?.slice()));
  }

  put(key: string, value: Uint8Array, { sync }: { sync: boolean }): Promise<void> {
    return this.write({ operations: [{ type: 'put', key, value: Uint8Array.from(value) }], isSingle: true }, sync);
  }

  batch(operations: Operation[], { sync }: { sync: boolean }): Promise<void> {
    const copies = operations.map((operation) =>
      operation.type === 'put' ? { ...operation, value: Uint8Array.from(operation.value) } : operation,
    );
    return this.write({ operations: copies, isSingle: false }, sync);
  }

  iterator(options: KeyRange): { nextv(size: number): Promise<[string, Uint8Array][]>; close(): Promise<void> } {
    const entries = this.memory.range(options);
    let next = 0;
    return {
      nextv: (size) =>
        this.read(() => {
          const found = entries.slice(next, next + size);
          next += found.length;
          return found.map(([key, value]): [string, Uint8Array] => [key, value.slice()]);
        }),
      close: () => Promise.resolve(),
    };
  }

  keys(options: KeyRange): { all(): Promise<string[]> } {
    return { all: () => this.read(() => this.memory.range(options).map(([key]) => key)) };
  }

  compactRange(): Promise<void> {
    return new Promise((resolve) => {
      this.later(this.parts.weather().syncUsMax, () => {
        if (this.parts.weather().full) this.isPoisoned = true;
        if (!this.isPoisoned) this.beginFile();
        resolve();
      });
    });
  }

  getProperty(): string {
    return String(MEMORY_TABLE_BYTES);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  freeBytes(): Promise<number> {
    return Promise.resolve(this.parts.weather().full ? 0 : PLENTY_BYTES);
  }

  newestFile(): string {
    return `${String(this.fileNumber).padStart(6, '0')}.log`;
  }

  /** What readers see, without going through the disk. */
  peek(range: KeyRange): [string, Uint8Array][] {
    return this.memory.range(range);
  }

  peekOne(key: string): Uint8Array | undefined {
    return this.memory.get(key);
  }

  /** Damages what is stored, or puts back what was damaged; undefined takes it away. */
  overwrite(key: string, value: Uint8Array | undefined): void {
    const operation: Operation = value === undefined ? { type: 'del', key } : { type: 'put', key, value };
    this.memory.apply([operation]);
    this.tables.apply([operation]);
  }

  /** Takes the place of everything, durably. */
  replaceBy(other: SimEngine): void {
    this.memory = other.memory.copy();
    this.beginFile();
  }

  /** The process is gone. What it had written is in the page cache and survives; of what it was about to write, anything may. */
  kill(): void {
    const { underWay } = this;
    if (underWay !== undefined) this.mayBeWritten(underWay);
    this.reopen(this.file.filter(({ synced, torn, isTold }) => synced || torn || isTold === true || this.parts.random.between(1, 8) > 1));
  }

  /** The power is gone: of what was not synced each record may be whole, missing or damaged, whatever became of its neighbours. */
  cutPower(): void {
    const { underWay } = this;
    if (underWay !== undefined) this.mayBeWritten(underWay);
    this.reopen(
      this.file.flatMap((record) => {
        const fate = record.synced ? 1 : this.parts.random.between(1, 4);
        if (fate === 1) return [record];
        return fate === 2 ? damaged(record, this.parts.random) : [];
      }),
    );
  }

  private reopen(survivors: readonly FileRecord[]): void {
    this.memory = this.tables.copy();
    for (const { operations, torn } of survivors) {
      if (torn) break;
      this.memory.apply(operations);
    }
    this.underWay = undefined;
    this.waiting = [];
    this.isPoisoned = false;
    this.beginFile();
  }

  private beginFile(): void {
    this.tables = this.memory.copy();
    this.file = [];
    this.fileNumber++;
  }

  private mayBeWritten(write: Write): void {
    const { random } = this.parts;
    const fate = random.between(1, 4);
    if (fate === 1) this.file.push({ ...write, synced: false, torn: false });
    if (fate === 2) this.file.push({ ...write, synced: false, torn: true });
    if (fate === 3) this.file.push(...damaged({ ...write, synced: false, torn: false }, random));
  }

  private write(write: Write, sync: boolean): Promise<void> {
    const { operations } = write;
    this.parts.witness.attempted(this, operations);
    if (this.underWay !== undefined) {
      if (this.parts.queues !== true) throw new Error(`two writes to the ${this.name} at once`);
      return new Promise((resolve, reject) => this.waiting.push(() => void this.begin(write, sync).then(resolve, reject)));
    }
    return this.begin(write, sync);
  }

  private begin(write: Write, sync: boolean): Promise<void> {
    const { operations } = write;
    this.underWay = write;
    return new Promise((resolve, reject) => {
      this.later(this.parts.weather().writeUsMax, () => {
        this.underWay = undefined;
        this.waiting.shift()?.();
        const fault = this.writeToFile(write);
        if (fault !== undefined) reject(new Error(fault));
        else if (sync) this.later(this.parts.weather().syncUsMax, () => this.sync(operations, resolve, reject));
        else {
          this.file.at(-1)!.isTold = true;
          this.done(operations, resolve);
        }
      });
    });
  }

  /** Appends a record, or says why it could not; what has failed may be there in part or as a whole. */
  private writeToFile(write: Write): string | undefined {
    const { random, weather } = this.parts;
    if (this.isPoisoned) return 'IO error: an earlier write failed';
    if (!weather().full && random.next() >= weather().writeFails) {
      this.file.push({ ...write, synced: false, torn: false });
      return undefined;
    }
    const fate = random.between(1, 4);
    if (fate === 1) this.file.push({ ...write, synced: false, torn: false });
    else if (fate > 2) this.file.push({ ...write, synced: false, torn: true });
    return 'IO error: No space left on device';
  }

  private sync(operations: readonly Operation[], resolve: () => void, reject: (error: Error) => void): void {
    const { random, weather, witness } = this.parts;
    if (random.next() < weather().syncFails) {
      this.isPoisoned = true;
      reject(new Error('IO error: fdatasync failed'));
      return;
    }
    for (const record of this.file) record.synced = true;
    witness.durable(this, operations);
    this.done(operations, resolve);
  }

  private done(operations: readonly Operation[], resolve: () => void): void {
    this.memory.apply(operations);
    resolve();
  }

  private read<T>(get: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      const { random, weather } = this.parts;
      this.later(weather().readUsMax, () => {
        if (random.next() < weather().readFails) reject(new Error('IO error: read failed'));
        else resolve(get());
      });
    });
  }

  private later(maxUs: number, run: () => void): void {
    const { time } = this.parts;
    time.after(time.someTime(maxUs), run);
  }
}

/** A single entry that survives with wrong bytes; a batch is dropped. */
function damaged(record: FileRecord, random: Random): FileRecord[] {
  const [operation] = record.operations;
  if (!record.isSingle || operation.type !== 'put' || operation.value.length === 0) return [];
  const { value } = operation;
  const at = random.between(0, value.length - 1);
  const kept = random.between(0, 1) === 0 ? value.slice(0, at) : value.slice().fill(0, at);
  return [{ ...record, operations: [{ ...operation, value: kept }] }];
}
