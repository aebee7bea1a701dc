/**
 * Looks at the files of both databases before LevelDB opens them. LevelDB reads without looking at its checksums, drops damaged
 * records when it opens, and begins an empty database where CURRENT is missing; after that nothing can be seen any more.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { checkFiles } from './offline/file-check.js';
import { DATABASES, isLog, isTable } from './offline/folder-view.js';
import { lockHolder } from './offline/lock-holder.js';
import { StorageError, reasonOf } from './storage-error.js';

/**
 * Throws StorageError CORRUPT that names file and byte. Returns faults that can be got over: of snapshots, which have a
 * checksum of their own and one before them. Looks at nothing while somebody has the folder open.
 */
export function checkFolder(dataDir: string): string[] {
  const holder = lockHolder(dataDir);
  if (holder !== undefined && holder !== null) return [];
  return DATABASES.flatMap((name) => checkDatabase(join(dataDir, 'db', name), join('db', name)));
}

function checkDatabase(path: string, name: string): string[] {
  const files = filesIn(path);
  if (!files.includes('CURRENT')) {
    const left = files.find((file) => isLog(file) || isTable(file));
    // A first start that was killed leaves a manifest at most.
    if (left === undefined) return [];
    throw new StorageError('CORRUPT', `${join(name, 'CURRENT')} is missing, but ${join(name, left)} is there.`);
  }
  const { faults, snapshotFaults } = readable(path, name);
  const grave = faults.filter((fault) => !snapshotFaults.includes(fault));
  if (grave.length > 0) throw new StorageError('CORRUPT', grave.join(' '));
  return snapshotFaults;
}

function readable(path: string, name: string): ReturnType<typeof checkFiles> {
  try {
    return checkFiles(path, name);
  } catch (error) {
    throw new StorageError('CORRUPT', `${name} cannot be read: ${reasonOf(error)}.`, undefined, error);
  }
}

function filesIn(path: string): string[] {
  try {
    return readdirSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw new StorageError('OPEN_FAILED', `${path} cannot be read: ${reasonOf(error)}.`, undefined, error);
  }
}
