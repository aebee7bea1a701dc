/** Conversations with clients, section by section of the protocol. */
import t, { type Test } from 'tap';
import { settleDay } from '../../support/settle-day.js';
import { DiffFloor, type DiffClient, type Leaf } from './diff-floor.js';

const LIMIT_BUY = {
  exchange_id: 'SIM',
  instrument_id: 'x',
  direction: 'BUY',
  offset: 'OPEN',
  volume: 2,
  price_type: 'LIMIT',
  limit_price: 100,
  volume_condition: 'ANY',
  time_condition: 'GFD',
};

function floorOf(t: Test, options = {}): DiffFloor {
  const floor = new DiffFloor(options);
  t.teardown(() => {
    floor.close();
  });
  return floor;
}

function tradeOf(client: DiffClient, userName: string): Leaf {
  return client.mirror.trade?.[userName];
}

t.test('the first packet comes unasked, and the first answer without a peek', async (t) => {
  const floor = floorOf(t);
  const client = floor.connect();
  client.send('subscribe_quote', { ins_list: 'SIM.x' });
  await floor.turn();
  client.take();
  t.equal(client.packets, 1, 'the first credit is there');
  t.equal(client.mirror.ins_list, 'SIM.x');
  t.equal(client.mirror.quotes['SIM.x'].instrument_id, 'SIM.x');
  floor.circle.order(floor.circle.trader(1_000_000), floor.instrument, 'BUY OPEN 1@99');
  await floor.turn();
  client.take();
  t.equal(client.packets, 1, 'without a peek nothing more');
  await client.next();
  t.equal(client.packets, 2);
  t.match(client.mirror.quotes['SIM.x'], { bid_price1: 99, bid_volume1: 1, ask_price1: 'NaN', ask_volume1: 0, last_price: 'NaN' });
});

t.test('a peek waits until there is something, for ever, and counts once', async (t) => {
  const floor = floorOf(t);
  const client = floor.connect();
  client.send('subscribe_quote', { ins_list: 'SIM.x' });
  await client.next();
  client.take();
  const before = client.packets;
  for (let i = 0; i < 5; i++) client.send('peek_message');
  floor.nowMs += 5000;
  await floor.turn();
  client.take();
  t.equal(client.packets, before, 'no empty packet');
  const account = floor.circle.trader(1_000_000);
  for (const price of [95, 96, 97]) {
    floor.circle.order(account, floor.instrument, `BUY OPEN 1@${price}`);
    await floor.turn();
  }
  client.take();
  t.equal(client.packets, before + 1, 'five peeks are one');
  t.equal(client.mirror.quotes['SIM.x'].bid_price1, 95);
  await client.next();
  t.equal(client.mirror.quotes['SIM.x'].bid_price1, 97, 'what waited comes in one packet');
});

t.test('a list of quotes replaces the one before; unknown names are left out', async (t) => {
  const floor = floorOf(t);
  const other = floor.circle.list({ instrumentId: 'SIM.y', multiplier: 10, priceTick: 10_000, preSettlement: 2_000_000 });
  const client = floor.connect();
  client.send('subscribe_quote', { ins_list: 'SIM.x,SIM.none,y' });
  await client.next();
  await client.next();
  t.equal(client.mirror.ins_list, 'SIM.x,SIM.none,y');
  t.same(Object.keys(client.mirror.quotes), ['SIM.x', 'y'], 'under the names that were used');
  t.match(client.mirror.quotes.y, { instrument_id: 'y', pre_settlement: 200, volume_multiple: 10, price_tick: 1, price_decs: 0 });
  client.send('subscribe_quote', { ins_list: 'SIM.x' });
  await client.next();
  const account = floor.circle.trader(1_000_000);
  floor.circle.order(account, other, 'BUY OPEN 1@200');
  floor.circle.order(account, floor.instrument, 'BUY OPEN 1@100');
  await client.next();
  t.equal(client.mirror.quotes.y.bid_volume1, 0, 'no longer wanted');
  t.equal(client.mirror.quotes['SIM.x'].bid_price1, 100);
  client.send('subscribe_quote', { ins_list: '' });
  await client.next();
  t.equal(client.mirror.ins_list, '');
});

