/** Orders, and what their owners are told of them. */
import t from 'tap';
import { NO_MARK } from '../../../src/front/services/repeated-requests.js';
import { FrameKind } from '../../../src/core/events.js';
import { AccountType } from '../../../src/core/enums.js';
import { Floor, limitOrder, settled, userId } from './floor.js';

const types = (messages: readonly { type: string }[]): string[] => messages.map(({ type }) => type);

t.test('answers an order first, then reports it, then shows position and account once', async (t) => {
  const floor = new Floor();
  floor.list();
  const { client, accountId } = floor.trader(1000);
  client.take();
  const answers = client.ask(limitOrder(accountId, 'BUY', 2, 99, { request_id: 'r1', client_order_id: 'mine "1"' }));
  t.strictSame(types(answers), ['order_response', 'order_status', 'position_update', 'account_update']);
  const [response, status, position, account] = answers;
  t.strictSame(response, {
    type: 'order_response',
    success: true,
    order_id: 'O0000000000000001',
    status: 'Submitted',
    action: 'submit',
    client_order_id: 'mine "1"',
    error_code: null,
    error_message: null,
    request_id: 'r1',
  });
  t.match(status, {
    order_id: 'O0000000000000001',
    account_id: accountId,
    instrument_id: 'SIM.x',
    exchange_id: 'SIM',
    exchange_order_id: String(floor.state.sequence),
    direction: 'BUY',
    offset: 'OPEN',
    price_type: 'LIMIT',
    price: 99,
    volume: 2,
    filled_volume: 0,
    remaining_volume: 2,
    last_fill_volume: 0,
    status: 'Submitted',
    client_order_id: 'mine "1"',
    report_seq: 2,
  });
  t.notOk('reason' in status);
  t.match(position, { account_id: accountId, instrument_id: 'SIM.x', volume_long: 0, report_seq: 2 });
  t.match(account, { account_id: accountId, balance: 1000, available: 802, frozen: 198, margin: 0, profit: 0, report_seq: 2 });
});

t.test('tells both sides of a trade their own fill, numbered without a gap', async (t) => {
  const floor = new Floor();
  floor.list();
  const maker = floor.trader(1000);
  const taker = floor.trader(1000);
  maker.client.ask(limitOrder(maker.accountId, 'SELL', 3, 100));
  taker.client.take();
  const told = taker.client.ask(limitOrder(taker.accountId, 'BUY', 2, 101));
  t.strictSame(types(told), ['order_response', 'order_status', 'order_status', 'trade', 'position_update', 'account_update']);
  t.strictSame(
    told.slice(1, 4).map(({ report_seq: n }) => n),
    [2, 3, 4],
  );
  t.match(told[2], { status: 'Filled', filled_volume: 2, remaining_volume: 0, last_fill_volume: 2 });
  t.match(told[3], {
    trade_id: 'T0000000000000001',
    order_id: 'O0000000000000002',
    account_id: taker.accountId,
    instrument_id: 'SIM.x',
    direction: 'BUY',
    offset: 'OPEN',
    price: 100,
    volume: 2,
    commission: 0,
    is_taker: true,
  });
  t.match(told[4], { volume_long: 2, cost_long: 100, report_seq: 4 });
  t.match(told[5], { margin: 200, frozen: 0, available: 800, report_seq: 4 });
  const other = maker.client.take();
  t.strictSame(types(other), ['order_status', 'trade', 'position_update', 'account_update']);
  t.match(other[0], { status: 'PartiallyFilled', filled_volume: 2, remaining_volume: 1, report_seq: 3 });
  t.match(other[1], { trade_id: 'T0000000000000001', direction: 'SELL', is_taker: false, report_seq: 4 });
});

