/** A real Prometheus scrapes the running exchange, with the alert rules that are shipped. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import t from 'tap';
import { skipWithout } from '../support/prometheus.js';
import { startServerFor } from '../support/server.js';

const WAIT_MS_MAX = 60_000;

interface QueryAnswer {
  status: string;
  data: { result: { metric: Record<string, string>; value: [number, string] }[] };
}

t.test('Prometheus takes what /metrics says', { skip: skipWithout('prometheus') }, async (t) => {
  const server = await startServerFor(t);
  const folder = t.testdir();
  const config = {
    global: { scrape_interval: '1s', evaluation_interval: '1s' },
    rule_files: [resolve('src', 'metrics', 'alerts.yaml')],
    scrape_configs: [{ job_name: 'qaexchange', static_configs: [{ targets: [`127.0.0.1:${server.port}`] }] }],
  };
  const file = join(folder, 'prometheus.json');
  writeFileSync(file, JSON.stringify(config));
  const port = await freePort();
  const args = [`--config.file=${file}`, `--storage.tsdb.path=${join(folder, 'data')}`, `--web.listen-address=127.0.0.1:${port}`];
  const prometheus = spawn('prometheus', args, { stdio: 'ignore' });
  const exited = once(prometheus, 'exit');
  t.teardown(async () => {
    prometheus.kill('SIGKILL');
    await exited;
  });
  const query = async (expression: string): Promise<QueryAnswer['data']['result']> => {
    const answer = await fetch(`http://127.0.0.1:${port}/api/v1/query?query=${encodeURIComponent(expression)}`);
    return ((await answer.json()) as QueryAnswer).data.result;
  };
  await until(async () => (await query('up{job="qaexchange"}')).at(0)?.value[1] === '1');
  const first = Number((await query('qaexchange_wal_sequence')).at(0)?.value[1]);
  t.ok(first > 0, 'the log has begun');
  t.match(await query('qaexchange_soundness_ok'), [{ value: [Number, '1'] }]);
  await until(async () => (await query('sum(qaexchange_http_requests_total{route="/metrics"}) > 1')).length === 1);
  t.same(await query('scrape_samples_scraped < 100'), [], 'the whole page is taken');
  const rules = await fetch(`http://127.0.0.1:${port}/api/v1/rules`);
  const { data } = (await rules.json()) as { data: { groups: { rules: { lastError?: string }[] }[] } };
  t.equal(data.groups.length, 1);
  for (const rule of data.groups[0].rules) t.notOk(rule.lastError);
  t.same(await query('ALERTS{alertstate="firing"}'), [], 'nothing is wrong with it');
});

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + WAIT_MS_MAX;
  for (;;) {
    // not yet listening, or not yet scraped
    if (await isSo().catch(() => false)) return;
    if (Date.now() > deadline) throw new Error('Prometheus does not see the exchange');
    await new Promise((resume) => setTimeout(resume, 200));
  }
}
