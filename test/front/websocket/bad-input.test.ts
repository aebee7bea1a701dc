/** What cannot be read gets its code, changes nothing, and the connection lives. */
import t from 'tap';
import { Floor, limitOrder } from './floor.js';

t.test('answers 9003 to what is no message', async (t) => {
  const floor = new Floor();
  floor.list();
  const { client } = floor.trader();
  client.take();
  const frames = [
    '',
    '{',
    'null',
    '7',
    '"ping"',
    '[]',
    '[{"type":"ping"}]',
    '{"type":7}',
    '{}',
    '{"type":"constructor"}',
    '{"type":"no_such"}',
  ];
  for (const frame of frames) {
    client.raw(frame);
    t.match(client.take(), [{ type: 'error', code: 9003 }], frame);
  }
  client.raw('{"type":"ping"}', true);
  t.match(client.take(), [{ type: 'error', code: 9003 }], 'a binary frame');
  client.send({ type: 'no_such', request_id: 'mine' });
  t.match(client.take(), [{ type: 'error', code: 9003, request_id: 'mine' }]);
  t.match(client.ask({ type: 'ping' }), [{ type: 'pong' }]);
  t.equal(client.socket.closed, undefined);
});

t.test('answers 9003 to fields that are missing or of a wrong type', async (t) => {
  const floor = new Floor();
  floor.list();
  const { client } = floor.trader();
  client.take();
  for (const message of [
    { type: 'auth' },
    { type: 'auth', token: 7 },
    { type: 'subscribe', channels: 'ticker', instruments: [] },
    { type: 'subscribe', channels: [], instruments: [] },
    { type: 'subscribe', channels: ['ticker'] },
    { type: 'subscribe', channels: ['ticker'], instruments: [7] },
    { type: 'subscribe', channels: ['orderbook'], instruments: [], depth: 21 },
    { type: 'subscribe', channels: ['orderbook'], instruments: [], depth: 2.5 },
    { type: 'unsubscribe', instruments: [] },
    { type: 'query_order' },
    { type: 'query_account', account_id: null },
    { type: 'query_position', instrument_id: 7 },
    { type: 'ping', request_id: 7 },
    { type: 'ping', request_id: 'x'.repeat(65) },
  ]) {
    t.match(client.ask(message), [{ type: 'error', code: 9003 }], JSON.stringify(message));
  }
  t.equal(client.socket.closed, undefined);
});

t.test('answers an order that cannot be taken with an order_response of its code, and nothing changes', async (t) => {
  const floor = new Floor();
  floor.list();
  const own = floor.trader(1000);
  const other = floor.trader(1000);
  const { client } = own;
  client.take();
  const before = floor.state.sequence;
  const order = (more: Record<string, unknown>) => limitOrder(own.accountId, 'BUY', 1, 100, more);
  const cases: [Record<string, unknown>, number][] = [
    [order({ volume: '1' }), 9003],
    [order({ price: '100' }), 9003],
    [order({ direction: 7 }), 9003],
    [order({ account_id: undefined }), 9003],
    [order({ client_order_id: 'x'.repeat(65) }), 9008],
    [order({ account_id: other.accountId }), 9006],
    [order({ account_id: 'ACC_0000000099' }), 1006],
    [order({ account_id: 'nonsense' }), 1006],
    [order({ user_id: 'U0000000099' }), 9006],
    [order({ instrument_id: 'SIM.unknown' }), 1007],
    [order({ direction: 'UP' }), 1008],
    [order({ direction: 'NONE' }), 1008],
    [order({ offset: 'OPENED' }), 1008],
    [order({ order_type: 'STOP' }), 1008],
    [order({ time_condition: 'IOC', volume_condition: 'SOME' }), 1008],
    [order({ volume: 0 }), 1008],
    [order({ volume: -1 }), 1008],
    [order({ volume: 1.5 }), 1008],
    [order({ volume: 10_001 }), 1011],
    [order({ price: 0 }), 1008],
    [order({ price: -100 }), 1008],
    [order({ price: 100.5 }), 1012],
    [order({ price: 111 }), 1013],
    [order({ price: 89 }), 1013],
    [order({ volume: 100 }), 1002],
    [order({ offset: 'CLOSE' }), 2005],
    [order({ volume_condition: 'ALL' }), 1009],
  ];
  for (const [message, code] of cases) {
    const answers = client.ask({ ...message, request_id: 'r' });
    t.match(
      answers,
      [{ type: 'order_response', success: false, order_id: null, action: 'submit', status: 'Rejected', error_code: code, request_id: 'r' }],
      `${code}: ${JSON.stringify(message)}`,
    );
    t.type(answers[0].error_message, 'string');
  }
  t.equal(floor.state.sequence, before);
  t.equal(floor.circle.gateway.commandsUnderWay, 0);
  t.equal(floor.state.ledger.available(own.account), 1000 * 10_000);
  t.equal(client.socket.closed, undefined);
  t.match(client.ask(order({})), [{ type: 'order_response', success: true }, { type: 'order_status' }, {}, {}]);
});

t.test('closes 1009 what sends more than 64 KB', async (t) => {
  const floor = new Floor();
  const client = floor.connect();
  client.send({ type: 'ping', filler: 'x'.repeat(60_000) });
  t.equal(client.socket.closed, undefined);
  client.send({ type: 'ping', filler: 'x'.repeat(66_000) });
  t.equal(client.socket.closed?.code, 1009);
});

t.test('answers 9004 above the rate and closes 4030 when that goes on for ten seconds', async (t) => {
  let granted = true;
  const keys: (string | number)[] = [];
  const budget = {
    take: (key: string | number) => {
      keys.push(key);
      return granted ? 0 : 100;
    },
  };
  const floor = new Floor({ budget });
  floor.circle.trader(0);
  const client = floor.connect();
  client.auth(1);
  client.ask({ type: 'ping' });
  t.strictSame(keys, ['session 1', 1], 'a user has one budget over all connections');
  granted = false;
  for (let n = 0; n < 10; n++) {
    t.match(client.ask({ type: 'ping', request_id: 'x' }), [{ type: 'error', code: 9004, request_id: 'x' }]);
    floor.wallMs += 900;
  }
  t.equal(client.socket.closed, undefined, 'nine seconds');
  floor.wallMs += 1500;
  client.ask({ type: 'ping' });
  t.equal(client.socket.closed, undefined, 'a pause starts it anew');
  for (let n = 0; n < 11; n++) {
    floor.wallMs += 900;
    client.ask({ type: 'ping' });
  }
  t.equal(client.socket.closed, undefined);
  floor.wallMs += 900;
  client.send({ type: 'ping' });
  t.equal(client.socket.closed?.code, 4030);
});
