/** The channels of /ws beyond prints and books: newest states, snapshots, bars, factors, phases and auctions. */
import t from 'tap';
import { Floor, limitOrder, type FakeClient, type Message } from './floor.js';

const SECOND_US = 1_000_000;

function market(channels: string[], more: Record<string, unknown> = {}) {
  const floor = new Floor();
  floor.list();
  const [buyer, seller] = [floor.trader(100_000_000), floor.trader(100_000_000)];
  const watcher = floor.connect();
  const deal = (price: number, volume = 1): void => {
    seller.client.send(limitOrder(seller.accountId, 'SELL', volume, price));
    buyer.client.send(limitOrder(buyer.accountId, 'BUY', volume, price));
    turn(floor);
  };
  const bid = (price: number, volume = 1): void => {
    buyer.client.send(limitOrder(buyer.accountId, 'BUY', volume, price));
    turn(floor);
  };
  const response = subscribe(watcher, channels, more);
  return { floor, watcher, deal, bid, response };
}

function subscribe(client: FakeClient, channels: string[], more: Record<string, unknown> = {}): Message[] {
  return client.ask({ type: 'subscribe', channels, instruments: ['SIM.x'], ...more });
}

function turn(floor: Floor): void {
  floor.nowMs += 10;
  floor.turn();
}

/** Lets `seconds` pass for the market worker: longer than any bar when they are many. */
function pass(floor: Floor, seconds: number): number {
  const timeUs = (Math.floor(floor.state.timeUs / SECOND_US) + seconds) * SECOND_US;
  floor.market.engine.pass(timeUs);
  turn(floor);
  return timeUs;
}

t.test('l1 is told to who comes, and once for each change of the best prices', async (t) => {
  const { floor, watcher, bid, deal, response } = market(['l1']);
  t.match(response, [
    { type: 'subscribe_response' },
    { type: 'l1', bid_price1: null, ask_price1: null, last_price: null, phase: 'CONTINUOUS' },
  ]);
  bid(99, 3);
  t.match(watcher.take(), [{ type: 'l1', bid_price1: 99, bid_volume1: 3, bid_count1: 1, md_seq: 1 }]);
  bid(98, 3);
  t.strictSame(watcher.take(), [], 'a level behind the best one');
  deal(101, 2);
  t.match(watcher.take().at(-1), { type: 'l1', bid_price1: 99, ask_price1: null, last_price: 101, last_volume: 2 });
  const late = floor.connect();
  t.match(subscribe(late, ['l1']).at(-1), { bid_price1: 99, last_price: 101 });
});

t.test('a snapshot of every second has all its fields', async (t) => {
  const { floor, watcher, bid, deal } = market(['snapshot']);
  bid(99, 3);
  deal(105, 2);
  deal(101, 4);
  watcher.take();
  const timeUs = pass(floor, 1);
  const [snapshot, ...more] = watcher.take();
  t.equal(more.length, 0);
  t.match(snapshot, {
    type: 'market_snapshot',
    instrument_id: 'SIM.x',
    timestamp: timeUs / 1000,
    trading_day: '2026-01-05',
    last_price: 101,
    is_ref: false,
    change_amount: 1,
    change_percent: 1,
    bid_price1: 99,
    bid_volume1: 3,
    bid_price2: null,
    bid_volume2: 0,
    ask_price1: null,
    open: 105,
    high: 105,
    low: 101,
    close: null,
    pre_close: 100,
    pre_settlement: 100,
    settlement: null,
    volume: 6,
    turnover: 6140,
    average_price: 102.3333,
    open_interest: 6,
    oi_change: 6,
    upper_limit: 110,
    lower_limit: 90,
    last_volume: 4,
    trade_count: 2,
    amplitude_percent: 4,
    bid_total: 3,
    ask_total: 0,
    imbalance: 1,
    phase: 'CONTINUOUS',
    status: 'active',
    limit_locked: 'NO',
    md_seq: floor.circle.depth.mdSequence(1),
  });
  t.ok(Object.keys(snapshot).length >= 50, 'more than the 35 fields of the original');
  pass(floor, 2);
  t.match(watcher.take(), [{ type: 'market_snapshot', interval_volume: 0, interval_turnover: 0 }], 'a second without a change too');
});

