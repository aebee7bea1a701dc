/** Between the check of an order and its answer what it needs is reserved: the next check does not count on it (ledger.md 4.0). */
import t from 'tap';
import { OneThreadCircle } from '../../support/one-thread-circle.js';
import { checkSoundness } from '../../support/soundness.js';
import { listIf, money } from './ledger-support.js';

t.test('money of an order under way is not spent twice', async (t) => {
  const circle = new OneThreadCircle({ maxPositionRatio: 1, rejectRiskRatio: 950_000 });
  const instrument = listIf(circle);
  const other = circle.list({ instrumentId: 'DCE.m2505', multiplier: 300, priceTick: 10_000, preSettlement: 38_000_000 });
  const account = circle.trader(200_000);
  const first = circle.submit(account, instrument, 'BUY OPEN 1@3800');
  t.equal(first.code, 0);
  t.equal(money(circle.state, account).avail, 200_000, 'nothing is frozen yet');
  t.equal(circle.submit(account, other, 'BUY OPEN 1@3800').code, 1001, '136 826.22 of 200 000 are spoken for');
  circle.settle();
  t.equal(money(circle.state, account).avail, 63_173.78);
  circle.cancel(account, first.orderId);
  t.equal(circle.submit(account, other, 'BUY OPEN 1@3800').code, 0);
  circle.settle();
  t.equal(circle.gateway.reservedMoney(account), 0, 'what is frozen is no longer reserved');
});

t.test('lots of a closing order under way are not closed twice', async (t) => {
  const circle = new OneThreadCircle();
  const instrument = circle.list({ instrumentId: 'SIM.x', multiplier: 1, priceTick: 10_000, preSettlement: 1_000_000 });
  const [a, b] = [circle.trader(100_000), circle.trader(100_000)];
  circle.order(b, instrument, 'SELL OPEN 5@100');
  circle.order(a, instrument, 'BUY OPEN 5@100');
  t.equal(circle.submit(a, instrument, 'SELL CLOSETODAY 2@105').code, 0);
  t.equal(circle.submit(a, instrument, 'SELL CLOSETODAY 4@106').code, 2006, 'three of five are left');
  t.equal(circle.submit(a, instrument, 'SELL CLOSE 2@106').code, 0);
  t.equal(circle.submit(a, instrument, 'SELL CLOSE 2@106').code, 2005, 'one of five is left');
  t.equal(circle.submit(a, instrument, 'SELL CLOSE 1@106').code, 0);
  circle.settle();
  checkSoundness(circle.state, circle.depth);
});
