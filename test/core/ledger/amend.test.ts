/** What an amend does to money and lots: only the difference is booked (ledger.md 4.5). */
import t from 'tap';
import { AmendEntry } from '../../../src/core/events.js';
import type { ExchangeState } from '../../../src/core/state.js';
import { OneThreadCircle } from '../../support/one-thread-circle.js';
import { settleDay } from '../../support/settle-day.js';
import { checkSoundness } from '../../support/soundness.js';
import { listIf, money } from './ledger-support.js';

function amend(state: ExchangeState, orderId: number, change: { price?: number; volume?: number }): void {
  const o = state.orders;
  const slot = o.find(orderId);
  const event = new AmendEntry();
  event.stamp.sequence = state.sequence + 1;
  event.stamp.endOfCommand = true;
  event.orderId = orderId;
  event.account = o.account[slot];
  event.instrument = o.instrument[slot];
  event.price = change.price ?? o.price[slot];
  event.volume = change.volume ?? o.volume[slot];
  event.leaves = event.volume - o.filled[slot];
  event.prioritySequence = 99;
  state.orderAmended(event);
  checkSoundness(state);
}

t.test('A3 an opening order is frozen again at its new price', async (t) => {
  const circle = new OneThreadCircle();
  const instrument = listIf(circle);
  const account = circle.trader(1_000_000);
  const { orderId } = circle.order(account, instrument, 'BUY OPEN 2@3800');
  const margin = (): number => circle.state.accounts.frozenMargin[account] / 10_000;
  t.equal(margin(), 273_600);
  const before = money(circle.state, account).avail;
  amend(circle.state, orderId, { price: 38_100_000 });
  t.equal(margin(), 274_320);
  t.ok(before - money(circle.state, account).avail > 720, 'and so is its fee');
  amend(circle.state, orderId, { volume: 1 });
  t.equal(margin(), 137_160);
  amend(circle.state, orderId, { volume: 3, price: 38_000_000 });
  t.equal(margin(), 410_400);
});

t.test('a closing order holds as many lots as are open, and gives them back in reverse', async (t) => {
  const circle = new OneThreadCircle();
  const instrument = circle.list({ instrumentId: 'DCE.x', exchange: 3, multiplier: 1, priceTick: 10_000, preSettlement: 1_000_000 });
  const [a, b] = [circle.trader(100_000), circle.trader(100_000)];
  circle.order(b, instrument, 'SELL OPEN 8@100');
  circle.order(a, instrument, 'BUY OPEN 8@100');
  const { orderId } = circle.order(a, instrument, 'SELL CLOSE 5@105');
  const { orders } = circle.state;
  const held = (): number[] => [orders.frozenHis[orders.find(orderId)], orders.frozenToday[orders.find(orderId)]];
  t.same(held(), [0, 5]);
  amend(circle.state, orderId, { volume: 7 });
  t.same(held(), [0, 7]);
  amend(circle.state, orderId, { volume: 2, price: 1_060_000 });
  t.same(held(), [0, 2]);
  t.throws(() => amend(circle.state, orderId, { volume: 9 }), /finds its lots/);
});

t.test('an order that closes lots of both days gives those of today back first', async (t) => {
  const circle = new OneThreadCircle();
  const instrument = circle.list({ instrumentId: 'DCE.x', exchange: 3, multiplier: 1, priceTick: 10_000, preSettlement: 1_000_000 });
  const [a, b] = [circle.trader(100_000), circle.trader(100_000)];
  circle.order(b, instrument, 'SELL OPEN 5@100');
  circle.order(a, instrument, 'BUY OPEN 5@100');
  settleDay(circle, { [instrument]: 100 });
  circle.order(b, instrument, 'SELL OPEN 3@100');
  circle.order(a, instrument, 'BUY OPEN 3@100');
  const { orderId } = circle.order(a, instrument, 'SELL CLOSE 7@105');
  const { orders } = circle.state;
  const held = (): number[] => [orders.frozenHis[orders.find(orderId)], orders.frozenToday[orders.find(orderId)]];
  t.same(held(), [5, 2]);
  t.equal(circle.amend(a, orderId, 0, 6).code, 0);
  t.same(held(), [5, 1]);
  t.equal(circle.amend(a, orderId, 0, 4).code, 0);
  t.same(held(), [4, 0]);
  checkSoundness(circle.state, circle.depth);
});
