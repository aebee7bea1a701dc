/** Bots and recorded orders on a running exchange: they trade, with each other and over the public protocol. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { HttpClient } from '../../src/client/index.js';
import { runProgram, startServerFor } from '../support/server.js';

t.test('a market comes to life, and a recording is played into it', async (t) => {
  const server = await startServerFor(t);
  const own = ['--url', server.wsUrl, '--json'];
  const bots = await runProgram([
    'bots',
    ...own,
    '--makers',
    '2',
    '--noise',
    '1',
    '--interval',
    '50',
    '--duration',
    '4',
    '--instruments',
    'SHFE.rb',
  ]);
  t.equal(bots.code, 0, bots.stderr);
  const counts = JSON.parse(bots.stdout) as { orders: number; trades: number };
  t.ok(counts.orders > 20, `${counts.orders} orders`);
  t.ok(counts.trades > 0, `${counts.trades} fills`);
  const http = new HttpClient(server.url);
  const { bids, asks } = await http.call<{ bids: unknown[]; asks: unknown[] }>('GET', '/api/market/orderbook/SHFE.rb');
  t.ok(bids.length > 0 && asks.length > 0, 'both sides are quoted');

  const source = join(t.testdir(), 'recorded.csv');
  const lines = [
    '1,1,1,10,1000000,-1',
    '1.1,1,2,10,999000,1',
    '1.2,4,1,4,1000000,-1',
    '1.3,2,1,1,1000000,-1',
    '1.4,3,2,10,999000,1',
    '1.5,6,0,0,0,1',
  ];
  writeFileSync(source, lines.join('\n'));
  const feed = await runProgram(['feed', ...own, '--source', source, '--instrument', 'SHFE.cu', '--speed', '10']);
  t.equal(feed.code, 0, feed.stderr);
  t.match(JSON.parse(feed.stdout), { sent: 5, refused: 0, skipped: 1 });
  t.match(await http.call('GET', '/api/market/trades/SHFE.cu'), [{ volume: 4, direction: 'BUY' }]);
  t.match(await http.call('GET', '/api/market/orderbook/SHFE.cu'), { bids: [], asks: [{ volume: 5 }] });
  const usage = await runProgram(['feed']);
  t.equal(usage.code, 1);
  t.match(usage.stderr, /--source FILE is needed/);
});
