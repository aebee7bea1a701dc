/** The state at any event of the log: from the newest good snapshot at or below it, or from the very beginning. */
import { createHash } from 'node:crypto';
import { restoreState, serializeState } from '../../core/state-codec.js';
import { ExchangeState } from '../../core/state.js';
import { EventDecoder } from '../../wire/event-decoder.js';
import { frameLength, frameSequence } from '../../wire/frame-header.js';
import type { Storage } from '../database.js';
import { BLOCK_HEADER_BYTES, type LogBlock } from '../log-block.js';
import { LogStore } from '../log-store.js';
import { SnapshotStore, type RejectedSnapshot } from '../snapshot-store.js';
import { StorageError } from '../storage-error.js';

const PROGRESS_BLOCKS = 64;

/** Where a fold of the log begins. */
export interface ReplayStart {
  state: ExchangeState;
  /** Of the snapshot, 0 for the very beginning; and the CRC that the next block must follow. */
  sequence: number;
  crc: number;
  rejected: RejectedSnapshot[];
}

export interface Replayed extends ReplayStart {
  /** Where it began; `sequence` is where it ended. */
  from: number;
  events: number;
}

/** First and last event of the log that the keys speak of: last is the first event of the last block. */
export interface LogBounds {
  first: number;
  lastBlock: number;
}

export async function logBounds(storage: Storage): Promise<LogBounds | undefined> {
  const log = new LogStore(storage.log);
  const first = await log.firstBlockSequence();
  const lastBlock = await log.lastBlockSequence();
  return first === undefined || lastBlock === undefined ? undefined : { first, lastBlock };
}

/**
 * The newest good snapshot at or below `sequence`, or the empty state when the log goes back to the first event. Throws
 * StorageError CORRUPT when there is neither.
 */
export async function replayStart(storage: Storage, sequence: number): Promise<ReplayStart> {
  const snapshots = new SnapshotStore(storage.store);
  const rejected: RejectedSnapshot[] = [];
  for (const candidate of await snapshots.sequences()) {
    if (candidate > sequence) continue;
    const loaded = await snapshots.load(candidate);
    if (typeof loaded === 'string') {
      rejected.push({ sequence: candidate, reason: loaded });
      continue;
    }
    return { state: restoreState(loaded.bytes), sequence: candidate, crc: loaded.manifest.crc, rejected };
  }
  const bounds = await logBounds(storage);
  if (bounds !== undefined && bounds.first > 1) {
    const message = `The state at event ${sequence} cannot be made: the log begins at event ${bounds.first}, and no good snapshot lies at or below ${sequence}.`;
    throw new StorageError('CORRUPT', message, sequence);
  }
  return { state: new ExchangeState(), sequence: 0, crc: 0, rejected };
}

/** The earliest place that the log goes on behind: its first event, or the oldest good snapshot that it reaches back to. */
export async function earliestStart(storage: Storage): Promise<ReplayStart> {
  const bounds = await logBounds(storage);
  if (bounds === undefined) return replayStart(storage, Infinity);
  if (bounds.first === 1) return replayStart(storage, 0);
  const snapshots = new SnapshotStore(storage.store);
  for (const sequence of (await snapshots.sequences()).reverse()) {
    if (sequence >= bounds.first - 1 && typeof (await snapshots.load(sequence)) !== 'string') return replayStart(storage, sequence);
  }
  throw new StorageError('CORRUPT', `No good snapshot lies where the log begins, at event ${bounds.first}.`, bounds.first);
}

export interface ReplayOptions {
  /** The last event to apply; the end of the log when left out. */
  to?: number;
  /** Called before the first event. */
  onStart?: (state: ExchangeState) => void;
  /** Share that is done, 0 to 1. */
  onProgress?: (share: number) => void;
}

/** Throws StorageError when the log is damaged on the way or does not reach `to`. */
export async function replayState(storage: Storage, options: ReplayOptions = {}): Promise<Replayed> {
  const to = options.to ?? Infinity;
  const start = await replayStart(storage, to);
  const bounds = await logBounds(storage);
  const target = Math.min(to, Math.max(bounds?.lastBlock ?? 0, start.sequence));
  const { state } = start;
  options.onStart?.(state);
  const decoder = new EventDecoder(state);
  let blocks = 0;
  if (to > start.sequence) {
    for await (const block of new LogStore(storage.log).blocks(start.sequence + 1, start.crc)) {
      applyUpTo(block, decoder, to);
      if (state.sequence >= to) break;
      if (++blocks % PROGRESS_BLOCKS !== 0) continue;
      options.onProgress?.((state.sequence - start.sequence) / Math.max(1, target - start.sequence));
      await new Promise(setImmediate);
    }
  }
  if (to !== Infinity && state.sequence < to) {
    throw new StorageError('READ_FAILED', `There is no event ${to}: the log ends at ${state.sequence}.`);
  }
  options.onProgress?.(1);
  return { ...start, from: start.sequence, sequence: state.sequence, events: state.sequence - start.sequence };
}

function applyUpTo(block: LogBlock, decoder: EventDecoder, to: number): void {
  for (let at = BLOCK_HEADER_BYTES; at < block.endBytes; at += frameLength(block.views, at)) {
    if (frameSequence(block.views, at) > to) return;
    decoder.decode(block.views, at);
  }
}

/** SHA-256 of the canonical form: equal states have equal hashes, however they came about. */
export function stateHash(state: ExchangeState): string {
  return createHash('sha256').update(serializeState(state)).digest('hex');
}