t.test('a quote has the totals of the day', async (t) => {
  const floor = floorOf(t);
  const client = floor.connect();
  client.send('subscribe_quote', { ins_list: 'SIM.x' });
  const [a, b] = [floor.circle.trader(1_000_000), floor.circle.trader(1_000_000)];
  floor.circle.order(a, floor.instrument, 'BUY OPEN 3@101');
  floor.circle.order(b, floor.instrument, 'SELL OPEN 2@101');
  floor.circle.order(b, floor.instrument, 'SELL OPEN 1@101');
  await client.next();
  await client.next();
  t.match(client.mirror.quotes['SIM.x'], {
    last_price: 101,
    open: 101,
    highest: 101,
    lowest: 101,
    volume: 3,
    amount: 3 * 101 * 10,
    average: 101,
    open_interest: 3,
    datetime: /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}$/,
  });
});

t.test('a login brings the whole tree under the name that was used', async (t) => {
  const floor = floorOf(t);
  const { circle } = floor;
  const account = circle.trader(500_000);
  const maker = circle.trader(1_000_000);
  circle.order(maker, floor.instrument, 'SELL OPEN 1@100');
  circle.order(account, floor.instrument, 'BUY OPEN 3@100', 'mine');
  const userName = `user${floor.state.accounts.user[account]}`;
  const client = floor.connect();
  client.send('req_login', { bid: 'qaexchange', user_name: userName, password: `password of ${userName}` });
  await client.next();
  await client.next();
  t.match(client.notices[0], { code: 324, level: 'INFO' });
  const tree = tradeOf(client, userName);
  t.match(tree, { user_id: userName, trade_more_data: false, session: { user_id: userName, trading_day: '20260105' } });
  t.match(tree.orders.mine, {
    order_id: 'mine',
    user_id: userName,
    exchange_id: 'SIM',
    instrument_id: 'x',
    direction: 'BUY',
    offset: 'OPEN',
    price_type: 'LIMIT',
    volume_orign: 3,
    volume_left: 2,
    limit_price: 100,
    status: 'ALIVE',
  });
  const [trade] = Object.values(tree.trades) as Record<string, unknown>[];
  t.match(trade, { order_id: 'mine', price: 100, volume: 1, direction: 'BUY', exchange_id: 'SIM', instrument_id: 'x' });
  t.match(tree.positions['SIM.x'], { volume_long: 1, volume_long_today: 1, volume_short: 0, open_price_long: 100, volume_long_yd: 0 });
  const { accounts } = tree;
  t.match(accounts.CNY, { currency: 'CNY', user_id: userName, static_balance: 500_000 });
  const money = accounts.CNY;
  const rounded = (value: number): number => Math.round(value * 10_000) / 10_000;
  t.equal(money.balance, rounded(money.static_balance + money.close_profit + money.position_profit - money.commission));
  t.equal(money.available, rounded(money.balance - money.margin - money.frozen_margin - money.frozen_commission));
});

t.test('logins that fail say why, and what was asked for behind them is forgotten', async (t) => {
  const floor = floorOf(t);
  const account = floor.circle.trader(1000);
  const userName = `user${floor.state.accounts.user[account]}`;
  const client = floor.connect();
  client.send('req_login', { bid: 'other', user_name: userName, password: `password of ${userName}` });
  await client.next();
  t.match(client.notices.pop(), { code: 403, level: 'ERROR' });
  client.send('insert_order', { ...LIMIT_BUY, user_id: userName, order_id: 'lost' });
  client.send('req_login', { bid: 'qaexchange', user_name: userName, password: 'wrong' });
  await client.next();
  t.match(client.notices.pop(), { code: 339, level: 'ERROR' });
  t.equal(tradeOf(client, userName), undefined);
  await client.login(userName, `password of ${userName}`);
  t.notOk(tradeOf(client, userName).orders?.lost);
  client.send('req_login', { user_name: userName, password: `password of ${userName}` });
  await client.next();
  t.match(client.notices.pop(), { code: 338, level: 'WARNING' });
});

t.test('aids that come ahead of the login are done after it', async (t) => {
  const floor = floorOf(t);
  const account = floor.circle.trader(1_000_000);
  const userName = `user${floor.state.accounts.user[account]}`;
  const client = floor.connect();
  client.send('confirm_settlement');
  client.send('insert_order', { ...LIMIT_BUY, user_id: userName, order_id: 'early' });
  await client.next();
  t.equal(floor.state.orders.size, 0);
  await client.login(userName);
  await client.next();
  t.match(tradeOf(client, userName).orders.early, { status: 'ALIVE', volume_left: 2 });
});

