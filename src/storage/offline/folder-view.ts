/**
 * A data folder as it was at one moment, for tools that only look: beside a running exchange, and without altering anything.
 *
 * Opening a LevelDB changes it (its log becomes a table, a new manifest is begun), and only one process may. So a view is
 * opened instead: a folder of its own, `.view-<pid>-…` inside the data folder, with links to the tables that LevelDB's manifest
 * names, which are never written again, and copies of the files that still grow.
 *
 * The copy is the database of one moment because of three things LevelDB does: a table is complete before the manifest
 * names it; the manifest says that a table or log is gone before the file is deleted; a log is never written again once a
 * newer one exists. Hence: manifest first and compared again at the end, logs from the newest to the oldest.
 */
import { constants, copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { closeStorage, openStorage, type Storage } from '../database.js';
import { StorageError, reasonOf } from '../storage-error.js';
import { captureHistory } from './history-view.js';
import { readManifest } from './leveldb-manifest.js';
import { linkOrCopy } from './link-or-copy.js';

/** A manifest changes with every table that is written: every few seconds under the heaviest load. */
const ATTEMPTS_MAX = 50;
const RETRY_MS = 20;
const VIEW = /^\.view-(\d+)-/;

export const DATABASES = ['store', 'log'] as const;
export type DatabaseName = (typeof DATABASES)[number];

export interface FolderView {
  readonly dataDir: string;
  readonly storage: Storage;
  /** The folder of the copies. */
  readonly path: string;
  close(): Promise<void>;
}

/** Copies and opens. Throws StorageError OPEN_FAILED with one sentence for a folder that is none of ours or cannot be opened. */
export async function viewFolder(dataDir: string, isWhole = false): Promise<FolderView> {
  const path = await captureFolder(dataDir, isWhole);
  try {
    const storage = await openStorage(path);
    return {
      dataDir,
      storage,
      path,
      close: async () => {
        await closeStorage(storage);
        dropView(path);
      },
    };
  } catch (error) {
    dropView(path);
    // Said of the files that the caller knows.
    if (error instanceof StorageError) throw new StorageError(error.code, error.message.replaceAll(path, dataDir), undefined, error);
    throw error;
  }
}

/** The files of both databases at one moment, and those of the history when it is to be whole, in a new folder that `dropView` takes away. */
export async function captureFolder(dataDir: string, isWhole = false): Promise<string> {
  for (const name of DATABASES) {
    if (!isFile(join(dataDir, 'db', name, 'CURRENT')))
      throw new StorageError('OPEN_FAILED', `${dataDir} is no data folder of an exchange: ${join('db', name)} holds no database.`);
  }
  const path = newViewFolder(dataDir);
  try {
    mkdirSync(join(path, 'db'));
    // The history first: the log goes on behind its files.
    if (isWhole) await captureHistory(dataDir, path);
    copyMark(dataDir, path);
    // The log last: it may go on behind what store knows, but never end before it.
    for (const name of DATABASES) await captureDatabase(join(dataDir, 'db', name), join(path, 'db', name));
    return path;
  } catch (error) {
    dropView(path);
    if (error instanceof StorageError) throw error;
    throw new StorageError('OPEN_FAILED', `${dataDir} cannot be read: ${reasonOf(error)}.`, undefined, error);
  }
}

/** How far the log is durable: known before the log is copied, so that the copy reaches at least as far. */
function copyMark(dataDir: string, path: string): void {
  const mark = join('db', 'durable');
  if (isFile(join(dataDir, mark))) copyFileSync(join(dataDir, mark), join(path, mark));
}

export function dropView(path: string): void {
  rmSync(path, { recursive: true, force: true });
  openViews.delete(path);
}

const openViews = new Set<string>();
let watchesExit = false;

/** Beside the databases, so that tables can be linked; elsewhere when that folder cannot be written to. */
function newViewFolder(dataDir: string): string {
  if (!watchesExit) {
    watchesExit = true;
    process.on('exit', () => {
      for (const path of openViews) rmSync(path, { recursive: true, force: true });
    });
  }
  const name = `.view-${process.pid}-`;
  let path: string;
  try {
    dropStaleViews(dataDir);
    path = mkdtempSync(join(dataDir, name));
  } catch {
    path = mkdtempSync(join(tmpdir(), `qaexchange${name}`));
  }
  openViews.add(path);
  return path;
}

/** What a tool left behind that was killed. */
function dropStaleViews(dataDir: string): void {
  for (const name of readdirSync(dataDir)) {
    const pid = VIEW.exec(name)?.[1];
    if (pid !== undefined && !isAlive(Number(pid))) rmSync(join(dataDir, name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function captureDatabase(source: string, target: string): Promise<void> {
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    if (attempt > 0) await sleep(RETRY_MS);
    rmSync(target, { recursive: true, force: true });
    mkdirSync(target);
    if (tryCapture(source, target)) return;
  }
  throw new StorageError('READ_FAILED', `${source} changes faster than it can be copied.`);
}

/** False when the database changed meanwhile. */
function tryCapture(source: string, target: string): boolean {
  try {
    const current = readFileSync(join(source, 'CURRENT'), 'utf8');
    const manifest = readFileSync(join(source, current.trim()));
    const names = readdirSync(source);
    const take = takerOf(manifest);
    for (const name of names.filter(isTable)) take(name, join(source, name), join(target, name));
    for (const name of names.filter(isLog).sort().reverse())
      copyFileSync(join(source, name), join(target, name), constants.COPYFILE_FICLONE);
    writeFileSync(join(target, 'CURRENT'), current);
    writeFileSync(join(target, current.trim()), manifest);
    return readFileSync(join(source, 'CURRENT'), 'utf8') === current && statSync(join(source, current.trim())).size === manifest.byteLength;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' && isFile(join(source, 'CURRENT'))) return false;
    throw error;
  }
}

/**
 * Only tables that the manifest names are shared. Opening the view writes tables under the numbers that come next, and the
 * exchange may have a table of such a number in the making: written through a link, that one would be overwritten.
 */
function takerOf(manifest: Uint8Array): (name: string, source: string, target: string) => void {
  const live = readManifest(manifest);
  if (typeof live === 'string') {
    return (_name, source, target) => {
      copyFileSync(source, target, constants.COPYFILE_FICLONE);
    };
  }
  return (name, source, target) => {
    if (live.tables.has(Number.parseInt(name))) linkOrCopy(source, target);
  };
}

export function isTable(name: string): boolean {
  return name.endsWith('.ldb') || name.endsWith('.sst');
}

export function isLog(name: string): boolean {
  return /^\d+\.log$/.test(name);
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}
