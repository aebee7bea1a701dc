/**
 * Our own copy of a log that a cluster holds. What is durable is durable there, so nobody waits for our disk: it is synced now
 * and then, all at once, and a power cut takes back only what the cluster gives us again.
 */
import type { DurableEnd, DurableMark } from './durable-mark.js';
import { blockEnd } from './log-block.js';
import type { BlockSink, LogStore } from './log-store.js';

export class ReplicaSink implements BlockSink {
  private end: DurableEnd | undefined;
  private dueMs: number;
  private syncing: Promise<boolean> | undefined;

  constructor(
    private readonly log: LogStore,
    private readonly mark: Pick<DurableMark, 'note'>,
    private readonly flushMs: number,
    /** Our disk has everything up to here. */
    private readonly onSynced: (sequence: number) => void,
  ) {
    this.dueMs = performance.now() + flushMs;
  }

  async append(block: Uint8Array, firstSequence: number): Promise<void> {
    await this.log.append(block, firstSequence, false);
    this.end = blockEnd(block);
  }

  /** To be called again and again; nothing waits for it. A sync that fails is tried again. */
  flush(): void {
    if (this.end === undefined || this.syncing !== undefined || performance.now() < this.dueMs) return;
    void this.sync();
  }

  /** Syncs what is left. False when that failed. */
  async close(): Promise<boolean> {
    await this.syncing;
    return this.end === undefined || (await this.sync());
  }

  private async sync(): Promise<boolean> {
    this.syncing = this.syncNow(this.end!);
    const done = await this.syncing;
    this.syncing = undefined;
    return done;
  }

  private async syncNow(end: DurableEnd): Promise<boolean> {
    this.dueMs = performance.now() + this.flushMs;
    try {
      await this.log.sync();
    } catch {
      return false;
    }
    this.mark.note(end);
    if (this.end === end) this.end = undefined;
    this.onSynced(end.sequence);
    return true;
  }
}
