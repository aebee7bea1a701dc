/** Amends and mass cancels at the gate: what they reserve, what they refuse, what their waiters hear. */
import t from 'tap';
import { AccountStatus, CancelReason, InstrumentStatus, OrderStatus, Side } from '../../../src/core/enums.js';
import { NOT_LIVE } from '../../../src/front/gateway/gateway.js';
import { DEFAULT_RISK_LIMITS, OneThreadCircle } from '../../support/one-thread-circle.js';
import { checkSoundness } from '../../support/soundness.js';

function market(deposit = 100_000) {
  const circle = new OneThreadCircle({ ...DEFAULT_RISK_LIMITS, maxPositionRatio: 100 });
  const terms = { multiplier: 10, priceTick: 10_000, preSettlement: 1_000_000, maxLimitVolume: 5000 };
  const instrument = circle.list({ instrumentId: 'DCE.x', exchange: 3, ...terms });
  circle.onEvent = () => checkSoundness(circle.state);
  return { circle, instrument, a: circle.trader(deposit), b: circle.trader(100_000) };
}

t.test('Ex A1: a smaller volume keeps the place, a larger one or another price does not', async (t) => {
  const { circle, instrument, a, b } = market();
  const c = circle.trader(100_000);
  const p = circle.order(a, instrument, 'BUY OPEN 5@100').orderId;
  const q = circle.order(b, instrument, 'BUY OPEN 5@100').orderId;
  t.match(circle.amend(a, p, 0, 3).order, { orderId: p, volume: 3, price: 1_000_000 });
  t.match(circle.order(c, instrument, 'SELL OPEN 1@100').order, { filled: 1 });
  t.equal(circle.state.orders.filled[circle.state.orders.find(p)], 1, 'P is still first');
  t.match(circle.amend(a, p, 0, 6).order, { volume: 6, filled: 1 });
  circle.order(c, instrument, 'SELL OPEN 1@100');
  t.equal(circle.state.orders.filled[circle.state.orders.find(q)], 1, 'now Q is');
  circle.order(c, instrument, 'SELL OPEN 2@101');
  t.match(circle.amend(b, q, 101, 0).order, { filled: 3, price: 1_010_000, status: OrderStatus.PartiallyFilled }, 'trades, and rests');
  t.match(circle.depth.levels(instrument, Side.BUY, 5), [
    { price: 1_010_000, volume: 2 },
    { price: 1_000_000, volume: 5 },
  ]);
});

t.test('Ex A2: the new volume is the total', async (t) => {
  const { circle, instrument, a, b } = market();
  const amended = (total: number) => {
    const { orderId } = circle.order(a, instrument, 'BUY OPEN 10@100');
    circle.order(b, instrument, 'SELL OPEN 4@100');
    return circle.amend(a, orderId, 0, total).order;
  };
  t.match(amended(7), { volume: 7, filled: 4, status: OrderStatus.PartiallyFilled });
  circle.massCancel(a);
  t.match(amended(4), { filled: 4, status: OrderStatus.Cancelled, reason: CancelReason.AMENDED_BELOW_FILLED });
  t.match(amended(3), { filled: 4, status: OrderStatus.Cancelled });
  t.equal(circle.state.accounts.frozenMargin[a], 0);
});

t.test('Ex A3: only the difference is needed', async (t) => {
  const circle = new OneThreadCircle({ ...DEFAULT_RISK_LIMITS, maxPositionRatio: 100 });
  const margins = { longMarginRatio: 120_000, shortMarginRatio: 120_000, feeOpenByMoney: 2300 };
  const instrument = circle.list({
    instrumentId: 'CFFEX.IF',
    exchange: 0,
    multiplier: 300,
    priceTick: 2000,
    preSettlement: 38_000_000,
    ...margins,
  });
  circle.onEvent = () => checkSoundness(circle.state);
  // 2 × 3800 × 300 × 0.000023 = 52.44 of fee
  const a = circle.trader(273_600 + 52.44 + 5000);
  const { orderId } = circle.order(a, instrument, 'BUY OPEN 2@3800');
  t.equal(circle.state.ledger.available(a), 50_000_000);
  circle.submitAmend(a, orderId, 3810, 0);
  t.equal(circle.gateway.reservedMoney(a), 7_200_000 + 1380, 'the difference of margin and fee is reserved');
  circle.settle();
  t.equal(circle.gateway.reservedMoney(a), 0, 'until it is frozen');
  t.equal(circle.state.accounts.frozenMargin[a], 2_743_200_000);
  t.equal(circle.state.accounts.frozenCommission[a], 525_780);
  t.equal(circle.amend(a, orderId, 4000, 0).code, 1001);
  t.equal(circle.amend(a, orderId, 0, 3).code, 1001);
  t.equal(circle.state.accounts.frozenMargin[a], 2_743_200_000, 'a refused one changes nothing');
  t.equal(circle.amend(a, orderId, 3700, 0).code, 0);
  t.equal(circle.state.accounts.frozenMargin[a], 2_664_000_000, 'a lower price gives back');
});

