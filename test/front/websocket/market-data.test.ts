/** Subscriptions and what they bring. */
import { mock } from 'node:test';
import t from 'tap';
import { Floor, limitOrder, type FakeClient, type Message } from './floor.js';

const types = (messages: readonly Message[]): string[] => messages.map(({ type }) => type);

/** A floor with two traders who make the market, and a watcher without a login. */
function market() {
  const floor = new Floor();
  floor.list();
  const [a, b] = [floor.trader(), floor.trader()];
  const watcher = floor.connect();
  const order = (side: 'BUY' | 'SELL', volume: number, price: number) => {
    floor.nowMs += 10;
    const { client, accountId } = side === 'BUY' ? a : b;
    return client.ask(limitOrder(accountId, side, volume, price))[0].order_id as string;
  };
  const cancel = (side: 'BUY' | 'SELL', orderId: string) => {
    floor.nowMs += 10;
    const { client, accountId } = side === 'BUY' ? a : b;
    client.ask({ type: 'cancel_order', account_id: accountId, order_id: orderId });
  };
  return { floor, watcher, order, cancel };
}

function subscribe(client: FakeClient, channels: string[], instruments = ['SIM.x'], more: Record<string, unknown> = {}): Message[] {
  return client.ask({ type: 'subscribe', channels, instruments, ...more });
}

t.test('sends a book on subscription, then each changed level with its new total', async (t) => {
  const { watcher, order, cancel } = market();
  order('BUY', 5, 98);
  const second = order('BUY', 2, 98);
  order('SELL', 4, 101);
  const [response, book] = subscribe(watcher, ['orderbook']);
  t.match(response, { type: 'subscribe_response', success: true, channels: ['orderbook'], instruments: ['SIM.x'], rejected: [] });
  t.match(book, {
    type: 'orderbook',
    instrument_id: 'SIM.x',
    bids: [{ price: 98, volume: 7, order_count: 2 }],
    asks: [{ price: 101, volume: 4, order_count: 1 }],
    md_seq: 3,
  });
  cancel('BUY', second);
  t.match(watcher.take(), [{ type: 'order_book_update', side: 'bid', price: 98, volume: 5, order_count: 1, md_seq: 4 }]);
  order('BUY', 6, 101);
  const changed = watcher.take();
  t.match(
    changed.find(({ side }) => side === 'bid'),
    { type: 'order_book_update', price: 101, volume: 2, order_count: 1, md_seq: 5 },
  );
  t.match(
    changed.find(({ side }) => side === 'ask'),
    { type: 'order_book_update', price: 101, volume: 0, order_count: 0, md_seq: 5 },
  );
  t.equal(changed.length, 2);
});

t.test('market frames are arrays, private ones objects', async (t) => {
  const { watcher, order } = market();
  subscribe(watcher, ['orderbook', 'ticker']);
  order('BUY', 1, 98);
  t.strictSame(
    watcher.socket.frames.map((frame) => frame[0]),
    ['{', '[', '['],
  );
});

t.test('keeps the best levels right although only their number was shown', async (t) => {
  const { watcher, order, cancel } = market();
  const orders = new Map<number, string>();
  for (const price of [99, 98, 97, 96, 95]) orders.set(price, order('BUY', 100 - price, price));
  const [, book] = subscribe(watcher, ['orderbook'], ['SIM.x'], { depth: 2 });
  t.strictSame(
    (book.bids as { price: number }[]).map(({ price }) => price),
    [99, 98],
  );
  cancel('BUY', orders.get(99)!);
  t.match(watcher.take(), [
    { side: 'bid', price: 99, volume: 0, md_seq: 6 },
    { side: 'bid', price: 97, volume: 3, md_seq: 6 },
  ]);
  cancel('BUY', orders.get(95)!);
  t.match(
    watcher.take().filter(({ price }) => price === 95),
    [{ volume: 0, md_seq: 7 }],
    'md_seq has no gap: levels beyond the depth are told too',
  );
});

t.test('sends prints under the name that was subscribed', async (t) => {
  const { watcher, order, floor } = market();
  subscribe(watcher, ['ticker', 'tick', 'last_price']);
  order('SELL', 3, 100);
  order('SELL', 3, 101);
  t.strictSame(watcher.take(), []);
  order('BUY', 4, 101);
  const prints = watcher.take();
  t.strictSame(types(prints), ['ticker', 'tick', 'last_price', 'ticker', 'tick', 'last_price']);
  const timestamp = Math.floor(floor.state.timeUs / 1000);
  t.match(prints[0], { instrument_id: 'SIM.x', last_price: 100, volume: 3, direction: 'BUY', timestamp, md_seq: 3 });
  t.match(prints[4], {
    instrument_id: 'SIM.x',
    price: 101,
    volume: 1,
    direction: 'BUY',
    trade_id: 'T0000000000000002',
    turnover: 1010,
    volume_total: 4,
    turnover_total: 4010,
    open_interest: 4,
    oi_delta: 1,
    bid_price1: null,
    ask_price1: 100,
    md_seq: 3,
  });
  t.match(prints[5], { price: 101, md_seq: 3 });
});

t.test('prints come before the levels of the same command', async (t) => {
  const { watcher, order } = market();
  order('SELL', 1, 100);
  subscribe(watcher, ['orderbook', 'ticker']);
  watcher.take();
  order('BUY', 1, 100);
  t.strictSame(types(watcher.take()), ['ticker', 'order_book_update']);
});

