/**
 * Where the WAL worker puts its blocks: the log, and beside it the mark of how far it is durable.
 *
 * Each block is synced by itself unless `flushMs` is given: then the blocks of so much time are synced together, and a
 * power cut may take them back although they were told of. The death of the process takes back nothing in either case.
 */
import type { DurableEnd, DurableMark } from './durable-mark.js';
import { blockEnd } from './log-block.js';
import type { BlockSink, LogStore } from './log-store.js';

export class LogSink implements BlockSink {
  /** The end of the last block that was not synced. */
  private unsynced: DurableEnd | undefined;
  private lastSyncMs = performance.now();

  constructor(
    private readonly log: LogStore,
    private readonly mark: Pick<DurableMark, 'note'>,
    private readonly flushMs = 0,
  ) {}

  async append(block: Uint8Array, firstSequence: number): Promise<void> {
    const sync = this.isDue();
    await this.log.append(block, firstSequence, sync);
    if (sync) this.synced(blockEnd(block));
    else this.unsynced = blockEnd(block);
  }

  /** Undefined when there is nothing to sync, or it is too early. Rejects when the sync failed; it is due again later. */
  flush(): Promise<void> | undefined {
    return this.unsynced !== undefined && this.isDue() ? this.sync(this.unsynced) : undefined;
  }

  /** Syncs what is left. False when that failed. */
  async close(): Promise<boolean> {
    if (this.unsynced === undefined) return true;
    return await this.sync(this.unsynced).then(
      () => true,
      () => false,
    );
  }

  private isDue(): boolean {
    return this.flushMs === 0 || performance.now() - this.lastSyncMs >= this.flushMs;
  }

  private async sync(end: DurableEnd): Promise<void> {
    this.lastSyncMs = performance.now();
    await this.log.sync();
    this.synced(end);
  }

  private synced(end: DurableEnd): void {
    this.mark.note(end);
    this.unsynced = undefined;
    if (this.flushMs > 0) this.lastSyncMs = performance.now();
  }
}
