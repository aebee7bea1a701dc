/** One life of a node's process: as `SimProcess`, with the log of a cluster in the place of its own. */
import { recoverState, type RecoveredState } from '../../../src/cli/running-exchange.js';
import { Shards } from '../../../src/cluster/shards.js';
import type { ClusterNews } from '../../../src/cluster/thread-data.js';
import { ClusterView } from '../../../src/front/cluster-view.js';
import { monotonicMs } from '../../../src/replication/monotonic.js';
import type { ClusterKeys } from '../../../src/replication/cluster-keys.js';
import type { KeyStore } from '../../../src/replication/key-store.js';
import { Peers } from '../../../src/replication/peers.js';
import { RingBuffer } from '../../../src/ring/ring-buffer.js';
import { RingConsumer } from '../../../src/ring/ring-consumer.js';
import { ClusterStatus } from '../../../src/storage/cluster-status.js';
import type { Storage } from '../../../src/storage/database.js';
import { LogStore } from '../../../src/storage/log-store.js';
import { LogTrim } from '../../../src/storage/log-trim.js';
import { SnapshotStatus } from '../../../src/storage/snapshot-status.js';
import { Snapshotter } from '../../../src/storage/snapshotter.js';
import { StorageError } from '../../../src/storage/storage-error.js';
import { StateFold } from '../../../src/storage/state-fold.js';
import { cutUnsyncedTail } from '../../../src/storage/unsynced-tail.js';
import { StateHashes } from '../../../src/storage/state-hashes.js';
import { WalStatus } from '../../../src/storage/wal-status.js';
import { ReplicatedLog } from '../../../workers/support/replicated-log.js';
import type { SimDisk } from '../sim-disk.js';
import { SimFront } from '../sim-front.js';
import type { ProcessLimits } from '../sim-process.js';
import { SimPort, SimProducer, SimShard, SimSignal, WatchedConsumer } from '../sim-threads.js';
import type { Lane, VirtualTime } from '../virtual-time.js';

/** A message from one thread to another, µs. */
const MESSAGE_US_MAX = 100;
/** What happens in the turns in which nothing happens is known from the simulation of one process. */
const IDLE_TURNS = 2;
/** So that etcd is trimmed every second and a half. */
const REPORT_MS = 300;
/** Longer than any node is away. */
const GONE_LOOKS = 200;
const QUOTA_BYTES = 1 << 26;

export interface ClusterProcessParts {
  readonly time: VirtualTime;
  readonly lane: Lane;
  readonly disk: SimDisk;
  readonly limits: ProcessLimits;
  readonly store: KeyStore;
  readonly keys: ClusterKeys;
  readonly node: string;
  readonly suspectMs: number;
  /** The newest version of the log that its program knows. */
  readonly logVersion: number;
  readonly hashEvery: number;
  readonly onRecovered: (recovered: RecoveredState) => void;
  readonly onTold: (front: SimFront, ring: RingConsumer, offset: number) => void;
  readonly onTurn: (front: SimFront) => void;
  readonly onNews: (news: ClusterNews, front: SimFront) => void;
  /** This node leads and takes orders. */
  readonly onOpened: (front: SimFront) => void;
  readonly onFault: (error: unknown) => void;
}

export class ClusterProcess {
  front!: SimFront;
  private readonly walSignal: SimSignal;
  private readonly frontSignal: SimSignal;
  private readonly walStatus = WalStatus.create();
  private readonly snapshotStatus = SnapshotStatus.create();
  private readonly clusterStatus = ClusterStatus.create();
  private readonly shards: SimShard[] = [];
  private readonly port: SimPort;
  private storage!: Storage;
  private log!: ReplicatedLog;
  private snapshotter: Snapshotter | undefined;
  private written!: Promise<boolean>;
  private followed: Promise<void> | undefined;

  constructor(private readonly parts: ClusterProcessParts) {
    const { time } = parts;
    this.walSignal = new SimSignal(time);
    this.frontSignal = new SimSignal(time);
    this.port = new SimPort(time);
  }

  /** Resolves when the node follows the cluster, or leads it. */
  async start(): Promise<void> {
    const { disk, onRecovered, onFault } = this.parts;
    this.storage = disk.open();
    await cutUnsyncedTail(this.storage);
    const recovered = await recoverState(this.storage, () => undefined);
    onRecovered(recovered);
    const broadcastRing = RingBuffer.create(this.parts.limits.broadcastRingBytes);
    this.build(recovered, broadcastRing);
    this.front.follow();
    this.written = this.log.run();
    this.written.catch(onFault);
    this.followed = this.follow();
    this.followed.catch((error: unknown) => {
      if (!isOfDisk(error)) onFault(error);
    });
  }