t.test('refuses what the amended order would be refused with, and leaves the order alone', async (t) => {
  const { circle, instrument, a, b } = market();
  const listed = circle.state.instruments.get(instrument);
  const { orderId } = circle.order(a, instrument, 'BUY OPEN 2@100');
  circle.order(a, instrument, 'SELL OPEN 1@105');
  const before = circle.state.sequence;
  const refused = (price: number, volume: number): number => circle.submitAmend(a, orderId, price, volume).code;
  t.equal(refused(100.5, 0), 1012);
  t.equal(refused(111, 0), 1013);
  t.equal(refused(-1, 0), 1008);
  t.equal(refused(Number.NaN, 0), 1008);
  for (const volume of [-1, 1.5, Number.NaN, 1e300]) t.equal(refused(0, volume), 1008, String(volume));
  t.equal(refused(0, 5001), 1011);
  t.equal(refused(0, 1001), 1001);
  listed.status = InstrumentStatus.close_only;
  t.equal(refused(0, 3), 1014, 'not up');
  listed.status = InstrumentStatus.suspended;
  t.equal(refused(0, 1), 1010);
  listed.status = InstrumentStatus.active;
  circle.state.accounts.status[a] = AccountStatus.FROZEN;
  t.equal(refused(0, 1), 2002);
  circle.state.accounts.status[a] = AccountStatus.ACTIVE;
  t.equal(circle.submitAmend(a, 77, 101, 0).code, NOT_LIVE);
  t.equal(circle.submitAmend(b, orderId, 101, 0).code, 9006, 'somebody else’s');
  circle.settle();
  t.equal(circle.state.sequence, before, 'no event came of it');
  const self = circle.submitAmend(a, orderId, 105, 0);
  t.ok(circle.gateway.reservedMoney(a) > 0);
  circle.settle();
  t.equal(self.code, 1005, 'the book refuses to trade with the own order');
  t.equal(circle.gateway.reservedMoney(a), 0);
  t.match(circle.state.orders.price[circle.state.orders.find(orderId)], 1_000_000);
  t.equal(circle.gateway.commandsUnderWay, 0);
});

t.test('whoever asks for less is never held back by risk', async (t) => {
  const { circle, instrument, a, b } = market(1000);
  const c = circle.trader(100_000);
  circle.order(a, instrument, 'BUY OPEN 6@100');
  circle.order(b, instrument, 'SELL OPEN 6@100');
  const { orderId } = circle.order(a, instrument, 'BUY OPEN 3@91');
  circle.order(c, instrument, 'BUY OPEN 1@92');
  circle.order(b, instrument, 'SELL OPEN 1@92');
  t.equal(circle.amend(a, orderId, 0, 4).code, 1004);
  t.equal(circle.amend(a, orderId, 0, 2).code, 0);
  t.equal(circle.amend(a, orderId, 90, 0).code, 0);
  t.equal(circle.amend(a, orderId, 91, 0).code, 1004);
});

t.test('closing orders ask for the lots they add', async (t) => {
  const { circle, instrument, a, b } = market();
  circle.order(a, instrument, 'BUY OPEN 5@100');
  circle.order(b, instrument, 'SELL OPEN 5@100');
  const { orderId } = circle.order(a, instrument, 'SELL CLOSE 2@105');
  t.equal(circle.amend(a, orderId, 0, 6).code, 2005);
  t.equal(circle.submitAmend(a, orderId, 0, 4).code, 0);
  t.equal(circle.submit(a, instrument, 'SELL CLOSE 2@105').code, 2005, 'two more are reserved');
  t.equal(circle.submit(a, instrument, 'SELL CLOSE 1@105').code, 0);
  circle.settle();
  t.equal(circle.amend(a, orderId, 104, 1).code, 0);
  t.equal(circle.order(a, instrument, 'SELL CLOSE 3@105').code, 0, 'three came back');
});

