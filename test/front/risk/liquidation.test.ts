/** Forced liquidation through the real gate, book and fold (ledger.md 8, L6). */
import t from 'tap';
import { AccountStatus, FreezeType, LiquidationTrigger, MarginMode, OrderStatus, TimeCondition } from '../../../src/core/enums.js';
import { FrameKind } from '../../../src/core/events.js';
import { serializeState } from '../../../src/core/state-codec.js';
import { HeaderAt } from '../../../src/wire/frame-layout.js';
import { listIf, money } from '../../core/ledger/ledger-support.js';
import { RiskCircle } from '../../support/risk-circle.js';
import { settleDay } from '../../support/settle-day.js';
import { checkSoundness } from '../../support/soundness.js';

const ALL = { maxPositionRatio: 1, rejectRiskRatio: 950_000 };
const ACTOR = { user: 1, origin: { address: '', userAgent: '' } };

/** L6 up to the morning of the second day: A long 3@3800, B short. D and E print prices; C is there to buy. */
function secondDay() {
  const circle = new RiskCircle(ALL);
  const instrument = listIf(circle);
  const [a, b, c] = [circle.trader(450_000), circle.trader(2_000_000), circle.trader(2_000_000)];
  const printers = [circle.trader(100_000_000), circle.trader(100_000_000)] as const;
  circle.onEvent = () => checkSoundness(circle.state, circle.depth);
  circle.order(b, instrument, 'SELL OPEN 3@3800');
  circle.order(a, instrument, 'BUY OPEN 3@3800');
  settleDay(circle, { [instrument]: 3800 });
  const mark = (price: number): Promise<void> => circle.print(instrument, price, printers);
  return { circle, instrument, a, b, c, printers, mark };
}

t.test('L6: one of three lots is sold, and that is enough', async (t) => {
  const { circle, instrument, a, b, c, printers, mark } = secondDay();
  const { state } = circle;
  await circle.work();
  t.match(money(state, a), { close: 0, pos: 0, comm: 0, bal: 449_921.34, margin: 410_400, avail: 39_521.34, risk: 91.2159 });
  await mark(3780);
  t.match(money(state, a), { pos: -18_000, bal: 431_921.34, avail: 21_521.34, risk: 95.0173 });
  t.equal(circle.order(a, instrument, 'BUY OPEN 1@3700').code, 1002, 'the share comes before the risk ratio');
  circle.limit({ maxPositionRatio: 100_000_000 });
  t.equal(circle.order(a, instrument, 'BUY OPEN 1@3700').code, 1004);
  t.equal(circle.order(a, instrument, 'SELL CLOSE 3@4000').code, 0, 'he tries to close at a good price');
  await mark(3758);
  t.match(money(state, a), { pos: -37_800, bal: 412_121.34, avail: 1_721.34, risk: 99.5823 });
  t.equal(state.liquidations.size, 0);

  circle.order(printers[0], instrument, 'SELL OPEN 1@3750');
  circle.order(printers[1], instrument, 'BUY OPEN 1@3750');
  circle.order(c, instrument, 'BUY OPEN 1@3750');
  t.match(money(state, a), { pos: -45_000, bal: 404_921.34, margin: 410_400, avail: -5_478.66, risk: 101.353 });
  await circle.work();
  const sold = { close: -15_000, pos: -30_000, comm: 25.875, bal: 404_895.465, margin: 273_600, avail: 131_295.465, risk: 67.5729 };
  t.match(money(state, a), sold);
  t.same(circle.outcomes, [`${a} filled`]);
  const [record] = circle.records;
  t.match(record, {
    trigger: LiquidationTrigger.auto,
    before: { riskRatio: 1_013_530, balance: 4_049_213_400 },
    after: { riskRatio: 675_729, balance: 4_048_954_650 },
    commission: 258_750,
    closed: [{ instrument, side: 1, volume: 1, notional: 37_500_000, loss: 150_000_000 }],
  });
  const order = circle.history.findOrder(record.orders[0])!;
  t.match(order, { price: 37_312_000, volume: 1, filled: 1, clientOrderId: 'LIQ_000000000001-1', timeCondition: TimeCondition.IOC });
  t.same(circle.live(a), [], 'his own order was cancelled first');
  t.equal(state.liquidations.size, 0);
  t.equal(circle.order(a, instrument, 'BUY OPEN 1@3600').code, 0, 'he may open again');
  circle.massCancel(a);

  await mark(3748);
  t.match(money(state, a), { close: -15_000, pos: -31_200, bal: 403_695.465, avail: 130_095.465, risk: 67.7738 });
  settleDay(circle, { [instrument]: 3752 });
  t.match(money(state, a), { bal: 406_095.465, margin: 270_144, avail: 135_951.465, risk: 66.5222 });
  t.match(money(state, b), { bal: 2_043_121.34 });
  t.match(money(state, c), { bal: 2_000_574.125 });
});

