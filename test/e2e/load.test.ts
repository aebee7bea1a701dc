import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import type { LoadResult } from '../../src/cli/load/load-run.js';
import { runProgram, startServerFor } from '../support/server.js';

t.test('the load generator drives an exchange, and every order it was told of is in its journal', async (t) => {
  const server = await startServerFor(t);
  const journal = join(server.dataDir, 'journal.txt');
  const flags = ['--connections', '2', '--accounts', '6', '--rate', '500', '--duration', '1', '--seed', '3'];
  const { code, stdout, stderr } = await runProgram(['load', '--url', server.wsUrl, '--json', '--journal', journal, ...flags]);
  t.equal(code, 0, stderr);
  t.equal(stderr, '', 'no progress where there is no terminal');
  const result = JSON.parse(stdout) as LoadResult;
  t.match(result, {
    sent: 500,
    unanswered: 0,
    duplicate: 0,
    latency_us: { p50: Number, p90: Number, p99: Number, p999: Number, max: Number },
  });
  const rejected = Object.values(result.rejected).reduce((sum, count) => sum + count, 0);
  t.equal(result.acked + rejected, result.sent, 'each request has one answer');
  t.ok(result.orders.traded >= result.orders.acked * 0.3, `${result.orders.traded} of ${result.orders.acked} orders traded`);
  const lines = (await readFile(journal, 'utf8')).trim().split('\n');
  t.equal(lines.length, result.orders.acked);
  t.match(lines[0], /^l3-\d-\d+ O\d{16}$/);
});

t.test('speaks the binary protocol too, in bursts, beside somebody who does not read', async (t) => {
  const server = await startServerFor(t);
  const flags = ['--connections', '2', '--rate', '500', '--duration', '1', '--binary', '--scenario', 'burst', '--slow-readers', '1'];
  const { code, stdout, stderr } = await runProgram(['load', '--url', server.wsUrl, '--json', ...flags]);
  t.equal(code, 0, stderr);
  const result = JSON.parse(stdout) as LoadResult;
  t.match(result, { sent: 500, unanswered: 0, duplicate: 0, slow_readers: {} });
  t.ok(result.acked >= 400 && result.orders.traded > 0, `${result.acked} acknowledged, ${result.orders.traded} traded`);
});

t.test('says what is wrong when there is no exchange, and exits 1', async (t) => {
  const { code, stderr } = await runProgram(['load', '--url', 'ws://127.0.0.1:1/ws']);
  t.equal(code, 1);
  t.match(stderr, /^[^\n]*failed[^\n]*\n$/);
});
