/**
 * Follows the log with a fold of its own and keeps what a restart needs: finished items in the history tables, snapshots
 * of the state, and the mark up to which the log may be trimmed. Matching and front never stop for any of it.
 *
 * Order matters: history before the snapshot (a restored fold must find nothing finished that is not in the tables),
 * the snapshot before the trim mark. A crash between two steps only repeats work: what finished at or below the stored
 * watermark is forgotten when it is folded again.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { assert } from '../core/assert.js';
import { frameLength } from '../wire/frame-header.js';
import type { FrameViews } from '../wire/frame-layout.js';
import type { Storage } from './database.js';
import { HistoryStore, type HistoryBatch } from './history-store.js';
import { BLOCK_HEADER_BYTES, type LogBlock, type LogPosition } from './log-block.js';
import { LogStore } from './log-store.js';
import { recover, type Recovered } from './recovery.js';
import { SnapshotStore } from './snapshot-store.js';
import type { SnapshotFigures, SnapshotStatus } from './snapshot-status.js';
import { StorageError, reasonOf } from './storage-error.js';
import type { WalStatus } from './wal-status.js';

/** Blocks folded per turn: the thread answers messages between turns. */
const TURN_BLOCKS = 32;

/** State and history of the exchange as far as this module needs to know them. */
export interface Fold {
  restore(bytes: Uint8Array): void;
  /** The next event of the log. */
  apply(views: FrameViews, offset: number): void;
  /** The state behind the last event; what `takeHistory` would give need not be in it. */
  serialize(): Uint8Array;
  /** Everything that finished since `takeHistory` or `dropHistory`, and forgets it. */
  takeHistory(): HistoryBatch;
  /** Forgets the same. */
  dropHistory(): void;
}

export interface SnapshotterLimits {
  /** A snapshot at the latest after so many events or, with changes, so much time. */
  snapshotEvents: number;
  snapshotMs: number;
  /** A batch of history at the latest after so many events: bounds one write, and so what it costs the log's fsyncs. */
  historyEvents: number;
  /** Snapshots kept. */
  keep: number;
  /** How often the durable sequence is looked at when there was nothing to do. */
  pollMs: number;
  /** Between two attempts at a write that failed. */
  retryMs: number;
}

export const SNAPSHOTTER_LIMITS: SnapshotterLimits = {
  snapshotEvents: 500_000,
  snapshotMs: 30_000,
  historyEvents: 50_000,
  keep: 3,
  pollMs: 125,
  retryMs: 1000,
};

export interface SnapshotterOptions {
  storage: Storage;
  fold: Fold;
  wal: Pick<WalStatus, 'durableSequence'>;
  status: SnapshotStatus;
  limits?: Partial<SnapshotterLimits>;
  /** µs since the epoch. */
  nowUs?: () => number;
  /** Asked before a snapshot is written: a state that is wrong must not replace the log that it came from. */
  isSound?: (sequence: number) => boolean;
  /** The fold is behind the block that ends here, and is of this version. Blocks are the same wherever the log is. */
  onBlock?: (sequence: number, version: number) => void;
  /** A snapshot was made, or found at the start; `hash` is that of its content. */
  onSnapshot?: (sequence: number, hash: string) => void;
  /** A write failed and is tried again; nothing is lost. */
  onFailure?: (reason: string) => void;
}

export class Snapshotter {
  private readonly log: LogStore;
  private readonly snapshots: SnapshotStore;
  private readonly history: HistoryStore;
  private readonly limits: SnapshotterLimits;
  private readonly nowUs: () => number;
  private readonly stopping = new AbortController();

  private position: LogPosition = { sequence: 0, crc: 0, epoch: 0 };
  private watermark = 0;
  /** Taken from the fold and not yet written. Nothing more is folded until it is. */
  private pending: (HistoryBatch & { uptoSequence: number }) | undefined;
  private lastAttemptUs: number;
  /** Where no snapshot was written because the state was wrong. */
  private refused = 0;
  private readonly figures: SnapshotFigures = {
    foldedSequence: 0,
    snapshotSequence: 0,
    snapshotTimeUs: 0,
    snapshotBytes: 0,
    historyWatermark: 0,
    trimSequence: 0,
    failures: 0,
  };

  constructor(private readonly options: SnapshotterOptions) {
    this.log = new LogStore(options.storage.log);
    this.snapshots = new SnapshotStore(options.storage.store);
    this.history = new HistoryStore(options.storage.store);
    this.limits = { ...SNAPSHOTTER_LIMITS, ...options.limits };
    this.nowUs = options.nowUs ?? (() => Date.now() * 1000);
    this.lastAttemptUs = this.nowUs();
  }

