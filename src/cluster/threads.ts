/**
 * The threads of the exchange and the rings between them.
 *
 *   front ──command ring──► matching (one per shard) ──event ring──► WAL ──broadcast ring──► front
 *   front ──event ring of the front (users, money, instruments)────► WAL
 *                                                                                    └──► market worker ──frame ring──► front
 *   snapshot worker: reads the log itself
 *
 * Stopping goes with the flow: matching first, then WAL once it has drained, then the market and the snapshot worker.
 */
import type { Worker } from 'node:worker_threads';
import { RingBuffer } from '../ring/ring-buffer.js';
import { RingConsumer } from '../ring/ring-consumer.js';
import { RingProducer } from '../ring/ring-producer.js';
import { WakeSignal } from '../ring/wake-signal.js';
import { newThread, type EarlyThreads, type ThreadName } from './early-threads.js';
import { compileForMatching } from './matching-code.js';
import type { FactorDefinition } from '../core/market-data/factors/factor-set.js';
import type { Verdict } from '../core/soundness/soundness.js';
import { MarketThread } from './market/market-thread.js';
import type {
  ClusterNews,
  ClusterRequest,
  ClusterThread,
  MatchingThread,
  ReplicatedWalThread,
  SnapshotThread,
  ThreadReport,
  ThreadRequest,
  ThreadWork,
  WalThread,
} from './thread-data.js';

const MIB = 1 << 20;
/** 37 000 orders of 112 bytes: a third of a second of the fastest load measured. */
const COMMAND_RING_BYTES = 4 * MIB;
/** Must hold all events of one command (10 000 lots are at most 10 000 fills of 80 bytes). */
const EVENT_RING_BYTES = 8 * MIB;
const FRONT_RING_BYTES = 4 * MIB;
const BROADCAST_RING_BYTES = 16 * MIB;
/** Of the broadcast ring: the front and the market worker. */
const READERS = 2;
const MARKET_READER = 1;

/** Larger transactions hold up the heartbeats behind them; smaller ones do not fill the time that one takes. */
const REPLICATED_CAPS = { events: 4096, bytes: 128 << 10 };
/** Nodes of a cluster compare their states after so many events. */
const HASH_EVERY = 10_000;

export type Fault = (thread: string, message: string) => void;

export interface ThreadsOptions {
  dataDir: string;
  shards: number;
  walStatus: SharedArrayBuffer;
  snapshotStatus: SharedArrayBuffer;
  marketStatus: SharedArrayBuffer;
  historyStatus: SharedArrayBuffer;
  /** Holidays of the trading calendar, yyyymmdd. */
  holidays: readonly number[];
  /** Factors that the operator has named. */
  factors: readonly FactorDefinition[];
  commitTimes: SharedArrayBuffer;
  /** One for each shard. */
  matchTimes: readonly SharedArrayBuffer[];
  start: WalThread['start'];
  /** Present: the log is synced at most so often. */
  flushMs?: number;
  /** With changes, a snapshot at the latest after so long. */
  snapshotMs: number;
  /** Present: a node of a cluster. */
  cluster?: ClusterThread | undefined;
  onCluster?: (news: ClusterNews) => void;
  /** Threads that were started before; the others are started when they are needed. */
  early?: EarlyThreads | undefined;
  /** Present: threads tell what they have done, for the log. */
  onWork?: ((thread: string, work: ThreadWork) => void) | undefined;
  /** A write of a thread failed and is tried again, or works again (empty message). */
  onWriteFailure: Fault;
  /** A thread ended that nobody had asked to: `shard` is -1 for the WAL and snapshot workers. */
  onDeath: (thread: string, shard: number, message: string) => void;
  /** The snapshot worker has evaluated the equations of the ledger. */
  onSoundness: (verdicts: readonly Verdict[], sequence: number) => void;
}

interface Shard {
  commands: SharedArrayBuffer;
  events: SharedArrayBuffer;
  signal: SharedArrayBuffer;
}

