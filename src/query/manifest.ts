/**
 * Which files are the history. A file that is not in here does not count, so whoever reads never sees a part of one.
 *
 *   manifest.json                                    this
 *   checkpoint-<sequence>                            what the export goes on from; its CRC-32 stands here
 *   <table>/trading_day=<day>/<sequence>-<n>.parquet rows of one day: of all instruments while the day lasts, later of one
 *   new/                                             what is being written; thrown away at the start
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { StorageError } from '../storage/storage-error.js';
import { writeWhole } from './files.js';
import { TABLE_NAMES, type TableName } from './tables.js';

const FORMAT = 1;
export const HISTORY_FOLDER = 'history';
export const NEW_FOLDER = 'new';

export interface HistoryFile {
  /** Below the folder of the history. */
  readonly path: string;
  readonly day: number;
  /** The only instrument in it; absent while it may hold all. */
  readonly instrument?: string;
  /** Columns that the table had when it was written; later ones are empty in it. */
  readonly columns: number;
  /** How often its rows were merged: those of one level are about as many. */
  readonly level: number;
  readonly rows: number;
  readonly bytes: number;
  /** First and last event in it. */
  readonly from: number;
  readonly to: number;
  /** Sums of the columns that the table names, as digits. */
  readonly sums: Readonly<Record<string, string>>;
}

export interface Manifest {
  readonly format: number;
  /** Events up to this one are not in the history: it began behind it. */
  readonly beginsBehind: number;
  /** Last event in the files. */
  readonly sequence: number;
  readonly checkpoint: { readonly path: string; readonly crc32: number };
  readonly tables: Readonly<Record<TableName, readonly HistoryFile[]>>;
}

export function noFiles(): Record<TableName, HistoryFile[]> {
  return Object.fromEntries(TABLE_NAMES.map((name) => [name, []])) as unknown as Record<TableName, HistoryFile[]>;
}

export function historyFolder(dataDir: string): string {
  return join(dataDir, HISTORY_FOLDER);
}

/** Undefined before the first export. Throws StorageError CORRUPT. */
export function readManifest(folder: string): Manifest | undefined {
  const path = join(folder, 'manifest.json');
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new StorageError('READ_FAILED', `${path} cannot be read.`, undefined, error);
  }
  try {
    const manifest = JSON.parse(text) as Manifest;
    if (manifest.format !== FORMAT || !Number.isSafeInteger(manifest.sequence)) throw new Error('an unknown format');
    // Tables that came later have no files yet.
    return { ...manifest, tables: { ...noFiles(), ...manifest.tables } };
  } catch (error) {
    throw new StorageError('CORRUPT', `${path} is damaged.`, undefined, error);
  }
}

export function writeManifest(folder: string, content: Omit<Manifest, 'format'>): Manifest {
  const manifest = { format: FORMAT, ...content };
  writeWhole(join(folder, 'manifest.json'), JSON.stringify(manifest));
  return manifest;
}
