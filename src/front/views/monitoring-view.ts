/** Figures of the running process and of the venue (rest.md A15, A18 to A20, N1 to N4). */
import Type, { type Static } from 'typebox';
import { Side } from '../../core/enums.js';
import type { DepthFold } from '../../core/depth.js';
import type { Instrument } from '../../core/instrument.js';
import type { ExchangeState } from '../../core/state.js';
import { MONEY_SCALE, toDecimal } from '../../core/units.js';
import { WideSum } from '../../core/wide-sum.js';
import type { Monitoring } from '../monitoring/monitoring.js';
import type { CacheFigures } from './market-cache.js';

const Latency = Type.Object(
  { p50: Type.Optional(Type.Number()), p99: Type.Optional(Type.Number()) },
  { description: 'µs since the start of the process, up to the next bound of a histogram; absent while nothing was measured.' },
);
const Files = Type.Object({ files: Type.Integer(), bytes: Type.Integer() });

const CacheSchema = Type.Object({
  hits: Type.Integer({ description: 'Answers that were made before and still right.' }),
  misses: Type.Integer(),
  hit_rate: Type.Number({ description: '0 to 1; 0 before the first read.' }),
  entries: Type.Integer(),
});

const SubscriberSchema = Type.Object({
  session: Type.Integer(),
  user: Type.Optional(Type.Integer()),
  sent: Type.Integer(),
  conflated: Type.Integer(),
  resyncs: Type.Integer({ description: 'Books that began anew because their changes were given up.' }),
  gaps: Type.Integer({ description: 'How often all that waited was given up, with notice.' }),
  waiting: Type.Integer(),
  lag_seq: Type.Integer({ description: 'How many events of the log the first waiting one is behind.' }),
  lag_ms: Type.Integer(),
});

const MarketDataSchema = Type.Object(
  {
    cache: Type.Object({ tick: CacheSchema, depth: CacheSchema }),
    subscribers: Type.Integer(),
    events_sent: Type.Integer(),
    events_conflated: Type.Integer({ description: 'Replaced by newer ones or given up because a subscriber did not take them.' }),
    events_waiting: Type.Integer(),
    slowest: Type.Array(SubscriberSchema, { description: 'The subscribers with the longest queues, at most 20.' }),
  },
  { description: 'Reads of the market and its subscribers, since the start of the process.' },
);

export const PerformanceSchema = Type.Object({
  orders_per_sec: Type.Number({ description: 'Of the last ten seconds or so.' }),
  matching_latency_us: Latency,
  wal_write_latency_us: Latency,
  push_latency_us: Latency,
  order_ack_us: Latency,
  market_data: MarketDataSchema,
});

export function performanceView(monitoring: Monitoring): Static<typeof PerformanceSchema> {
  return {
    orders_per_sec: round(monitoring.load.ordersPerSecond(), 3),
    matching_latency_us: monitoring.matchingLatency(),
    wal_write_latency_us: monitoring.commitLatency(),
    push_latency_us: monitoring.pushLatency(),
    order_ack_us: monitoring.orderLatency(),
    market_data: marketDataView(monitoring),
  };
}

function marketDataView(monitoring: Monitoring): Static<typeof MarketDataSchema> {
  const { cache, subscribers, waiting, slowest } = monitoring.market;
  const { sent, conflated } = monitoring.marketEvents();
  return {
    cache: { tick: cacheView(cache.tick), depth: cacheView(cache.depth) },
    ...{ subscribers, events_sent: sent, events_conflated: conflated, events_waiting: waiting, slowest },
  };
}

function cacheView({ hits, misses, entries }: CacheFigures): Static<typeof CacheSchema> {
  return { hits, misses, hit_rate: round(hits / Math.max(1, hits + misses), 4), entries };
}

