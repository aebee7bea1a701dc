import uWS from 'uWebSockets.js';
import t from 'tap';
import { LoadRun, type LoadOptions, type LoadResult } from '../../../src/cli/load/load-run.js';
import { loadInstrument } from '../../../src/cli/load/order-mix.js';

interface Request {
  type: string;
  request_id: string;
}

/** What a scripted exchange says to a request. */
type Script = (request: Request, say: (message: object) => void) => void;

const accept: Script = ({ type, request_id }, say) => {
  const order_id = `O${request_id.padStart(16, '0')}`;
  say({ type: 'order_response', success: true, order_id, action: type === 'submit_order' ? 'submit' : 'cancel', request_id });
};

/** Runs a short load against a server that follows the script. */
async function runAgainst(t: { teardown(run: () => void): void }, script: Script, options: Partial<LoadOptions> = {}): Promise<LoadResult> {
  const app = uWS.App().ws('/ws', {
    message: (socket, bytes) => {
      const request = JSON.parse(Buffer.from(bytes).toString()) as Request;
      const say = (message: object): void => void socket.send(JSON.stringify(message), false);
      if (request.type === 'auth') say({ type: 'auth_response', success: true });
      else script(request, say);
    },
  });
  const port = await new Promise<number>((resolve) => {
    app.listen('127.0.0.1', 0, (listening) => resolve(listening === false ? 0 : uWS.us_socket_local_port(listening)));
  });
  t.teardown(() => app.close());
  const users = [0, 1].map((user) => ({ token: 'token', accounts: [`ACC_${user}1`, `ACC_${user}2`] }));
  const instruments = [loadInstrument('CFFEX.IF', 3800, 0.2, 3420, 4180)];
  return await new LoadRun({
    url: `ws://127.0.0.1:${port}/ws`,
    users,
    instruments,
    seed: 1,
    durationMs: 200,
    rate: 2000,
    graceMs: 200,
    ...options,
  }).run();
}

t.test('counts every request of an exchange that answers each once', async (t) => {
  const result = await runAgainst(t, accept);
  t.equal(result.sent, 400, 'rate times duration, whatever the exchange does');
  t.match(result, { acked: 400, unanswered: 0, duplicate: 0, rejected: {} });
  t.equal(result.orders.acked + result.cancels_acked, 400);
  const { p50, p90, p99, p999, max } = result.latency_us;
  t.ok(p50 > 0 && p50 <= p90 && p90 <= p99 && p99 <= p999 && p999 <= max);
});

t.test('keeps the window full and no fuller', async (t) => {
  let outstanding = 0;
  let outstandingMax = 0;
  const slowly: Script = (request, say) => {
    outstandingMax = Math.max(outstandingMax, ++outstanding);
    setImmediate(() => {
      outstanding--;
      accept(request, say);
    });
  };
  const result = await runAgainst(t, slowly, { window: 5 });
  t.match(result, { unanswered: 0, duplicate: 0 });
  t.ok(result.sent > 10);
  t.equal(outstandingMax, 10, 'two connections with five requests each');
});

t.test('finds requests that stay unanswered and answers that come twice', async (t) => {
  let count = 0;
  const sloppily: Script = (request, say) => {
    count++;
    if (count % 10 === 0) return;
    accept(request, say);
    if (count % 20 === 1) accept(request, say);
  };
  t.match(await runAgainst(t, sloppily), { sent: 400, acked: 360, unanswered: 40, duplicate: 20 });
});

t.test('counts refusals by code, of answers and of errors', async (t) => {
  let count = 0;
  const refuse: Script = ({ request_id }, say) => {
    if (++count % 2 === 0) say({ type: 'error', code: 9004, message: 'slow down', request_id });
    else say({ type: 'order_response', success: false, order_id: null, error_code: 1001, error_message: 'poor', request_id });
  };
  t.match(await runAgainst(t, refuse), { acked: 0, unanswered: 0, rejected: { 1001: 200, 9004: 200 } });
});

t.test('a pause of the exchange shows in every request that fell due meanwhile', async (t) => {
  const PAUSE_MS = 150;
  const waiting: (() => void)[] = [];
  let pauses: boolean | undefined;
  const pauseOnce: Script = (request, say) => {
    if (pauses === undefined) {
      pauses = true;
      setTimeout(() => {
        pauses = false;
        for (const answer of waiting) answer();
      }, PAUSE_MS);
    }
    if (pauses) waiting.push(() => accept(request, say));
    else accept(request, say);
  };
  const { latency_us, unanswered } = await runAgainst(t, pauseOnce, { durationMs: 160 });
  t.equal(unanswered, 0);
  t.ok(latency_us.max >= PAUSE_MS * 900, `max ${latency_us.max} µs`);
  t.ok(latency_us.p50 >= PAUSE_MS * 300, `half of all requests waited about half of the pause: p50 ${latency_us.p50} µs`);
});

t.test('a lost connection ends the run and leaves its requests unanswered', async (t) => {
  const result = await runAgainst(t, () => undefined, { url: await closingServer(t), durationMs: 60_000 });
  t.ok(result.unanswered > 0);
  t.strictSame(result.closed, { 4030: 2 });
});

/** Authenticates, then closes with 4030 on the third request. */
async function closingServer(t: { teardown(run: () => void): void }): Promise<string> {
  const app = uWS.App().ws<{ count: number }>('/ws', {
    upgrade: (response, request, context) => {
      const [key, protocol, extensions] = ['key', 'protocol', 'extensions'].map((name) => request.getHeader(`sec-websocket-${name}`));
      response.upgrade({ count: 0 }, key, protocol, extensions, context);
    },
    message: (socket) => {
      const data = socket.getUserData();
      data.count++;
      if (data.count === 1) socket.send('{"type":"auth_response","success":true}', false);
      else if (data.count === 4) socket.end(4030, 'flood');
    },
  });
  const port = await new Promise<number>((resolve) => {
    app.listen('127.0.0.1', 0, (listening) => resolve(listening === false ? 0 : uWS.us_socket_local_port(listening)));
  });
  t.teardown(() => app.close());
  return `ws://127.0.0.1:${port}/ws`;
}
