/**
 * Backups: a data folder of one moment, copied key by key into fresh databases, verified before it is called a backup.
 *
 * A backup is a folder like the one it was made of (an exchange could start on it), with `backup.json` beside it. It holds the
 * secrets of the exchange too, for without them tokens and sealed data are lost; so it is for its owner's eyes only. The
 * exchange may go on trading meanwhile: the copy is made of a view, whose log ends at one event and reaches at least as far
 * as history and snapshots do.
 */
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { closeStorage, openStorage, type Database, type KeyRange, type Operation, type Storage } from '../database.js';
import { DurableMark } from '../durable-mark.js';
import { afterPrefix, wideKey } from '../keys.js';
import { blockEnd } from '../log-block.js';
import { SnapshotStore, type RejectedSnapshot } from '../snapshot-store.js';
import { StorageError, reasonOf } from '../storage-error.js';
import { viewFolder } from './folder-view.js';
import { copyHistory } from './history-view.js';
import { syncTree, syncFolder } from './sync-tree.js';
import { verifyFolder, type CheckParquet, type Progress, type Verification } from './verify.js';

const DESCRIPTION = 'backup.json';
const FORMAT = 1;
const LOG = 'wal/';
const SNAPSHOTS = 'snap/';
const MANIFESTS = 'snapmeta/';
/** One synced write: large enough that syncing is not what takes the time. */
const BATCH_BYTES = 4 << 20;

/** What `backup.json` says. */
export interface BackupDescription {
  format: number;
  /** The event that the log ends with. */
  sequence: number;
  /** Of the state behind it. */
  state_hash: string;
  /** µs since the epoch. */
  taken_us: number;
  source: string;
}

export interface BackupResult {
  description: BackupDescription;
  verification: Verification;
  /** Snapshots that were left behind because they are damaged. */
  rejected: RejectedSnapshot[];
  bytes: number;
}

/** A backup or a restored folder that is not what it should be; nothing was left behind. */
export class UnsoundCopy extends Error {
  constructor(
    message: string,
    readonly verification: Verification,
  ) {
    super(message);
  }
}

export interface BackupOptions {
  /** µs since the epoch, for the description. */
  nowUs: number;
  /** Bytes copied so far. */
  onCopied?: (bytes: number) => void;
  checkParquet: CheckParquet;
  onVerify?: Progress;
}

/** Makes a backup of `dataDir` in the new folder `target`. Throws StorageError, or UnsoundCopy when the source is damaged. */
export async function backupFolder(dataDir: string, target: string, options: BackupOptions): Promise<BackupResult> {
  refuseOccupied(target, 'A backup is written to a new folder');
  const staging = join(dirname(resolve(target)), `.${basename(resolve(target))}.partial-${process.pid}`);
  return await intoStaging(staging, async () => {
    const copied = await copyFolder(dataDir, staging, options.onCopied ?? (() => undefined));
    const verification = await verifyFolder(staging, options.checkParquet, options.onVerify);
    if (!verification.ok) throw new UnsoundCopy(`${dataDir} is damaged, so no backup was made of it.`, verification);
    const { sequence, stateHash } = verification;
    const description = { format: FORMAT, sequence, state_hash: stateHash, taken_us: options.nowUs, source: resolve(dataDir) };
    writeFileSync(join(staging, DESCRIPTION), `${JSON.stringify(description, undefined, 2)}\n`, { mode: 0o600 });
    syncTree(staging);
    renameSync(staging, target);
    syncFolder(dirname(resolve(target)));
    return { description, verification, ...copied };
  });
}

export interface RestoreResult {
  description: BackupDescription;
  verification: Verification;
}

/**
 * Puts a backup into `dataDir`, which must not exist or be empty. Throws StorageError, or UnsoundCopy when the backup is not
 * what it was; the folder is then as it was before.
 */
export async function restoreBackup(
  backup: string,
  dataDir: string,
  checkParquet: CheckParquet,
  onVerify?: Progress,
): Promise<RestoreResult> {
  const description = readDescription(backup);
  refuseOccupied(dataDir, 'A backup is restored into an empty folder');
  const isNew = statSync(dataDir, { throwIfNoEntry: false }) === undefined;
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const staging = join(dataDir, '.restoring');
  try {
    return await intoStaging(staging, async () => {
      const names = readdirSync(backup).filter((name) => name !== DESCRIPTION && !name.startsWith('.'));
      for (const name of names) cpSync(join(backup, name), join(staging, name), { recursive: true });
      const verification = await verifyFolder(staging, checkParquet, onVerify);
      const isSame = verification.sequence === description.sequence && verification.stateHash === description.state_hash;
      if (!verification.ok || !isSame) {
        const what = verification.ok ? `ends at another event or state than ${DESCRIPTION} says` : 'is damaged';
        throw new UnsoundCopy(`The backup ${backup} ${what}, so nothing was restored.`, verification);
      }
      syncTree(staging);
      // The databases last: without them the folder is as good as empty.
      for (const name of [...names.filter((each) => each !== 'db'), 'db']) renameSync(join(staging, name), join(dataDir, name));
      syncFolder(dataDir);
      return { description, verification };
    });
  } catch (error) {
    if (isNew) removeIfEmpty(dataDir);
    throw error;
  }
}