t.test('shows nobody what belongs to another, and every session of a user the same', async (t) => {
  const floor = new Floor();
  floor.list();
  const own = floor.trader();
  const stranger = floor.trader();
  const second = floor.connect();
  second.auth(own.user);
  const nameless = floor.connect(userId(own.user));
  for (const client of [own.client, stranger.client, second, nameless]) client.take();
  own.client.ask(limitOrder(own.accountId, 'BUY', 1, 100));
  t.strictSame(types(second.take()), ['order_status', 'position_update', 'account_update']);
  t.strictSame(stranger.client.take(), []);
  t.strictSame(nameless.take(), []);
});

t.test('coalesces position and account over one loop turn, reports never', async (t) => {
  const floor = new Floor();
  floor.list();
  const { client, accountId } = floor.trader();
  client.take();
  for (let n = 0; n < 5; n++) client.send(limitOrder(accountId, 'BUY', 1, 95 + n));
  floor.turn();
  const told = client.take();
  t.equal(told.filter(({ type }) => type === 'order_response').length, 5);
  t.strictSame(
    told.filter(({ type }) => type === 'order_status').map(({ report_seq: n }) => n),
    [2, 3, 4, 5, 6],
  );
  t.strictSame(types(told.slice(-2)), ['position_update', 'account_update']);
  t.equal(told.length, 12);
  t.equal(told.at(-1)?.report_seq, 6);
});

t.test('an IOC that rests nowhere is cancelled with its reason', async (t) => {
  const floor = new Floor();
  floor.list();
  const { client, accountId } = floor.trader();
  client.take();
  const told = client.ask({ ...limitOrder(accountId, 'BUY', 1, 100), price: undefined, order_type: 'MARKET', time_condition: 'IOC' });
  t.match(told[0], { type: 'order_response', success: true, status: 'Submitted' });
  t.match(told[1], { type: 'order_status', status: 'Submitted', price_type: 'MARKET', price: 0 });
  t.match(told[2], { type: 'order_status', status: 'Cancelled', remaining_volume: 0, reason_code: 4002, reason: /liquidity/i });
});

t.test('an order the book refuses fails with the code, has an id and is reported as Rejected', async (t) => {
  const floor = new Floor();
  floor.list();
  const { client, accountId } = floor.trader();
  client.ask(limitOrder(accountId, 'SELL', 1, 100));
  const told = client.ask(limitOrder(accountId, 'BUY', 1, 100, { request_id: 'self' }));
  t.match(told[0], {
    type: 'order_response',
    success: false,
    order_id: 'O0000000000000002',
    status: 'Rejected',
    action: 'submit',
    error_code: 1005,
    request_id: 'self',
  });
  t.match(told[1], { type: 'order_status', status: 'Rejected', reason_code: 1005, report_seq: 3 });
});

t.test('a repeated client_order_id gets the first order and makes no second one', async (t) => {
  const floor = new Floor();
  floor.list();
  const { client, accountId } = floor.trader();
  const order = limitOrder(accountId, 'BUY', 1, 100, { client_order_id: 'once' });
  const both = (id: string) => {
    client.send({ ...order, request_id: id });
  };
  both('a');
  both('b');
  floor.turn();
  const answers = client.takeOf('order_response');
  t.match(answers, [
    { request_id: 'a', success: true, order_id: 'O0000000000000001' },
    { request_id: 'b', success: true, order_id: 'O0000000000000001' },
  ]);
  client.ask({ type: 'cancel_order', account_id: accountId, order_id: 'O0000000000000001' });
  client.take();
  both('c');
  await settled();
  t.match(client.take(), [
    { type: 'order_response', request_id: 'c', success: true, order_id: 'O0000000000000001', status: 'Cancelled', client_order_id: 'once' },
  ]);
  t.equal(floor.state.nextOrderId, 2);
});

