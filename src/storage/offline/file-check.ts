/** The files of a captured LevelDB, each byte against the checksums that LevelDB wrote: before it is opened, which changes them. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isLog, isTable } from './folder-view.js';
import { damageOfLogFile } from './leveldb-log.js';
import { readManifest, type LiveFiles } from './leveldb-manifest.js';
import { tableFaults } from './leveldb-table.js';

export interface FileCheck {
  files: number;
  bytes: number;
  /** One sentence each, with the file and the byte. */
  faults: string[];
  /** Those of them that lie within snapshots, which have a checksum of their own and one before them. */
  snapshotFaults: string[];
}

const SNAPSHOT_KEYS = 'snap';

/** `path` holds the database, `name` is what it is called in faults. Reads one file at a time. */
export function checkFiles(path: string, name: string): FileCheck {
  const check: FileCheck = { files: 0, bytes: 0, faults: [], snapshotFaults: [] };
  const manifestName = readFileSync(join(path, 'CURRENT'), 'utf8').trim();
  const manifest = readManifest(load(check, path, manifestName));
  if (typeof manifest === 'string') {
    check.faults.push(`${join(name, manifestName)} is damaged: ${manifest}.`);
    return check;
  }
  checkTables(check, path, name, manifest);
  for (const file of readdirSync(path).filter(isLog)) {
    if (Number.parseInt(file) < manifest.firstLog) continue;
    const damagedAt = damageOfLogFile(load(check, path, file));
    if (damagedAt !== undefined) check.faults.push(`${join(name, file)} is damaged at byte ${damagedAt}: a wrong checksum.`);
  }
  return check;
}

function checkTables(check: FileCheck, path: string, name: string, { tables }: LiveFiles): void {
  const present = new Map(
    readdirSync(path)
      .filter(isTable)
      .map((file) => [Number.parseInt(file), file]),
  );
  for (const [number, bytes] of tables) {
    const file = present.get(number);
    if (file === undefined) {
      check.faults.push(`${join(name, `${String(number).padStart(6, '0')}.ldb`)} is missing.`);
      continue;
    }
    const size = statSync(join(path, file)).size;
    if (size !== bytes) {
      check.faults.push(`${join(name, file)} has ${size} bytes instead of ${bytes}.`);
      continue;
    }
    for (const { offset, reason, afterKey, lastKey } of tableFaults(load(check, path, file))) {
      const keys = lastKey === undefined ? '' : ` (its keys end before or at ${lastKey})`;
      const fault = `${join(name, file)} ${reason} at byte ${offset}${keys}.`;
      check.faults.push(fault);
      if (afterKey?.startsWith(SNAPSHOT_KEYS) === true && lastKey?.startsWith(SNAPSHOT_KEYS) === true) check.snapshotFaults.push(fault);
    }
  }
}

function load(check: FileCheck, path: string, file: string): Uint8Array {
  const bytes = readFileSync(join(path, file));
  check.files++;
  check.bytes += bytes.byteLength;
  return bytes;
}
