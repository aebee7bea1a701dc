/** What the threads are started with and what they say; everything hot goes through the rings. */
import type { Bar } from '../core/market-data/bar.js';
import type { FactorDefinition } from '../core/market-data/factors/factor-set.js';
import type { Print } from '../core/market-data/market-listener.js';
import type { MarketRequest } from '../wire/market/market-request.js';
import type { Verdict } from '../core/soundness/soundness.js';

export interface MatchingThread {
  /** Number that every frame of this shard carries: 1 is the first shard. */
  source: number;
  commandRing: SharedArrayBuffer;
  eventRing: SharedArrayBuffer;
  /** The thread's own signal, and the WAL worker's. */
  signal: SharedArrayBuffer;
  walSignal: SharedArrayBuffer;
  /** Histogram of the times that batches of commands take. */
  matchTimes: SharedArrayBuffer;
  /** Tell what was done for whom; so for every thread. */
  isTraced?: boolean;
}

export interface WalThread {
  dataDir: string;
  /** Event rings of the front and of each shard; all their producers notify `wake`. */
  eventRings: SharedArrayBuffer[];
  wake: SharedArrayBuffer;
  broadcastRing: SharedArrayBuffer;
  /** Wake signals of the readers of the broadcast ring. */
  readers: SharedArrayBuffer[];
  walStatus: SharedArrayBuffer;
  snapshotStatus: SharedArrayBuffer;
  /** `MarketStatus`: the log is kept as far as market data needs it; absent when there is none. */
  marketStatus?: SharedArrayBuffer;
  /** `HistoryStatus`: the log is kept from the last export of the history on; absent when there is none. */
  historyStatus?: SharedArrayBuffer;
  /** Histogram of commit times. */
  commitTimes: SharedArrayBuffer;
  /** The end of the log as recovery found it, with the epoch of the blocks to come. */
  start: { sequence: number; crc: number; epoch: number };
  /** The most that one block holds; absent: what serves the exchange best. */
  caps?: { events: number; bytes: number };
  /** Present: writes are not synced one by one but together, at most so often. */
  flushMs?: number;
  /** The log is looked at for blocks to drop at least this often. */
  housekeepingMs?: number;
  isTraced?: boolean;
}

/** What the WAL worker of a cluster's node needs besides. */
export interface ReplicatedWalThread extends WalThread {
  /** The end of our own log: what the cluster has behind it is taken from there. */
  position: { sequence: number; crc: number; epoch: number };
  cluster: ClusterThread;
}

export interface ClusterThread {
  /** Prefix of all keys. */
  name: string;
  node: string;
  /** Of the data folder. */
  id: string;
  /** Where clients find this node. */
  url: string;
  mayLead: boolean;
  endpoints: readonly string[];
  /** The one of them that is asked first. */
  firstEndpoint: number;
  ca?: string | undefined;
  cert?: string | undefined;
  key?: string | undefined;
  /** etcd's own limit of its database. */
  quotaBytes: number;
  /** A leader that was not heard of for so long is suspected. */
  suspectMs: number;
  /** `ClusterStatus` */
  status: SharedArrayBuffer;
}

export type ClusterNews =
  /** Everything that there was is taken. */
  | { kind: 'following'; sequence: number }
  /** Who leads. */
  | { kind: 'leader'; node: string; url: string; epoch: number }
  /** A node that was not known until now, and where it is. */
  | { kind: 'node'; url: string }
  /** This node does, from behind this event on. */
  | { kind: 'leading'; sequence: number; epoch: number }
  | { kind: 'deposed' }
  /** The cluster no longer has what follows our log. */
  | { kind: 'behind' }
  /** The state behind this event is not what others have. */
  | { kind: 'diverged'; sequence: number }
  /** This node cannot go on. */
  | { kind: 'fault'; message: string };

/** `hash`: of the state behind an event, for others to compare; `snapshot`: of the content of a snapshot that was made. */
export type ClusterRequest = ThreadRequest | { type: 'hash' | 'snapshot'; sequence: number; hash: string };

export interface SnapshotThread {
  /** Present: a node of a cluster. Hashes of the state are told after every so many events. */
  hashEvery?: number;
  dataDir: string;
  /** With changes, a snapshot at the latest after so long. */
  snapshotMs: number;
  /** One before it died, perhaps in the middle of a write. */
  isRestart: boolean;
  isTraced?: boolean;
  walStatus: SharedArrayBuffer;
  snapshotStatus: SharedArrayBuffer;
}

/** What a market worker begins with that reads the log while the front recovers; its own data come afterwards. */
export interface MarketReading extends Pick<MarketThreadData, 'dataDir' | 'holidays' | 'factors'> {
  /** It reads the blocks that begin before this event: the last one may be torn, and what becomes of it is the front's to say. */
  before: number;
}

export interface MarketThreadData {
  dataDir: string;
  broadcastRing: SharedArrayBuffer;
  /** Which of the readers of the broadcast ring the thread is. */
  reader: number;
  /** The thread's own signal. */
  wake: SharedArrayBuffer;
  /** Frames for the front, and the front's signal for them. */
  frameRing: SharedArrayBuffer;
  frontSignal: SharedArrayBuffer;
  /** `MarketStatus` */
  status: SharedArrayBuffer;
  /** What came of the log up to this event has been told: nothing of it is told again. */
  toldSequence: number;
  /** What the front had asked of the thread before this one. */
  requests: readonly MarketRequest[];
  /** With changes, a checkpoint at the latest after so long. */
  checkpointMs: number;
  /** Holidays of the trading calendar, yyyymmdd. */
  holidays: readonly number[];
  /** Factors that the operator has named. */
  factors: readonly FactorDefinition[];
  isTraced?: boolean;
}

/** A print as the market worker keeps it. */
export type RecentTick = Print & { mdSequence: number; bid: number; ask: number };

/** How far an instrument was counted when the thread was ready: md_seq and event time of the last change, µs. */
export interface MarketCount {
  instrument: number;
  mdSequence: number;
  changedUs: number;
}

/** The one request to a thread. */
export interface ThreadRequest {
  type: 'stop';
}

/** What a thread that is traced has done: commands, by the references that they carry, or events; and when, ms since 1970. */
export type ThreadWork = { atMs: number } & ({ commands: readonly number[] } | { firstSequence: number; lastSequence: number });

export type ThreadReport =
  | { type: 'ready' }
  /** A thread that was started early has compiled its code. */
  | { type: 'warm' }
  /** The market worker is at the end of the log. */
  | { type: 'counted'; counts: readonly MarketCount[] }
  /** The answer to a `recent` request: oldest first. */
  | { type: 'recent'; id: number; ticks: readonly RecentTick[]; bars: readonly Bar[] }
  /** A reader of the broadcast ring sleeps in its event loop and wants a message. */
  | { type: 'wake' }
  /** A write failed and is tried again; then: it worked. */
  | { type: 'failed'; message: string }
  | { type: 'recovered' }
  /** All equations of the ledger for the state behind an event; a broken one means that no snapshot is written of it. */
  | { type: 'soundness'; sequence: number; verdicts: readonly Verdict[] }
  /** Of a node of a cluster. */
  | { type: 'cluster'; news: ClusterNews }
  | { type: 'worked'; work: ThreadWork }
  /** As in `ClusterRequest`. */
  | { type: 'hash' | 'snapshot'; sequence: number; hash: string }
  /** `drained` false: the last block could not be written, and nobody has heard of it. */
  | { type: 'stopped'; drained?: boolean };