t.test('every subscriber gets every snapshot', async (t) => {
  const { floor, watcher, deal } = market(['snapshot']);
  const others = [floor.connect(), floor.connect()];
  for (const other of others) subscribe(other, ['snapshot']);
  deal(100);
  for (let second = 1; second <= 5; second++) pass(floor, second);
  const times = [watcher, ...others].map((client) =>
    client
      .takeOf('market_snapshot')
      .map(({ timestamp }) => timestamp)
      .slice(-5),
  );
  t.equal(times[0].length, 5);
  t.strictSame(times[1], times[0]);
  t.strictSame(times[2], times[0]);
});

t.test('bars are told while they form and when they are over, those of the periods asked for', async (t) => {
  const { floor, watcher, deal } = market(['kline'], { period: [3, 4] });
  deal(100, 2);
  const forming = watcher.take();
  t.same(
    forming.map(({ type, period }) => [type, period]),
    [
      ['kline_update', 3],
      ['kline_update', 4],
    ],
  );
  t.match(forming[0].kline, { open: 100, close: 100, volume: 2, amount: 2000, open_oi: 0, close_oi: 2, bar_no: 0, is_finished: false });
  deal(103);
  t.strictSame(watcher.take(), [], 'forming bars at most four times a second');
  floor.nowMs += 250;
  turn(floor);
  t.match(watcher.take()[0], { type: 'kline_update', kline: { close: 103, volume: 3 } });
  pass(floor, 120);
  t.match(watcher.take(), [
    { type: 'kline_finished', period: 3, kline: { high: 103, volume: 3, is_finished: true } },
    { type: 'kline_finished', period: 4, kline: { high: 103, volume: 3, is_finished: true } },
  ]);
});

t.test('the old name of the channel shows finished bars only, of all periods', async (t) => {
  const { floor, watcher, deal } = market(['kline_finished']);
  deal(100);
  floor.nowMs += 250;
  turn(floor);
  t.strictSame(watcher.take(), []);
  pass(floor, 7200);
  t.same(
    watcher.take().map(({ period }) => period),
    [3, 4, 5, 6, 7, 8],
  );
});

t.test('factors come with each finished bar, and to who comes later', async (t) => {
  const { floor, watcher, deal } = market(['factor'], { period: [4] });
  deal(100);
  pass(floor, 120);
  t.match(watcher.take(), [
    { type: 'factor_update', period: 4, factors: { ma5: null, ema12: 100, rsi14: null, macd: { macd: 0, signal: 0, histogram: 0 } } },
  ]);
  const late = floor.connect();
  t.match(subscribe(late, ['factor'], { period: [4] }).at(-1), { type: 'factor_update', factors: { ema12: 100 } });
});

t.test('phases, statistics and the auction', async (t) => {
  const { floor, watcher, bid, deal } = market(['phase', 'statistics', 'auction']);
  deal(100, 3);
  t.match(watcher.takeOf('statistics').at(-1), {
    trade_count: 1,
    volume: 3,
    turnover: 3000,
    orders_accepted: 2,
    orders_refused: 0,
    active: true,
  });
  floor.circle.phase(1, 'AUCTION_ORDER');
  turn(floor);
  const told = watcher.take();
  t.match(
    told.find(({ type }) => type === 'phase'),
    { instrument_id: 'SIM.x', phase: 'AUCTION_ORDER', status: 'active' },
  );
  t.match(
    told.find(({ type }) => type === 'auction'),
    { price: null, volume: 0 },
  );
  bid(103, 2);
  t.strictSame(watcher.takeOf('auction'), [], 'at most twice a second');
  floor.nowMs += 500;
  turn(floor);
  t.match(watcher.takeOf('auction'), [{ phase: 'AUCTION_ORDER', price: null, surplus_side: 'NONE' }]);
  t.match(subscribe(floor.connect(), ['phase'])[1], { type: 'phase', phase: 'AUCTION_ORDER' }, 'who comes is told the phase');
});

t.test('an instrument that the market worker has not heard of yet is answered when it has', async (t) => {
  const floor = new Floor();
  floor.list();
  const client = floor.connect();
  client.send({ type: 'subscribe', channels: ['orderbook', 'l1'], instruments: ['SIM.x'] });
  t.match(client.take(), [{ type: 'subscribe_response' }]);
  turn(floor);
  t.same(
    client.take().map(({ type }) => type),
    ['orderbook', 'l1'],
  );
});
