/** The exchange takes the orders of an account by itself: in any phase, those under way too, and nobody else's. */
import t from 'tap';
import { CancelReason, FreezeType, OrderStatus } from '../../../src/core/enums.js';
import { FrameKind } from '../../../src/core/events.js';
import type { MassOutcome } from '../../../src/front/gateway/mass-tally.js';
import { ForcedCancels } from '../../../src/front/services/forced-cancels.js';
import { OneThreadCircle } from '../../support/one-thread-circle.js';

function venue() {
  const circle = new OneThreadCircle();
  const plain = { multiplier: 10, priceTick: 5000, preSettlement: 1_000_000 };
  const x = circle.list({ instrumentId: 'SIM.x', ...plain });
  const y = circle.list({ instrumentId: 'SIM.y', ...plain });
  return { circle, x, y, a: circle.trader(100_000), b: circle.trader(100_000) };
}

function take(circle: OneThreadCircle, account: number) {
  const heard: { code: number; outcome: MassOutcome | undefined } = { code: 0, outcome: undefined };
  heard.code = circle.gateway.cancelByExchange(account, CancelReason.FROZEN, (outcome) => (heard.outcome = outcome));
  circle.settle();
  return heard;
}

t.test('takes live orders of every instrument with their reason and frees what they held', (t) => {
  const { circle, x, y, a, b } = venue();
  const reasons: number[] = [];
  const watch = circle.state.orders;
  const orders = [circle.order(a, x, 'BUY OPEN 2@99').orderId, circle.order(a, y, 'SELL OPEN 2@101 GTC').orderId];
  const slots = orders.map((id) => watch.find(id));
  const kept = circle.order(b, x, 'BUY OPEN 2@98').orderId;
  circle.onEvent = () => slots.forEach((slot) => watch.status[slot] === OrderStatus.Cancelled && reasons.push(watch.reason[slot]));
  t.match(take(circle, a), { code: 0, outcome: { cancelled: 2, failures: [] } });
  t.ok(reasons.length > 0);
  t.ok(reasons.every((reason) => reason === CancelReason.FROZEN));
  t.equal(circle.state.accounts.firstOrder[a], 0);
  t.equal(circle.state.accounts.frozenMargin[a], 0);
  t.not(watch.find(kept), -1, "another's order works on");
  t.match(take(circle, a), { code: 0, outcome: { cancelled: 0 } }, 'with nothing to do');
  t.end();
});

t.test('takes orders in phases in which their owner could not', (t) => {
  for (const phase of ['BREAK', 'AUCTION_MATCH', 'PRE_OPEN', 'CLOSED', 'SETTLING', 'HALT'] as const) {
    const { circle, x, a } = venue();
    const id = circle.order(a, x, 'BUY OPEN 2@99 GTC').orderId;
    circle.phase(x, phase);
    const isDayOver = circle.state.orders.find(id) === -1;
    t.match(take(circle, a).outcome, { cancelled: isDayOver ? 0 : 1 }, phase);
    t.equal(circle.state.accounts.firstOrder[a], 0, phase);
  }
  t.end();
});

t.test('reaches orders that are under way, and amends of them', (t) => {
  const { circle, x, y, a } = venue();
  const first = circle.order(a, x, 'BUY OPEN 2@99').orderId;
  circle.submitAmend(a, first, 98, 5);
  circle.submit(a, y, 'BUY OPEN 2@99');
  t.ok(circle.gateway.isBusy(a));
  t.match(take(circle, a).outcome, { cancelled: 2 });
  t.equal(circle.state.accounts.firstOrder[a], 0);
  t.equal(circle.gateway.reservedMoney(a), 0);
  t.notOk(circle.gateway.isBusy(a));
  t.end();
});

t.test('an account that is frozen loses its orders by itself, also what a crash has left', async (t) => {
  const { circle, x, a, b } = venue();
  const { state, gateway } = circle;
  const conditionals = { cancelAllOf: () => Promise.resolve() };
  const freeze = (account: number, freezeType: number) =>
    circle.rare(FrameKind.AccountStatusChanged, { account, status: 1, freezeType, reason: 'x', user: 0 });
  const turn = async () => {
    await new Promise((resolve) => setImmediate(resolve));
    circle.settle();
  };
  circle.order(a, x, 'BUY OPEN 2@99');
  freeze(a, FreezeType.FULL);
  t.not(state.accounts.firstOrder[a], 0, 'nobody looks yet');
  const cancels = new ForcedCancels({ state, gateway, conditionals });
  cancels.start();
  await turn();
  t.equal(state.accounts.firstOrder[a], 0);

  circle.order(b, x, 'BUY OPEN 2@99');
  freeze(b, FreezeType.WITHDRAW_ONLY);
  await turn();
  t.not(state.accounts.firstOrder[b], 0, 'he may trade on');
  freeze(b, FreezeType.TRADING_ONLY);
  await turn();
  t.equal(state.accounts.firstOrder[b], 0);
  cancels.stop();
});
