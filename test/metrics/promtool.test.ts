import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { ExchangeMetrics } from '../../src/metrics/exchange-metrics.js';
import { SharedHistogram } from '../../src/metrics/shared-histogram.js';
import { promtool, skipWithout } from '../support/prometheus.js';
import { parseExposition } from './exposition.js';

const FOLDER = join('src', 'metrics');
const skip = skipWithout('promtool');

function histogram(): SharedHistogram {
  const made = new SharedHistogram(SharedHistogram.create());
  made.record(100);
  return made;
}

async function exposition(): Promise<string> {
  const metrics = new ExchangeMetrics({
    walCommit: histogram(),
    matchTimes: [histogram(), histogram()],
    pushTimes: histogram(),
    walSequence: () => 7,
    ringDepthBytes: () => [['front', 64]],
    snapshotAgeSeconds: () => 3,
    wsSessions: () => 1,
    isSound: () => true,
    cluster: () => ({ role: 'standby', epoch: 2, lag: 5, etcdBytes: 4096, etcdQuotaShare: 0.25 }),
  });
  metrics.orders.cell('accepted').count = 3;
  metrics.rejects.cell('1001').count = 2;
  metrics.httpRequests.cell('GET', '/health', '200').count = 1;
  return metrics.text();
}

t.test('promtool finds nothing wrong with names and units', { skip }, async (t) => {
  const { status, stdout, stderr } = promtool(['check', 'metrics'], await exposition());
  t.equal(`${stdout}${stderr}`, '');
  t.equal(status, 0);
});

t.test('the alert rules are right and fire when they should', { skip }, (t) => {
  const check = promtool(['check', 'rules', join(FOLDER, 'alerts.yaml')]);
  t.equal(check.status, 0, check.stderr);
  const run = promtool(['test', 'rules', join(FOLDER, 'alerts.test.yaml')]);
  t.equal(run.status, 0, `${run.stdout}${run.stderr}`);
  t.end();
});

t.test('dashboard and rules ask for metrics that are there', async (t) => {
  const known = new Set([...parseExposition(await exposition()).keys()]);
  const baseOf = (name: string): string => (known.has(name) ? name : name.replace(/_(bucket|sum|count)$/, ''));
  for (const file of ['grafana-dashboard.json', 'alerts.yaml']) {
    const named = new Set(readFileSync(join(FOLDER, file), 'utf8').match(/\b(qaexchange|process|nodejs)_[a-z_]+/g));
    t.ok(named.size > 5, file);
    for (const name of named) t.ok(known.has(baseOf(name)), `${file}: ${name}`);
  }
  const { panels } = JSON.parse(readFileSync(join(FOLDER, 'grafana-dashboard.json'), 'utf8')) as { panels: { id: number }[] };
  t.equal(new Set(panels.map(({ id }) => id)).size, panels.length, 'every panel has an id of its own');
});
