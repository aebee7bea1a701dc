/**
 * What a node of a cluster has appended to its own log without sync may have holes after a power cut, or damaged blocks with good
 * ones behind them. Nothing is lost by it: the cluster has all of that, and gives it again.
 */
import type { Storage } from './database.js';
import { LogStore } from './log-store.js';
import { SnapshotStore } from './snapshot-store.js';
import { StorageError } from './storage-error.js';

export interface CutTail {
  /** The first event that is gone. */
  readonly sequence: number;
  readonly reason: string;
}

/**
 * Ends the log at the first fault behind what is known to have been synced, before anybody reads it. Faults before that are for
 * recovery to tell. Undefined when there is none.
 */
export async function cutUnsyncedTail({ log: database, store, mark }: Storage): Promise<CutTail | undefined> {
  const log = new LogStore(database);
  const marked = mark === undefined || mark === 'unreadable' ? 0 : mark.sequence;
  // a snapshot is taken of what is synced; the mark itself may be older
  const [snapshot = 0] = await new SnapshotStore(store).sequences();
  const synced = Math.max(marked, snapshot);
  let end = synced;
  try {
    for await (const { lastSequence } of log.blocks(synced + 1)) end = lastSequence;
  } catch (error) {
    if (!(error instanceof StorageError) || (error.code !== 'CORRUPT' && error.code !== 'TORN_TAIL')) throw error;
    await log.cutBehind(end);
    return { sequence: end + 1, reason: error.message };
  }
  return undefined;
}