t.test('subscriptions add up per channel and instrument, and end one by one', async (t) => {
  const floor = new Floor();
  for (const id of ['SIM.x', 'SIM.y', 'SIM.z']) floor.list(id);
  const client = floor.connect();
  t.match(subscribe(client, ['ticker'], ['SIM.x'])[0], { instruments: ['SIM.x'] });
  t.match(subscribe(client, ['ticker', 'orderbook'], ['y'])[0], { channels: ['ticker', 'orderbook'], instruments: ['SIM.x', 'SIM.y'] });
  t.match(subscribe(client, ['last_price'], [])[0], { instruments: ['SIM.x', 'SIM.y', 'SIM.z'] });
  const [response] = client.ask({ type: 'unsubscribe', channels: ['ticker'], instruments: ['SIM.y'] });
  t.match(response, { type: 'subscribe_response', success: true, channels: ['ticker'], instruments: ['SIM.x'] });
  t.equal(client.session.subscriptions.instrumentsOf(1).length, 1, 'the book of SIM.y stays');
  client.ask({ type: 'unsubscribe', channels: ['ticker', 'orderbook', 'last_price'], instruments: [] });
  t.equal(client.session.subscriptions.isEmpty, true);
});

t.test('says which names it does not know', async (t) => {
  const floor = new Floor();
  floor.list();
  const client = floor.connect();
  const [mixed] = subscribe(client, ['ticker', 'nonsense', 'trade'], ['SIM.x', 'SIM.unknown']);
  t.match(mixed, { success: true, channels: ['ticker'], instruments: ['SIM.x'] });
  t.strictSame(mixed.rejected, [
    { channel: 'nonsense', code: 9008 },
    { channel: 'trade', code: 9002 },
    { instrument: 'SIM.unknown', code: 1007 },
  ]);
  t.match(subscribe(client, ['nonsense'])[0], { success: false });
  t.match(subscribe(client, ['tick'], ['SIM.unknown'])[0], { success: false, instruments: [] });
});

t.test('the trade channel is accepted and never shows the fills of others', async (t) => {
  const { floor, order } = market();
  const stranger = floor.trader();
  t.match(subscribe(stranger.client, ['trade']).at(-1), { success: true, channels: ['trade'] });
  order('SELL', 1, 100);
  order('BUY', 1, 100);
  t.strictSame(stranger.client.take(), []);
});

t.test('gathers what follows within 10 ms into one frame, at most 100 events', async (t) => {
  const { floor, watcher, order } = market();
  subscribe(watcher, ['ticker']);
  order('SELL', 250, 100);
  const maker = floor.trader();
  const before = watcher.socket.frames.length;
  for (let n = 0; n < 230; n++) maker.client.send(limitOrder(maker.accountId, 'BUY', 1, 100));
  floor.turn();
  const frames = watcher.socket.frames.slice(before);
  t.strictSame(
    frames.map((frame) => (JSON.parse(frame) as unknown[]).length),
    [100, 100],
    'the last 30 wait',
  );
  floor.nowMs += 10;
  floor.turn();
  t.equal(watcher.take().filter(({ type }) => type === 'ticker').length, 230);
});

t.test('shows a changed book whole every 500 ms, an unchanged one never', async (t) => {
  mock.timers.enable({ apis: ['setInterval', 'setTimeout'] });
  t.teardown(() => mock.timers.reset());
  const { watcher, order } = market();
  subscribe(watcher, ['orderbook']);
  watcher.take();
  mock.timers.tick(500);
  t.strictSame(watcher.take(), []);
  order('BUY', 1, 99);
  watcher.take();
  mock.timers.tick(500);
  t.match(watcher.take(), [{ type: 'orderbook', bids: [{ price: 99, volume: 1, order_count: 1 }], md_seq: 1 }]);
  mock.timers.tick(500);
  t.strictSame(watcher.take(), []);
});

t.test('sends the rest of a busy stream by a timer', async (t) => {
  mock.timers.enable({ apis: ['setInterval', 'setTimeout'] });
  t.teardown(() => mock.timers.reset());
  const { floor, watcher, order } = market();
  subscribe(watcher, ['orderbook']);
  order('BUY', 1, 99);
  watcher.take();
  floor.nowMs -= 10;
  order('BUY', 1, 98);
  t.strictSame(watcher.take(), []);
  floor.nowMs += 10;
  mock.timers.tick(10);
  t.match(watcher.take(), [{ type: 'order_book_update', price: 98 }]);
});

t.test('one encoding serves all who want the same', async (t) => {
  const { floor, order } = market();
  const watchers = [floor.connect(), floor.connect()];
  for (const watcher of watchers) {
    subscribe(watcher, ['ticker']);
    watcher.take();
  }
  const sent: unknown[] = [];
  for (const { socket } of watchers) {
    socket.send = (message) => {
      sent.push(message);
      return 1;
    };
  }
  order('SELL', 1, 100);
  order('BUY', 1, 100);
  t.equal(sent.length, 2);
  t.type(sent[0], Uint8Array);
  t.equal(sent[0], sent[1]);
});

t.test('a session that is gone leaves no subscription behind', async (t) => {
  const { floor, watcher, order } = market();
  subscribe(watcher, ['orderbook', 'ticker']);
  watcher.session.close(4008);
  order('SELL', 1, 100);
  order('BUY', 1, 100);
  t.equal(watcher.socket.closed?.code, 4008);
  t.equal(floor.hub.sessionCount, 2);
});
