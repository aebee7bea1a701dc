/** The names under which the program shows its state. A name is a promise to dashboards: it does not change. */
import { CounterFamily, type CounterCell } from './counter-family.js';
import { combined } from './percentile.js';
import { MetricsRegistry, type MetricsRegistryOptions } from './registry.js';
import { SharedHistogram } from './shared-histogram.js';

/** A node's place in its cluster. */
export interface ClusterPlace {
  /** leader, candidate, standby, replica, joining or deposed. */
  readonly role: string;
  readonly epoch: number;
  /** Events of the cluster's log that are not applied here. */
  readonly lag: number;
  /** Of etcd's database on disk, and its share of the quota. */
  readonly etcdBytes: number;
  readonly etcdQuotaShare: number;
}

const CLUSTER_ROLES = ['leader', 'candidate', 'standby', 'replica', 'joining', 'deposed'] as const;

/** Values that live elsewhere; each is read when the metrics are asked for, on the thread that asks. */
export interface MetricSources {
  /** Durations of group commits, recorded by the thread that writes the log. */
  readonly walCommit: SharedHistogram;
  /** Durations of batches of commands, recorded by each matching thread. */
  readonly matchTimes: readonly SharedHistogram[];
  /** Durations of batches of durable events on the front, until what they made is handed to the sockets. */
  readonly pushTimes: SharedHistogram;
  /** Highest durable sequence. */
  readonly walSequence: () => number;
  /** Bytes waiting in each ring, by name of the ring. */
  readonly ringDepthBytes: () => Iterable<readonly [ring: string, bytes: number]>;
  /** Age of the newest snapshot; undefined while there is none. */
  readonly snapshotAgeSeconds: () => number | undefined;
  /** Open WebSocket connections. */
  readonly wsSessions: () => number;
  /** Whether the books balance. */
  readonly isSound: () => boolean;
  /** Whether the last write to the log worked. */
  readonly isLogWritable?: () => boolean;
  /** Of a node of a cluster only. */
  readonly cluster?: (() => ClusterPlace) | undefined;
}

export class ExchangeMetrics {
  /** Orders by `result`. */
  readonly orders = new CounterFamily(['result']);
  readonly trades: CounterCell = { count: 0 };
  /** Refusals by `code`. */
  readonly rejects = new CounterFamily(['code']);
  /** Answers about the market by `view` and `result`: made before and still right, or made anew. */
  readonly marketReads = new CounterFamily(['view', 'result']);
  /** Market events by `outcome`: sent to a subscriber, or conflated because it did not take them. */
  readonly marketEvents = new CounterFamily(['outcome']);
  /** Answers by `method`, `route` (the pattern, never the path: a path has endless values) and `status`. */
  readonly httpRequests = new CounterFamily(['method', 'route', 'status']);
  /** Failed writes by `thread`: one for each reason that lasts. */
  readonly writeFailures = new CounterFamily(['thread']);
  /** Threads that ended although nobody had asked them to, by `thread`. */
  readonly threadDeaths = new CounterFamily(['thread']);
  /** From taking an order in to its durable answer. */
  readonly orderAck = new SharedHistogram(SharedHistogram.create());
  /** From taking an HTTP request to its answer. */
  readonly httpTimes = new SharedHistogram(SharedHistogram.create());
  readonly #registry: MetricsRegistry;

  constructor(sources: MetricSources, options: MetricsRegistryOptions = {}) {
    const registry = new MetricsRegistry(options);
    this.#registry = registry;
    registry.counterFamily('qaexchange_orders_total', 'Orders taken in, by result.', this.orders);
    registry.counter('qaexchange_trades_total', 'Trades made.', this.trades);
    registry.counterFamily('qaexchange_rejects_total', 'Requests refused, by code.', this.rejects);
    registry.histogram('qaexchange_order_ack_seconds', 'Time from taking an order in to its durable answer.', this.orderAck);
    registry.histogram('qaexchange_wal_commit_seconds', 'Time of one durable group commit of the log.', sources.walCommit);
    registry.histogram('qaexchange_match_batch_seconds', 'Time of one batch of commands in a matching thread.', {
      snapshot: () => combined(sources.matchTimes.map((times) => times.snapshot())),
    });
    registry.histogram(
      'qaexchange_push_batch_seconds',
      'Time from taking durable events to handing all they made to sockets.',
      sources.pushTimes,
    );
    registry.gauge('qaexchange_wal_sequence', 'Highest sequence that is durable.', sources.walSequence);
    registry.gaugeFamily('qaexchange_ring_depth_bytes', 'Bytes waiting in a ring.', 'ring', sources.ringDepthBytes);
    registry.gauge('qaexchange_snapshot_age_seconds', 'Age of the newest snapshot.', sources.snapshotAgeSeconds);
    registry.counterFamily('qaexchange_http_requests_total', 'HTTP requests answered, by route and status.', this.httpRequests);
    registry.histogram('qaexchange_http_request_seconds', 'Time from taking an HTTP request to its answer.', this.httpTimes);
    registry.gauge('qaexchange_ws_sessions', 'Open WebSocket connections.', sources.wsSessions);
    registry.counterFamily('qaexchange_market_reads_total', 'Ticks and books answered, by view and cache result.', this.marketReads);
    registry.counterFamily('qaexchange_market_events_total', 'Market events to subscribers, by what became of them.', this.marketEvents);
    registry.counterFamily(
      'qaexchange_write_failures_total',
      'Writes that failed, by thread; one for each reason that lasts.',
      this.writeFailures,
    );
    registry.counterFamily('qaexchange_thread_deaths_total', 'Threads that died, by thread.', this.threadDeaths);
    const { isLogWritable = () => true } = sources;
    registry.gauge('qaexchange_log_writable', 'Whether the log can be written, 1 or 0; 0: orders are refused.', () =>
      Number(isLogWritable()),
    );
    registry.gauge('qaexchange_soundness_ok', 'Whether the equations of the ledger hold, 1 or 0.', () => Number(sources.isSound()));
    if (sources.cluster !== undefined) addCluster(registry, sources.cluster);
  }

  /** Media type of `text()`. */
  get contentType(): string {
    return this.#registry.contentType;
  }

  /** All metrics in the text form of Prometheus. */
  text(): Promise<string> {
    return this.#registry.text();
  }
}

function addCluster(registry: MetricsRegistry, place: () => ClusterPlace): void {
  registry.gaugeFamily('qaexchange_cluster_role', 'The role of this node in its cluster: 1, all others 0.', 'role', () => {
    const { role } = place();
    return CLUSTER_ROLES.map((name) => [name, Number(name === role)] as const);
  });
  registry.gauge('qaexchange_cluster_epoch', 'Epoch of the log: grows with every change of the leader.', () => place().epoch);
  registry.gauge('qaexchange_cluster_lag_events', "Events of the cluster's log that are not applied here.", () => place().lag);
  registry.gauge('qaexchange_etcd_database_bytes', "Size of etcd's database on disk.", () => place().etcdBytes);
  registry.gauge('qaexchange_etcd_quota_ratio', 'Share of its quota that etcd has used; orders stop at 0.8.', () => place().etcdQuotaShare);
}
