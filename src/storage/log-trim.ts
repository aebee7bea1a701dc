/** Lets the log go where nobody needs it any more: behind the snapshots, market data and the history, each as its status says. */
import { HistoryStatus } from './history-status.js';
import type { LogStore, OldBlocks } from './log-store.js';
import { MarketStatus } from './market-status.js';
import { SnapshotStatus } from './snapshot-status.js';

/** Blocks dropped at once. */
const TRIM_BLOCKS = 256;
const NOTHING: OldBlocks = { keys: [], end: 0 };

export interface LogReaders {
  readonly snapshotStatus: SharedArrayBuffer;
  /** Absent when there is no such reader. */
  readonly marketStatus?: SharedArrayBuffer;
  readonly historyStatus?: SharedArrayBuffer;
}

export class LogTrim {
  private readonly snapshots: SnapshotStatus;
  private readonly market: MarketStatus | undefined;
  private readonly history: HistoryStatus | undefined;
  private isSearching = false;
  /** What the last search has found, until it is dropped. */
  private found: OldBlocks | undefined;

  constructor(
    private readonly log: LogStore,
    { snapshotStatus, marketStatus, historyStatus }: LogReaders,
    private readonly blocks = TRIM_BLOCKS,
  ) {
    this.snapshots = new SnapshotStatus(snapshotStatus);
    this.market = marketStatus === undefined ? undefined : new MarketStatus(marketStatus);
    this.history = historyStatus === undefined ? undefined : new HistoryStatus(historyStatus);
  }

  /**
   * A bounded piece; true when there is more. Only what is quick is waited for: blocks are found while others are written, and
   * dropped the next time. A piece that fails is tried again; the blocks do no harm until then.
   */
  async trim(): Promise<boolean> {
    if (this.isSearching) return true;
    const { found } = this;
    this.found = undefined;
    if (found !== undefined && !(await this.isDropped(found))) return false;
    const below = this.below();
    if (found?.keys.length === 0 || below === 0) return false;
    void this.search(below);
    return true;
  }

  private async isDropped(found: OldBlocks): Promise<boolean> {
    try {
      await this.log.drop(found);
      return true;
    } catch {
      return false;
    }
  }

  private async search(below: number): Promise<void> {
    this.isSearching = true;
    this.found = await this.log.findBelow(below, this.blocks).catch(() => NOTHING);
    this.isSearching = false;
  }

  /** Market data keeps what is behind its own checkpoint, the history what is in none of its files. */
  private below(): number {
    return Math.min(
      this.snapshots.figures().trimSequence,
      this.market?.figures().checkpointSequence ?? Infinity,
      this.history?.exportedSequence() ?? Infinity,
    );
  }
}
