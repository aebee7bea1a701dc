/** Conditional orders from placing to the order that they become, over the real gateway, book and fold. */
import t from 'tap';
import { AccountStatus, ConditionalStatus, FreezeType, InstrumentStatus } from '../../../src/core/enums.js';
import { FrameKind, PhaseEntry } from '../../../src/core/events.js';
import { PENDING_PER_ACCOUNT_MAX } from '../../../src/front/conditionals/conditional-orders.js';
import { NO_MARK } from '../../../src/front/services/repeated-requests.js';
import { TRIGGERS_PER_TURN } from '../../../src/front/conditionals/trigger-pump.js';
import { restoreState, serializeState } from '../../../src/core/state-codec.js';
import { ConditionalCircle } from '../../support/conditional-circle.js';

const LISTING = { instrumentId: 'SIM.x', multiplier: 10, priceTick: 10_000, preSettlement: 1_000_000 };

/** An instrument around 100 with tick 1, two makers and a trader. */
function venue(): { circle: ConditionalCircle; x: number; maker: number; other: number; trader: number } {
  const circle = new ConditionalCircle();
  const x = circle.list(LISTING);
  const [maker, other, trader] = [1, 2, 3].map(() => circle.trader(10_000_000));
  return { circle, x, maker, other, trader };
}

/** Settles the day at 100. */
function endDay(circle: ConditionalCircle, instrument: number): void {
  const { tradingDay, timeUs: startedUs } = circle.state;
  circle.rare(FrameKind.DaySettled, {
    tradingDay,
    nextTradingDay: tradingDay + 1,
    instruments: [instrument],
    prices: [1_000_000],
    startedUs,
  });
}

/** Prints one trade at a price. */
function print({ circle, x, maker, other }: ReturnType<typeof venue>, price: number): void {
  circle.order(maker, x, `SELL OPEN 1@${price}`);
  circle.order(other, x, `BUY OPEN 1@${price}`);
}

t.test('K1: a price inside one sweep triggers, and the order follows the sweep', async (t) => {
  const circle = new ConditionalCircle();
  const ifs = circle.list({ instrumentId: 'CFFEX.IF2501', exchange: 0, multiplier: 300, priceTick: 2000, preSettlement: 38_000_000 });
  const [maker, taker, owner] = [1, 2, 3].map(() => circle.trader(100_000_000));
  circle.order(maker, ifs, 'SELL OPEN 2@3784');
  circle.order(owner, ifs, 'BUY OPEN 2@3784');
  t.equal(circle.state.market.lastPrice[ifs], 37_840_000, 'long 2, last 3784');
  circle.order(maker, ifs, 'SELL OPEN 1@3779.8');
  circle.order(maker, ifs, 'SELL OPEN 5@3780.4');
  circle.order(maker, ifs, 'BUY OPEN 4@3779.6');

  const stop = await circle.place(owner, ifs, 'SELL CLOSE 2@MARKET', 'LE 3780', { conditionType: 'STOP_LOSS' });
  t.equal(stop, 1);
  const sweep = circle.order(taker, ifs, 'BUY OPEN 3@MARKET');
  t.equal(circle.state.market.lastPrice[ifs], 37_804_000, 'the final price does not meet the condition');
  t.equal(sweep.order?.filled, 3);
  t.same(
    [...circle.state.market.recent(ifs, 2)].map(({ price, volume }) => [price, volume]),
    [
      [37_804_000, 2],
      [37_798_000, 1],
    ],
  );
  t.equal(circle.state.conditionals.touchedCount, 1);
  await circle.work();
  t.same(circle.ended, ['1 TRIGGERED']);
  const [last] = [...circle.state.market.recent(ifs, 1)];
  t.match(last, { price: 37_796_000, volume: 2 }, 'closed at the best bid behind the sweep');
  t.equal(circle.state.positions.volume[circle.state.positions.find(owner, ifs) * 2], 0);
});

t.test('every condition fires at its price and not beside it', async (t) => {
  for (const [condition, quiet, firing] of [
    ['GE', 101, 102],
    ['GT', 102, 103],
    ['LE', 99, 98],
    ['LT', 98, 97],
  ] as const) {
    const all = venue();
    const { circle, x, trader } = all;
    print(all, 100);
    const trigger = condition.startsWith('G') ? 102 : 98;
    await circle.place(trader, x, 'BUY OPEN 1@100', `${condition} ${trigger}`);
    print(all, quiet);
    await circle.work();
    t.same(circle.ended, [], `${condition} ${trigger} is quiet at ${quiet}`);
    print(all, firing);
    await circle.work();
    t.same(circle.ended, ['1 TRIGGERED'], `${condition} ${trigger} fires at ${firing}`);
  }
});