  /** Brings the fold to the end of the log. Throws StorageError. */
  async start(): Promise<Recovered> {
    const { storage, fold } = this.options;
    this.watermark = await this.history.watermark();
    const recovered = await recover({
      storage,
      restore: (bytes) => fold.restore(bytes),
      apply: (views, offset) => fold.apply(views, offset),
      afterBlock: (sequence) => this.forgetWritten(sequence),
    });
    if (recovered.snapshotSequence > this.watermark) {
      const message = `A snapshot reaches event ${recovered.snapshotSequence}, but history, which is written before it, only ${this.watermark}.`;
      throw new StorageError('CORRUPT', message, this.watermark + 1);
    }
    const { sequence, crc, epoch } = recovered;
    this.position = { sequence, crc, epoch };
    this.figures.snapshotSequence = recovered.snapshotSequence;
    this.figures.snapshotTimeUs = recovered.snapshotTimeUs;
    this.publish();
    const manifest = await this.snapshots.manifest(recovered.snapshotSequence);
    if (manifest !== undefined) this.options.onSnapshot?.(manifest.sequence, manifest.sha256);
    return recovered;
  }

  /** Works until `stop`, then takes a last snapshot at the durable end, so that the next start replays nothing. */
  async run(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      try {
        if (await this.turn()) await new Promise(setImmediate);
        else await sleep(this.limits.pollMs, undefined, { signal });
      } catch (error) {
        if (!signal.aborted) await this.waitAfter(error);
      }
    }
    while (await this.turn()) await new Promise(setImmediate);
    if (this.figures.snapshotSequence < this.position.sequence || this.pending !== undefined) await this.takeSnapshot();
  }

  /** The WAL worker has stopped before, so that the durable sequence is final. */
  stop(): void {
    this.stopping.abort();
  }

  /** One bounded piece of work; true when there is more to do at once. Throws StorageError. */
  async turn(): Promise<boolean> {
    await this.writePending();
    const durable = this.options.wal.durableSequence();
    // a start reads whatever is there: what is not durable yet must not be in a snapshot or in history
    if (durable < this.position.sequence) return false;
    if (durable > this.position.sequence) await this.follow(durable);
    const changes = this.position.sequence - Math.max(this.figures.snapshotSequence, this.refused);
    const waitedUs = this.nowUs() - this.lastAttemptUs;
    if (changes >= this.limits.snapshotEvents || (changes > 0 && waitedUs >= this.limits.snapshotMs * 1000)) await this.takeSnapshot();
    else if (this.position.sequence - this.watermark >= this.limits.historyEvents) await this.writeHistory();
    return durable > this.position.sequence;
  }

  /** Writes history and a snapshot at the present position, drops old ones, and moves the trim mark. Throws StorageError. */
  async takeSnapshot(): Promise<void> {
    await this.writeHistory();
    this.lastAttemptUs = this.nowUs();
    if (this.options.isSound?.(this.position.sequence) === false) {
      this.refused = this.position.sequence;
      return;
    }
    const manifest = await this.snapshots.save(this.options.fold.serialize(), this.position, this.lastAttemptUs);
    this.figures.snapshotSequence = manifest.sequence;
    this.figures.snapshotTimeUs = manifest.timeUs;
    this.figures.snapshotBytes = manifest.bytes;
    this.options.onSnapshot?.(manifest.sequence, manifest.sha256);
    const [, secondNewest] = await this.snapshots.prune(this.limits.keep);
    if (secondNewest !== undefined) this.figures.trimSequence = Math.min(secondNewest, this.watermark);
    this.publish();
    await this.snapshots.settle();
  }

  private async follow(durable: number): Promise<void> {
    let blocks = 0;
    for await (const block of this.log.blocks(this.position.sequence + 1, this.position.crc)) {
      this.applyBlock(block);
      if (block.lastSequence >= durable || ++blocks === TURN_BLOCKS) break;
    }
    assert(blocks > 0 || this.position.sequence >= durable, 'durable events in the log');
    this.publish();
  }

  private applyBlock(block: LogBlock): void {
    const { fold } = this.options;
    for (let offset = BLOCK_HEADER_BYTES; offset < block.endBytes; offset += frameLength(block.views, offset))
      fold.apply(block.views, offset);
    this.position = { sequence: block.lastSequence, crc: block.crc, epoch: block.epoch };
    this.options.onBlock?.(block.lastSequence, block.version);
  }

  /** During recovery: what finished up to here is in the tables already. Watermarks lie between blocks. */
  private forgetWritten(sequence: number): void {
    if (sequence <= this.watermark) this.options.fold.dropHistory();
  }

  private async writeHistory(): Promise<void> {
    await this.writePending();
    if (this.position.sequence === this.watermark) return;
    this.pending = { uptoSequence: this.position.sequence, ...this.options.fold.takeHistory() };
    await this.writePending();
  }

  private async writePending(): Promise<void> {
    if (this.pending === undefined) return;
    await this.history.write(this.pending);
    this.watermark = this.pending.uptoSequence;
    this.pending = undefined;
    this.publish();
  }

  /** A write that failed is tried again by and by; a log that cannot be read or trusted ends the thread. */
  private async waitAfter(error: unknown): Promise<void> {
    if (!(error instanceof StorageError) || error.code !== 'WRITE_FAILED') throw error;
    this.figures.failures++;
    this.publish();
    this.options.onFailure?.(reasonOf(error));
    await sleep(this.limits.retryMs, undefined, { signal: this.stopping.signal }).catch(() => undefined);
  }

  private publish(): void {
    this.figures.foldedSequence = this.position.sequence;
    this.figures.historyWatermark = this.watermark;
    this.options.status.publish(this.figures);
  }
}