t.test('L6 goes on: a gap to the lower limit, nobody buys, and all must go', async (t) => {
  const { circle, instrument, a, c, printers, mark } = secondDay();
  circle.order(printers[0], instrument, 'SELL OPEN 1@3750');
  circle.order(printers[1], instrument, 'BUY OPEN 1@3750');
  circle.order(c, instrument, 'BUY OPEN 1@3750');
  await circle.work();
  settleDay(circle, { [instrument]: 3752 });
  await mark(3376.8);
  t.match(money(circle.state, a), { pos: -225_120, bal: 180_975.465, margin: 270_144, risk: 149.271 });
  circle.limit({ liquidationTarget: 0 });
  const orderCount = (): number => circle.state.liquidations.of(a)!.orders.length;
  await circle.pass(500);
  t.equal(orderCount(), 1, 'the first try');
  await circle.pass(500);
  t.equal(orderCount(), 1, 'the next comes a second later');
  await circle.pass(500);
  t.equal(orderCount(), 2);
  await circle.pass(1000);
  t.equal(orderCount(), 3);
  t.same(circle.live(a), []);
  await circle.pass(1000);
  t.match(circle.live(a), [{ price: 33_768_000, volume: 2, timeCondition: TimeCondition.GFD, status: OrderStatus.Submitted }], 'it rests');
  await circle.pass(5000);
  t.equal(orderCount(), 4, 'and stays');

  circle.order(c, instrument, 'BUY OPEN 1@3376.8');
  await circle.pass(500);
  t.match(circle.live(a), [{ volume: 2, filled: 1 }], 'the other must go too');
  circle.order(c, instrument, 'BUY OPEN 1@3376.8');
  await circle.pass(500);
  t.same(circle.outcomes, [`${a} filled`, `${a} filled`]);
  t.equal(circle.state.ledger.riskRatio(a), 0);
  t.match(money(circle.state, a), { bal: 180_928.8652 });
});

t.test('the rest of a resting order is taken back when less must go', async (t) => {
  const { circle, a, mark } = secondDay();
  circle.limit({ liquidationTarget: 300_000 });
  await mark(3740);
  await circle.pass(3000);
  t.match(circle.live(a), [{ volume: 3, filled: 0 }], 'all three must go');
  circle.deposit(a, 1_000_000);
  await circle.pass(500);
  t.same(circle.live(a), []);
  t.same(circle.outcomes, [`${a} cancelled`], 'recovered before anything was sold');
});

t.test('his orders are cancelled, those that open first, and a cancel may be enough', async (t) => {
  const { circle, instrument, a, printers } = secondDay();
  circle.limit({ maxPositionRatio: 100_000_000 });
  circle.deposit(a, 30_000);
  t.equal(circle.order(a, instrument, 'SELL CLOSE 2@3900').code, 0);
  const cancelled: number[] = [];
  circle.onEvent = () => {
    checkSoundness(circle.state, circle.depth);
    for (const { orderId, reason } of circle.live(a)) if (reason !== 0) cancelled.push(orderId);
  };
  circle.order(printers[0], instrument, 'SELL OPEN 1@3705');
  circle.order(printers[1], instrument, 'BUY OPEN 1@3705');
  t.ok(circle.state.ledger.riskRatio(a) >= 1_000_000);
  await circle.turn();
  circle.deposit(a, 100_000);
  await circle.work();
  t.same(circle.outcomes, [`${a} cancelled`]);
  t.same(circle.records[0].orders, []);
  t.same(circle.live(a), [], 'the orders are gone all the same');
});