t.test('cancels an own working order and says why another cannot be', async (t) => {
  const floor = new Floor();
  floor.list();
  const own = floor.trader();
  const stranger = floor.trader();
  own.client.ask(limitOrder(own.accountId, 'BUY', 2, 100, { client_order_id: 'c' }));
  const cancel = (accountId: string, orderId: string) => ({
    type: 'cancel_order',
    account_id: accountId,
    order_id: orderId,
    request_id: 'x',
  });
  const first = 'O0000000000000001';

  stranger.client.take();
  t.match(stranger.client.ask(cancel(own.accountId, first)), [{ success: false, action: 'cancel', order_id: first, error_code: 9006 }]);
  t.match(stranger.client.ask(cancel(stranger.accountId, first)), [{ success: false, error_code: 9006, status: null }]);
  t.match(own.client.ask(cancel('ACC_0000000099', first)), [{ success: false, error_code: 1006 }]);

  const told = own.client.ask(cancel(own.accountId, first));
  t.match(
    told.find(({ type }) => type === 'order_response'),
    { success: true, action: 'cancel', order_id: first, status: 'Cancelled', client_order_id: 'c', request_id: 'x' },
  );
  t.match(
    told.find(({ type }) => type === 'order_status'),
    { status: 'Cancelled', remaining_volume: 0, filled_volume: 0, report_seq: 3 },
  );

  for (const [orderId, code] of [
    [first, 3002],
    ['O0000000000000099', 3001],
    ['nonsense', 3001],
  ] as const) {
    own.client.send(cancel(own.accountId, orderId));
    await settled();
    t.match(own.client.take(), [{ type: 'order_response', success: false, action: 'cancel', error_code: code }], orderId);
  }
  stranger.client.send(cancel(stranger.accountId, first));
  await settled();
  t.match(stranger.client.take(), [{ success: false, error_code: 9006 }], 'a finished order of another');
  t.match(own.client.ask({ type: 'cancel_order', account_id: own.accountId }), [
    { type: 'order_response', success: false, error_code: 9003 },
  ]);
});

t.test('answers queries by ownership', async (t) => {
  const floor = new Floor();
  floor.list();
  const own = floor.trader(1000);
  const stranger = floor.trader(500);
  own.client.ask(limitOrder(own.accountId, 'BUY', 1, 100));
  stranger.client.ask({ ...limitOrder(stranger.accountId, 'SELL', 1, 100) });
  own.client.take();
  stranger.client.take();

  own.client.send({ type: 'query_order', order_id: 'O0000000000000001', request_id: 'q' });
  await settled();
  t.match(own.client.take(), [
    { type: 'query_response', request_type: 'query_order', request_id: 'q', data: { order: { status: 'Filled', avg_fill_price: 100 } } },
  ]);
  stranger.client.send({ type: 'query_order', order_id: 'O0000000000000001' });
  own.client.send({ type: 'query_order', order_id: 'O0000000000000099' });
  await settled();
  t.match(stranger.client.take(), [{ type: 'error', code: 9006 }]);
  t.match(own.client.take(), [{ type: 'error', code: 3001 }]);

  t.match(own.client.ask({ type: 'query_account' }), [
    {
      type: 'query_response',
      request_type: 'query_account',
      data: { account: { account_id: own.accountId, balance: 1000, margin: 100 }, accounts: [{ account_id: own.accountId }] },
    },
  ]);
  t.match(own.client.ask({ type: 'query_account', account_id: stranger.accountId }), [{ type: 'error', code: 9006 }]);
  t.match(own.client.ask({ type: 'query_account', account_id: 'ACC_0000000099' }), [{ type: 'error', code: 1006 }]);
  t.match(own.client.ask({ type: 'query_position', instrument_id: 'SIM.x' }), [
    { data: { positions: [{ account_id: own.accountId, volume_long: 1, volume_short: 0 }] } },
  ]);
  t.match(own.client.ask({ type: 'query_position', instrument_id: 'SIM.y' }), [{ type: 'error', code: 1007 }]);
  t.match(own.client.ask({ type: 'query_position', account_id: stranger.accountId }), [{ type: 'error', code: 9006 }]);
  t.strictSame(floor.errors, []);
});

