/**
 * One life of the exchange's process: recovery, then WAL writer, matching, snapshotter and front, wired as the program wires
 * its threads. It ends by a graceful stop, or whenever whoever made it stops to give it turns.
 */
import { recoverState, type RecoveredState } from '../../src/cli/running-exchange.js';
import { Shards } from '../../src/cluster/shards.js';
import { RingBuffer } from '../../src/ring/ring-buffer.js';
import type { RingConsumer } from '../../src/ring/ring-consumer.js';
import { RingConsumer as Consumer } from '../../src/ring/ring-consumer.js';
import type { Storage } from '../../src/storage/database.js';
import { LogSink } from '../../src/storage/log-sink.js';
import { LogStore } from '../../src/storage/log-store.js';
import { LogTrim } from '../../src/storage/log-trim.js';
import { SnapshotStatus } from '../../src/storage/snapshot-status.js';
import { Snapshotter, type SnapshotterLimits } from '../../src/storage/snapshotter.js';
import { StateFold } from '../../src/storage/state-fold.js';
import { StorageError } from '../../src/storage/storage-error.js';
import { WalStatus } from '../../src/storage/wal-status.js';
import { WalWriter } from '../../src/storage/wal-writer.js';
import type { SimDisk } from './sim-disk.js';
import { SimFront } from './sim-front.js';
import { SimPort, SimProducer, SimShard, SimSignal, WatchedConsumer } from './sim-threads.js';
import type { VirtualTime } from './virtual-time.js';

/** Sizes that a seed chooses; small rings are full sooner. */
export interface ProcessLimits {
  shards: number;
  commandRingBytes: number;
  eventRingBytes: number;
  frontRingBytes: number;
  broadcastRingBytes: number;
  blockEvents: number;
  blockBytes: number;
  trimBlocks: number;
  retryMs: number;
  housekeepingMs: number;
  snapshotter: SnapshotterLimits;
}

export interface ProcessParts {
  readonly time: VirtualTime;
  readonly disk: SimDisk;
  readonly limits: ProcessLimits;
  /** The state was brought to the end of the log; nothing runs yet. */
  readonly onRecovered: (recovered: RecoveredState) => void;
  /** The front takes an event from the broadcast ring. */
  readonly onTold: (ring: RingConsumer, offset: number) => void;
  /** The front has applied some. */
  readonly onTurn: (front: SimFront) => void;
  /** The snapshotter brought its fold to the end of the log. */
  readonly onFollowing: (sequence: number) => void;
  /** A block could not be written and is tried again. */
  readonly onWriteFailure: () => void;
  /** Something that nobody caught. */
  readonly onFault: (error: unknown) => void;
  /** A thread ended because the disk could not be read. */
  readonly onUnreadable: (error: StorageError) => void;
}

export class SimProcess {
  front: SimFront | undefined;
  private readonly walSignal: SimSignal;
  private readonly frontSignal: SimSignal;
  private readonly walStatus = WalStatus.create();
  private readonly snapshotStatus = SnapshotStatus.create();
  private readonly shards: SimShard[] = [];
  private readonly port: SimPort;
  private storage!: Storage;
  private writer: WalWriter | undefined;
  private snapshotter: Snapshotter | undefined;
  private written: Promise<boolean> | undefined;
  private followed: Promise<void> | undefined;

  constructor(private readonly parts: ProcessParts) {
    const { time } = parts;
    this.walSignal = new SimSignal(time);
    this.frontSignal = new SimSignal(time);
    this.port = new SimPort(time);
  }

  /** Resolves when the exchange takes orders. Throws StorageError when it cannot start. */
  async start(): Promise<SimFront> {
    const { disk, onRecovered } = this.parts;
    this.storage = disk.open();
    const recovered = await recoverState(this.storage, () => undefined);
    onRecovered(recovered);
    const front = this.build(recovered);
    this.written = this.writer!.run();
    this.written.catch(this.parts.onFault);
    await front.start(() => {
      this.followed = this.follow();
      this.followed.catch((error: unknown) => this.noteEnd(error));
    });
    return front;
  }

