/** Brings a fold to the end of the log: the newest good snapshot, then every event behind it. */
import { assert } from '../core/assert.js';
import { frameLength } from '../wire/frame-header.js';
import type { FrameViews } from '../wire/frame-layout.js';
import type { OpeningStorage, Storage } from './database.js';
import type { DurableEnd } from './durable-mark.js';
import { HistoryStore } from './history-store.js';
import { BLOCK_HEADER_BYTES, type LogBlock, type LogPosition } from './log-block.js';
import { LogStore } from './log-store.js';
import { SnapshotStore, type RejectedSnapshot, type SnapshotManifest } from './snapshot-store.js';
import { StorageError } from './storage-error.js';

/** Blocks between two progress reports, and two turns of the event loop. */
const PROGRESS_BLOCKS = 64;

export interface RecoveryOptions {
  /** Open, or on its way. */
  storage: Storage | OpeningStorage;
  /** Called once, when the store is open. */
  opened?: () => void;
  /** Called once, before any event, when there is a snapshot. `sequence` is the last event in it. */
  restore: (bytes: Uint8Array, sequence: number) => void;
  /** Called once, when the log is open and its first event about to be read. */
  begin?: () => void;
  /** Called for each event behind the snapshot, in order. */
  apply: (views: FrameViews, offset: number) => void;
  /** Called before the events from `offset` on are applied; returns where it is to be called again, `endBytes` at most. */
  lookAhead?: (views: FrameViews, offset: number, endBytes: number) => number;
  /** Called between blocks: what has been applied so far ends a group commit. */
  afterBlock?: (sequence: number) => void;
  /** Called now and then; `target` is the first event of the last block when recovery began. */
  onProgress?: (sequence: number, target: number) => void;
  /** Cut a damaged last block. Only for the first recovery of a process, before anybody writes to the log. */
  cutTail?: boolean;
}

/** The position is the end of state and log: what the WAL worker goes on with. */
export interface Recovered extends LogPosition {
  /** Last event in the snapshot, 0 without one. */
  snapshotSequence: number;
  /** When it was taken, µs since the epoch. */
  snapshotTimeUs: number;
  /** Events applied behind the snapshot. */
  events: number;
  /** Everything finished up to this event is in the history tables. */
  historyWatermark: number;
  /** Newer snapshots that could not be used. */
  rejected: RejectedSnapshot[];
  /** The damaged last block that was cut: it began with `sequence`. */
  cutTail?: { sequence: number; reason: string };
}

const START = { sequence: 0, snapshotSequence: 0, snapshotTimeUs: 0, crc: 0, epoch: 0, events: 0 };

/**
 * Throws StorageError CORRUPT with the first sequence that is missing or damaged; nothing is ever passed over silently. A log
 * that ends before what is known to have been durable (mark, history, snapshot) has lost its end.
 */
export async function recover(options: RecoveryOptions): Promise<Recovered> {
  const store = await options.storage.store;
  options.opened?.();
  const { snapshot, rejected } = await new SnapshotStore(store).loadNewest();
  const historyWatermark = await new HistoryStore(store).watermark();
  const result: Recovered = { ...START, historyWatermark, rejected };
  if (snapshot !== undefined) {
    beginWith(result, snapshot.manifest);
    options.restore(snapshot.bytes, snapshot.manifest.sequence);
  }
  const log = new LogStore(await options.storage.log);
  options.begin?.();
  const known = knownDurable(options.storage, historyWatermark);
  const target = Math.max(result.sequence, (await log.lastBlockSequence()) ?? 0);
  try {
    if (target === result.sequence) await checkEndAtSnapshot(log, result);
    let blocks = 0;
    for await (const block of log.blocks(result.sequence + 1, result.crc)) {
      applyBlock(block, result, options);
      if (++blocks % PROGRESS_BLOCKS !== 0) continue;
      options.onProgress?.(result.sequence, target);
      await new Promise(setImmediate);
    }
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    if (error.code !== 'TORN_TAIL' || options.cutTail !== true) throw explained(error, rejected);
    if (known.sequence > result.sequence) throw explained(lostTail(error.message, result, known), rejected);
    await cut(log, error, result);
  }
  if (known.sequence > result.sequence) {
    throw explained(lostTail(`The event log ends at ${result.sequence}.`, result, known), rejected);
  }
  checkMark(markOf(options.storage), result);
  options.onProgress?.(result.sequence, result.sequence);
  return result;
}