t.test('the order is an ordinary one that names its conditional order', async (t) => {
  const all = venue();
  const { circle, x, trader } = all;
  print(all, 100);
  await circle.place(trader, x, 'BUY OPEN 3@97', 'LE 99');
  const pending = circle.state.conditionals.find(1)!;
  t.match(pending, { status: ConditionalStatus.PENDING, account: trader, volume: 3, limitPrice: 970_000, touchedUs: 0 });
  print(all, 99);
  t.equal(pending.status, ConditionalStatus.PENDING, 'touched is still pending');
  t.equal(pending.touchedUs, circle.state.timeUs);
  await circle.work();
  t.equal(pending.status, ConditionalStatus.TRIGGERED);
  const slot = circle.state.orders.find(pending.resultOrderId);
  t.equal(circle.state.orders.clientOrderId(slot), 'COND_000000000001');
  t.equal(circle.state.conditionals.pendingCount, 0);
  print(all, 98);
  await circle.work();
  t.same(circle.submitted, [1], 'once');
});

t.test('those that one command met fire in the order of their age, those of an earlier command first', async (t) => {
  const all = venue();
  const { circle, x, maker, other, trader } = all;
  print(all, 100);
  for (const price of [98, 99, 98, 97]) await circle.place(trader, x, 'BUY OPEN 1@95', `LE ${price}`);
  // one sweep through 99 and 98
  circle.order(maker, x, 'BUY OPEN 1@99');
  circle.order(maker, x, 'BUY OPEN 1@98');
  circle.order(other, x, 'SELL OPEN 2@98');
  await circle.work();
  t.same(circle.submitted, [1, 2, 3]);
  print(all, 97);
  await circle.place(trader, x, 'BUY OPEN 1@95', 'GE 120', {});
  await circle.work();
  t.same(circle.submitted, [1, 2, 3, 4]);
  t.same(circle.ended, ['1 TRIGGERED', '2 TRIGGERED', '3 TRIGGERED', '4 TRIGGERED']);
});

t.test('refuses at once what could never become an order', async (t) => {
  const all = venue();
  const { circle, x, trader } = all;
  print(all, 100);
  const refused = async (order: string, when: string, instrument = x): Promise<number> =>
    -(await circle.place(trader, instrument, order, when));
  t.equal(await refused('BUY OPEN 1@95', 'LE 99', 0), 1007);
  t.equal(await refused('BUY OPEN 0@95', 'LE 99'), 1008);
  t.equal(await refused('BUY OPEN 1.5@95', 'LE 99'), 1008);
  t.equal(await refused('BUY OPEN 20000@95', 'LE 99'), 1011);
  t.equal(await refused('NEITHER OPEN 1@95', 'LE 99'), 1008);
  t.equal(await refused('BUY NOWHERE 1@95', 'LE 99'), 1008);
  t.equal(await refused('BUY OPEN 1@0', 'LE 99'), 1008);
  t.equal(await refused('BUY OPEN 1@95.5', 'LE 99'), 1012);
  for (const when of ['LE 0', 'LE -99', 'LE 99.5', 'LE 99.00001', 'LE NaN', 'EQ 99'])
    t.equal(await refused('BUY OPEN 1@95', when), 3101, when);
  t.equal(-(await circle.place(trader, x, 'BUY OPEN 1@95', 'LE 99', { conditionType: 'WISH' })), 3101);
  for (const when of ['LE 100', 'GE 100', 'GT 99', 'LT 101']) t.equal(await refused('BUY OPEN 1@95', when), 3102, when);
  t.equal(-(await circle.place(trader, x, 'BUY OPEN 1@95', 'LE 99', { validUntilUs: circle.nowUs })), 9008);
  t.equal(await refused('BUY OPEN 1@200', 'LE 50'), -1, 'band and funds are those of the trigger');
  circle.rare(FrameKind.AccountStatusChanged, {
    account: trader,
    status: AccountStatus.FROZEN,
    freezeType: FreezeType.TRADING_ONLY,
    reason: '',
    user: 0,
  });
  t.equal(await refused('BUY OPEN 1@95', 'LE 99'), 2002);
  t.equal(circle.state.conditionals.count, 1, 'nothing else took a number');
});

