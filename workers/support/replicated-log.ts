/**
 * The log of a cluster's node, from its start to its end: follows the cluster's until the node takes over, then writes it with
 * the cluster's answer for the commit. Deposed, it writes nothing more and waits for its end.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ClusterNews, ClusterThread } from '../../src/cluster/thread-data.js';
import type { ClusterKeys } from '../../src/replication/cluster-keys.js';
import { Housekeeping } from '../../src/replication/housekeeping.js';
import type { KeyStore } from '../../src/replication/key-store.js';
import { Deposed, Leadership } from '../../src/replication/leadership.js';
import { Peers } from '../../src/replication/peers.js';
import { LogBehind, Standby, type Takeover } from '../../src/replication/standby.js';
import { timingsOf } from '../../src/replication/timings.js';
import type { RingConsumer } from '../../src/ring/ring-consumer.js';
import type { RingProducer } from '../../src/ring/ring-producer.js';
import type { WakeSignal } from '../../src/ring/wake-signal.js';
import { BlockBroadcast } from '../../src/storage/block-broadcast.js';
import type { BlockCaps } from '../../src/storage/block-builder.js';
import { ClusterRole, type ClusterStatus } from '../../src/storage/cluster-status.js';
import type { DurableMark } from '../../src/storage/durable-mark.js';
import { FollowedLog, LogGap } from '../../src/storage/followed-log.js';
import { LOG_VERSION, LOG_VERSION_WITHOUT_ORIGINS, type LogPosition } from '../../src/storage/log-block.js';
import type { LogStore } from '../../src/storage/log-store.js';
import type { LogTrim } from '../../src/storage/log-trim.js';
import { ReplicaSink } from '../../src/storage/replica-sink.js';
import type { SnapshotStatus } from '../../src/storage/snapshot-status.js';
import { reasonOf, StorageError } from '../../src/storage/storage-error.js';
import type { WalStatus } from '../../src/storage/wal-status.js';
import { WalWriter, type WalWriterOptions } from '../../src/storage/wal-writer.js';
import { HandsOver, LeaderSink } from './leader-sink.js';

/** Our disk is synced so often; the cluster has what it lacks. */
const FLUSH_MS = 1000;
/** A piece of the log that a leader under full load makes meanwhile goes in so long, or in twice that. */
const TRIM_MS = 250;
const FLUSH_LOOK_MS = 100;
/** Between two attempts at a write that failed. */
const RETRY_MS = 500;

export interface ReplicatedLogParts extends Pick<WalWriterOptions, 'onCommit' | 'onFailure' | 'onRecovered'> {
  readonly store: KeyStore;
  readonly keys: ClusterKeys;
  readonly cluster: Pick<ClusterThread, 'node' | 'id' | 'url' | 'mayLead' | 'quotaBytes' | 'suspectMs'>;
  readonly nowMs: () => number;
  readonly log: LogStore;
  readonly mark: Pick<DurableMark, 'note'>;
  readonly trim: Pick<LogTrim, 'trim'>;
  readonly status: ClusterStatus;
  readonly walStatus: WalStatus;
  readonly snapshots: SnapshotStatus;
  readonly inputs: readonly RingConsumer[];
  readonly output: RingProducer;
  readonly wake: WakeSignal;
  /** The end of our own log: what the cluster has behind it is taken from there. */
  readonly position: LogPosition;
  readonly caps: BlockCaps | undefined;
  readonly housekeepingMs: number | undefined;
  /** The node says of itself where it is so often; absent: as often as serves the cluster best. */
  readonly reportMs?: number;
  /** The newest version of the log that this node reads and writes; absent: the program's. */
  readonly logVersion?: number;
  /** `Peers` of this node; absent: patient ones. */
  readonly peers?: Peers;
  readonly tell: (news: ClusterNews) => void;
}

export class ReplicatedLog {
  private readonly stopping = new AbortController();
  private readonly sink: ReplicaSink;
  private readonly housekeeping: Housekeeping;
  private readonly logVersion: number;
  private readonly peers: Peers;
  private readonly urls = new Set<string>();
  private writer: WalWriter | undefined;
  private leadership: Leadership | undefined;