t.test('orders live under the id of the client, from insert to cancel', async (t) => {
  const floor = floorOf(t);
  const { client, userName } = await floor.trader();
  client.send('insert_order', { ...LIMIT_BUY, user_id: userName, order_id: 'TQJS_1' });
  await client.next();
  await client.next();
  const order = tradeOf(client, userName).orders.TQJS_1;
  t.match(order, { status: 'ALIVE', volume_orign: 2, volume_left: 2, exchange_order_id: /^[1-9]/, last_msg: 'accepted' });
  t.equal(typeof order.insert_date_time, 'number');
  t.match(client.notices.pop(), { code: 328 });
  const money = tradeOf(client, userName).accounts.CNY;
  t.ok(money.frozen_margin > 0);
  client.send('cancel_order', { user_id: userName, order_id: 'TQJS_1' });
  await client.next();
  await client.next();
  t.match(tradeOf(client, userName).orders.TQJS_1, { status: 'FINISHED', volume_left: 2, exchange_order_id: order.exchange_order_id });
  t.equal(tradeOf(client, userName).accounts.CNY.frozen_margin, 0);
  client.send('cancel_order', { user_id: userName, order_id: 'TQJS_1' });
  await client.next();
  t.match(client.notices.pop(), { code: 354, level: 'WARNING' });
});

t.test('everything that one fill does comes in one packet', async (t) => {
  const floor = floorOf(t);
  const { client, userName } = await floor.trader();
  const maker = floor.circle.trader(1_000_000);
  floor.circle.order(maker, floor.instrument, 'SELL OPEN 2@100');
  await client.next();
  client.send('insert_order', { ...LIMIT_BUY, user_id: userName, order_id: 'fill' });
  const before = client.packets;
  await client.next();
  t.equal(client.packets, before + 1);
  const tree = tradeOf(client, userName);
  t.match(tree.orders.fill, { status: 'FINISHED', volume_left: 0, last_msg: 'filled' });
  t.equal(Object.keys(tree.trades).length, 1);
  t.equal(tree.positions['SIM.x'].volume_long, 2);
  t.ok(tree.accounts.CNY.margin > 0);
  t.match(
    client.notices.map(({ code }) => code),
    [324, 328, 331],
  );
});

t.test('refused orders are in the tree, finished, with the reason, and a notice says so', async (t) => {
  const floor = floorOf(t);
  const { client, userName } = await floor.trader(10_000);
  const refused = async (fields: Record<string, unknown>, orderId: string, notice: number) => {
    client.send('insert_order', { ...LIMIT_BUY, user_id: userName, order_id: orderId, ...fields });
    await client.next();
    await client.next();
    t.match(tradeOf(client, userName).orders[orderId], { status: 'FINISHED', exchange_order_id: '' }, orderId);
    t.ok(tradeOf(client, userName).orders[orderId].last_msg.length > 10);
    t.equal(tradeOf(client, userName).orders[orderId].volume_left, tradeOf(client, userName).orders[orderId].volume_orign);
    t.match(client.notices.pop(), { code: notice, level: 'WARNING' });
  };
  await refused({ limit_price: 500 }, 'off-limits', 330);
  await refused({ volume: 1_000_000 }, 'too-large', 330);
  await refused({ volume: 'many' }, 'no-number', 330);
  await refused({ volume: '1e999' }, 'beyond-numbers', 330);
  await refused({ volume_condition: 'MIN', min_volume: 'some' }, 'no-minimum', 330);
  await refused({ instrument_id: 'none' }, 'unknown', 330);
  await refused({ price_type: 'SOME' }, 'kind', 330);
  await refused({ direction: 'HOLD' }, 'side', 330);
  await refused({ user_id: 'somebody' }, 'foreign', 356);
  await refused({ offset: 'CLOSE' }, 'nothing-held', 330);
  t.equal(floor.state.orders.size, 0);
});

