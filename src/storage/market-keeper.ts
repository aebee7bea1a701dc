/** Writes what the market worker keeps: rows about every second, a checkpoint every now and then, one write at a time. */
import type { Bar } from '../core/market-data/bar.js';
import { MarketJournal } from './market-journal.js';
import type { MarketStatus } from './market-status.js';
import type { MarketRows, MarketStore, Tick } from './market-store.js';
import { reasonOf } from './storage-error.js';

const ROWS_MS = 1000;
const RETRY_MS = 1000;
const CHECKPOINT_EVENTS = 500_000;

export interface MarketKeeperOptions {
  store: MarketStore;
  status: MarketStatus;
  /** With changes, a checkpoint at the latest after so long. */
  checkpointMs: number;
  /** All of the fold as it is now. Called between two commands. */
  save: () => object;
  /** A write failed and is tried again; nothing is lost. */
  onFailure: (reason: string) => void;
  onRecovered: () => void;
}

export class MarketKeeper extends MarketJournal {
  isWriting = false;
  private checkpointSequence = 0;
  private rowsDueMs = 0;
  private checkpointDueMs = -Infinity;
  private failures = 0;
  private failure = '';
  private under: Promise<void> = Promise.resolve();
  /** What the write under way writes. */
  private readonly underWay = new MarketJournal();

  constructor(private readonly options: MarketKeeperOptions) {
    super();
  }

  /** Prints up to `watermark` are in the store; `checkpoint` is the last event in its checkpoint, 0 for none. */
  begin(watermark: number, checkpoint: number): void {
    this.beginBehind(watermark);
    this.checkpointSequence = checkpoint;
  }

  /** Begins a write when one is due. To be called between two commands, `sequence` being the last event applied. */
  keep(sequence: number, frames: number, nowMs: number): void {
    const { checkpointSequence, failures } = this;
    this.options.status.publish({ foldedSequence: sequence, checkpointSequence, frames, failures });
    if (this.isWriting || (nowMs < this.rowsDueMs && !this.isFull)) return;
    const changes = sequence - this.checkpointSequence;
    const isCheckpointDue = changes >= CHECKPOINT_EVENTS || (changes > 0 && nowMs >= this.checkpointDueMs);
    if (this.isEmpty && !isCheckpointDue) return;
    this.rowsDueMs = nowMs + ROWS_MS;
    if (isCheckpointDue) this.checkpointDueMs = nowMs + this.options.checkpointMs;
    this.under = this.write(this.take(), sequence, isCheckpointDue, nowMs);
  }

  /** Prints that queries do not find in the store yet, in order. */
  override ticksOf(instrument: number): readonly Tick[] {
    return [...this.underWay.ticksOf(instrument), ...super.ticksOf(instrument)];
  }

  /** Finished bars that queries do not find in the store yet, in order. */
  override barsOf(instrument: number, period: number): Bar[] {
    return [...this.underWay.barsOf(instrument, period), ...super.barsOf(instrument, period)];
  }

  /** Writes everything there is, with a checkpoint. */
  async finish(sequence: number, frames: number): Promise<void> {
    await this.under;
    if (!this.isEmpty || sequence > this.checkpointSequence) await this.write(this.take(), sequence, true, 0);
    this.options.status.publish({ foldedSequence: sequence, checkpointSequence: this.checkpointSequence, frames, failures: this.failures });
  }

  private async write(rows: MarketRows, sequence: number, withCheckpoint: boolean, nowMs: number): Promise<void> {
    this.isWriting = true;
    this.underWay.giveBack(rows);
    try {
      await this.options.store.write(rows, sequence, withCheckpoint ? this.options.save() : undefined);
      if (withCheckpoint) this.checkpointSequence = sequence;
      if (this.failure !== '') this.options.onRecovered();
      this.failure = '';
    } catch (error) {
      this.giveBack(rows);
      this.failures++;
      this.rowsDueMs = nowMs + RETRY_MS;
      const reason = reasonOf(error);
      if (reason !== this.failure) this.options.onFailure(reason);
      this.failure = reason;
    }
    this.underWay.take();
    this.isWriting = false;
  }
}