interface Known {
  sequence: number;
  /** Who knows it, as the subject of a sentence. */
  by: string;
}

function knownDurable(storage: Pick<Storage, 'mark'>, watermark: number): Known {
  const mark = markOf(storage)?.sequence ?? 0;
  return mark >= watermark ? { sequence: mark, by: 'the mark of what is durable' } : { sequence: watermark, by: 'history' };
}

function markOf({ mark }: Pick<Storage, 'mark'>): DurableEnd | undefined {
  return mark === 'unreadable' ? undefined : mark;
}

/**
 * Nothing lay behind the snapshot: then the block that ends there is still in the log, for the last one is never trimmed. By
 * now others may lie behind it: the snapshot worker begins while the log is written.
 */
async function checkEndAtSnapshot(log: LogStore, { snapshotSequence, crc }: Recovered): Promise<void> {
  if (snapshotSequence === 0) return;
  const first = await log.startOfBlockWith(snapshotSequence);
  let found = 'does not reach it';
  try {
    const block = first === undefined ? undefined : await firstOf(log.blocks(first));
    if (block?.lastSequence === snapshotSequence && block.crc === crc) return;
    if (block !== undefined) found = `ends at ${block.lastSequence} or has another history`;
  } catch (error) {
    if (!(error instanceof StorageError) || error.code !== 'TORN_TAIL') throw error;
    found = `is damaged before: ${error.message}`;
  }
  throw new StorageError('CORRUPT', `A snapshot reaches event ${snapshotSequence}, but the event log ${found}.`, first ?? 1);
}

async function firstOf(blocks: AsyncGenerator<LogBlock, void, void>): Promise<LogBlock | undefined> {
  const { value } = await blocks.next();
  await blocks.return();
  return value ?? undefined;
}

function lostTail(found: string, { sequence }: Recovered, known: Known): StorageError {
  return new StorageError('CORRUPT', `${found} But ${known.by} reaches ${known.sequence}: durable events are lost.`, sequence + 1);
}

/** The same length with other content. */
function checkMark(durable: DurableEnd | undefined, { sequence, crc }: Recovered): void {
  if (durable === undefined || durable.sequence !== sequence || durable.crc === crc) return;
  throw new StorageError('CORRUPT', `The block that ends with event ${sequence} is not the one that was written last.`, sequence);
}

function beginWith(result: Recovered, manifest: SnapshotManifest): void {
  result.sequence = manifest.sequence;
  result.snapshotSequence = manifest.sequence;
  result.snapshotTimeUs = manifest.timeUs;
  result.crc = manifest.crc;
  result.epoch = manifest.epoch;
}

/** All events of the block, in order. */
export function applyFrames({ views, endBytes }: LogBlock, { apply, lookAhead }: Pick<RecoveryOptions, 'apply' | 'lookAhead'>): void {
  for (let offset = BLOCK_HEADER_BYTES; offset < endBytes;) {
    const end = lookAhead === undefined ? endBytes : lookAhead(views, offset, endBytes);
    for (; offset < end; offset += frameLength(views, offset)) apply(views, offset);
  }
}

function applyBlock(block: LogBlock, result: Recovered, options: RecoveryOptions): void {
  assert(block.firstSequence === result.sequence + 1, 'blocks that go on where the state ends');
  applyFrames(block, options);
  result.sequence = block.lastSequence;
  result.crc = block.crc;
  result.epoch = block.epoch;
  result.events += block.count;
  options.afterBlock?.(block.lastSequence);
}

async function cut(log: LogStore, error: StorageError, result: Recovered): Promise<void> {
  assert(error.sequence === result.sequence + 1, 'a torn block right behind the last good event');
  await log.cutTail(error.sequence);
  result.cutTail = { sequence: error.sequence, reason: error.message };
}

/** A log that begins too late is usually the second half of the story: say which snapshots were passed over. */
function explained(error: StorageError, rejected: RejectedSnapshot[]): StorageError {
  if (rejected.length === 0) return error;
  const skipped = rejected.map(({ sequence, reason }) => `snapshot ${sequence} was passed over because ${reason}`).join('; ');
  return new StorageError(error.code, `${error.message} (${skipped})`, error.sequence, error);
}