export class Threads {
  /** The front's ends of the rings. */
  readonly frontEvents: RingProducer;
  readonly commands: RingProducer[];
  readonly durableEvents: RingConsumer;
  /** The front's own signal; messages that wake it come from `wakePort`. */
  readonly frontSignal: WakeSignal;
  readonly market: MarketThread;

  private readonly shards: Shard[];
  private readonly frontRing = RingBuffer.create(FRONT_RING_BYTES);
  private readonly broadcastRing = RingBuffer.create(BROADCAST_RING_BYTES, READERS);
  private readonly walSignal = WakeSignal.create();
  private readonly frontSignalBuffer = WakeSignal.create();
  private readonly matching: (Worker | undefined)[] = [];
  private wal!: Worker;
  private snapshot: Worker | undefined;
  private stopping = false;
  private readonly isTraced: boolean;

  constructor(private readonly options: ThreadsOptions) {
    this.isTraced = options.onWork !== undefined;
    this.shards = Array.from({ length: options.shards }, () => ({
      commands: RingBuffer.create(COMMAND_RING_BYTES),
      events: RingBuffer.create(EVENT_RING_BYTES),
      signal: WakeSignal.create(),
    }));
    const walSignal = new WakeSignal(this.walSignal);
    this.frontEvents = new RingProducer(this.frontRing);
    this.frontEvents.onPublish = () => void walSignal.notify();
    this.commands = this.shards.map((shard) => {
      const producer = new RingProducer(shard.commands);
      const signal = new WakeSignal(shard.signal);
      producer.onPublish = () => void signal.notify();
      return producer;
    });
    this.durableEvents = new RingConsumer(this.broadcastRing);
    this.market = new MarketThread({
      dataDir: options.dataDir,
      broadcastRing: this.broadcastRing,
      reader: MARKET_READER,
      status: options.marketStatus,
      checkpointMs: options.snapshotMs,
      holidays: options.holidays,
      early: options.early,
      factors: options.factors,
      onWork: options.onWork === undefined ? undefined : (work) => options.onWork?.('market', work),
      onDeath: (message) => {
        options.onDeath('market', -1, message);
      },
      onWriteFailure: (message) => {
        options.onWriteFailure('market', message);
      },
    });
    this.frontSignal = new WakeSignal(this.frontSignalBuffer);
  }

  /** Emits 'message' when the front sleeps and there is something in the broadcast ring. */
  get wakePort(): Worker {
    return this.wal;
  }

  /** Starts the WAL worker and the shards; resolves when all are at work. */
  async start(): Promise<void> {
    const { dataDir, walStatus, snapshotStatus, commitTimes, start, flushMs, snapshotMs } = this.options;
    const data: WalThread = {
      dataDir,
      eventRings: [this.frontRing, ...this.shards.map((shard) => shard.events)],
      wake: this.walSignal,
      broadcastRing: this.broadcastRing,
      readers: [this.frontSignalBuffer, this.market.signal],
      walStatus,
      snapshotStatus,
      marketStatus: this.options.marketStatus,
      historyStatus: this.options.historyStatus,
      commitTimes,
      start,
      ...(flushMs === undefined ? {} : { flushMs }),
      housekeepingMs: snapshotMs,
      isTraced: this.isTraced,
    };
    this.wal = this.spawnWal(data);
    await Promise.all([ready(this.wal), ...this.shards.map((_, shard) => this.startShard(shard))]);
  }

  /** Starts the snapshot worker, or a new one when it has died; it reads the whole tail of the log first, so nobody waits for it. */
  startSnapshots(): void {
    // the start is over
    compileForMatching();
    const { dataDir, walStatus, snapshotStatus, snapshotMs } = this.options;
    const data: SnapshotThread = {
      ...{ dataDir, walStatus, snapshotStatus, snapshotMs, isRestart: this.snapshot !== undefined, isTraced: this.isTraced },
      ...(this.options.cluster === undefined ? {} : { hashEvery: HASH_EVERY }),
    };
    this.snapshot = this.spawn('snapshot', data, -1);
  }