  /** In order, as when a signal asks for it: the last events are written, and the standbys told that they need not wait. */
  async stop(): Promise<boolean> {
    this.front.beginStop();
    for (const shard of this.shards) shard.finish();
    this.log.stop();
    this.walSignal.notify();
    const drained = await this.written;
    this.snapshotter?.stop();
    await this.followed;
    return drained;
  }

  private build(recovered: RecoveredState, broadcastRing: SharedArrayBuffer): void {
    const { time, limits, node, suspectMs, onTold, onTurn } = this.parts;
    for (let source = 1; source <= limits.shards; source++) {
      this.shards.push(new SimShard(time, source, limits.commandRingBytes, limits.eventRingBytes, this.walSignal));
    }
    const frontRing = RingBuffer.create(limits.frontRingBytes);
    const events = new SimProducer(frontRing);
    events.onPublish = () => void this.walSignal.notify();
    this.front = new SimFront({
      recovered,
      store: this.storage.store,
      shards: new Shards(
        this.shards.map(({ commands }) => commands),
        recovered.state,
      ),
      events,
      durable: new WatchedConsumer(broadcastRing, (ring, offset) => onTold(this.front, ring, offset)),
      signal: this.frontSignal,
      port: this.port,
      snapshots: new SnapshotStatus(this.snapshotStatus),
      onTurn,
      idleTurns: IDLE_TURNS,
      cluster: (state) => new ClusterView(new ClusterStatus(this.clusterStatus), node, () => state.sequence, suspectMs),
    });
    this.log = this.newLog(recovered, [new RingConsumer(frontRing), ...this.shards.map((shard) => shard.events)], broadcastRing);
  }

  /** As the WAL worker makes it. */
  private newLog({ end }: RecoveredState, inputs: RingConsumer[], broadcastRing: SharedArrayBuffer): ReplicatedLog {
    const { time, disk, limits, store, keys, node, suspectMs, logVersion } = this.parts;
    const log = new LogStore(disk.open().log);
    const output = new SimProducer(broadcastRing);
    output.onPublish = () => {
      if (this.frontSignal.notify()) this.port.post();
    };
    const post = (message: () => void): void => void time.after(time.someTime(MESSAGE_US_MAX), message);
    return new ReplicatedLog({
      store,
      keys,
      cluster: { node, id: node, url: node, mayLead: true, quotaBytes: QUOTA_BYTES, suspectMs },
      nowMs: monotonicMs,
      log,
      mark: disk.mark,
      trim: new LogTrim(log, { snapshotStatus: this.snapshotStatus }),
      status: new ClusterStatus(this.clusterStatus),
      walStatus: new WalStatus(this.walStatus),
      snapshots: new SnapshotStatus(this.snapshotStatus),
      inputs,
      output,
      wake: this.walSignal,
      position: { sequence: end.sequence, crc: end.crc, epoch: end.epoch },
      caps: { events: limits.blockEvents, bytes: limits.blockBytes },
      housekeepingMs: limits.housekeepingMs,
      reportMs: REPORT_MS,
      logVersion,
      peers: new Peers(GONE_LOOKS),
      tell: (news) => post(() => this.takeNews(news)),
      onFailure: () => post(() => this.front.noteWriteFailure(true)),
      onRecovered: () => post(() => this.front.noteWriteFailure(false)),
    });
  }

  /** As the running exchange does. */
  private takeNews(news: ClusterNews): void {
    const { onNews, onOpened, onFault } = this.parts;
    const { front } = this;
    onNews(news, front);
    if (news.kind === 'leader') front.cluster!.leaderUrl = news.url;
    if (news.kind !== 'leading') return;
    front.takeOver(news.sequence).then(() => onOpened(front), onFault);
  }

  /** As the snapshot worker does. */
  private async follow(): Promise<void> {
    const { disk, limits, time, hashEvery } = this.parts;
    const fold = new StateFold(true);
    const wal = new WalStatus(this.walStatus);
    const hashes = new StateHashes(fold, hashEvery, (sequence, hash) => {
      time.after(time.someTime(MESSAGE_US_MAX), () => this.log.compare(sequence, hash));
    });
    const snapshotter = new Snapshotter({
      storage: disk.open(),
      fold,
      wal: { durableSequence: () => wal.syncedSequence() },
      status: new SnapshotStatus(this.snapshotStatus),
      limits: limits.snapshotter,
      nowUs: () => Math.floor(time.nowUs),
      isSound: () => fold.soundness().every(({ ok }) => ok),
      onSnapshot: (sequence, hash) => this.log.noteSnapshot(sequence, hash),
      onBlock: (sequence, version) => hashes.blockEnded(sequence, Math.min(version, this.parts.logVersion)),
    });
    this.snapshotter = snapshotter;
    await snapshotter.start();
    await snapshotter.run();
  }
}

/** A disk without room: the process ends, and it is no fault of its own. */
export function isOfDisk(error: unknown): boolean {
  return error instanceof StorageError && error.code === 'WRITE_FAILED';
}
