/** Whether a copy of another node's databases can be begun with: its newest snapshot is what a node has made, and its log follows. */
import type { Storage } from './database.js';
import { LogStore } from './log-store.js';
import { SnapshotStore } from './snapshot-store.js';
import { StorageError } from './storage-error.js';

/** `isKnown`: a node of the cluster has made a snapshot of this content. Throws StorageError CORRUPT or TORN_TAIL with one sentence. */
export async function checkCopy(
  { store, log: database }: Pick<Storage, 'store' | 'log'>,
  isKnown: (sequence: number, sha256: string) => Promise<boolean>,
): Promise<void> {
  const log = new LogStore(database);
  const snapshots = new SnapshotStore(store);
  const [newest] = await snapshots.sequences();
  let crc: number | undefined;
  if (newest !== undefined) {
    const snapshot = await snapshots.load(newest);
    if (typeof snapshot === 'string') throw wrong(newest, snapshot);
    if (!(await isKnown(newest, snapshot.manifest.sha256))) throw wrong(newest, 'no node of the cluster has made it');
    crc = snapshot.manifest.crc;
  }
  const first = newest === undefined ? await log.firstBlockSequence() : newest + 1;
  if (first === undefined) return;
  const blocks = log.blocks(first, crc);
  while ((await blocks.next()).done !== true);
}

function wrong(sequence: number, reason: string): StorageError {
  return new StorageError('CORRUPT', `The copy's snapshot of event ${sequence} cannot be used: ${reason}.`, sequence);
}