t.test('a day greater than any number is answered like one that never was', async (t) => {
  const { client } = await floorOf(t).trader();
  for (const day of ['20260701e999', '1e999', 'x']) {
    client.send('qry_settlement_info', { trading_day: day });
    await client.next();
    t.match(client.others.pop(), { aid: 'qry_settlement_info', trading_day: 0, settlement_info: '' }, day);
  }
});

t.test('a duplicate is refused and leaves the first alone', async (t) => {
  const floor = floorOf(t);
  const { client, userName } = await floor.trader();
  client.send('insert_order', { ...LIMIT_BUY, user_id: userName, order_id: 'one' });
  client.send('insert_order', { ...LIMIT_BUY, user_id: userName, order_id: 'one', volume: 5 });
  await client.next();
  await client.next();
  client.send('insert_order', { ...LIMIT_BUY, user_id: userName, order_id: 'one', volume: 5 });
  await client.next();
  await client.next();
  t.match(tradeOf(client, userName).orders.one, { status: 'ALIVE', volume_orign: 2 });
  t.equal(client.notices.filter(({ code }) => code === 357).length, 2);
  t.equal(floor.state.orders.size, 1);
});

t.test('an order without an id is known by ours; numbers may be texts; codes may be whole', async (t) => {
  const floor = floorOf(t);
  const { client, userName } = await floor.trader();
  client.send('insert_order', { ...LIMIT_BUY, instrument_id: 'SIM.x', volume: '2', limit_price: '99', time_condition: undefined });
  await client.next();
  await client.next();
  const [[key, order]] = Object.entries(tradeOf(client, userName).orders as Record<string, Record<string, unknown>>);
  t.match(key, /^O\d{16}$/);
  t.match(order, { order_id: key, limit_price: 99, time_condition: 'GFD' });
});

t.test('market orders of either name, and every offset', async (t) => {
  const floor = floorOf(t);
  const { client, userName } = await floor.trader();
  const maker = floor.circle.trader(10_000_000);
  floor.circle.order(maker, floor.instrument, 'SELL OPEN 9@100');
  for (const [orderId, priceType] of [
    ['any', 'ANY'],
    ['market', 'MARKET'],
    ['best', 'BEST'],
    ['five', 'FIVELEVEL'],
  ]) {
    const kind = { price_type: priceType, limit_price: null, time_condition: 'IOC', volume: 1 };
    client.send('insert_order', { ...LIMIT_BUY, ...kind, user_id: userName, order_id: orderId });
    await client.next();
    await client.next();
    const shown = priceType === 'MARKET' ? 'ANY' : priceType;
    t.match(tradeOf(client, userName).orders[orderId], { status: 'FINISHED', volume_left: 0, price_type: shown }, priceType);
  }
  floor.circle.order(maker, floor.instrument, 'BUY OPEN 9@99');
  for (const [orderId, offset, shown] of [
    ['c1', 'CLOSE', 'CLOSE'],
    ['c2', 'CLOSE_TODAY', 'CLOSETODAY'],
    ['c3', 'CLOSETODAY', 'CLOSETODAY'],
  ]) {
    client.send('insert_order', {
      ...LIMIT_BUY,
      direction: 'SELL',
      offset,
      limit_price: 99,
      volume: 1,
      user_id: userName,
      order_id: orderId,
    });
    await client.next();
    await client.next();
    t.match(tradeOf(client, userName).orders[orderId], { status: 'FINISHED', offset: shown, volume_left: 0 }, offset);
  }
  t.equal(tradeOf(client, userName).positions['SIM.x'].volume_long, 1);
});

t.test('nobody sees or touches what is another’s', async (t) => {
  const floor = floorOf(t);
  const one = await floor.trader();
  const two = await floor.trader();
  one.client.send('insert_order', { ...LIMIT_BUY, user_id: one.userName, order_id: 'mine' });
  await one.client.next();
  two.client.send('cancel_order', { user_id: two.userName, order_id: 'mine' });
  await two.client.next();
  t.match(two.client.notices.pop(), { code: 354 });
  two.client.send('cancel_order', { user_id: one.userName, order_id: 'mine' });
  await two.client.next();
  t.match(two.client.notices.pop(), { code: 353 });
  two.client.send('insert_order', { ...LIMIT_BUY, account_id: 'ACC_0000000001', order_id: 'theirs' });
  await two.client.next();
  t.match(two.client.notices.pop(), { code: 356 });
  t.same(Object.keys(two.client.mirror.trade), [two.userName]);
  t.equal(floor.state.orders.size, 1);
});