t.test('opening is locked while it goes on', async (t) => {
  const { circle, instrument, a, mark } = secondDay();
  circle.limit({ maxPositionRatio: 100_000_000 });
  await mark(3740);
  t.equal(circle.state.liquidations.size, 1);
  circle.deposit(a, 4000);
  t.equal(circle.order(a, instrument, 'BUY OPEN 1@3700').code, 2002);
});

t.test('without a balance everything goes, the default fund pays and the account is frozen', async (t) => {
  const { circle, instrument, a, b, c, mark } = secondDay();
  const before = circle.state.ledger.balance(b);
  circle.limit({ liquidationThreshold: 10_000_000, riskRatioReject: 5_000_000 });
  await mark(3420);
  circle.limit({ liquidationThreshold: 1_000_000, riskRatioReject: 950_000 });
  settleDay(circle, { [instrument]: 3420 });
  circle.state.ledger.riskRatio(a);
  circle.order(c, instrument, 'BUY OPEN 9@3078');
  circle.order(b, instrument, 'SELL OPEN 1@3078');
  await circle.pass(1000);
  const owed = 449_921.34 - (3800 - 3078) * 900 - 3 * 3078 * 300 * 0.000023;
  t.ok(owed < 0);
  const [record] = circle.records;
  t.match(record, { trigger: LiquidationTrigger.settlement, closed: [{ volume: 3 }] });
  t.equal(record.after.balance, Math.round(owed * 10_000));
  t.equal(circle.state.ledger.balance(a), 0);
  t.equal(circle.state.defaultFund, Math.round(owed * 10_000));
  t.equal(circle.state.accounts.status[a], AccountStatus.FROZEN);
  t.equal(circle.state.accounts.freezeType[a], FreezeType.FULL);
  t.ok(circle.state.ledger.balance(b) > before);
  const funds = circle.history.documents.filter(({ table, account }) => table === 'funds' && account === a);
  t.match(funds.at(-1)?.record, { kind: 3, amount: -Math.round(owed * 10_000), balanceAfter: 0 });
  await circle.pass(3000);
  t.equal(circle.records.length, 1, 'nothing is left to do');
});

t.test('an account that closed at a loss by itself is covered too, its orders first', async (t) => {
  const { circle, instrument, a, c } = secondDay();
  const other = circle.list({ instrumentId: 'SIM.o', multiplier: 1, priceTick: 10_000, preSettlement: 1_000_000 });
  circle.limit({ liquidationThreshold: 999_000_000, riskRatioReject: 998_000_000 });
  t.equal(circle.order(a, other, 'BUY OPEN 1@95').code, 0);
  circle.withdraw(a, 400_000);
  circle.order(c, instrument, 'BUY OPEN 3@3420');
  circle.order(a, instrument, 'SELL CLOSE 3@3420');
  t.equal(circle.live(a).length, 1, 'an opening order is left');
  t.ok(circle.state.ledger.balance(a) < 0);
  await circle.pass(500);
  t.equal(circle.live(a).length, 0);
  t.equal(circle.state.ledger.balance(a), 0);
  t.ok(circle.state.defaultFund < 0);
  t.equal(circle.state.accounts.status[a], AccountStatus.FROZEN);
  t.same(circle.records, [], 'there was nothing to close');
});