t.test('amends of one order may overlap', async (t) => {
  const { circle, instrument, a, b } = market();
  circle.order(a, instrument, 'BUY OPEN 8@100');
  circle.order(b, instrument, 'SELL OPEN 8@100');
  const { orderId } = circle.order(a, instrument, 'SELL CLOSE 8@105');
  t.equal(circle.submitAmend(a, orderId, 0, 5).code, 0);
  t.equal(circle.submitAmend(a, orderId, 0, 7).code, 2005, 'the first may give lots back, but has not yet');
  circle.settle();
  t.equal(circle.submitAmend(a, orderId, 0, 7).code, 0);
  t.equal(circle.submitAmend(a, orderId, 0, 8).code, 2005, 'one lot is left, and reserved twice it is not there');
  circle.settle();
  t.equal(circle.amend(a, orderId, 0, 8).code, 0, 'what has come back counts no more');
  const open = circle.order(a, instrument, 'BUY OPEN 10@99').orderId;
  circle.submitAmend(a, open, 91, 1);
  circle.submitAmend(a, open, 99, 10);
  t.equal(circle.gateway.reservedMoney(a), 99_000_000 / 10 - 910_000, 'from the least that the first may leave');
  circle.settle();
  t.equal(circle.gateway.reservedMoney(a), 0);
  t.equal(circle.gateway.commandsUnderWay, 0);
});

t.test('an order that is gone when its amend arrives', async (t) => {
  const { circle, instrument, a } = market();
  const { orderId } = circle.order(a, instrument, 'BUY OPEN 1@100');
  circle.submitCancel(a, orderId);
  const amended = circle.submitAmend(a, orderId, 101, 0);
  circle.settle();
  t.equal(amended.code, 3002);
  t.equal(circle.gateway.reservedMoney(a), 0);
});

t.test('lots that come free meanwhile never leave another closing order without', async (t) => {
  const { circle, instrument, a, b } = market();
  circle.order(a, instrument, 'BUY OPEN 10@100');
  circle.order(b, instrument, 'SELL OPEN 10@100');
  const { positions } = circle.state;
  const long = positions.find(a, instrument) * 2;
  positions.takeLots(long, 1, 5);
  positions.addLot(long, 0, 1_000_000, 1_000_000, 5, 1, 20260104);
  const { orderId } = circle.order(a, instrument, 'SELL CLOSEYESTERDAY 5@105');
  circle.submitCancel(a, orderId);
  t.equal(circle.submit(a, instrument, 'SELL CLOSE 5@105').code, 0, 'checked when only lots of today were free');
  circle.settle(1);
  t.equal(circle.submit(a, instrument, 'SELL CLOSEYESTERDAY 5@105').code, 2007, 'the one under way may take them');
  t.equal(circle.submit(a, instrument, 'SELL CLOSE 5@106').code, 0);
  circle.settle(1);
  t.equal(circle.submit(a, instrument, 'SELL CLOSETODAY 1@105').code, 2006, 'and leaves those of today to the next');
  circle.settle();
  t.equal(circle.gateway.commandsUnderWay, 0);
});

t.test('mass cancels by account, instrument and side', async (t) => {
  const { circle, instrument, a, b } = market();
  const other = circle.list({ instrumentId: 'DCE.y', multiplier: 10, priceTick: 10_000, preSettlement: 1_000_000 });
  const fill = (): void => {
    for (const text of ['BUY OPEN 1@95', 'BUY OPEN 1@96', 'SELL OPEN 1@105']) {
      circle.order(a, instrument, text);
      circle.order(a, other, text);
    }
  };
  const kept = circle.order(b, instrument, 'BUY OPEN 1@95').orderId;
  t.same(circle.massCancel(a), { code: 0, outcome: { cancelled: 0, failures: [] } }, 'nothing to cancel');
  fill();
  t.same(circle.massCancel(a, other, Side.BUY), { code: 0, outcome: { cancelled: 2, failures: [] } });
  t.same(circle.massCancel(a, 0, Side.SELL), { code: 0, outcome: { cancelled: 2, failures: [] } });
  t.same(circle.massCancel(a), { code: 0, outcome: { cancelled: 2, failures: [] } });
  t.equal(circle.state.accounts.frozenMargin[a], 0);
  t.not(circle.state.orders.find(kept), -1, 'others keep theirs');
  fill();
  circle.phase(other, 'CLOSED');
  t.same(circle.massCancel(a).outcome, { cancelled: 3, failures: [{ instrument: other, code: 4102 }] });
  t.equal(
    circle.gateway.massCancel(circle.caller(b), a, 0, Side.NONE, () => undefined),
    9006,
  );
  t.equal(circle.gateway.commandsUnderWay, 0);
});

t.test('amends and mass cancels of a lost shard are refused', async (t) => {
  const { circle, instrument, a } = market();
  const { orderId } = circle.order(a, instrument, 'BUY OPEN 1@100');
  const amended = circle.submitAmend(a, orderId, 101, 0);
  let failures: unknown;
  circle.gateway.massCancel(circle.caller(a), a, 0, Side.NONE, (outcome) => (failures = outcome.failures));
  t.same(circle.gateway.giveUp(0, 4001), [], 'no order id is lost');
  t.equal(amended.code, 4001);
  t.same(failures, [{ instrument, code: 4001 }]);
  t.equal(circle.gateway.reservedMoney(a), 0);
  t.equal(circle.gateway.commandsUnderWay, 0);
});
