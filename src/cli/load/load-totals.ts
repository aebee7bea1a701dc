/** What a run has counted, in a form that runs of several processes can be added up in, and what is said of it. */
import { build, type Histogram } from 'hdr-histogram-js';
import { noStorms, type StormCounts } from './comeback.js';
import { LATENCY_US_MAX, type LoadCounts } from './load-session.js';

export interface LoadTotals {
  readonly counts: LoadCounts;
  readonly latencyUs: Histogram;
  /** Acknowledged requests per second, of those answered before the sending ended. */
  rate: number;
  /** Connections that the exchange closed, by close code. */
  readonly closed: Map<number, number>;
  /** Of a run whose connections were cut. */
  readonly reconnect?: ReconnectTotals | undefined;
}

export interface ReconnectTotals {
  readonly counts: StormCounts;
  readonly tradingAgainUs: Histogram;
}

export interface LoadResult {
  sent: number;
  acked: number;
  rejected: Record<string, number>;
  unanswered: number;
  duplicate: number;
  /** Acknowledged requests per second, of those answered before the sending ended. */
  rate: number;
  latency_us: { p50: number; p90: number; p99: number; p999: number; max: number };
  orders: { sent: number; acked: number; traded: number };
  cancels_acked: number;
  /** Connections that the exchange closed, by close code. */
  closed: Record<string, number>;
  /** Of a run whose connections were cut and came back. */
  reconnect?: ReconnectResult;
  /** Connections that were told everything and read nothing, as far as the exchange closed them, by close code. */
  slow_readers?: Record<string, number>;
}

export interface ReconnectResult {
  storms: number;
  connections_cut: number;
  /** From the cut until the connection is let in, knows all reports that it missed, and has an answer again. */
  trading_again_us: { p50: number; p99: number; max: number };
  reports_replayed: number;
  orders_sent_again: number;
  cancels_sent_again: number;
  /** Of those, the ones whose order was cancelled already; they count as acknowledged. */
  cancels_found_done: number;
  reports_missed: number;
  reports_repeated: number;
}

export function newCounts(): LoadCounts {
  return {
    sent: 0,
    acked: 0,
    ordersSent: 0,
    ordersAcked: 0,
    cancelsAcked: 0,
    ordersTraded: 0,
    rejected: new Map(),
    unanswered: 0,
    duplicate: 0,
  };
}

export function newReconnectTotals(): ReconnectTotals {
  return { counts: noStorms(), tradingAgainUs: newHistogram() };
}

export function newHistogram(): Histogram {
  return build({ lowestDiscernibleValue: 1, highestTrackableValue: LATENCY_US_MAX, numberOfSignificantValueDigits: 3 });
}

export function resultOf({ counts, latencyUs, rate, closed, reconnect }: LoadTotals): LoadResult {
  const at = percentilesOf(latencyUs);
  return {
    sent: counts.sent,
    acked: counts.acked,
    rejected: byCode(counts.rejected),
    unanswered: counts.unanswered,
    duplicate: counts.duplicate,
    rate: Math.round(rate * 10) / 10,
    latency_us: { p50: at(50), p90: at(90), p99: at(99), p999: at(99.9), max: at(100) },
    orders: { sent: counts.ordersSent, acked: counts.ordersAcked, traded: counts.ordersTraded },
    cancels_acked: counts.cancelsAcked,
    closed: byCode(closed),
    ...(reconnect === undefined ? {} : { reconnect: reconnectResultOf(reconnect) }),
  };
}

function reconnectResultOf({ counts, tradingAgainUs }: ReconnectTotals): ReconnectResult {
  const at = percentilesOf(tradingAgainUs);
  return {
    storms: counts.storms,
    connections_cut: counts.cut,
    trading_again_us: { p50: at(50), p99: at(99), max: at(100) },
    reports_replayed: counts.reportsReplayed,
    orders_sent_again: counts.ordersSentAgain,
    cancels_sent_again: counts.cancelsSentAgain,
    cancels_found_done: counts.cancelsFoundDone,
    reports_missed: counts.reportsMissed,
    reports_repeated: counts.reportsRepeated,
  };
}

/** A percentile is the upper end of its bucket, which may lie above the largest value in it. */
function percentilesOf(histogram: Histogram): (percentile: number) => number {
  if (histogram.totalCount === 0) return () => 0;
  return (percentile) => Math.min(histogram.maxValue, histogram.getValueAtPercentile(percentile));
}

function byCode(counts: ReadonlyMap<number, number>): Record<string, number> {
  return Object.fromEntries([...counts].sort(([a], [b]) => a - b));
}