t.test('an account has 200 pending ones at most', async (t) => {
  const { circle, x, trader, other } = venue();
  const placed = Array.from({ length: PENDING_PER_ACCOUNT_MAX + 2 }, () => circle.propose(trader, x, 'BUY OPEN 1@95', 'LE 99'));
  while (circle.state.conditionals.count < PENDING_PER_ACCOUNT_MAX) await circle.durable();
  await circle.durable();
  t.same((await Promise.all(placed)).slice(-3), [PENDING_PER_ACCOUNT_MAX, -3104, -3104]);
  t.equal(await circle.place(other, x, 'BUY OPEN 1@95', 'LE 99'), PENDING_PER_ACCOUNT_MAX + 1, 'others go on');
  await circle.cancelConditional(trader, 7);
  t.equal(await circle.place(trader, x, 'BUY OPEN 1@95', 'LE 99'), PENDING_PER_ACCOUNT_MAX + 2);
});

t.test('fires at once what is met already, if it is told to', async (t) => {
  const all = venue();
  const { circle, x, trader } = all;
  t.equal(await circle.place(trader, x, 'BUY OPEN 1@95', 'LE 200'), 1, 'without a price of the day nothing is met');
  print(all, 100);
  await circle.work();
  t.same(circle.ended, ['1 TRIGGERED']);
  await circle.place(trader, x, 'BUY OPEN 1@95', 'LE 100', { fireIfTrue: true });
  await circle.work();
  t.same(circle.ended, ['1 TRIGGERED', '2 TRIGGERED']);
});

t.test('a price that comes while it is being placed is not missed', async (t) => {
  const all = venue();
  const { circle, x, trader } = all;
  print(all, 100);
  const placed = circle.propose(trader, x, 'BUY OPEN 1@95', 'LE 99');
  await new Promise((resolve) => setImmediate(resolve));
  print(all, 98);
  await circle.durable();
  t.equal(await placed, 1);
  await circle.work();
  t.same(circle.ended, ['1 TRIGGERED']);
});

t.test('waits through auction, break and halt, and looks at the last price when trading goes on', async (t) => {
  for (const phase of ['AUCTION_ORDER', 'BREAK', 'HALT', 'CLOSED'] as const) {
    const all = venue();
    const { circle, x, trader } = all;
    print(all, 100);
    circle.phase(x, phase);
    await circle.place(trader, x, 'BUY OPEN 1@95', 'LE 100', { fireIfTrue: true });
    await circle.work();
    t.same([circle.submitted, circle.ended], [[], []], phase);
    circle.phase(x, 'CONTINUOUS');
    await circle.work();
    t.same(circle.ended, ['1 TRIGGERED'], phase);
  }
});

t.test('what was touched before a halt or a suspension is submitted after it', async (t) => {
  const { active, suspended } = InstrumentStatus;
  for (const [phase, status] of [
    ['HALT', active],
    ['CONTINUOUS', suspended],
  ] as const) {
    const all = venue();
    const { circle, x, trader } = all;
    print(all, 100);
    await circle.place(trader, x, 'BUY OPEN 1@95', 'LE 99');
    print(all, 99);
    circle.phase(x, phase, status);
    await circle.work();
    t.same(circle.submitted, [], 'a halted book would let the order in, but it waits');
    t.equal(circle.state.conditionals.touchedCount, 1);
    circle.phase(x, 'CONTINUOUS', active);
    await circle.work();
    t.same(circle.ended, ['1 TRIGGERED']);
  }
});

t.test('the price of an auction triggers once trading is continuous', async (t) => {
  const all = venue();
  const { circle, x, maker, other, trader } = all;
  circle.phase(x, 'AUCTION_ORDER');
  await circle.place(trader, x, 'BUY OPEN 1@95', 'LE 98');
  circle.order(maker, x, 'SELL OPEN 1@98');
  circle.order(other, x, 'BUY OPEN 1@98');
  circle.phase(x, 'AUCTION_MATCH');
  await circle.work();
  t.equal(circle.state.market.lastPrice[x], 980_000);
  t.same(circle.submitted, []);
  circle.phase(x, 'CONTINUOUS');
  await circle.work();
  t.same(circle.ended, ['1 TRIGGERED']);
});

