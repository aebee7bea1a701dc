/**
 * The heart of the WAL worker: rings → one durable block → broadcast ring, for ever.
 *
 * This is the only road from a matching worker to a client. A frame enters the broadcast ring only after the block that
 * holds it is durable, and one block is put at a time, so what readers see is a prefix of the log, in order.
 *
 * The loop never waits for more events than are there: what arrives during a write makes the next block. It blocks the
 * thread only when no write is under way, for else LevelDB's answer could not be received; the one exception is a reader of
 * the broadcast ring that is behind, and then more blocks would not help.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { RingConsumer } from '../ring/ring-consumer.js';
import type { RingProducer } from '../ring/ring-producer.js';
import type { WakeSignal } from '../ring/wake-signal.js';
import { frameLength, isEndOfCommand } from '../wire/frame-header.js';
import type { FrameViews } from '../wire/frame-layout.js';
import { BlockBuilder, copyFrame, type BlockCaps, type SealedBlock } from './block-builder.js';
import { BLOCK_HEADER_BYTES, type LogPosition } from './log-block.js';
import type { BlockSink } from './log-store.js';
import { reasonOf } from './storage-error.js';
import { WalState, type WalStatus } from './wal-status.js';

/** Sleeps end at the latest after this, so that messages (stop) are seen although nobody notifies for them. */
const IDLE_WAIT_MS = 100;
/** A reader of the broadcast ring that is behind is looked at again after this at the latest. */
const SPACE_WAIT_MS = 20;
/** Copied to the broadcast ring at once, if there are so many: its readers begin with the first while the rest is copied. */
const RUN_BYTES = 32 << 10;
const HOUSEKEEPING_MS_MAX = 1000;
/** The pause between two pieces of it while there is more to do. */
const HOUSEKEEPING_BUSY_MS = 10;

export interface WalWriterOptions {
  /** Event rings: of the front and of each shard. */
  inputs: readonly RingConsumer[];
  /** Broadcast ring of durable events. Its `onPublish` wakes the readers. */
  output: RingProducer;
  /** Notified by the producers of the event rings. */
  wake: WakeSignal;
  sink: BlockSink;
  status: WalStatus;
  /** The end of the log, and the epoch of the blocks to come. */
  start: LogPosition;
  caps?: BlockCaps;
  /** Between two attempts at a write that failed. */
  retryMs?: number;
  /** A bounded piece of other work on the log, done while no write is under way: about once a second, sooner after true. */
  housekeeping?: () => Promise<boolean>;
  /** Makes about once a second more often. */
  housekeepingMs?: number;
  /** Makes durable what the sink took without sync, when that is due; undefined when it is not. */
  flush?: () => Promise<void> | undefined;
  /** How long a block took to become durable, failed attempts included. */
  onCommit?: (us: number) => void;
  /** Called when attempts begin to fail, and when they fail for another reason. */
  onFailure?: (reason: string) => void;
  onRecovered?: () => void;
}

export class WalWriter {
  private readonly builder: BlockBuilder;
  private readonly retryMs: number;
  private readonly stopping = new AbortController();
  private readonly housekeepingMs: number;
  private housekeepingAt: number;
  /** Why the last attempt at a write failed, or ''. */
  private failure = '';
  private readonly ready = (): boolean => this.builder.hasInput();

  constructor(private readonly options: WalWriterOptions) {
    this.builder = new BlockBuilder(options.inputs, options.start, options.caps);
    this.retryMs = options.retryMs ?? 500;
    this.housekeepingMs = Math.min(options.housekeepingMs ?? HOUSEKEEPING_MS_MAX, HOUSEKEEPING_MS_MAX);
    this.housekeepingAt = performance.now() + this.housekeepingMs;
  }

  /**
   * Works until `stop` has been called and the rings are empty. Returns false when it had to give up at the end because
   * the last block could not be written; its events were never told to anybody.
   */
  async run(): Promise<boolean> {
    const { status, start, wake } = this.options;
    status.start(start.sequence);
    /** On the disk; its events have not been told yet. */
    let durable: SealedBlock | undefined;
    for (;;) {
      const isDue = performance.now() >= this.housekeepingAt;
      const block = !isDue && this.builder.collect() ? this.builder.seal() : undefined;
      // The disk is at work on the next block while this thread tells of the one before and collects the one behind.
      const commit = block === undefined ? undefined : this.commit(block);
      if (durable !== undefined) {
        await this.broadcast(durable);
        this.builder.release(durable);
        durable = undefined;
      }
      if (commit !== undefined) {
        this.builder.collect();
        if (!(await commit)) return false;
        durable = block;
      } else if (isDue) {
        await this.keepHouse();
      } else if (this.stopping.signal.aborted && !this.builder.hasInput()) {
        break;
      } else {
        await this.flush();
        wake.wait(IDLE_WAIT_MS, this.ready);
        await turnOfEventLoop();
      }
    }
    status.setState(WalState.STOPPED);
    return true;
  }