export const StorageSchema = Type.Object({
  oltp: Type.Object(
    { total_records: Type.Integer(), total_batches: Type.Integer(), total_errors: Type.Integer() },
    { description: 'Events and group commits of the log since the start of the process, and writes that failed.' },
  ),
  olap: Type.Object(
    { history_sequence: Type.Integer(), pending_events: Type.Integer(), failed_tasks: Type.Integer() },
    { description: 'The history tables: the last event that is in them, events that are not yet, and writes that failed.' },
  ),
  wal: Files,
  memtable: Type.Object({ bytes: Type.Integer({ description: 'Of memory tables and block caches.' }) }),
  sstable: Files,
  snapshot: Type.Object({
    sequence: Type.Integer({ description: '0 before the first.' }),
    bytes: Type.Integer(),
    taken_at: Type.Optional(Type.Integer()),
  }),
});

export async function storageView(monitoring: Monitoring): Promise<Static<typeof StorageSchema>> {
  const { wal, snapshots, files, memoryBytes } = await monitoring.storage();
  const snapshot = { sequence: snapshots.snapshotSequence, bytes: snapshots.snapshotBytes };
  return {
    oltp: { total_records: wal.events, total_batches: wal.blocks, total_errors: wal.failures },
    olap: {
      history_sequence: snapshots.historyWatermark,
      pending_events: Math.max(0, wal.durableSequence - snapshots.historyWatermark),
      failed_tasks: snapshots.failures,
    },
    wal: files.log,
    memtable: { bytes: memoryBytes },
    sstable: files.tables,
    snapshot: snapshots.snapshotTimeUs === 0 ? snapshot : { ...snapshot, taken_at: Math.floor(snapshots.snapshotTimeUs / 1000) },
  };
}

export const OrderCountsSchema = Type.Object({
  total_count: Type.Integer({ description: 'Orders that a book accepted or refused, since the venue was opened.' }),
  pending_count: Type.Integer({ description: 'Those that work now.' }),
  filled_count: Type.Integer(),
  cancelled_count: Type.Integer(),
  rejected_count: Type.Integer(),
});

export function orderCountsView(state: ExchangeState): Static<typeof OrderCountsSchema> {
  const total = state.nextOrderId - 1;
  const pending = state.orders.size;
  return {
    total_count: total,
    pending_count: pending,
    filled_count: state.filledOrders,
    cancelled_count: state.acceptedOrders - pending - state.filledOrders,
    rejected_count: total - state.acceptedOrders,
  };
}

export const TradeCountsSchema = Type.Object({
  total_count: Type.Integer({ description: 'Since the venue was opened; a trade counts once.' }),
  total_amount: Type.Number({ description: 'Price × multiplier × lots.' }),
  total_volume: Type.Integer(),
});

export function tradeCountsView({ carried, market, instruments, tradeCount }: ExchangeState): Static<typeof TradeCountsSchema> {
  const turnover = new WideSum();
  turnover.addWide(carried.turnover.high, carried.turnover.low);
  let volume = carried.volume;
  for (const { instrument } of instruments) {
    turnover.addWide(market.turnoverHigh[instrument], market.turnoverLow[instrument]);
    volume += market.volume[instrument];
  }
  return { total_count: tradeCount, total_amount: Number(turnover.toBigInt()) / MONEY_SCALE, total_volume: volume };
}

export const BookCountsSchema = Type.Object({
  instrument_id: Type.String(),
  bid_levels: Type.Integer(),
  ask_levels: Type.Integer(),
  bid_orders: Type.Integer(),
  ask_orders: Type.Integer(),
  best_bid: Type.Optional(Type.Number()),
  best_ask: Type.Optional(Type.Number()),
  last_price: Type.Optional(Type.Number()),
});

export function bookCountsView(state: ExchangeState, depth: DepthFold, { instrument, instrumentId }: Instrument) {
  const [bids, asks] = [Side.BUY, Side.SELL].map((side) => depth.levels(instrument, side, Infinity));
  const count = (levels: typeof bids): number => levels.reduce((sum, { orderCount }) => sum + orderCount, 0);
  const view: Static<typeof BookCountsSchema> = {
    instrument_id: instrumentId,
    bid_levels: bids.length,
    ask_levels: asks.length,
    bid_orders: count(bids),
    ask_orders: count(asks),
  };
  const last = state.market.lastPrice[instrument];
  if (bids.length > 0) view.best_bid = toDecimal(bids[0].price);
  if (asks.length > 0) view.best_ask = toDecimal(asks[0].price);
  if (last !== 0) view.last_price = toDecimal(last);
  return view;
}