  constructor(private readonly parts: ReplicatedLogParts) {
    const { store, keys, cluster, status, log, mark, walStatus, snapshots, reportMs, tell } = parts;
    this.logVersion = parts.logVersion ?? LOG_VERSION;
    this.peers = parts.peers ?? new Peers();
    this.sink = new ReplicaSink(log, mark, FLUSH_MS, (sequence) => {
      walStatus.synced(sequence);
    });
    this.housekeeping = new Housekeeping({
      store,
      keys,
      node: cluster.node,
      peers: this.peers,
      quotaBytes: cluster.quotaBytes,
      ...(reportMs === undefined ? {} : { reportMs }),
      report: () => ({
        id: cluster.id,
        role: cluster.mayLead ? 'auto' : 'replica',
        url: cluster.url,
        sequence: walStatus.durableSequence(),
        snapshot: snapshots.figures().snapshotSequence,
        logVersion: this.logVersion,
      }),
      isLeading: () => this.leadership?.isDeposed === false,
      onUsage: (etcdBytes, quotaPpm) => {
        status.set({ etcdBytes, quotaPpm });
      },
      onDiverged: (sequence) => {
        tell({ kind: 'diverged', sequence });
      },
      onNode: (url) => {
        this.noteNode(url);
      },
      onTwin: () => {
        tell({ kind: 'fault', message: `There is another node named ${cluster.node}: every node needs a name of its own.` });
      },
    });
  }

  /** Until it is told to stop. False when the last block could not be written, or another node leads now. */
  async run(): Promise<boolean> {
    const { inputs, store, trim, housekeepingMs = FLUSH_MS } = this.parts;
    const flushTimer = setInterval(() => {
      this.sink.flush();
    }, FLUSH_LOOK_MS);
    const trimTimer = setInterval(
      () => {
        if (this.writer === undefined) void trim.trim();
      },
      Math.min(housekeepingMs, TRIM_MS),
    );
    this.housekeeping.start();
    const drained = await this.followAndLead();
    // Deposed: what was decided here will never be durable, and whoever writes it must not wait for room.
    for (const input of inputs) input.detach();
    const { signal } = this.stopping;
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    clearInterval(flushTimer);
    clearInterval(trimTimer);
    this.housekeeping.stop();
    store.close();
    return (await this.sink.close()) && drained;
  }

  stop(): void {
    this.stopping.abort();
    this.writer?.stop();
  }

  /** The state behind an event hashes to this: is it so on the other nodes? */
  compare(sequence: number, hash: string): void {
    void this.housekeeping.compare(sequence, hash);
  }

  private noteNode(url: string): void {
    if (this.urls.has(url)) return;
    this.urls.add(url);
    this.parts.tell({ kind: 'node', url });
  }

  /** This node has made a snapshot: whoever copies it finds its hash in etcd. */
  noteSnapshot(sequence: number, hash: string): void {
    this.housekeeping.noteSnapshot(sequence, hash);
  }

  private async followAndLead(): Promise<boolean> {
    const { status, tell } = this.parts;
    try {
      const takeover = await this.follow();
      return takeover === undefined || (await this.lead(takeover));
    } catch (error) {
      if (this.stopping.signal.aborted) return true;
      status.set({ role: ClusterRole.DEPOSED });
      tell(error instanceof LogGap || error instanceof LogBehind ? { kind: 'behind' } : { kind: 'fault', message: reasonOf(error) });
      return false;
    }
  }

  /** Follows until this node leads; undefined when it is to stop. */
  private async follow(): Promise<Takeover | undefined> {
    const { store, keys, cluster, status, walStatus, output, position: start, nowMs, tell } = this.parts;
    status.set({ role: ClusterRole.JOINING, heardMs: nowMs(), sequence: start.sequence });
    const followed = new FollowedLog({
      sink: this.sink,
      status: walStatus,
      broadcast: new BlockBroadcast(output),
      start,
      versionMax: this.logVersion,
    });
    // LevelDB syncs what it finds when it is opened
    walStatus.synced(start.sequence);
    const standby = new Standby({
      store,
      keys,
      node: cluster.node,
      url: cluster.url,
      mayLead: cluster.mayLead,
      position: start,
      take: async (bytes) => {
        const position = await this.take(followed, bytes);
        status.set({ sequence: position.sequence });
        return position;
      },
      onLeader: (leader) => {
        status.set({ epoch: leader.epoch });
        tell({ kind: 'leader', node: leader.node, url: leader.url, epoch: leader.epoch });
      },
      onHeard: (heardMs, headSequence) => {
        status.set({ heardMs, headSequence });
      },
      onCaughtUp: () => {
        status.set({ role: cluster.mayLead ? ClusterRole.STANDBY : ClusterRole.REPLICA });
        tell({ kind: 'following', sequence: followed.position.sequence });
      },
      nowMs,
      timings: timingsOf(cluster.suspectMs),
    });
    return await standby.follow(this.stopping.signal);
  }

