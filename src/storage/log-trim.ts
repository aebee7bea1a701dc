/** Lets the log go where nobody needs it any more: behind the snapshots, market data and the history, each as its status says. */
import { HistoryStatus } from './history-status.js';
import type { LogStore } from './log-store.js';
import { MarketStatus } from './market-status.js';
import { SnapshotStatus } from './snapshot-status.js';

/** Blocks dropped at once: reading their keys takes a few ms, in which no block is written. */
const TRIM_BLOCKS = 64;

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

  constructor(
    private readonly log: LogStore,
    { snapshotStatus, marketStatus, historyStatus }: LogReaders,
  ) {
    this.snapshots = new SnapshotStatus(snapshotStatus);
    this.market = marketStatus === undefined ? undefined : new MarketStatus(marketStatus);
    this.history = historyStatus === undefined ? undefined : new HistoryStatus(historyStatus);
  }

  /** A bounded piece; true when there is more. One that fails is tried again; the blocks do no harm until then. */
  async trim(): Promise<boolean> {
    // Market data keeps what is behind its own checkpoint, the history what is in none of its files.
    const below = Math.min(
      this.snapshots.figures().trimSequence,
      this.market?.figures().checkpointSequence ?? Infinity,
      this.history?.exportedSequence() ?? Infinity,
    );
    return below > 0 && (await this.log.trimBelow(below, TRIM_BLOCKS).catch(() => 0)) === TRIM_BLOCKS;
  }
}
