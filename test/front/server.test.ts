/** What the port answers while the state is being recovered. */
import t from 'tap';
import { listen, recoveringApp } from '../../src/front/server.js';

t.test('health is 503 with the progress, everything else asks for patience', async (t) => {
  let progress = 0.25;
  const app = recoveringApp(() => progress);
  const { port } = await listen(app, '127.0.0.1', 0);
  t.teardown(() => app.close());
  const get = async (path: string): Promise<{ status: number; body: unknown }> => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers: { connection: 'close' } });
    return { status: response.status, body: await response.json() };
  };
  t.match(await get('/health'), { status: 503, body: { status: 'recovering', service: 'qaexchange', progress: 0.25 } });
  progress = 0.75;
  t.match(await get('/health'), { status: 503, body: { progress: 0.75 } });
  t.match(await get('/api/market/instruments'), { status: 503, body: { success: false, error: { code: 9005 } } });
});