t.test('an order that the front or the book refuses leaves its code', async (t) => {
  const all = venue();
  const { circle, x, trader } = all;
  const poor = circle.trader(0);
  print(all, 100);
  await circle.place(poor, x, 'BUY OPEN 1@95', 'LE 99');
  await circle.place(trader, x, 'SELL CLOSE 1@MARKET', 'LE 99');
  await circle.place(trader, x, 'BUY OPEN 1@300', 'LE 99');
  circle.order(trader, x, 'BUY OPEN 1@95');
  await circle.place(trader, x, 'SELL OPEN 1@95', 'LE 99');
  print(all, 99);
  const failed = circle.state.conditionals.find(4)!;
  await circle.work();
  t.same([...circle.ended].sort(), ['1 FAILED 1001', '2 FAILED 2005', '3 FAILED 1013', '4 FAILED 1005']);
  t.match(failed, { status: ConditionalStatus.FAILED, code: 1005, resultOrderId: 0 }, 'its own order stands against it');
  t.same(circle.state.conditionals.countsOf(trader), [0, 0, 0, 0, 3]);
  t.same(circle.state.conditionals.countsOf(0), [0, 0, 0, 0, 4]);
});

t.test('busy, rebuilding and halted exchanges are asked again', async (t) => {
  for (const code of [3003, 4001, 4101, 5002, 9005]) {
    const all = venue();
    const { circle, x, trader } = all;
    print(all, 100);
    await circle.place(trader, x, 'BUY OPEN 1@95', 'LE 99');
    print(all, 99);
    circle.refuseWith = code;
    await circle.work();
    t.same([circle.submitted, circle.ended], [[], []], `${code}`);
    circle.refuseWith = 0;
    await circle.work();
    t.same(circle.ended, ['1 TRIGGERED'], `${code}`);
  }
});

t.test('the book may have stopped when the order comes: it waits and tries again', async (t) => {
  for (const [phase, status] of [
    ['HALT', InstrumentStatus.active],
    ['CONTINUOUS', InstrumentStatus.suspended],
  ] as const) {
    const all = venue();
    const { circle, x, trader } = all;
    print(all, 100);
    await circle.place(trader, x, 'BUY OPEN 1@MARKET', 'LE 99');
    print(all, 99);
    circle.conditionals.pump.run();
    // the phase change overtakes the order on its way
    circle.phase(x, phase, status);
    await circle.work();
    t.same(circle.ended, []);
    t.equal(circle.state.conditionals.touchedCount, 1);
    circle.phase(x, 'CONTINUOUS', InstrumentStatus.active);
    await circle.work();
    t.same([circle.submitted, circle.ended], [[1, 1], ['1 TRIGGERED']]);
  }
});

t.test('a lost matching thread gives the order up, and it is submitted again', async (t) => {
  const all = venue();
  const { circle, x, trader } = all;
  print(all, 100);
  await circle.place(trader, x, 'BUY OPEN 1@95', 'LE 99');
  print(all, 99);
  circle.conditionals.pump.run();
  circle.gateway.giveUp(0, 4001);
  t.equal(circle.state.conditionals.touchedCount, 1);
  circle.conditionals.pump.run();
  t.same(circle.submitted, [1, 1]);
});

t.test('at most a thousand orders go out in one turn of the loop', async (t) => {
  const all = venue();
  const { circle, x } = all;
  print(all, 100);
  const total = TRIGGERS_PER_TURN + 5;
  const accounts = Array.from({ length: 6 }, () => circle.trader(10_000_000));
  for (let number = 1; number <= total; number++) {
    circle.rare(FrameKind.ConditionalPlaced, {
      ...{ conditional: number, account: accounts[number % 6], instrument: x, side: 0, offset: 0, priceType: 0, volume: 1 },
      ...{ limitPrice: 950_000, triggerPrice: 990_000, conditionType: 0, triggerCondition: 1, validUntilUs: 0, ...NO_MARK },
    });
  }
  print(all, 99);
  circle.conditionals.pump.run();
  t.equal(circle.submitted.length, TRIGGERS_PER_TURN);
  await new Promise((resolve) => setImmediate(resolve));
  t.equal(circle.submitted.length, total, 'the rest in the next turn');
  t.same(
    circle.submitted,
    Array.from({ length: total }, (_, i) => i + 1),
  );
  await circle.work();
  t.equal(circle.state.conditionals.countsOf(0)[ConditionalStatus.TRIGGERED], total);
});