t.test('reports money, and an account opened during the session joins at once', async (t) => {
  const floor = new Floor();
  const { client, accountId, account, user } = floor.trader(1000);
  client.take();
  floor.circle.deposit(account, 250.5);
  floor.turn();
  t.match(client.take(), [
    {
      type: 'transaction',
      transaction_id: 'TXN000000000002',
      account_id: accountId,
      transaction_type: 'deposit',
      amount: 250.5,
      balance_before: 1000,
      balance_after: 1250.5,
      report_seq: 2,
    },
    { type: 'account_update', balance: 1250.5, report_seq: 2 },
  ]);
  floor.circle.rare(FrameKind.AccountOpened, {
    account: account + 1,
    user,
    name: 'second',
    accountType: AccountType.individual,
    tradingPasswordHash: '',
  });
  floor.circle.deposit(account + 1, 7);
  floor.turn();
  t.match(client.take(), [
    { type: 'transaction', account_id: 'ACC_0000000002', report_seq: 1 },
    { type: 'account_update', account_id: 'ACC_0000000002', balance: 7, report_seq: 1 },
  ]);
});

t.test('what a closed session had under way goes nowhere', async (t) => {
  const floor = new Floor();
  floor.list();
  const { client, accountId, account } = floor.trader();
  client.send(limitOrder(accountId, 'BUY', 1, 100));
  client.session.close(4001);
  floor.turn();
  t.equal(floor.circle.gateway.commandsUnderWay, 0);
  t.equal(floor.state.accounts.firstOrder[account] !== 0, true, 'the order lives');
});

t.test('an amended order is reported as it is now, then what it trades', async (t) => {
  const floor = new Floor();
  floor.list();
  const { client, account, accountId } = floor.trader();
  const other = floor.trader();
  other.client.ask(limitOrder(other.accountId, 'SELL', 1, 101));
  client.ask(limitOrder(accountId, 'BUY', 3, 99));
  floor.circle.amend(account, 2, 101, 4);
  floor.turn();
  const told = client.take();
  t.strictSame(types(told), ['order_status', 'order_status', 'trade', 'position_update', 'account_update']);
  t.match(told[0], {
    status: 'Submitted',
    price: 101,
    volume: 4,
    filled_volume: 0,
    remaining_volume: 4,
    last_fill_volume: 0,
    report_seq: 3,
  });
  t.match(told[1], { status: 'PartiallyFilled', filled_volume: 1, remaining_volume: 3, report_seq: 4 });
  t.match(told[4], { frozen: 303, margin: 101, report_seq: 5 });
  floor.circle.amend(account, 2, 90.5, 0);
  floor.turn();
  t.strictSame(client.take(), [], 'a refused one is nobody’s business but the caller’s');
  floor.circle.amend(account, 2, 0, 1);
  floor.turn();
  t.match(client.take()[0], { status: 'Cancelled', reason: /filled already/, filled_volume: 1, remaining_volume: 0, report_seq: 6 });
});

t.test('lots that self-trade prevention takes off a working order are reported with the reason', async (t) => {
  const floor = new Floor();
  floor.list();
  const { client, accountId } = floor.trader();
  client.ask(limitOrder(accountId, 'SELL', 5, 100));
  const told = client.ask(limitOrder(accountId, 'BUY', 2, 100, { smp_mode: 'DECREMENT' }));
  t.strictSame(types(told), ['order_response', 'order_status', 'order_status', 'order_status', 'position_update', 'account_update']);
  t.match(told[2], { order_id: 'O0000000000000002', status: 'Cancelled', remaining_volume: 0, reason: /self-trade/ });
  t.match(told[3], {
    order_id: 'O0000000000000001',
    status: 'Submitted',
    volume: 5,
    filled_volume: 0,
    remaining_volume: 3,
    reason: /self-trade/,
  });
  t.strictSame(
    told.slice(1, 4).map(({ report_seq: n }) => n),
    [3, 4, 5],
  );
  t.match(told[5], { frozen: 300 });
});

