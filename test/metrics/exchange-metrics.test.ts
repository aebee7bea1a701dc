import t from 'tap';
import { ExchangeMetrics, type MetricSources } from '../../src/metrics/exchange-metrics.js';
import { SharedHistogram } from '../../src/metrics/shared-histogram.js';
import { parseExposition, type Family } from './exposition.js';

function sources(changes: Partial<MetricSources> = {}): MetricSources {
  return {
    walCommit: new SharedHistogram(SharedHistogram.create()),
    matchTimes: [],
    pushTimes: new SharedHistogram(SharedHistogram.create()),
    walSequence: () => 42,
    ringDepthBytes: () => [],
    snapshotAgeSeconds: () => undefined,
    wsSessions: () => 0,
    isSound: () => true,
    ...changes,
  };
}

async function scrape(metrics: ExchangeMetrics): Promise<Map<string, Family>> {
  return parseExposition(await metrics.text());
}

/** Samples of one family as [labels, value]. */
function values(families: Map<string, Family>, name: string): unknown[] {
  return (families.get(name)?.samples ?? []).map((sample) => [sample.labels, sample.value]);
}

t.test('shows every promised name with help, type and lawful samples', async (t) => {
  const families = await scrape(new ExchangeMetrics(sources(), { processMetrics: false }));
  const types = Object.fromEntries([...families].map(([name, family]) => [name, family.type]));
  t.strictSame(types, {
    qaexchange_orders_total: 'counter',
    qaexchange_trades_total: 'counter',
    qaexchange_rejects_total: 'counter',
    qaexchange_order_ack_seconds: 'histogram',
    qaexchange_wal_commit_seconds: 'histogram',
    qaexchange_match_batch_seconds: 'histogram',
    qaexchange_push_batch_seconds: 'histogram',
    qaexchange_wal_sequence: 'gauge',
    qaexchange_ring_depth_bytes: 'gauge',
    qaexchange_snapshot_age_seconds: 'gauge',
    qaexchange_http_requests_total: 'counter',
    qaexchange_http_request_seconds: 'histogram',
    qaexchange_ws_sessions: 'gauge',
    qaexchange_market_reads_total: 'counter',
    qaexchange_market_events_total: 'counter',
    qaexchange_write_failures_total: 'counter',
    qaexchange_thread_deaths_total: 'counter',
    qaexchange_log_writable: 'gauge',
    qaexchange_soundness_ok: 'gauge',
  });
  for (const [name, family] of families) {
    t.match(name, /^qaexchange_[a-z]+(_[a-z]+)*$/);
    t.equal(name.endsWith('_total'), family.type === 'counter', name);
    t.match(family.help, /^[A-Z].+\.$/, name);
  }
});

t.test('adds the metrics of the process unless told not to', async (t) => {
  const metrics = new ExchangeMetrics(sources());
  const families = await scrape(metrics);
  t.ok(families.has('process_cpu_seconds_total'));
  t.ok(families.has('nodejs_eventloop_lag_seconds'));
  t.match(metrics.contentType, /^text\/plain; version=0\.0\.4/);
});

t.test('counts in plain cells', async (t) => {
  const metrics = new ExchangeMetrics(sources(), { processMetrics: false });
  metrics.orders.cell('accepted').count += 3;
  metrics.orders.cell('rejected').count += 1;
  metrics.trades.count += 2;
  metrics.rejects.cell('1001').count += 1;
  const route = metrics.httpRequests.cell('GET', '/api/order/{order_id}', '200');
  route.count += 1;
  route.count += 1;
  t.equal(metrics.httpRequests.cell('GET', '/api/order/{order_id}', '200'), route);
  for (let scrapes = 0; scrapes < 2; scrapes++) {
    const families = await scrape(metrics);
    t.strictSame(values(families, 'qaexchange_orders_total'), [
      [{ result: 'accepted' }, 3],
      [{ result: 'rejected' }, 1],
    ]);
    t.strictSame(values(families, 'qaexchange_trades_total'), [[{}, 2]]);
    t.strictSame(values(families, 'qaexchange_rejects_total'), [[{ code: '1001' }, 1]]);
    t.strictSame(values(families, 'qaexchange_http_requests_total'), [
      [{ method: 'GET', route: '/api/order/{order_id}', status: '200' }, 2],
    ]);
  }
  metrics.orders.cell('cancelled');
  t.strictSame(values(await scrape(metrics), 'qaexchange_orders_total').at(-1), [{ result: 'cancelled' }, 0], 'a cell starts at 0');
});