t.test('lots of today and of earlier days go by the offsets of the exchange', async (t) => {
  const circle = new RiskCircle(ALL);
  const terms = { multiplier: 10, priceTick: 10_000, preSettlement: 1_000_000, longMarginRatio: 100_000, shortMarginRatio: 100_000 };
  const shfe = circle.list({ instrumentId: 'SHFE.s', exchange: 1, ...terms, maxLimitVolume: 30 });
  const [a, b] = [circle.trader(10_700), circle.trader(1_000_000)];
  circle.limit({ liquidationTarget: 400_000 });
  circle.onEvent = () => checkSoundness(circle.state, circle.depth);
  circle.order(b, shfe, 'SELL OPEN 30@100');
  circle.order(a, shfe, 'BUY OPEN 30@100');
  settleDay(circle, { [shfe]: 100 });
  circle.order(b, shfe, 'SELL OPEN 30@100');
  circle.order(a, shfe, 'BUY OPEN 30@100');
  circle.order(b, shfe, 'BUY OPEN 30@92');
  circle.order(b, shfe, 'BUY OPEN 30@91');
  const seller = circle.trader(1_000_000);
  circle.order(seller, shfe, 'SELL OPEN 1@92');
  await circle.pass(5000);
  t.same(circle.outcomes, [`${a} filled`]);
  const orders = circle.records[0].orders.map((id) => circle.history.findOrder(id)!);
  t.equal(orders[0].offset, 1, 'CLOSE for lots of earlier days');
  t.ok(
    orders.slice(1).every(({ offset }) => offset === 2),
    'CLOSETODAY for those of today',
  );
  t.ok(orders.every(({ volume }) => volume <= 30));
  t.ok(circle.state.ledger.riskRatio(a) <= 400_000);
});

t.test('a hedged pair goes first where one leg would free nothing', async (t) => {
  const circle = new RiskCircle({ maxPositionRatio: 100, rejectRiskRatio: 950_000 });
  const terms = { multiplier: 10, priceTick: 10_000, preSettlement: 1_000_000, marginMode: MarginMode.LARGER, exchange: 3 };
  const near = circle.list({ instrumentId: 'DCE.n', productId: 'p', ...terms });
  const far = circle.list({ instrumentId: 'DCE.f', productId: 'p', ...terms });
  const [a, b] = [circle.trader(20_000), circle.trader(1_000_000)];
  circle.onEvent = () => checkSoundness(circle.state, circle.depth);
  const trade = (instrument: number, text: string, other: string): void => {
    circle.order(b, instrument, other);
    t.equal(circle.order(a, instrument, text).order?.status, OrderStatus.Filled, text);
  };
  trade(near, 'BUY OPEN 50@100', 'SELL OPEN 50@100');
  trade(near, 'SELL OPEN 20@100', 'BUY OPEN 20@100');
  trade(far, 'SELL OPEN 30@100', 'BUY OPEN 30@100');
  t.equal(circle.state.accounts.margin[a], 50_000_000);
  circle.withdraw(a, 14_900);
  // asks and bids enough for both legs
  circle.order(b, near, 'BUY OPEN 50@99');
  circle.order(b, near, 'SELL OPEN 50@101');
  await circle.pass(500);
  t.same(circle.outcomes, []);
  circle.withdraw(a, 200);
  await circle.pass(3000);
  t.same(circle.outcomes, [`${a} filled`]);
  const [record] = circle.records;
  t.equal(record.closed.length, 2, 'both legs');
  t.equal(record.closed[0].volume, record.closed[1].volume, 'in equal volume');
});

t.test('by hand: everything goes, whatever the risk', async (t) => {
  const { circle, instrument, a, c } = secondDay();
  circle.order(c, instrument, 'BUY OPEN 9@3790');
  const asked = circle.risk.forceLiquidate(a, 'a rule was broken', ACTOR);
  await circle.work();
  const liquidation = await asked;
  t.match(liquidation, { trigger: LiquidationTrigger.manual, user: 1, remark: 'a rule was broken', status: 3, closed: [{ volume: 3 }] });
  t.equal(circle.state.accounts.margin[a], 0);
  await t.rejects(circle.risk.forceLiquidate(a, 'again', ACTOR), { code: 6003 }, 'nothing is left');
  await circle.work();
  t.match(circle.auditOf('FORCE_LIQUIDATION'), [{ user: 1, account: a, result: 0 }, { result: 1 }]);
});

