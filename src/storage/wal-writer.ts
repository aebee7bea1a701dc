/**
 * The heart of the WAL worker: rings → one durable block → broadcast ring, for ever.
 *
 * This is the only road from a matching worker to a client. A frame enters the broadcast ring only after the block that
 * holds it is durable, and a block is put exactly once at a time, so what readers see is a prefix of the log, in order.
 *
 * The loop never waits for more events than are there: what arrives during a write makes the next block. It blocks the
 * thread only when no write is under way, for else LevelDB's answer could not be received.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { RingConsumer } from '../ring/ring-consumer.js';
import type { RingProducer } from '../ring/ring-producer.js';
import type { WakeSignal } from '../ring/wake-signal.js';
import { frameLength, isEndOfCommand } from '../wire/frame-header.js';
import { BlockBuilder, copyFrame, type BlockCaps } from './block-builder.js';
import { BLOCK_HEADER_BYTES, type LogPosition } from './log-block.js';
import type { BlockSink } from './log-store.js';
import { reasonOf } from './storage-error.js';
import { WalState, type WalStatus } from './wal-status.js';

/** Sleeps end at the latest after this, so that messages (stop) are seen although nobody notifies for them. */
const IDLE_WAIT_MS = 100;
/** A reader of the broadcast ring that is behind is looked at again after this at the latest. */
const SPACE_WAIT_MS = 20;
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
    let drained = true;
    for (;;) {
      if (this.builder.collect()) {
        drained = await this.commit();
        if (!drained) break;
        await this.broadcast();
        this.builder.next();
      } else if (this.stopping.signal.aborted && !this.builder.hasInput()) {
        break;
      } else {
        wake.wait(IDLE_WAIT_MS, this.ready);
        await turnOfEventLoop();
      }
      await this.flush();
      if (performance.now() >= this.housekeepingAt) await this.keepHouse();
    }
    if (drained) status.setState(WalState.STOPPED);
    return drained;
  }

  /** Whoever writes to the event rings has stopped before; readers of the broadcast ring go on until `run` returns. */
  stop(): void {
    this.stopping.abort();
  }

  /** Puts the block until it is durable. The very same bytes again are safe: nothing of them has been told to anybody. */
  private async commit(): Promise<boolean> {
    const { sink, status, onCommit } = this.options;
    const { firstSequence, lastSequence, cutCount, cutBytes } = this.builder;
    const block = this.builder.seal();
    const startedMs = performance.now();
    for (;;) {
      try {
        await sink.append(block, firstSequence);
      } catch (error) {
        this.noteFailure(reasonOf(error));
        if (this.stopping.signal.aborted) return false;
        // Aborted by stop: then one last attempt.
        await sleep(this.retryMs, undefined, { signal: this.stopping.signal }).catch(() => undefined);
        continue;
      }
      status.committed(lastSequence, cutCount, cutBytes);
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

  /** Copies the durable block to the broadcast ring, in whole commands as long as they fit. */
  private async broadcast(): Promise<void> {
    const { output } = this.options;
    const { cutBytes } = this.builder;
    for (let start = BLOCK_HEADER_BYTES; start < cutBytes;) {
      const end = this.commandEnd(start);
      if (!this.claimCommand(start, end)) {
        output.publish();
        if (end - start <= output.capacityBytes >> 1) await this.waitAndClaim(start, end);
        else await this.publishByFrame(start, end);
      }
      start = end;
    }
    output.publish();
  }

  private commandEnd(start: number): number {
    const { views } = this.builder;
    let at = start;
    while (!isEndOfCommand(views, at)) at += frameLength(views, at);
    return at + frameLength(views, at);
  }

  /** All frames of a command or none. */
  private claimCommand(start: number, end: number): boolean {
    const { output } = this.options;
    const mark = output.mark();
    for (let at = start; at < end;) {
      const length = this.claimFrame(at);
      if (length === 0) {
        output.rollback(mark);
        return false;
      }
      at += length;
    }
    return true;
  }

  /** Length of the frame, 0 when the ring has no room for it. */
  private claimFrame(at: number): number {
    const { output } = this.options;
    const { views } = this.builder;
    const length = frameLength(views, at);
    const offset = output.claim(length);
    if (offset < 0) return 0;
    copyFrame(views, at, output, offset, length);
    return length;
  }

  private async waitAndClaim(start: number, end: number): Promise<void> {
    do {
      await this.waitForSpace(end - start);
    } while (!this.claimCommand(start, end));
  }

  /** A command as large as the ring: its readers get it in pieces and wait for its end themselves. */
  private async publishByFrame(start: number, end: number): Promise<void> {
    const { output } = this.options;
    for (let at = start; at < end;) {
      const length = this.claimFrame(at);
      if (length === 0) {
        output.publish();
        await this.waitForSpace(frameLength(this.builder.views, at));
      }
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
