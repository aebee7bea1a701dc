/** auth, its limits, and how a session ends. */
import t from 'tap';
import { Floor, limitOrder, userId } from './floor.js';

t.test('signs on the subject of a token and tells what it may use', async (t) => {
  const floor = new Floor();
  const account = floor.circle.trader(100);
  const client = floor.connect();
  const answer = client.auth(1, { request_id: 'a', user_id: userId(1) });
  t.match(answer, {
    type: 'auth_response',
    success: true,
    user_id: 'U0000000001',
    code: 0,
    message: 'Authentication successful',
    roles: ['Trader'],
    account_ids: ['ACC_0000000001'],
    expires_at: floor.expiresAt * 1000,
    request_id: 'a',
  });
  t.equal(account, 1);
});

t.test('refuses a wrong token, and the connection lives', async (t) => {
  const floor = new Floor();
  floor.circle.trader(0);
  const client = floor.connect();
  const answer = client.ask({ type: 'auth', token: 'nonsense' })[0];
  t.match(answer, { type: 'auth_response', success: false, user_id: '', code: 9001 });
  t.equal(client.auth(1).success, true);
});

t.test('a user_id in message or query must be the subject of the token and grants nothing', async (t) => {
  const floor = new Floor();
  floor.circle.trader(0);
  floor.circle.trader(0);
  const named = floor.connect();
  t.match(named.auth(1, { user_id: userId(2) }), { success: false, code: 9006 });
  t.equal(named.session.caller, undefined);
  const hinted = floor.connect(userId(2));
  t.match(hinted.ask({ type: 'query_account' })[0], { type: 'error', code: 9002 });
  t.match(hinted.auth(1), { success: false, code: 9006 });
  t.equal(hinted.auth(2).success, true);
});

t.test('another subject on the same connection is refused, a new token of the same prolongs it', async (t) => {
  const floor = new Floor();
  floor.circle.trader(0);
  floor.circle.trader(0);
  const client = floor.connect();
  client.auth(1);
  t.match(client.auth(2), { success: false, code: 9006 });
  t.match(client.ask({ type: 'query_account' })[0], { type: 'query_response' });
  t.equal(client.ask({ type: 'auth', token: 'token of 1 again' })[0].success, true);
  floor.revoke('token of 1');
  t.equal(client.socket.closed, undefined, 'the first token no longer matters');
});

t.test('lets a user have three connections and a new one when one of them is gone', async (t) => {
  const floor = new Floor({ sessionsPerUserMax: 3 });
  floor.circle.trader(0);
  const clients = [floor.connect(), floor.connect(), floor.connect()];
  for (const client of clients) t.equal(client.auth(1).success, true);
  t.equal(clients[0].auth(1).success, true, 'a session that signs on again is not one more');
  const fourth = floor.connect();
  t.match(fourth.auth(1), { type: 'auth_response', success: false, code: 9004 });
  clients[1].session.close(4001);
  t.equal(fourth.auth(1).success, true);
});

t.test('answers 9002 to what needs a user, and serves the public before', async (t) => {
  const floor = new Floor();
  floor.list();
  const client = floor.connect();
  for (const message of [
    limitOrder('ACC_0000000001', 'BUY', 1, 100),
    { type: 'cancel_order', account_id: 'ACC_0000000001', order_id: 'O0000000000000001' },
    { type: 'query_order', order_id: 'O0000000000000001' },
    { type: 'query_account' },
    { type: 'query_position' },
  ]) {
    t.strictSame(
      client.ask({ ...message, request_id: 'q' }).map(({ type, code, request_id: id }) => ({ type, code, id })),
      [{ type: 'error', code: 9002, id: 'q' }],
      message.type,
    );
  }
  t.match(client.ask({ type: 'ping', request_id: 'p' }), [{ type: 'pong', timestamp: floor.wallMs, request_id: 'p' }]);
  t.match(client.ask({ type: 'subscribe', channels: ['orderbook'], instruments: [] })[0], { type: 'subscribe_response', success: true });
});

t.test('closes 4001 whoever neither signs on nor subscribes within 30 seconds', async (t) => {
  const floor = new Floor();
  floor.list();
  floor.circle.trader(0);
  const idle = floor.connect();
  const subscribed = floor.connect();
  subscribed.ask({ type: 'subscribe', channels: ['ticker'], instruments: ['SIM.x'] });
  const user = floor.connect();
  user.auth(1);
  for (let second = 0; second < 31; second++) {
    floor.nowMs += 1000;
    for (const { session } of [idle, subscribed, user]) session.seenMs = floor.nowMs;
    floor.heartbeat.sweep();
  }
  t.equal(idle.socket.closed?.code, 4001);
  t.equal(subscribed.socket.closed, undefined);
  t.equal(user.socket.closed, undefined);
});

t.test('pings every 5 seconds and closes 4008 after 10 without any frame', async (t) => {
  const floor = new Floor();
  const silent = floor.connect();
  const alive = floor.connect();
  for (let second = 0; second < 10; second++) {
    floor.heartbeat.sweep();
    floor.nowMs += 1000;
    alive.send({ type: 'ping' });
  }
  t.equal(silent.socket.pings, 1);
  t.equal(silent.socket.closed, undefined);
  floor.heartbeat.sweep();
  t.equal(silent.socket.closed?.code, 4008);
  t.equal(alive.socket.closed, undefined);
  t.equal(alive.socket.pings, 2);
});

t.test('tells 9001 and closes 4001 when the token expires or is revoked', async (t) => {
  const floor = new Floor();
  floor.circle.trader(0);
  const [first, second] = [floor.connect(), floor.connect()];
  first.auth(1);
  second.ask({ type: 'auth', token: 'token of 1 elsewhere' });
  floor.revoke('token of 1');
  t.match(first.take(), [{ type: 'error', code: 9001 }]);
  t.equal(first.socket.closed?.code, 4001);
  t.equal(second.socket.closed, undefined, 'another token of the user lives on');
  floor.wallMs = floor.expiresAt * 1000;
  floor.heartbeat.sweep();
  t.match(second.take(), [{ type: 'error', code: 9001 }]);
  t.equal(second.socket.closed?.code, 4001);
  t.equal(floor.hub.sessionCount, 0);
});

t.test('says that the server stops, closes 1001 and takes nobody in', async (t) => {
  const floor = new Floor();
  const client = floor.connect();
  floor.hub.close();
  t.match(client.take(), [{ type: 'system', event: 'server_stopping' }]);
  t.equal(client.socket.closed?.code, 1001);
  t.equal(floor.hub.isOpen, false);
  t.equal(floor.hub.sessionCount, 0);
});