  /** Everything handed over becomes durable, then the last snapshot is taken. False when the log could not be finished. */
  async stop(): Promise<boolean> {
    this.front!.beginStop();
    for (const shard of this.shards) shard.finish();
    this.writer!.stop();
    this.walSignal.notify();
    const drained = await this.written!;
    this.snapshotter?.stop();
    await this.followed;
    return drained;
  }

  private build(recovered: RecoveredState): SimFront {
    const { time, limits, onTold, onTurn } = this.parts;
    const { state, end } = recovered;
    for (let source = 1; source <= limits.shards; source++) {
      this.shards.push(new SimShard(time, source, limits.commandRingBytes, limits.eventRingBytes, this.walSignal));
    }
    const frontRing = RingBuffer.create(limits.frontRingBytes);
    const frontEvents = new SimProducer(frontRing);
    frontEvents.onPublish = () => void this.walSignal.notify();
    const broadcastRing = RingBuffer.create(limits.broadcastRingBytes);
    const shards = new Shards(
      this.shards.map(({ commands }) => commands),
      state,
    );
    const front = new SimFront({
      recovered,
      store: this.storage.store,
      shards,
      events: frontEvents,
      durable: new WatchedConsumer(broadcastRing, onTold),
      signal: this.frontSignal,
      port: this.port,
      snapshots: new SnapshotStatus(this.snapshotStatus),
      onTurn,
    });
    this.front = front;
    this.writer = this.newWriter([new Consumer(frontRing), ...this.shards.map(({ events }) => events)], broadcastRing, {
      sequence: end.sequence,
      crc: end.crc,
      epoch: end.epoch + 1,
    });
    return front;
  }

  /** As the WAL worker makes it. */
  private newWriter(
    inputs: RingConsumer[],
    broadcastRing: SharedArrayBuffer,
    start: { sequence: number; crc: number; epoch: number },
  ): WalWriter {
    const { limits, time, disk } = this.parts;
    const log = new LogStore(disk.open().log);
    const sink = new LogSink(log, disk.mark);
    const trim = new LogTrim(log, { snapshotStatus: this.snapshotStatus }, limits.trimBlocks);
    const output = new SimProducer(broadcastRing);
    output.onPublish = () => {
      if (this.frontSignal.notify()) this.port.post();
    };
    const tell = (failed: boolean): void => void time.after(time.someTime(1000), () => this.front!.noteWriteFailure(failed));
    return new WalWriter({
      inputs,
      output,
      wake: this.walSignal,
      sink,
      flush: () => sink.flush(),
      housekeepingMs: limits.housekeepingMs,
      status: new WalStatus(this.walStatus),
      start,
      caps: { events: limits.blockEvents, bytes: limits.blockBytes },
      retryMs: limits.retryMs,
      housekeeping: () => trim.trim(),
      onFailure: () => {
        this.parts.onWriteFailure();
        tell(true);
      },
      onRecovered: () => tell(false),
    });
  }

  /** As the snapshot worker does. */
  private async follow(): Promise<void> {
    const { disk, limits, time, onFollowing } = this.parts;
    const fold = new StateFold();
    const snapshotter = new Snapshotter({
      storage: disk.open(),
      fold,
      wal: new WalStatus(this.walStatus),
      status: new SnapshotStatus(this.snapshotStatus),
      limits: limits.snapshotter,
      nowUs: () => Math.floor(time.nowUs),
      isSound: () => fold.soundness().every(({ ok }) => ok),
    });
    this.snapshotter = snapshotter;
    const { sequence } = await snapshotter.start();
    onFollowing(sequence);
    await snapshotter.run();
  }

  private noteEnd(error: unknown): void {
    if (error instanceof StorageError && (error.code === 'READ_FAILED' || error.code === 'WRITE_FAILED')) this.parts.onUnreadable(error);
    else this.parts.onFault(error);
  }
}