t.test('expires by time, whether touched or not, and at the end of the day', async (t) => {
  const all = venue();
  const { circle, x, trader } = all;
  print(all, 100);
  const until = circle.nowUs + 1_000_000;
  await circle.place(trader, x, 'BUY OPEN 1@95', 'LE 99', { validUntilUs: until });
  await circle.place(trader, x, 'BUY OPEN 1@95', 'LE 50', { validUntilUs: until + 1 });
  await circle.place(trader, x, 'BUY OPEN 1@95', 'LE 50');
  circle.nowUs = until - 1;
  circle.conditionals.look();
  await circle.durable();
  t.same(circle.ended, []);
  print(all, 99);
  circle.phase(x, 'BREAK');
  circle.nowUs = until;
  circle.conditionals.look();
  await circle.durable();
  t.same(circle.ended, ['1 EXPIRED'], 'in a break its order cannot come any more');
  circle.nowUs = until + 1;
  circle.proposals.refuseNext = 3003;
  circle.conditionals.look();
  await circle.durable();
  t.same(circle.ended, ['1 EXPIRED'], 'a full ring: the next look does it');
  circle.conditionals.look();
  await circle.durable();
  t.same(circle.ended, ['1 EXPIRED', '2 EXPIRED']);
  endDay(circle, x);
  t.same(circle.ended, ['1 EXPIRED', '2 EXPIRED', '3 EXPIRED']);
});

t.test('is cancelled while it is pending, and only then', async (t) => {
  const all = venue();
  const { circle, x, trader } = all;
  print(all, 100);
  t.equal(-(await circle.cancelConditional(trader, 1)), 3105);
  t.equal(-(await circle.cancelConditional(trader, 0)), 3105);
  await circle.place(trader, x, 'BUY OPEN 1@95', 'LE 99');
  t.equal(await circle.cancelConditional(trader, 1), 0);
  t.equal(-(await circle.cancelConditional(trader, 1)), 3103);
  print(all, 99);
  await circle.work();
  t.same(circle.submitted, []);
  t.same(circle.ended, ['1 CANCELLED']);
});

t.test('a cancel and a trigger that race: one of them wins, and never both', async (t) => {
  const all = venue();
  const { circle, x, trader } = all;
  print(all, 100);
  await circle.place(trader, x, 'BUY OPEN 1@95', 'LE 99');
  await circle.place(trader, x, 'BUY OPEN 1@95', 'LE 98');
  await circle.place(trader, x, 'BUY OPEN 1@95', 'LE 97');

  const first = circle.conditionals.cancel(circle.caller(trader), 1, { address: '', userAgent: '' });
  print(all, 99);
  circle.conditionals.pump.run();
  t.same(circle.submitted, [], 'touched while its end is under way: not submitted');
  await circle.durable();
  await first;

  print(all, 98);
  const second = circle.conditionals.cancel(circle.caller(trader), 2, { address: '', userAgent: '' });
  circle.conditionals.pump.run();
  await circle.durable();
  await second;
  t.same([circle.submitted, circle.ended], [[], ['1 CANCELLED', '2 CANCELLED']], 'touched and not handed over: cancelled');

  print(all, 97);
  circle.conditionals.pump.run();
  t.equal(-(await circle.cancelConditional(trader, 3)), 3103, 'its order is on its way');
  await circle.work();
  t.same([circle.submitted, circle.ended], [[3], ['1 CANCELLED', '2 CANCELLED', '3 TRIGGERED']]);
});

t.test('the end of the day may come before a cancel that is under way', async (t) => {
  const { circle, x, trader } = venue();
  await circle.place(trader, x, 'BUY OPEN 1@95', 'LE 99');
  const cancelled = circle.cancelConditional(trader, 1);
  endDay(circle, x);
  t.equal(-(await cancelled), 3103);
  t.same(circle.ended, ['1 EXPIRED']);
});

t.test('a refused cancel leaves it pending and working', async (t) => {
  const all = venue();
  const { circle, x, trader } = all;
  print(all, 100);
  await circle.place(trader, x, 'BUY OPEN 1@95', 'LE 99');
  circle.proposals.refuseNext = 3003;
  t.equal(-(await circle.cancelConditional(trader, 1)), 3003);
  print(all, 99);
  await circle.work();
  t.same(circle.ended, ['1 TRIGGERED']);
});