t.test('by hand while one is under way: that one goes on to the end', async (t) => {
  const { circle, instrument, a, c, mark } = secondDay();
  await mark(3740);
  t.equal(circle.state.liquidations.of(a)?.trigger, LiquidationTrigger.auto);
  const asked = circle.risk.forceLiquidate(a, 'all of it', ACTOR);
  await circle.work();
  circle.order(c, instrument, 'BUY OPEN 9@3739');
  await circle.pass(2000);
  t.match(await asked, { id: 1, trigger: LiquidationTrigger.manual, closed: [{ volume: 3 }] });
  t.equal(circle.state.liquidations.count, 1);
});

t.test('outside of continuous trading it waits', async (t) => {
  const { circle, instrument, a, c, mark } = secondDay();
  circle.limit({ liquidationThreshold: 2_000_000 });
  await mark(3740);
  circle.phase(instrument, 'BREAK');
  circle.limit({ liquidationThreshold: 1_000_000 });
  await circle.pass(5000);
  t.equal(circle.state.liquidations.count, 0);
  await t.rejects(circle.risk.forceLiquidate(a, 'now', ACTOR), { code: 6003 });
  circle.phase(instrument, 'CONTINUOUS');
  await circle.pass(500);
  t.equal(circle.state.liquidations.count, 1);
  circle.phase(instrument, 'BREAK');
  await circle.pass(5000);
  circle.phase(instrument, 'CONTINUOUS');
  circle.order(c, instrument, 'BUY OPEN 9@3740');
  await circle.pass(2000);
  t.same(circle.outcomes, [`${a} filled`]);
});

t.test('killed at any moment, it is taken up again and never begun twice', async (t) => {
  const { circle, instrument, a, c, printers } = secondDay();
  circle.order(a, instrument, 'SELL CLOSE 1@3900');
  const first = circle.journal.length;
  circle.order(printers[0], instrument, 'SELL OPEN 1@3740');
  circle.order(printers[1], instrument, 'BUY OPEN 1@3740');
  await circle.pass(4500);
  t.equal(circle.live(a).length, 1, 'at the end it rests');
  t.ok(circle.journal.length - first > 8);
  for (let cut = first + 2; cut <= circle.journal.length; cut++) {
    // a log never ends inside of a command
    if ((circle.journal[cut - 1][HeaderAt.flags] & 1) === 0) continue;
    const journal = circle.journal.slice(0, cut);
    const again = new RiskCircle(undefined, journal);
    await new Promise((resolve) => setImmediate(resolve));
    again.settle();
    again.onEvent = () => checkSoundness(again.state, again.depth);
    again.risk.monitor.prime();
    again.risk.liquidator.resume();
    await again.pass(500);
    again.order(c, instrument, 'BUY OPEN 9@3735');
    await again.pass(5000);
    t.equal(again.state.liquidations.count, 1, `cut at ${cut}: one`);
    t.same(again.outcomes, [`${a} filled`], 'and it has ended');
    t.ok(again.state.ledger.riskRatio(a) <= 950_000);
    const numbers = again.state.clientOrderIds.of(a).filter(([id]) => id.startsWith('LIQ_'));
    t.equal(numbers.length, again.records[0].orders.length, 'no number was used twice');
    again.risk.stop();
    const replayed = new RiskCircle(undefined, again.journal);
    t.same(serializeState(replayed.state), serializeState(again.state), 'the log says the same');
  }
});

t.test('what the log refuses is tried again', async (t) => {
  const { circle, instrument, a, c, printers } = secondDay();
  circle.order(c, instrument, 'BUY OPEN 1@3750');
  circle.proposals.refuseNext = 3003;
  circle.order(printers[0], instrument, 'SELL OPEN 1@3751');
  circle.order(printers[1], instrument, 'BUY OPEN 1@3751');
  circle.order(printers[1], instrument, 'BUY OPEN 1@3749');
  circle.order(printers[0], instrument, 'SELL OPEN 2@3749');
  await circle.pass(1000);
  t.equal(circle.state.liquidations.count, 1);
  t.ok(circle.proposals.proposed.some(({ kind }) => kind === FrameKind.LiquidationChanged));
  t.equal(circle.state.ledger.riskRatio(a) > 0, true);
});
