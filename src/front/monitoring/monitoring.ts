/** What is measured of the running process, for the monitoring routes. Nothing here is estimated; what is not known is absent. */
import { availableParallelism, totalmem } from 'node:os';
import type { ExchangeState } from '../../core/state.js';
import type { ExchangeMetrics } from '../../metrics/exchange-metrics.js';
import { combined, percentileMicros } from '../../metrics/percentile.js';
import type { HistogramSnapshot, SharedHistogram } from '../../metrics/shared-histogram.js';
import type { SnapshotFigures } from '../../storage/snapshot-status.js';
import type { WalFigures } from '../../storage/wal-status.js';
import type { CacheFigures } from '../views/market-cache.js';
import type { MarketFigures } from '../websocket/subscriber-figures.js';
import { dataFiles, diskUsage, type DataFiles } from './data-files.js';
import { LoadMeter } from './load-meter.js';

export interface MonitoringParts {
  readonly state: ExchangeState;
  readonly metrics: Pick<ExchangeMetrics, 'orders' | 'orderAck' | 'marketEvents'>;
  readonly dataDir: string;
  /** Of each matching thread. */
  readonly matchTimes: readonly SharedHistogram[];
  readonly commitTimes: SharedHistogram;
  readonly pushTimes: SharedHistogram;
  readonly wal: () => WalFigures;
  readonly snapshots: () => SnapshotFigures;
  /** The node's place in its cluster, and the epoch of the blocks that are written now. */
  readonly replication: () => { role: string; epoch: number };
  /** Bytes that the databases hold in memory. */
  readonly databaseBytes: () => number;
  readonly sessions: () => number;
  readonly market: () => MarketWork;
  readonly status: () => string;
}

/** What is read of the market, and how its subscribers keep up. */
export interface MarketWork extends MarketFigures {
  readonly cache: Readonly<Record<'tick' | 'depth', CacheFigures>>;
}

/** µs; absent while nothing was measured. */
export interface Latency {
  p50?: number;
  p99?: number;
}

export class Monitoring {
  /** UTC milliseconds. */
  readonly startedMs = Date.now();
  readonly load: LoadMeter;

  constructor(private readonly parts: MonitoringParts) {
    const { orders } = parts.metrics;
    this.load = new LoadMeter({
      orders: () => orders.cell('accepted').count + orders.cell('refused').count,
      cpuMicros: () => {
        const { user, system } = process.cpuUsage();
        return user + system;
      },
      nowMs: () => performance.now(),
    });
  }

  get uptimeSeconds(): number {
    return Math.floor((Date.now() - this.startedMs) / 1000);
  }

  get sessions(): number {
    return this.parts.sessions();
  }

  get market(): MarketWork {
    return this.parts.market();
  }

  get status(): string {
    return this.parts.status();
  }

  /** One batch of commands, from taking it to handing its events on. */
  matchingLatency(): Latency {
    return latencyOf(combined(this.parts.matchTimes.map((times) => times.snapshot())));
  }

  /** One durable group commit. */
  commitLatency(): Latency {
    return latencyOf(this.parts.commitTimes.snapshot());
  }

  /** One batch of durable events, from taking it to handing all that it made to the sockets. */
  pushLatency(): Latency {
    return latencyOf(this.parts.pushTimes.snapshot());
  }

  /** Market events to subscribers since the start of the process. */
  marketEvents(): { sent: number; conflated: number } {
    const { marketEvents } = this.parts.metrics;
    return { sent: marketEvents.cell('sent').count, conflated: marketEvents.cell('conflated').count };
  }

  /** From taking an order in to its durable answer. */
  orderLatency(): Latency {
    return latencyOf(this.parts.metrics.orderAck.snapshot());
  }

  /** Shares of all cores, of the machine's memory and of the disk, 0 to 1. */
  async usage(): Promise<{ cpu: number; memory: number; memoryBytes: number; disk: number }> {
    const memoryBytes = process.memoryUsage.rss();
    return {
      cpu: this.load.cpuCores() / availableParallelism(),
      memory: memoryBytes / totalmem(),
      memoryBytes,
      disk: await diskUsage(this.parts.dataDir),
    };
  }

  async storage(): Promise<{ wal: WalFigures; snapshots: SnapshotFigures; files: DataFiles; memoryBytes: number }> {
    const { wal, snapshots, dataDir, databaseBytes } = this.parts;
    return { wal: wal(), snapshots: snapshots(), files: await dataFiles(dataDir), memoryBytes: databaseBytes() };
  }

  replication(): { role: string; epoch: number; engineSequence: number; durableSequence: number } {
    const { state, wal, replication } = this.parts;
    return { ...replication(), engineSequence: state.sequence, durableSequence: wal().durableSequence };
  }
}

function latencyOf(snapshot: HistogramSnapshot): Latency {
  const [p50, p99] = [0.5, 0.99].map((share) => percentileMicros(snapshot, share));
  return p50 === undefined || p99 === undefined ? {} : { p50, p99 };
}