t.test('a freeze cancels all of the account, those under way included, and no others', async (t) => {
  const { circle, x, trader, other } = venue();
  await circle.place(trader, x, 'BUY OPEN 1@95', 'LE 99');
  await circle.place(other, x, 'BUY OPEN 1@95', 'LE 99');
  const late = circle.propose(trader, x, 'BUY OPEN 1@95', 'LE 98');
  const cancelled = circle.conditionals.cancelAllOf(trader);
  await circle.durable();
  t.equal(await late, 3);
  t.equal(await cancelled, 2);
  t.same(circle.ended, ['1 CANCELLED', '3 CANCELLED']);
  t.equal(await circle.conditionals.cancelAllOf(trader), 0);
});

t.test('an instrument that ends for good takes its conditional orders along', async (t) => {
  const { circle, x, trader } = venue();
  await circle.place(trader, x, 'BUY OPEN 1@95', 'LE 99', { validUntilUs: circle.nowUs + 1 });
  const entry = new PhaseEntry();
  Object.assign(entry, { instrument: x, phase: 0, status: InstrumentStatus.delisted });
  Object.assign(entry.stamp, { sequence: circle.state.sequence + 1, timeUs: circle.state.timeUs, endOfCommand: true });
  circle.state.phaseChanged(entry);
  t.same(circle.ended, ['1 EXPIRED']);
});

t.test('what was placed and cancelled is audited with its id', async (t) => {
  const { circle, x, trader } = venue();
  const audited: string[] = [];
  circle.audit.record = ({ logType, action, details }) => void audited.push(`${logType} ${action} ${details}`);
  await circle.place(trader, x, 'BUY OPEN 1@95', 'LE 99');
  await circle.cancelConditional(trader, 1);
  await circle.cancelConditional(trader, 1);
  t.same(audited, [
    'ORDER_SUBMIT place_conditional COND_000000000001',
    'ORDER_CANCEL cancel_conditional COND_000000000001',
    'ORDER_CANCEL cancel_conditional COND_000000000001 refused with 3103',
  ]);
});

t.test('under one key the same is placed once, for a day', async (t) => {
  const { circle, x, trader, other } = venue();
  const keyed = { idempotencyKey: 'mine-1' };
  const both = [1, 2].map(() => circle.propose(trader, x, 'BUY OPEN 1@95', 'LE 98', keyed));
  await circle.durable();
  t.same(await Promise.all(both), [1, 1], 'the second one came while the first was under way');
  t.equal(await circle.place(trader, x, 'BUY OPEN 2@95', 'LE 98', keyed), -9009);
  t.equal(await circle.place(other, x, 'BUY OPEN 1@95', 'LE 98', keyed), 2, 'the key of another user');
  await circle.cancelConditional(trader, 1);
  t.equal(await circle.place(trader, x, 'BUY OPEN 1@95', 'LE 98', keyed), 1, 'whatever has become of it');
  t.equal(await circle.place(trader, x, 'BUY OPEN 1@95', 'LE 98', { idempotencyKey: 'a b' }), -9008);

  // what another process knows: by the log, and by a snapshot
  const restarted = new ConditionalCircle(circle.journal);
  await restarted.durable();
  restarted.settle();
  t.equal(await restarted.place(trader, x, 'BUY OPEN 1@95', 'LE 98', keyed), 1, 'over a restart, too');
  t.equal(await restarted.place(trader, x, 'BUY OPEN 1@95', 'LE 97', keyed), -9009);
  t.equal(restarted.state.conditionals.count, 2, 'nothing was placed');
  const snapshot = serializeState(restarted.state);
  const restored = restoreState(snapshot);
  t.same([...restored.conditionalKeys], [...circle.state.conditionalKeys]);
  t.same(serializeState(restored), snapshot);

  const refused = { idempotencyKey: 'mine-2' };
  t.equal(await circle.place(trader, x, 'BUY OPEN 1@95', 'LE 98.5', refused), -3101);
  t.equal(await circle.place(trader, x, 'BUY OPEN 1@95', 'LE 97', refused), 3, 'nothing had come of the first');

  circle.nowUs += 24 * 3600 * 1_000_000 + 1000;
  t.equal(await circle.place(trader, x, 'BUY OPEN 1@95', 'LE 98', keyed), 4, 'a day later');
});
