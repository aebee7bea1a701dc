import t from 'tap';
import { ApiError, JsonClient, type ServerMessage, type TransportHandlers } from '../../src/client/index.js';

interface Wire {
  client: JsonClient;
  handlers: TransportHandlers;
  sent: ServerMessage[];
}

/** A client over a wire that the test holds the other end of. */
function wire(): Wire {
  const sent: ServerMessage[] = [];
  let handlers!: TransportHandlers;
  const client = new JsonClient('ws://nowhere/ws', (_url, given) => {
    handlers = given;
    return {
      send: (text) => void sent.push(JSON.parse(String(text)) as ServerMessage),
      close: (code) => given.closed(code, ''),
    };
  });
  return { client, handlers, sent };
}

function say(handlers: TransportHandlers, message: object): void {
  handlers.message(JSON.stringify(message));
}

const ORDER = {
  account_id: 'ACC_0000000001',
  instrument_id: 'CFFEX.IF',
  direction: 'BUY',
  offset: 'OPEN',
  volume: 1,
  price: 3800,
  order_type: 'LIMIT',
} as const;

t.test('matches answers to requests in whatever order they come', async (t) => {
  const { client, handlers, sent } = wire();
  const first = client.ping();
  const second = client.submitOrder(ORDER);
  t.match(sent, [{ type: 'ping' }, { type: 'submit_order', price: 3800 }]);
  say(handlers, { type: 'order_response', success: true, order_id: 'O1', request_id: sent[1].request_id });
  say(handlers, { type: 'pong', timestamp: 5, request_id: sent[0].request_id });
  t.match(await second, { order_id: 'O1' });
  t.match(await first, { timestamp: 5 });
});

t.test('turns each kind of refusal into an ApiError with its code', async (t) => {
  const { client, handlers, sent } = wire();
  const answers: [request: Promise<unknown>, answer: object, code: number][] = [
    [client.submitOrder(ORDER), { type: 'order_response', success: false, error_code: 1001, error_message: 'poor' }, 1001],
    [client.auth('bad'), { type: 'auth_response', success: false, code: 9001, message: 'no' }, 9001],
    [client.ping(), { type: 'error', code: 9003, message: 'what' }, 9003],
  ];
  for (const [index, [request, answer, code]] of answers.entries()) {
    say(handlers, { ...answer, request_id: sent[index].request_id });
    await t.rejects(request, { name: 'ApiError', code, status: 0 });
  }
  t.ok(new ApiError(1, 'x') instanceof Error);
});

t.test('keeps pushes until they are taken, also those of a batch, and gives them to listeners instead', async (t) => {
  const { client, handlers } = wire();
  handlers.message('[{"type":"tick","price":1},{"type":"tick","price":2},{"type":"trade","volume":3}]');
  t.match(await client.inbox.take('trade'), { volume: 3 });
  t.match(await client.inbox.take('tick', ({ price }) => price === 2), { price: 2 });
  t.match(client.inbox.drain('tick'), [{ price: 1 }]);
  const later = client.inbox.take('trade');
  say(handlers, { type: 'trade', volume: 4 });
  t.match(await later, { volume: 4 });
  await t.rejects(client.inbox.take('trade', undefined, 5), /no trade within 5 ms/);

  const heard: unknown[] = [];
  const stop = client.on('tick', (message) => heard.push(message['price']));
  say(handlers, { type: 'tick', price: 7 });
  stop();
  t.strictSame(heard, [7]);
});

t.test('a closed connection ends what is waiting and refuses what comes', async (t) => {
  const { client, handlers } = wire();
  handlers.opened();
  await client.ready();
  const waiting = client.ping();
  handlers.closed(4008, 'heartbeat timeout');
  await t.rejects(waiting, /4008, heartbeat timeout/);
  await t.rejects(client.ping(), /closed/);
  t.strictSame(await client.closed, { code: 4008, reason: 'heartbeat timeout' });
});

t.test('a connection that never opens is an error of ready', async (t) => {
  const { client, handlers } = wire();
  handlers.closed(1006, 'connect ECONNREFUSED');
  await t.rejects(client.ready(), /ECONNREFUSED/);
});