  /** A block that our disk does not take is tried again: the cluster has it, and nobody waits for us. Rejects when told to stop. */
  private async take(followed: FollowedLog, bytes: Uint8Array): Promise<LogPosition> {
    const { walStatus, onFailure, onRecovered } = this.parts;
    for (let failed = ''; ;) {
      try {
        const position = await followed.take(bytes);
        if (failed !== '') onRecovered?.();
        return position;
      } catch (error) {
        if (!(error instanceof StorageError) || error.code !== 'WRITE_FAILED') throw error;
        walStatus.failed();
        if (failed !== error.message) onFailure?.(error.message);
        failed = error.message;
        await sleep(RETRY_MS, undefined, { signal: this.stopping.signal });
      }
    }
  }

  /** Writes until it is told to stop (true when everything was written), or another node leads. */
  private async lead({ revision, epoch, position, askedMs }: Takeover): Promise<boolean> {
    const { store, keys, cluster, status, nowMs, tell } = this.parts;
    const right = new Leadership({
      store,
      keys,
      epoch,
      revision,
      sequence: position.sequence,
      nowMs,
      timings: timingsOf(cluster.suspectMs),
      onConfirmed: (heardMs) => {
        status.set({ heardMs });
      },
      onDeposed: () => {
        status.set({ role: ClusterRole.DEPOSED });
        tell({ kind: 'deposed' });
      },
    });
    this.leadership = right;
    const sink = new LeaderSink({
      right,
      disk: this.sink,
      hasStandbyAt: (sequence) => this.peers.hasStandbyAt(sequence, cluster.id),
      onAppended: (sequence) => {
        status.set({ sequence, headSequence: sequence });
      },
      onHandOver: (reason) => {
        this.parts.onFailure?.(`${reason}; another node is to lead`);
        this.writer?.stop();
      },
    });
    const writer = this.newWriter(right, sink, position);
    this.writer = writer;
    if (this.stopping.signal.aborted) writer.stop();
    right.start();
    status.set({ role: ClusterRole.LEADER, epoch, heardMs: askedMs, sequence: position.sequence, headSequence: position.sequence });
    tell({ kind: 'leading', sequence: position.sequence, epoch });
    const drained = await writer.run();
    // before the next leader can write anything: what is shown here may be past from then on
    if (sink.isHandingOver) status.set({ role: ClusterRole.DEPOSED });
    if (drained || sink.isHandingOver) await right.resign();
    if (!sink.isHandingOver) return drained;
    tell({ kind: 'deposed' });
    return false;
  }

  /** What every node reads. Older ones than the one before cannot be among them: they know no cluster. */
  private get versionToWrite(): number {
    return Math.max(LOG_VERSION_WITHOUT_ORIGINS, Math.min(this.logVersion, this.peers.logVersion));
  }

  private newWriter(right: Leadership, sink: LeaderSink, start: LogPosition): WalWriter {
    const { inputs, output, wake, walStatus, trim, caps, housekeepingMs, onCommit, onFailure, onRecovered } = this.parts;
    return new WalWriter({
      inputs,
      output,
      wake,
      sink,
      rest: (waitMs, ready) => wake.waitAsync(waitMs, ready),
      logVersion: () => this.versionToWrite,
      isFinal: (error) => error instanceof Deposed || error instanceof HandsOver || right.isDeposed,
      status: walStatus,
      start,
      ...(caps === undefined ? {} : { caps }),
      ...(housekeepingMs === undefined ? {} : { housekeepingMs }),
      housekeeping: () => trim.trim(),
      ...(onCommit === undefined ? {} : { onCommit }),
      ...(onFailure === undefined ? {} : { onFailure }),
      ...(onRecovered === undefined ? {} : { onRecovered }),
    });
  }
}