  /** Starts the thread of a shard; its rings go on where the one before left them. */
  async startShard(shard: number): Promise<void> {
    const { commands, events, signal } = this.shards[shard];
    const data: MatchingThread = {
      source: shard + 1,
      commandRing: commands,
      eventRing: events,
      signal,
      walSignal: this.walSignal,
      matchTimes: this.options.matchTimes[shard],
      isTraced: this.isTraced,
    };
    const worker = this.spawn('matching', data, shard);
    this.matching[shard] = worker;
    await ready(worker);
  }

  /** Bytes waiting in each ring. */
  *ringDepths(): Generator<readonly [ring: string, bytes: number]> {
    yield ['front', new RingConsumer(this.frontRing).depthBytes()];
    for (const [i, shard] of this.shards.entries()) {
      yield [`command_${i}`, new RingConsumer(shard.commands).depthBytes()];
      yield [`event_${i}`, new RingConsumer(shard.events).depthBytes()];
    }
    yield ['broadcast', this.durableEvents.depthBytes()];
  }

  /** Everything handed over becomes durable; then the last snapshot is taken. False when the log could not be finished. */
  async stop(): Promise<boolean> {
    this.stopping = true;
    for (const [shard, worker] of this.matching.entries()) {
      if (worker !== undefined) await finish(worker, new WakeSignal(this.shards[shard].signal));
    }
    const drained = await finish(this.wal, new WakeSignal(this.walSignal));
    await this.market.stop();
    if (this.snapshot !== undefined) await finish(this.snapshot);
    return drained;
  }

  private spawnWal(data: WalThread): Worker {
    const { cluster, start, onCluster } = this.options;
    if (cluster === undefined) return this.spawn('wal', data, -1);
    // the epoch of the blocks to come is for the cluster to say
    const position = { ...start, epoch: start.epoch - 1 };
    const worker = this.spawn('replicated-wal', { ...data, caps: REPLICATED_CAPS, position, cluster } satisfies ReplicatedWalThread, -1);
    worker.on('message', (report: ThreadReport) => {
      if (report.type === 'cluster') onCluster?.(report.news);
    });
    return worker;
  }

  private spawn(name: ThreadName, workerData: unknown, shard: number): Worker {
    const early = this.options.early?.take(name);
    const worker = early ?? newThread(name, shard === -1 ? name : `${name}-${shard}`, workerData);
    early?.postMessage(workerData);
    const told = name === 'replicated-wal' ? 'wal' : name;
    let reason = '';
    worker.on('message', (report: ThreadReport) => {
      if (report.type === 'failed') this.options.onWriteFailure(told, report.message);
      if (report.type === 'soundness') this.options.onSoundness(report.verdicts, report.sequence);
      if (report.type === 'recovered') this.options.onWriteFailure(told, '');
      if (report.type === 'hash' || report.type === 'snapshot') this.wal.postMessage(report satisfies ClusterRequest);
      if (report.type === 'worked') this.options.onWork?.(shard === -1 ? told : `${told}-${shard}`, report.work);
    });
    worker.on('error', (error: Error) => (reason = error.message));
    worker.on('exit', (code) => {
      if (!this.stopping) this.options.onDeath(told, shard, reason === '' ? `exit code ${code}` : reason);
    });
    return worker;
  }
}

function ready(worker: Worker): Promise<void> {
  return new Promise((resolve, reject) => {
    worker.on('message', (report: ThreadReport) => {
      if (report.type === 'ready') resolve();
    });
    worker.once('error', reject);
    worker.once('exit', () => reject(new Error('the thread ended before it was ready')));
  });
}

/** Asks a thread to stop and waits for its end. */
function finish(worker: Worker, signal?: WakeSignal): Promise<boolean> {
  return new Promise((resolve) => {
    let drained = true;
    worker.on('message', (report: ThreadReport) => {
      if (report.type === 'stopped') drained = report.drained ?? true;
    });
    if (worker.threadId === -1) resolve(false);
    worker.once('exit', () => resolve(drained));
    worker.postMessage({ type: 'stop' } satisfies ThreadRequest);
    signal?.notify();
  });
}