  /** Whoever writes to the event rings has stopped before; readers of the broadcast ring go on until `run` returns. */
  stop(): void {
    this.stopping.abort();
  }

  /** Puts the block until it is durable. The very same bytes again are safe: nothing of them has been told to anybody. */
  private async commit(block: SealedBlock): Promise<boolean> {
    const { sink, status, onCommit } = this.options;
    const startedMs = performance.now();
    for (;;) {
      try {
        await sink.append(block.bytes, block.firstSequence);
      } catch (error) {
        this.noteFailure(reasonOf(error));
        if (this.stopping.signal.aborted) return false;
        // Aborted by stop: then one last attempt.
        await sleep(this.retryMs, undefined, { signal: this.stopping.signal }).catch(() => undefined);
        continue;
      }
      status.committed(block.lastSequence, block.count, block.endBytes);
      onCommit?.((performance.now() - startedMs) * 1000);
      this.noteSuccess();
      return true;
    }
  }

  private async flush(): Promise<void> {
    const flushing = this.options.flush?.();
    if (flushing === undefined) return;
    try {
      await flushing;
      if (this.failure !== '') this.options.status.setState(WalState.RUNNING);
      this.noteSuccess();
    } catch (error) {
      this.noteFailure(reasonOf(error));
    }
  }

  private noteSuccess(): void {
    if (this.failure !== '') this.options.onRecovered?.();
    this.failure = '';
  }

  /** Tells a reason once. */
  private noteFailure(reason: string): void {
    this.options.status.failed();
    if (reason !== this.failure) this.options.onFailure?.(reason);
    this.failure = reason;
  }

  /** Copies the durable block to the broadcast ring, in whole commands. */
  private async broadcast({ views, endBytes }: SealedBlock): Promise<void> {
    const { output } = this.options;
    for (let start = BLOCK_HEADER_BYTES; start < endBytes;) {
      const end = this.runEnd(views, start, endBytes);
      if (end - start <= output.capacityBytes >> 1) await this.copyRun(views, start, end);
      else await this.publishByFrame(views, start, end);
      start = end;
    }
    output.publish();
  }

  /** Where a run of whole commands ends that is copied at once: before RUN_BYTES, or behind the only one. */
  private runEnd(views: FrameViews, start: number, endBytes: number): number {
    const most = start + Math.min(RUN_BYTES, this.options.output.capacityBytes >> 3);
    let end = start;
    for (let at = start; at < endBytes;) {
      const ends = isEndOfCommand(views, at);
      at += frameLength(views, at);
      if (at > most && end > start) break;
      if (ends) end = at;
    }
    return end;
  }

  /** Frames one behind the other, as the ring has them too. */
  private async copyRun(views: FrameViews, start: number, end: number): Promise<void> {
    const { output } = this.options;
    let offset = output.claim(end - start);
    if (offset < 0) {
      output.publish();
      do await this.waitForSpace(end - start);
      while ((offset = output.claim(end - start)) < 0);
    }
    output.bytes.set(views.bytes.subarray(start, end), offset);
  }

  /** A command as large as the ring: its readers get it in pieces and wait for its end themselves. */
  private async publishByFrame(views: FrameViews, start: number, end: number): Promise<void> {
    const { output } = this.options;
    for (let at = start; at < end;) {
      const length = frameLength(views, at);
      const offset = output.claim(length);
      if (offset < 0) {
        output.publish();
        await this.waitForSpace(length);
        continue;
      }
      copyFrame(views, at, output, offset, length);
      at += length;
    }
  }

  private async waitForSpace(bytes: number): Promise<void> {
    while (!this.options.output.waitForSpace(bytes, SPACE_WAIT_MS)) await turnOfEventLoop();
  }

  private async keepHouse(): Promise<void> {
    const more = await this.options.housekeeping?.();
    this.housekeepingAt = performance.now() + (more === true ? HOUSEKEEPING_BUSY_MS : this.housekeepingMs);
  }
}

function turnOfEventLoop(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
