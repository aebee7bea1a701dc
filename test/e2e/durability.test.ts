/** DURABILITY=memory: every answer says that the power may take it back; the death of the process does not. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { connect } from '../../src/client/index.js';
import { HttpClient } from '../support/http-client.js';
import { startServerFor } from '../support/server.js';

t.test('answers are marked, and what was told is there after kill -9', async (t) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'qaexchange-memory-'));
  t.teardown(() => rm(dataDir, { recursive: true, force: true }));
  const server = await startServerFor(t, { dataDir, args: ['--durability', 'memory'] });
  t.equal(server.readyLine['durable'], false);
  const client = new HttpClient(server.url);
  t.teardown(() => client.close());
  const health = await client.call('GET', '/health');
  t.match(JSON.parse(health.text), { status: 'ok', durable: false });
  const trader = await client.trader('memory_trader', 1_000_000);
  const socket = await connect(server.wsUrl, { token: trader.token });
  const order = { account_id: trader.accountId, instrument_id: 'CFFEX.IF', direction: 'BUY', offset: 'OPEN', volume: 1, price: 3790 };
  const acknowledged: string[] = [];
  for (let count = 0; count < 3; count++) {
    const { order_id } = await socket.request({ type: 'submit_order', ...order, order_type: 'LIMIT' });
    acknowledged.push(String(order_id));
  }
  await server.kill();

  const next = await startServerFor(t, { dataDir });
  t.equal(next.readyLine['durable'], true);
  const after = new HttpClient(next.url);
  t.teardown(() => after.close());
  for (const orderId of acknowledged) {
    const answer = await after.call('GET', `/api/order/${orderId}`, { token: trader.token });
    t.match(answer.data, { order_id: orderId, status: /submitted/i });
    t.notOk('durable' in (JSON.parse(answer.text) as object));
  }
});
