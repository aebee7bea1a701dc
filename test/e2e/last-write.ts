/** What a killed exchange was at: the last thing that its workers wrote, read from LevelDB's own files before they are opened. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readLogFile } from '../../src/storage/offline/leveldb-log.js';

/** Of a record: sequence f64, count u32, then operations. */
const OPERATIONS_AT = 12;
const DELETION = 0;

export interface KillPlace {
  /** History was written, the snapshot not yet, or only in part. */
  inSnapshot: boolean;
  /** The snapshot was written, an old one not yet dropped. */
  inPruning: boolean;
  /** Blocks were dropped from the log, and none was appended since. */
  inTrimming: boolean;
}

export function killPlace(dataDir: string): KillPlace {
  const store = lastOperation(join(dataDir, 'db', 'store'));
  const log = lastOperation(join(dataDir, 'db', 'log'));
  const isManifest = store?.key.startsWith('snapmeta/') === true;
  return {
    inSnapshot: store !== undefined && !store.isDeletion && !isManifest,
    inPruning: isManifest,
    inTrimming: log?.isDeletion === true,
  };
}

function lastOperation(path: string): { key: string; isDeletion: boolean } | undefined {
  const newest = readdirSync(path)
    .filter((name) => name.endsWith('.log'))
    .sort()
    .at(-1);
  const record = newest === undefined ? undefined : readLogFile(readFileSync(join(path, newest))).records.at(-1);
  if (record === undefined || record.byteLength <= OPERATIONS_AT + 2) return undefined;
  // Our keys are shorter than 128 bytes: their length is one byte.
  const length = record[OPERATIONS_AT + 1];
  const key = Buffer.from(record.subarray(OPERATIONS_AT + 2, OPERATIONS_AT + 2 + length)).toString();
  return { key, isDeletion: record[OPERATIONS_AT] === DELETION };
}
