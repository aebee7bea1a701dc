/** All connections of a load run are lost again and again; every request keeps its one answer, every report comes once. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import type { LoadResult } from '../../src/cli/load/load-totals.js';
import { runProgram, startServerFor } from '../support/server.js';

const FLAGS = ['--connections', '3', '--rate', '800', '--duration', '1.6', '--scenario', 'reconnect', '--storm-every', '0.4', '--json'];

for (const protocol of ['JSON', 'binary']) {
  t.test(`connections that speak ${protocol} come back from storms with every answer and every report`, async (t) => {
    const server = await startServerFor(t);
    const journal = join(server.dataDir, 'journal.txt');
    const flags = [...FLAGS, '--journal', journal, ...(protocol === 'JSON' ? [] : ['--binary'])];
    const { code, stdout, stderr } = await runProgram(['load', '--url', server.wsUrl, ...flags]);
    t.equal(code, 0, `${stderr}${stdout}`);
    const result = JSON.parse(stdout) as LoadResult;
    t.match(result, { sent: 1280, unanswered: 0, duplicate: 0, closed: {} });
    const rejected = Object.values(result.rejected).reduce((sum, count) => sum + count, 0);
    t.equal(result.acked + rejected, 1280, 'each request has one answer, over all connections of it');
    const again = result.reconnect!;
    t.match(again, { reports_missed: 0, reports_repeated: 0 });
    t.ok(again.storms >= 1 && again.connections_cut >= 3, `${again.storms} storms`);
    t.ok(again.orders_sent_again + again.cancels_sent_again >= 1, 'cut with requests unanswered');
    t.ok(again.cancels_found_done <= again.cancels_sent_again);
    t.ok(again.trading_again_us.p50 > 0 && again.trading_again_us.p50 <= again.trading_again_us.max);
    const lines = (await readFile(journal, 'utf8')).trim().split('\n');
    t.equal(lines.length, result.orders.acked);
    for (const column of [0, 1]) {
      t.equal(new Set(lines.map((line) => line.split(' ')[column])).size, lines.length, 'one order per client order id, one id per order');
    }
  });
}

t.test('refuses what does not go together', async (t) => {
  const { code, stderr } = await runProgram(['load', '--storm-every', '1']);
  t.equal(code, 1);
  t.match(stderr, /^--storm-every goes with --scenario reconnect\n$/);
});