t.test('what is left of a market kind is reported when it comes to rest, and expired orders say so', async (t) => {
  const floor = new Floor();
  const instrument = floor.list();
  const { client, accountId } = floor.trader();
  const other = floor.trader();
  other.client.ask(limitOrder(other.accountId, 'SELL', 1, 100));
  const best = { ...limitOrder(accountId, 'BUY', 3, 0), order_type: 'BEST5', residual: 'TO_LIMIT' };
  const told = client.ask(best).filter(({ type }) => type === 'order_status');
  t.match(told, [
    { status: 'Submitted', price: 0, remaining_volume: 3 },
    { status: 'PartiallyFilled', remaining_volume: 2 },
    { status: 'PartiallyFilled', price: 100, price_type: 'BEST5', remaining_volume: 2 },
  ]);
  client.ask(limitOrder(accountId, 'BUY', 1, 99, { time_condition: 'GFS' }));
  floor.circle.phase(instrument, 'BREAK');
  floor.turn();
  t.match(client.take()[0], { status: 'Cancelled', reason: 'expired' });
});

t.test('shows a conditional order to its owner at every change, behind the report of its order', async (t) => {
  const floor = new Floor();
  const instrument = floor.list();
  const maker = floor.trader(1000);
  const { client, account, accountId } = floor.trader(1000);
  client.take();
  maker.client.take();
  const terms = { account, instrument, side: 0, offset: 0, priceType: 0, volume: 1, limitPrice: 900_000 };
  const trigger = { triggerPrice: 1_010_000, conditionType: 1, triggerCondition: 0, validUntilUs: 1_767_657_600_000_000, ...NO_MARK };
  floor.circle.rare(FrameKind.ConditionalPlaced, { conditional: 1, ...terms, ...trigger });
  floor.circle.rare(FrameKind.ConditionalPlaced, { conditional: 2, ...terms, ...trigger, priceType: 1, limitPrice: 0, validUntilUs: 0 });
  floor.circle.rare(FrameKind.ConditionalEnded, { conditional: 2, status: 4, code: 1001 });
  floor.turn();
  const [placed, , failed] = client.take();
  t.match(placed, {
    type: 'conditional_update',
    conditional_order_id: 'COND_000000000001',
    account_id: accountId,
    instrument_id: 'SIM.x',
    direction: 'BUY',
    offset: 'OPEN',
    volume: 1,
    order_type: 'LIMIT',
    limit_price: 90,
    condition_type: 'TAKE_PROFIT',
    trigger_price: 101,
    trigger_condition: 'GE',
    valid_until: 1_767_657_600_000,
    status: 'PENDING',
  });
  for (const name of ['triggered_at', 'result_order_id', 'fail_code']) t.notOk(name in placed, name);
  t.match(failed, {
    conditional_order_id: 'COND_000000000002',
    order_type: 'MARKET',
    status: 'FAILED',
    fail_code: 1001,
    fail_reason: /funds/,
  });
  for (const name of ['limit_price', 'valid_until', 'triggered_at']) t.notOk(name in failed, name);

  maker.client.ask(limitOrder(maker.accountId, 'SELL', 1, 101));
  floor.circle.order(account, instrument, 'BUY OPEN 1@101');
  floor.turn();
  t.same(maker.client.takeOf('conditional_update'), [], 'nobody else sees it');
  client.take();
  floor.circle.order(account, instrument, 'BUY OPEN 1@90', 'COND_000000000001');
  floor.turn();
  const [status, triggered] = client.take();
  t.match(status, { type: 'order_status', client_order_id: 'COND_000000000001', status: 'Submitted' });
  t.match(triggered, { type: 'conditional_update', status: 'TRIGGERED', result_order_id: status['order_id'] });
  t.equal(typeof triggered['triggered_at'], 'number');
});