t.test('connections of one user show the same, each at its own pace; another login switches', async (t) => {
  const floor = floorOf(t);
  const { client, userName } = await floor.trader();
  const second = floor.connect();
  await second.login(userName);
  client.send('insert_order', { ...LIMIT_BUY, user_id: userName, order_id: 'seen' });
  await second.next();
  await second.next();
  t.match(tradeOf(second, userName).orders.seen, { status: 'ALIVE' });
  await client.next();
  await client.next();
  t.same(tradeOf(client, userName).orders, tradeOf(second, userName).orders);
  const other = await floor.trader();
  await second.login(other.userName);
  t.same(Object.keys(second.mirror.trade), [other.userName]);
});

t.test('a login that has ended elsewhere acts no more, and its connection is closed', async (t) => {
  const floor = floorOf(t);
  const { client, userName } = await floor.trader();
  floor.kill(`token.of.${userName}`);
  client.send('insert_order', { ...LIMIT_BUY, user_id: userName, order_id: 'late' });
  await client.next();
  t.equal(floor.state.orders.size, 0);
  floor.nowMs += 5000;
  await new Promise((resolve) => setTimeout(resolve, 600));
  t.equal(client.socket.closed?.code, 4001);
});

t.test('settlement turns the tree: what was of the old day goes, positions become those of yesterday', async (t) => {
  const floor = floorOf(t);
  const { client, userName } = await floor.trader();
  const maker = floor.circle.trader(1_000_000);
  floor.circle.order(maker, floor.instrument, 'SELL OPEN 2@100');
  client.send('insert_order', { ...LIMIT_BUY, user_id: userName, order_id: 'old' });
  await client.next();
  await client.next();
  t.ok(tradeOf(client, userName).orders.old);
  settleDay(floor.circle, { [floor.instrument]: 101 });
  await client.next();
  await client.next();
  const tree = tradeOf(client, userName);
  t.same([tree.orders ?? {}, tree.trades ?? {}], [{}, {}]);
  t.match(tree.session, { trading_day: '20260106' });
  t.equal(tree.trading_day, '20260106');
  t.match(tree.positions['SIM.x'], { volume_long_his: 2, volume_long_today: 0, volume_long_yd: 2, position_price_long: 101 });
  t.equal(tree.accounts.CNY.pre_balance, tree.accounts.CNY.balance);
});

t.test('ping, unknown aids and nonsense', async (t) => {
  const floor = floorOf(t);
  const { client } = await floor.trader();
  client.send('ping');
  client.take();
  t.match(client.others.at(-1), { aid: 'pong' });
  const before = client.socket.frames.length;
  const nonsense = [
    '',
    '{',
    '[]',
    'null',
    '7',
    '"x"',
    '{}',
    '{"aid":7}',
    '{"aid":"no_such"}',
    '{"aid":"insert_order"}',
    '{"aid":"set_chart"}',
  ];
  for (const text of nonsense) client.raw(text);
  client.raw(Uint8Array.of(0xff, 0xfe, 0x7b));
  client.raw('{"aid":"ping"}', true);
  client.raw('['.repeat(5000));
  client.raw(JSON.stringify({ aid: 'subscribe_quote', ins_list: null }));
  client.raw(JSON.stringify({ aid: 'req_login', user_name: {}, password: [] }));
  client.raw(JSON.stringify({ aid: 'cancel_order', order_id: { a: null } }));
  await client.next();
  await client.next();
  t.equal(client.socket.closed, undefined);
  t.ok(client.socket.frames.length <= before + 3, 'notices at most');
});

t.test('peeks that are for nothing are charged, peeks that are due are not', async (t) => {
  let taken = 0;
  const floor = floorOf(t, {
    budget: {
      take: () => {
        taken++;
        return 0;
      },
    },
  });
  const client = floor.connect();
  client.send('subscribe_quote', { ins_list: 'SIM.x' });
  await floor.turn();
  t.equal(taken, 1);
  client.send('peek_message');
  t.equal(taken, 1);
  for (let i = 0; i < 10; i++) client.send('peek_message');
  t.equal(taken, 11);
});