export const StatusSchema = Type.Object({
  start_time: Type.Integer(),
  uptime_seconds: Type.Integer(),
  uptime_display: Type.String({ description: 'Days, hours and minutes.' }),
  ws_connections: Type.Integer(),
  status: Type.String(),
  matching_latency_p99: Type.Optional(Type.Number({ description: 'µs; absent while nothing was measured.' })),
});

export function statusView(monitoring: Monitoring): Static<typeof StatusSchema> {
  const view: Static<typeof StatusSchema> = {
    start_time: monitoring.startedMs,
    uptime_seconds: monitoring.uptimeSeconds,
    uptime_display: displayOf(monitoring.uptimeSeconds),
    ws_connections: monitoring.sessions,
    status: monitoring.status,
  };
  const { p99 } = monitoring.matchingLatency();
  if (p99 !== undefined) view.matching_latency_p99 = p99;
  return view;
}

/** `Nd Nh Nm` */
export function displayOf(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  return `${Math.floor(minutes / 1440)}d ${Math.floor(minutes / 60) % 24}h ${minutes % 60}m`;
}

export const SystemSchema = Type.Object({
  cpu_usage: Type.Number({ description: 'Of all cores, 0 to 1, of the last ten seconds or so.' }),
  memory_usage: Type.Number({ description: 'Of the memory of the machine, 0 to 1.' }),
  memory_bytes: Type.Integer(),
  disk_usage: Type.Number({ description: 'Of the disk that the data folder lies on, 0 to 1.' }),
  uptime: Type.Integer({ description: 'Seconds.' }),
  accounts: Type.Object({ total_count: Type.Integer() }),
  orders: OrderCountsSchema,
  trades: TradeCountsSchema,
  storage: StorageSchema,
  replication: Type.Object({
    role: Type.String({ description: 'single: the node is alone; of a cluster Master, Candidate (taking over), Slave or Replica.' }),
    epoch: Type.Integer(),
    engine_seq: Type.Integer(),
    durable_seq: Type.Integer(),
    lag_ms: Type.Optional(Type.Number({ description: 'Absent on a node that is alone.' })),
  }),
});

export async function systemView(state: ExchangeState, monitoring: Monitoring): Promise<Static<typeof SystemSchema>> {
  const [usage, storage] = await Promise.all([monitoring.usage(), storageView(monitoring)]);
  const { role, epoch, engineSequence, durableSequence } = monitoring.replication();
  return {
    cpu_usage: round(usage.cpu, 4),
    memory_usage: round(usage.memory, 4),
    memory_bytes: usage.memoryBytes,
    disk_usage: round(usage.disk, 4),
    uptime: monitoring.uptimeSeconds,
    accounts: { total_count: state.accounts.count },
    orders: orderCountsView(state),
    trades: tradeCountsView(state),
    storage,
    replication: { role, epoch, engine_seq: engineSequence, durable_seq: durableSequence },
  };
}

/** All of it as lines for people. */
export async function reportText(state: ExchangeState, monitoring: Monitoring, generatedMs: number): Promise<string> {
  const figures = { ...statusView(monitoring), ...performanceView(monitoring), ...(await systemView(state, monitoring)) };
  return [`qaexchange at ${new Date(generatedMs).toISOString()}`, ...linesOf(figures, ''), ''].join('\n');
}

function linesOf(figures: object, indent: string): string[] {
  return Object.entries(figures).flatMap(([name, value]) => {
    const isGroup = typeof value === 'object' && value !== null;
    return isGroup ? [`${indent}${name}:`, ...linesOf(value as object, `${indent}  `)] : [`${indent}${name}: ${String(value)}`];
  });
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
