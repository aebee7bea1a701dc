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
import { BlockBroadcast } from './block-broadcast.js';
import { BlockBuilder, type BlockCaps, type SealedBlock } from './block-builder.js';
import type { LogPosition } from './log-block.js';
import type { BlockSink } from './log-store.js';
import { reasonOf } from './storage-error.js';
import { WalState, type WalStatus } from './wal-status.js';

/** Sleeps end at the latest after this, so that messages (stop) are seen although nobody notifies for them. */
const IDLE_WAIT_MS = 100;
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
  /** The version of the blocks to come, which may change at any time; absent: the newest. */
  logVersion?: () => number;
  /** Between two attempts at a write that failed. */
  retryMs?: number;
  /** A bounded piece of other work on the log, done while no write is under way: about once a second, sooner after true. */
  housekeeping?: () => Promise<boolean>;
  /** Makes about once a second more often. */
  housekeepingMs?: number;
  /** Makes durable what the sink took without sync, when that is due; undefined when it is not. */
  flush?: () => Promise<void> | undefined;
  /** How long a block took to become durable, failed attempts included; and its first and last event. */
  onCommit?: (us: number, firstSequence: number, lastSequence: number) => void;
  /** Called when attempts begin to fail, and when they fail for another reason. */
  onFailure?: (reason: string) => void;
  onRecovered?: () => void;
  /** Waits instead of blocking the thread: for whoever has an event loop to keep alive meanwhile. */
  rest?: (waitMs: number, ready: () => boolean) => Promise<void>;
  /** A failure that no further attempt can mend: the block will never be written, and `run` ends. */
  isFinal?: (error: unknown) => boolean;
}

export class WalWriter {
  private readonly builder: BlockBuilder;
  private readonly broadcast: BlockBroadcast;
  private readonly retryMs: number;
  private readonly stopping = new AbortController();
  private readonly housekeepingMs: number;
  private housekeepingAt: number;
  /** Why the last attempt at a write failed, or ''. */
  private failure = '';
  private readonly ready = (): boolean => this.builder.hasInput();

  constructor(private readonly options: WalWriterOptions) {
    this.builder = new BlockBuilder(options.inputs, options.start, options.caps, options.logVersion);
    this.broadcast = new BlockBroadcast(options.output);
    this.retryMs = options.retryMs ?? 500;
    this.housekeepingMs = Math.min(options.housekeepingMs ?? HOUSEKEEPING_MS_MAX, HOUSEKEEPING_MS_MAX);
    this.housekeepingAt = performance.now() + this.housekeepingMs;
  }

  /**
   * Works until `stop` has been called and the rings are empty. Returns false when it had to give up at the end because
   * the last block could not be written (or, by `isFinal`, never will be); its events were never told to anybody.
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
        await this.broadcast.tell(durable);
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
        if (this.options.rest !== undefined) {
          await this.options.rest(IDLE_WAIT_MS, this.ready);
        } else {
          wake.wait(IDLE_WAIT_MS, this.ready);
          await turnOfEventLoop();
        }
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
        if (this.options.isFinal?.(error) === true) return false;
        this.noteFailure(reasonOf(error));
        if (this.stopping.signal.aborted) return false;
        // Aborted by stop: then one last attempt.
        await sleep(this.retryMs, undefined, { signal: this.stopping.signal }).catch(() => undefined);
        continue;
      }
      status.committed(block.lastSequence, block.count, block.bytes.byteLength);
      onCommit?.((performance.now() - startedMs) * 1000, block.firstSequence, block.lastSequence);
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

  private async keepHouse(): Promise<void> {
    const more = await this.options.housekeeping?.();
    this.housekeepingAt = performance.now() + (more === true ? HOUSEKEEPING_BUSY_MS : this.housekeepingMs);
  }
}

function turnOfEventLoop(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