t.test('wants a value for every label', async (t) => {
  const metrics = new ExchangeMetrics(sources(), { processMetrics: false });
  t.throws(() => metrics.httpRequests.cell('GET', '/health'), RangeError);
  t.throws(() => metrics.orders.cell('a', 'b'), RangeError);
});

t.test('reads values that live elsewhere when asked, and only then', async (t) => {
  let reads = 0;
  let ageSeconds: number | undefined;
  let rings: [string, number][] = [
    ['command/0', 64],
    ['wal', 0],
  ];
  const metrics = new ExchangeMetrics(
    sources({
      walSequence: () => ++reads,
      ringDepthBytes: () => rings,
      snapshotAgeSeconds: () => ageSeconds,
      wsSessions: () => 7,
    }),
    { processMetrics: false },
  );
  t.equal(reads, 0);
  const first = await scrape(metrics);
  t.strictSame(values(first, 'qaexchange_wal_sequence'), [[{}, 1]]);
  t.strictSame(values(first, 'qaexchange_snapshot_age_seconds'), [], 'no snapshot, no sample');
  t.strictSame(values(first, 'qaexchange_ring_depth_bytes'), [
    [{ ring: 'command/0' }, 64],
    [{ ring: 'wal' }, 0],
  ]);
  t.strictSame(values(first, 'qaexchange_ws_sessions'), [[{}, 7]]);
  ageSeconds = 12.5;
  rings = [['wal', 8]];
  const second = await scrape(metrics);
  t.strictSame(values(second, 'qaexchange_wal_sequence'), [[{}, 2]]);
  t.strictSame(values(second, 'qaexchange_snapshot_age_seconds'), [[{}, 12.5]]);
  t.strictSame(values(second, 'qaexchange_ring_depth_bytes'), [[{ ring: 'wal' }, 8]], 'a ring that is gone is not shown');
  ageSeconds = undefined;
  t.strictSame(values(await scrape(metrics), 'qaexchange_snapshot_age_seconds'), []);
});

t.test('shows durations in seconds with cumulative buckets', async (t) => {
  const walCommit = new SharedHistogram(SharedHistogram.create());
  const metrics = new ExchangeMetrics(sources({ walCommit }), { processMetrics: false });
  for (const micros of [1, 2, 3, 1024, 1025, 80_000_000]) walCommit.record(micros);
  metrics.orderAck.record(5);
  const families = await scrape(metrics);
  const samples = families.get('qaexchange_wal_commit_seconds')?.samples ?? [];
  const upTo = (le: string): number | undefined => samples.find((sample) => sample.labels['le'] === le)?.value;
  t.strictSame(['0.000002', '0.000004', '0.001024', '0.001536', '67.108864', '+Inf'].map(upTo), [2, 3, 4, 5, 5, 6]);
  t.equal(samples.find((sample) => sample.name.endsWith('_sum'))?.value, 80.002055);
  t.equal(samples.find((sample) => sample.name.endsWith('_count'))?.value, 6);
  t.equal(families.get('qaexchange_order_ack_seconds')?.samples.at(-1)?.value, 1);
});

t.test('escapes label values', async (t) => {
  const odd = 'a "quoted" \\ value\nof two lines';
  const metrics = new ExchangeMetrics(sources({ ringDepthBytes: () => [[odd, 1]] }), { processMetrics: false });
  t.strictSame(values(await scrape(metrics), 'qaexchange_ring_depth_bytes'), [[{ ring: odd }, 1]]);
});
