/** Clients that do not read (websocket.md 8). */
import t from 'tap';
import { Floor, limitOrder, type FakeClient, type Message } from './floor.js';

const MIB = 1024 * 1024;

function block(client: FakeClient, heldBytes: number): void {
  client.socket.isBlocked = true;
  client.socket.heldBytes = heldBytes;
}

function unblock(client: FakeClient, floor?: Floor): void {
  client.socket.isBlocked = false;
  client.socket.heldBytes = 0;
  client.session.drained();
  floor?.turn();
}

function watched(channels: string[]) {
  const floor = new Floor();
  floor.list();
  const [buyer, seller] = [floor.trader(100_000_000), floor.trader(100_000_000)];
  const watcher = floor.connect();
  watcher.ask({ type: 'subscribe', channels, instruments: [] });
  watcher.take();
  const trade = () => {
    seller.client.send(limitOrder(seller.accountId, 'SELL', 1, 100));
    buyer.client.send(limitOrder(buyer.accountId, 'BUY', 1, 100));
  };
  const turn = () => {
    floor.nowMs += 10;
    floor.turn();
  };
  return { floor, watcher, trade, turn };
}

t.test('private messages wait in order while the socket holds too much back, and none is lost', async (t) => {
  const floor = new Floor();
  floor.list();
  const { client, accountId } = floor.trader();
  client.take();
  // the first send tells that the socket holds back
  block(client, 2 * MIB);
  for (let n = 0; n < 100; n++) client.ask(limitOrder(accountId, 'BUY', 1, 91 + (n % 10)));
  t.ok(client.session.waitingCount > 300);
  unblock(client);
  const reports = client.takeOf('order_status').map(({ report_seq: n }) => n);
  t.equal(client.session.waitingCount, 0);
  t.ok(reports.length >= 99);
  t.strictSame(
    reports,
    Array.from(reports, (_, i) => Number(reports[0]) + i),
  );
});

t.test('more than 1000 waiting private messages close 4029', async (t) => {
  const floor = new Floor();
  floor.list();
  const { client, accountId } = floor.trader(100_000_000);
  block(client, 2 * MIB);
  for (let n = 0; n < 400 && client.socket.closed === undefined; n++) client.ask(limitOrder(accountId, 'BUY', 1, 100));
  t.equal(client.socket.closed?.code, 4029);
  t.equal(floor.hub.receivers(1), undefined);
});

t.test('a busy turn is no slow client', async (t) => {
  const floor = new Floor();
  floor.list();
  const { client, accountId } = floor.trader(100_000_000);
  for (let n = 0; n < 3000; n++) client.send(limitOrder(accountId, 'BUY', 1, 100));
  floor.turn();
  t.equal(client.takeOf('order_response').length, 3000);
  t.equal(client.socket.closed, undefined);
});

t.test('above 500 waiting market events the newest price and one fresh book are left, prints stay', async (t) => {
  const { floor, watcher, trade, turn } = watched(['orderbook', 'ticker', 'last_price']);
  block(watcher, MIB / 8);
  trade();
  turn();
  watcher.take();
  for (let n = 0; n < 300; n++) {
    trade();
    turn();
  }
  t.ok(floor.hub.marketEvents.conflated.count > 500);
  unblock(watcher, floor);
  const messages = watcher.take();
  const of = (type: string): Message[] => messages.filter((message) => message.type === type);
  t.equal(of('ticker').length, 300);
  t.ok(of('last_price').length < 260, 'the newest is left of those that waited');
  t.equal(of('order_book_update').length, 0);
  t.equal(of('orderbook').length, 1);
  t.equal(of('orderbook')[0].md_seq, floor.circle.depth.mdSequence(1));
  t.equal(of('last_price').at(-1)?.md_seq, floor.circle.depth.mdSequence(1));
  watcher.take();
  trade();
  turn();
  t.match(watcher.takeOf('order_book_update')[0], { md_seq: floor.circle.depth.mdSequence(1) - 1 }, 'changes follow the fresh book');
});

t.test('a queue that is full is emptied with notice, five times without reading close 4029', async (t) => {
  const { watcher, trade, turn } = watched(['ticker', 'tick']);
  const fill = (trades: number) => {
    for (let n = 0; n < trades; n += 100) {
      for (let k = 0; k < 100; k++) trade();
      turn();
    }
  };
  block(watcher, MIB / 8);
  fill(5200);
  t.ok(watcher.session.waitingCount < 10_000);
  watcher.take();
  unblock(watcher);
  t.match(watcher.take()[0], { type: 'system', event: 'resync' });
  block(watcher, MIB / 8);
  fill(5200 * 4);
  t.equal(watcher.socket.closed, undefined);
  fill(5200);
  t.equal(watcher.socket.closed?.code, 4029);
});

t.test('a client that takes nothing for five seconds while something waits is closed 4029', async (t) => {
  const { floor, watcher, trade, turn } = watched(['ticker']);
  block(watcher, MIB / 8);
  trade();
  turn();
  trade();
  turn();
  floor.nowMs += 4500;
  watcher.session.seenMs = floor.nowMs;
  floor.heartbeat.sweep();
  t.equal(watcher.socket.closed, undefined);
  floor.nowMs += 600;
  watcher.session.seenMs = floor.nowMs;
  floor.heartbeat.sweep();
  t.equal(watcher.socket.closed?.code, 4029);
});

t.test('private messages go before market data that waits', async (t) => {
  const { floor, watcher, trade, turn } = watched(['ticker']);
  const account = floor.circle.trader(1000);
  watcher.auth(floor.state.accounts.user[account]);
  block(watcher, MIB / 8);
  trade();
  turn();
  trade();
  turn();
  watcher.take();
  floor.circle.deposit(account, 1);
  turn();
  t.strictSame(
    watcher.take().map(({ type }) => type),
    ['transaction', 'account_update'],
  );
  unblock(watcher);
  t.ok(watcher.take().every(({ type }) => type === 'ticker'));
});

t.test('market data for many goes out some at a time, and whoever has something of his own does not wait for the rest', async (t) => {
  const { floor, watcher, trade, turn } = watched(['last_price']);
  const crowd = Array.from({ length: 300 }, () => {
    const client = floor.connect();
    client.ask({ type: 'subscribe', channels: ['last_price'], instruments: [] });
    client.take();
    return client;
  });
  const last = crowd[crowd.length - 1];
  turn();
  while (floor.hub.isMarketDue) await new Promise(setImmediate);
  for (const client of [watcher, ...crowd]) client.take();
  trade();
  turn();
  t.ok(floor.hub.isMarketDue);
  t.equal(watcher.takeOf('last_price').length, 1, 'the first has it at once');
  t.equal(last.take().length, 0, 'the last has not');
  last.send({ type: 'ping' });
  floor.hub.flushTouched();
  t.strictSame(
    last.take().map(({ type }) => type),
    ['pong', 'last_price'],
    'what he asked comes first, and what was due with it',
  );
  trade();
  turn();
  while (floor.hub.isMarketDue) await new Promise(setImmediate);
  t.equal(last.takeOf('last_price').length, 1);
  const counts = crowd.slice(0, -1).map((client) => client.takeOf('last_price').length);
  t.ok(
    counts.every((count) => count === 2),
    'each gets every one, once',
  );
});
