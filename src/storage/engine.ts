/** What `Database` asks of LevelDB and of the folder that it lies in: the place where a simulated disk can stand. */
import { readdirSync } from 'node:fs';
import { statfs } from 'node:fs/promises';

export interface KeyRange {
  gt?: string;
  gte?: string;
  lt?: string;
  lte?: string;
  reverse?: boolean;
  limit?: number;
}

export type Operation = { type: 'put'; key: string; value: Uint8Array } | { type: 'del'; key: string };

interface ReadOptions extends KeyRange {
  fillCache?: boolean;
  highWaterMarkBytes?: number;
}

interface WriteOptions {
  /** Resolve only when the write would survive a power cut. */
  sync: boolean;
}

/** An open LevelDB, shared by all threads of the process that have opened the same path. */
export interface Engine {
  get(key: string): Promise<Uint8Array | undefined>;
  getSync(key: string): Uint8Array | undefined;
  getMany(keys: string[]): Promise<(Uint8Array | undefined)[]>;
  put(key: string, value: Uint8Array, options: WriteOptions): Promise<void>;
  batch(operations: Operation[], options: WriteOptions): Promise<void>;
  /** A view of the entries as they are now. */
  iterator(options: ReadOptions): { nextv(size: number): Promise<[string, Uint8Array][]>; close(): Promise<void> };
  keys(options: ReadOptions): { all(): Promise<string[]> };
  compactRange(from: string, to: string): Promise<void>;
  getProperty(name: string): string;
  close(): Promise<void>;
}

export interface Folder {
  freeBytes(): Promise<number>;
  /** Name of the file that LevelDB writes to at present. */
  newestFile(): string;
}

/** The folder at a path. */
export function folderAt(path: string): Folder {
  return {
    freeBytes: async () => {
      const { bavail, bsize } = await statfs(path);
      return bavail * bsize;
    },
    newestFile: () =>
      readdirSync(path)
        .filter((name) => name.endsWith('.log'))
        .reduce((newest, name) => (name > newest ? name : newest), ''),
  };
}
