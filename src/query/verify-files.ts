/** Whether the files of a history are what its manifest says, and go with the log beside them. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import type { Check, LogRange } from '../storage/offline/verify.js';
import { reasonOf, StorageError } from '../storage/storage-error.js';
import { readCheckpoint } from './exporter.js';
import { DATABASE_LIMITS } from './history-database.js';
import { historyFolder, readManifest, type HistoryFile, type Manifest } from './manifest.js';
import { figuresOf } from './part-figures.js';
import { TABLE_NAMES, type TableName } from './tables.js';

/** More say the same. */
const FAULTS_MAX = 100;

/** Reads every file once. */
export async function checkHistoryFiles(dataDir: string, log: LogRange, onProgress: (share: number) => void): Promise<Check> {
  const check: Check = { name: 'parquet', looked: 'no files yet', faults: [] };
  const folder = historyFolder(dataDir);
  try {
    const manifest = readManifest(folder);
    if (manifest === undefined) return check;
    readCheckpoint(folder, manifest);
    check.faults.push(...placeFaults(manifest, log));
    check.looked = await checkTables(folder, manifest, check.faults, onProgress);
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    check.faults.push(error.message);
  }
  check.faults.length = Math.min(check.faults.length, FAULTS_MAX);
  return check;
}

function placeFaults({ sequence }: Manifest, { firstSequence, lastSequence }: LogRange): string[] {
  if (sequence > lastSequence) return [`The history reaches event ${sequence}, but the log ends at ${lastSequence}.`];
  if (firstSequence > sequence + 1) return [`The history ends at event ${sequence}, and the log begins only at ${firstSequence}.`];
  return [];
}

async function checkTables(
  folder: string,
  { tables, sequence }: Manifest,
  faults: string[],
  onProgress: (share: number) => void,
): Promise<string> {
  const files = TABLE_NAMES.flatMap((name) => tables[name].map((file) => ({ name, file })));
  const instance = await DuckDBInstance.create(':memory:', { threads: String(DATABASE_LIMITS.threads) });
  const connection = await instance.connect();
  let [rows, bytes] = [0, 0];
  try {
    for (const [i, { name, file }] of files.entries()) {
      const fault = await faultOf(connection, folder, name, file, sequence);
      if (fault !== undefined) faults.push(`${file.path} ${fault}.`);
      rows += file.rows;
      bytes += file.bytes;
      onProgress((i + 1) / files.length);
    }
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
  return `${files.length} files, ${bytes} bytes, ${rows} rows up to event ${sequence}`;
}

async function faultOf(
  connection: DuckDBConnection,
  folder: string,
  name: TableName,
  file: HistoryFile,
  sequence: number,
): Promise<string | undefined> {
  const path = join(folder, file.path);
  const size = statSync(path, { throwIfNoEntry: false })?.size;
  if (size === undefined) return 'is missing';
  if (size !== file.bytes) return `has ${size} bytes, its manifest says ${file.bytes}`;
  if (file.to > sequence) return `holds event ${file.to}, behind the end of the history`;
  try {
    const found = await figuresOf(connection, name, path);
    const { rows, from, to, sums } = file;
    for (const [what, is, said] of [
      ['rows', found.rows, rows],
      ['first event', found.from, from],
      ['last event', found.to, to],
    ] as const) {
      if (is !== said) return `has ${is} as ${what}, its manifest says ${said}`;
    }
    for (const [column, sum] of Object.entries(sums)) {
      if (found.sums[column] !== sum) return `has ${found.sums[column]} as the sum of ${column}, its manifest says ${sum}`;
    }
    return undefined;
  } catch (error) {
    return `cannot be read: ${reasonOf(error)}`;
  }
}