/** Throws StorageError for a folder that is no backup. */
export function readDescription(backup: string): BackupDescription {
  let text: string;
  try {
    text = readFileSync(join(backup, DESCRIPTION), 'utf8');
  } catch (error) {
    throw new StorageError('OPEN_FAILED', `${backup} is no finished backup: it has no ${DESCRIPTION}.`, undefined, error);
  }
  const description = parsed(text);
  if (description === undefined) throw new StorageError('CORRUPT', `${join(backup, DESCRIPTION)} cannot be read.`);
  if (description.format !== FORMAT) {
    const message = `The backup ${backup} has format ${description.format}, this program knows ${FORMAT}.`;
    throw new StorageError('OPEN_FAILED', message);
  }
  return description;
}

function parsed(text: string): BackupDescription | undefined {
  try {
    const value = JSON.parse(text) as Partial<BackupDescription> | null;
    return typeof value?.format === 'number' && typeof value.sequence === 'number' && typeof value.state_hash === 'string'
      ? (value as BackupDescription)
      : undefined;
  } catch {
    return undefined;
  }
}

/** Runs `work` with a fresh private folder that is gone afterwards, unless it was renamed. */
async function intoStaging<T>(staging: string, work: () => Promise<T>): Promise<T> {
  try {
    mkdirSync(dirname(staging), { recursive: true });
    mkdirSync(staging, { mode: 0o700 });
  } catch (error) {
    throw new StorageError('OPEN_FAILED', `${staging} cannot be made: ${reasonOf(error)}.`, undefined, error);
  }
  try {
    return await work();
  } catch (error) {
    if (error instanceof StorageError || error instanceof UnsoundCopy) throw error;
    throw new StorageError('WRITE_FAILED', `Copying into ${dirname(staging)} failed: ${reasonOf(error)}.`, undefined, error);
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
}

function refuseOccupied(folder: string, rule: string): void {
  const found = statSync(folder, { throwIfNoEntry: false });
  if (found === undefined || (found.isDirectory() && readdirSync(folder).length === 0)) return;
  throw new StorageError('OPEN_FAILED', `${rule}: ${folder} is not empty.`);
}

function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // Somebody put something there meanwhile.
  }
}

async function copyFolder(
  dataDir: string,
  target: string,
  onCopied: (bytes: number) => void,
): Promise<{ rejected: RejectedSnapshot[]; bytes: number }> {
  const view = await viewFolder(dataDir, true);
  try {
    // Secrets and the like; whatever else lies there can be made again from what the databases hold.
    for (const entry of readdirSync(dataDir, { withFileTypes: true })) {
      if (entry.isFile() && entry.name !== DESCRIPTION && !entry.name.startsWith('.'))
        copyFileSync(join(dataDir, entry.name), join(target, entry.name));
    }
    copyHistory(view.path, target);
    const copy = await openStorage(target);
    try {
      const copied = await copyStorage(view.storage, copy, onCopied);
      await markEnd(target, copy);
      return copied;
    } finally {
      await closeStorage(copy);
    }
  } finally {
    await view.close();
  }
}

async function copyStorage(
  from: Storage,
  to: Storage,
  onCopied: (bytes: number) => void,
): Promise<{ rejected: RejectedSnapshot[]; bytes: number }> {
  const snapshots = new SnapshotStore(from.store);
  const rejected: RejectedSnapshot[] = [];
  let bytes = 0;
  const copy = async (source: Database, target: Database, range: KeyRange): Promise<void> => {
    bytes = await copyRange(source, target, range, bytes, onCopied);
  };
  // Everything but snapshots, of which only good ones are taken.
  for (const range of [{ lt: SNAPSHOTS }, { gte: afterPrefix(SNAPSHOTS), lt: MANIFESTS }, { gte: afterPrefix(MANIFESTS) }]) {
    await copy(from.store, to.store, range);
  }
  for (const sequence of await snapshots.sequences()) {
    const loaded = await snapshots.load(sequence);
    if (typeof loaded === 'string') {
      rejected.push({ sequence, reason: loaded });
      continue;
    }
    const chunks = `${SNAPSHOTS}${wideKey(sequence)}/`;
    await copy(from.store, to.store, { gte: chunks, lt: afterPrefix(chunks) });
    const manifest = `${MANIFESTS}${wideKey(sequence)}`;
    await to.store.put(manifest, (await from.store.get(manifest))!);
  }
  await copy(from.log, to.log, {});
  return { rejected, bytes };
}

/** The copy says itself how far its log reaches, so that a lost end is noticed. */
async function markEnd(target: string, { log }: Storage): Promise<void> {
  const [key] = await log.keys({ gte: LOG, lt: afterPrefix(LOG), reverse: true, limit: 1 });
  if (key === undefined) return;
  const mark = new DurableMark(target);
  mark.note(blockEnd((await log.get(key))!));
  mark.close();
}

async function copyRange(
  from: Database,
  to: Database,
  range: KeyRange,
  before: number,
  onCopied: (bytes: number) => void,
): Promise<number> {
  let batch: Operation[] = [];
  let waiting = 0;
  let bytes = before;
  const flush = async (): Promise<void> => {
    if (batch.length > 0) await to.batch(batch);
    batch = [];
    waiting = 0;
    onCopied(bytes);
  };
  for await (const [key, value] of from.entries(range, BATCH_BYTES)) {
    batch.push({ type: 'put', key, value });
    bytes += value.byteLength;
    waiting += value.byteLength;
    if (waiting >= BATCH_BYTES) await flush();
  }
  await flush();
  return bytes;
}
