/** The worked examples of the ledger, number for number, through the real gate, book and fold. */
import t from 'tap';
import { OneThreadCircle } from '../../support/one-thread-circle.js';
import { checkSoundness } from '../../support/soundness.js';
import { settleDay } from '../../support/settle-day.js';
import { listIf, markAt, money } from './ledger-support.js';

const NO_SHARE_LIMIT = { maxPositionRatio: 1, rejectRiskRatio: 950_000 };

t.test('L1: a day trade, from acceptance to the mark', async (t) => {
  const circle = new OneThreadCircle();
  const ix = circle.list({
    instrumentId: 'SIM.IX2401',
    multiplier: 200,
    priceTick: 2000,
    preSettlement: 1_000_000,
    feeOpenByLot: 500,
    feeCloseByLot: 500,
    feeCloseTodayByLot: 500,
  });
  const [a, b] = [circle.trader(1_000_000), circle.trader(1_000_000)];
  circle.onEvent = () => checkSoundness(circle.state);

  circle.order(a, ix, 'BUY OPEN 10@100');
  t.match(money(circle.state, a), { bal: 1_000_000, margin: 0, fz: 20_000.5, avail: 979_999.5, wq: 979_999.5, risk: 0 }, 'accepted');
  circle.order(b, ix, 'SELL OPEN 10@100');
  t.match(money(circle.state, a), { comm: 0.5, bal: 999_999.5, margin: 20_000, fz: 0, avail: 979_999.5, wq: 979_999.5, risk: 2 }, 'filled');
  markAt(circle, ix, 100.5);
  t.match(money(circle.state, a), { pos: 1000, bal: 1_000_999.5, margin: 20_000, avail: 980_999.5, wq: 979_999.5, risk: 1.998 }, 'marked');
  t.match(money(circle.state, b), { pos: -1000, bal: 998_999.5, avail: 978_999.5 }, 'the mirror');
});

t.test('L1 continued: closing at a profit', async (t) => {
  const circle = new OneThreadCircle();
  const ix = circle.list({
    instrumentId: 'SIM.IX2402',
    multiplier: 200,
    priceTick: 1000,
    preSettlement: 1_000_000,
    feeOpenByLot: 500,
    feeCloseByLot: 500,
    feeCloseTodayByLot: 500,
  });
  const [a, b, c] = [circle.trader(1_000_000), circle.trader(1_000_000), circle.trader(1_000_000)];
  circle.onEvent = () => checkSoundness(circle.state);
  circle.order(a, ix, 'BUY OPEN 10@100');
  circle.order(b, ix, 'SELL OPEN 10@100');
  circle.order(a, ix, 'SELL CLOSE 10@100.5');
  circle.order(c, ix, 'BUY OPEN 10@100.5');
  t.match(
    money(circle.state, a),
    { close: 1000, pos: 0, comm: 1, bal: 1_000_999, margin: 0, fz: 0, avail: 1_000_999, wq: 999_999, risk: 0 },
    'closed at 100.5',
  );
  t.match(money(circle.state, c), { margin: 20_100, comm: 0.5 }, 'the opener on the other side');
  markAt(circle, ix, 100.4);
  t.equal(money(circle.state, b).pos, -800);
  t.equal(money(circle.state, c).pos, -200);
  t.equal(circle.state.feeAccount, 20_000, 'all fees: 2.0');
});

t.test('L2: a sell fills better than its limit, in part, and is cancelled', async (t) => {
  const circle = new OneThreadCircle({ maxPositionRatio: 1, rejectRiskRatio: 950_000 });
  const instrument = listIf(circle);
  const [a, b] = [circle.trader(1_000_000), circle.trader(1_000_000)];
  const poor = circle.trader(411_048 + 78.7841);
  circle.onEvent = () => checkSoundness(circle.state);

  circle.order(b, instrument, 'BUY OPEN 2@3806');
  t.match(money(circle.state, b), { fz: 274_032 + 52.5228, avail: 725_915.4772 });
  t.equal(circle.order(poor, instrument, 'SELL OPEN 3@3800').code, 1001, 'one unit short of what the best bid asks for');
  circle.deposit(poor, 0.0001);
  const { order } = circle.order(a, instrument, 'SELL OPEN 3@3800');
  t.equal(order?.filled, 2);
  const filled = { comm: 52.5228, bal: 999_947.4772, margin: 274_032, fz: 136_800 + 26.22, avail: 589_089.2572, risk: 27.4046 };
  t.match(money(circle.state, a), filled, 'two filled at 3806, one rests at 3800');
  circle.cancel(a, order!.orderId);
  t.match(money(circle.state, a), { fz: 0, margin: 274_032, avail: 725_915.4772, risk: 27.4046 }, 'the rest cancelled');
  markAt(circle, instrument, 3795.2);
  const marked = { pos: 6480, bal: 1_006_427.4772, avail: 732_395.4772, wq: 725_915.4772, risk: 27.2281 };
  t.match(money(circle.state, a), marked, 'marked at 3795.2');
  t.match(money(circle.state, b), { pos: -6480, bal: 993_467.4772 }, 'the mirror');
  t.equal(circle.state.feeAccount, 1_050_456, 'all fees: 105.0456');
});

t.test('L3: two days, mark to market against open prices', async (t) => {
  const circle = new OneThreadCircle();
  const instrument = listIf(circle);
  const [a, b, c] = [circle.trader(600_000), circle.trader(600_000), circle.trader(600_000)];
  circle.order(a, instrument, 'BUY OPEN 2@3800');
  circle.order(b, instrument, 'SELL OPEN 2@3800');
  t.match(money(circle.state, a), { comm: 52.44, bal: 599_947.56, margin: 273_600, avail: 326_347.56, wq: 326_347.56, risk: 45.6039 });
  markAt(circle, instrument, 3812);
  t.match(money(circle.state, a), { pos: 7200, bal: 607_147.56, avail: 333_547.56, wq: 326_347.56, risk: 45.0631 });
  settleDay(circle, { [instrument]: 3810 });
  const float = (account: number): number =>
    circle.state.ledger.floatProfitOf(circle.state.positions.find(account, instrument), 0) / 10_000;
  t.match(
    money(circle.state, a),
    { pos: 0, bal: 605_947.56, margin: 274_320, avail: 331_627.56, wq: 331_627.56, risk: 45.2712 },
    'day 2 starts',
  );
  t.equal(float(a), 6000, 'the profit against the open price goes on');
  circle.order(c, instrument, 'BUY OPEN 1@3825');
  circle.order(a, instrument, 'SELL CLOSE 1@3825');
  t.match(
    money(circle.state, a),
    { close: 4500, pos: 4500, comm: 26.3925, bal: 614_921.1675, margin: 137_160, avail: 477_761.1675, wq: 468_761.1675, risk: 22.3052 },
    'one closed at 3825',
  );
  t.equal(float(a), 7500);
  t.equal(circle.state.accounts.closeProfitByTrade[a], 75_000_000, 'by trade: 7500');
  markAt(circle, instrument, 3790);
  t.match(money(circle.state, a), { pos: -6000, bal: 604_421.1675, avail: 467_261.1675, wq: 462_761.1675, risk: 22.6927 });
  t.equal(float(a), -3000);
  checkSoundness(circle.state);
  settleDay(circle, { [instrument]: 3792 });
  t.match(money(circle.state, a), { bal: 605_021.1675, margin: 136_512, avail: 468_509.1675, risk: 22.5631 }, 'day 3 starts');
  t.equal(money(circle.state, b).bal, 604_747.56);
  t.equal(money(circle.state, c).bal, 590_073.6075);
});

t.test('L4: SHFE keeps lots of today and of earlier days apart', async (t) => {
  const circle = new OneThreadCircle();
  const rb = circle.list({
    instrumentId: 'SHFE.rb2505',
    exchange: 1,
    multiplier: 10,
    priceTick: 10_000,
    preSettlement: 35_000_000,
    limitUpRate: 80_000,
    limitDownRate: 80_000,
    feeOpenByMoney: 10_000,
    feeCloseByMoney: 10_000,
    feeCloseTodayByMoney: 5000,
  });
  const { upperLimit, lowerLimit } = circle.state.instruments.get(rb);
  t.same([upperLimit, lowerLimit], [37_800_000, 32_200_000]);
  const [a, b, c] = [circle.trader(100_000), circle.trader(100_000), circle.trader(100_000)];
  circle.order(a, rb, 'BUY OPEN 5@3500');
  circle.order(b, rb, 'SELL OPEN 5@3500');
  settleDay(circle, { [rb]: 3520 });
  t.match(money(circle.state, a), { bal: 100_982.5, margin: 17_600, avail: 83_382.5 }, 'day 2 starts');
  circle.order(b, rb, 'SELL OPEN 3@3530');
  circle.order(a, rb, 'BUY OPEN 3@3530');
  t.match(
    money(circle.state, a),
    { pos: 500, comm: 10.59, bal: 101_471.91, margin: 28_190, avail: 73_281.91, wq: 72_781.91, risk: 27.781 },
    'three more',
  );
  t.equal(circle.order(a, rb, 'SELL CLOSE 6@3540').code, 2007, 'CLOSE takes lots of earlier days only');
  t.equal(circle.order(a, rb, 'SELL CLOSETODAY 4@3540').code, 2006);
  circle.order(c, rb, 'BUY OPEN 3@3540');
  circle.order(a, rb, 'SELL CLOSETODAY 3@3540');
  t.match(
    money(circle.state, a),
    { close: 300, pos: 1000, comm: 15.9, bal: 102_266.6, margin: 17_600, avail: 84_666.6, wq: 83_366.6, risk: 17.2099 },
    'today closed',
  );
  circle.order(c, rb, 'BUY OPEN 2@3545');
  circle.order(a, rb, 'SELL CLOSE 2@3545');
  t.match(
    money(circle.state, a),
    { close: 800, pos: 750, comm: 22.99, bal: 102_509.51, margin: 10_560, avail: 91_949.51, wq: 90_399.51, risk: 10.3014 },
    'two of yesterday closed',
  );
  settleDay(circle, { [rb]: 3538 });
  t.match(money(circle.state, a), { bal: 102_299.51, margin: 10_614, avail: 91_685.51, risk: 10.3754 }, 'day 3 starts');
  t.match(money(circle.state, b), { bal: 97_831.91, margin: 28_304 });
  t.match(money(circle.state, c), { bal: 99_782.29, margin: 17_690 });
});

t.test('L5: locked and spread positions pay margin for both sides', async (t) => {
  const circle = new OneThreadCircle(NO_SHARE_LIMIT);
  const cu = { exchange: 1, multiplier: 5, priceTick: 100_000, longMarginRatio: 90_000, shortMarginRatio: 90_000, feeOpenByMoney: 5000 };
  const cu1 = circle.list({ instrumentId: 'SHFE.cu2501', preSettlement: 750_000_000, ...cu });
  const cu2 = circle.list({ instrumentId: 'SHFE.cu2502', preSettlement: 752_000_000, ...cu });
  const [a, b] = [circle.trader(300_000), circle.trader(1_000_000)];
  circle.order(a, cu1, 'BUY OPEN 3@75000');
  circle.order(b, cu1, 'SELL OPEN 3@75000');
  circle.order(b, cu1, 'BUY OPEN 1@75000');
  circle.order(a, cu1, 'SELL OPEN 1@75000');
  circle.order(b, cu2, 'BUY OPEN 2@75200');
  circle.order(a, cu2, 'SELL OPEN 2@75200');
  t.match(money(circle.state, a), { bal: 299_887.4, margin: 202_680, avail: 97_207.4, risk: 67.5853 });
});

t.test('L6: risk grows with the mark and opens are refused at 95 %', async (t) => {
  const circle = new OneThreadCircle(NO_SHARE_LIMIT);
  const instrument = listIf(circle);
  const [a, b] = [circle.trader(450_000), circle.trader(2_000_000)];
  circle.order(a, instrument, 'BUY OPEN 3@3800');
  circle.order(b, instrument, 'SELL OPEN 3@3800');
  settleDay(circle, { [instrument]: 3800 });
  t.match(money(circle.state, a), { bal: 449_921.34, margin: 410_400, avail: 39_521.34, risk: 91.2159 });
  markAt(circle, instrument, 3780);
  t.match(money(circle.state, a), { pos: -18_000, bal: 431_921.34, avail: 21_521.34, risk: 95.0173 });
  const other = circle.list({ instrumentId: 'DCE.m2505', multiplier: 10, priceTick: 10_000, preSettlement: 30_000_000 });
  t.equal(circle.order(a, other, 'BUY OPEN 1@3000').code, 1004, 'no opening at a risk ratio of 95 %');
  markAt(circle, instrument, 3750);
  t.match(money(circle.state, a), { pos: -45_000, bal: 404_921.34, avail: -5478.66, risk: 101.353 });
  t.equal(circle.order(a, instrument, 'SELL CLOSE 1@3750').code, 0, 'closing is never blocked by funds or risk');
  circle.order(b, instrument, 'BUY OPEN 1@3750');
  t.match(money(circle.state, a), {
    close: -15_000,
    pos: -30_000,
    comm: 25.875,
    bal: 404_895.465,
    margin: 273_600,
    avail: 131_295.465,
    risk: 67.5729,
  });
});

t.test('L7: fees by lot, the quota of withdrawals, deposits', async (t) => {
  const circle = new OneThreadCircle(NO_SHARE_LIMIT);
  const corn = circle.list({
    instrumentId: 'DCE.c2505',
    exchange: 3,
    multiplier: 10,
    priceTick: 10_000,
    preSettlement: 24_000_000,
    longMarginRatio: 80_000,
    shortMarginRatio: 80_000,
    feeOpenByLot: 12_000,
    feeCloseByLot: 12_000,
    feeCloseTodayByLot: 12_000,
  });
  const [a, b] = [circle.trader(50_000), circle.trader(1_000_000)];
  circle.order(a, corn, 'BUY OPEN 10@2400');
  circle.order(b, corn, 'SELL OPEN 10@2400');
  t.match(money(circle.state, a), { comm: 12, bal: 49_988, margin: 19_200, avail: 30_788, wq: 30_788, risk: 38.4092 });
  markAt(circle, corn, 2430);
  t.match(money(circle.state, a), { pos: 3000, bal: 52_988, avail: 33_788, wq: 30_788, risk: 36.2346 });
  circle.order(b, corn, 'BUY OPEN 4@2430');
  circle.order(a, corn, 'SELL CLOSE 4@2430');
  const closed = { close: 1200, pos: 1800, comm: 16.8, bal: 52_983.2, margin: 11_520, avail: 41_463.2, wq: 38_463.2, risk: 21.7427 };
  t.match(money(circle.state, a), closed);
  circle.withdraw(a, 38_463.2);
  t.match(money(circle.state, a), { bal: 14_520, avail: 3000, wq: 0, risk: 79.3388 });
  circle.deposit(a, 5000);
  t.match(money(circle.state, a), { bal: 19_520, avail: 8000, wq: 5000, risk: 59.0163 });
  checkSoundness(circle.state);
});

t.test('C2: FIFO venues take lots of earlier days first and give them back last', async (t) => {
  const circle = new OneThreadCircle();
  const m = circle.list({ instrumentId: 'DCE.m2505', exchange: 3, multiplier: 10, priceTick: 10_000, preSettlement: 30_000_000 });
  const [a, b] = [circle.trader(1_000_000), circle.trader(1_000_000)];
  circle.order(a, m, 'BUY OPEN 5@3000');
  circle.order(b, m, 'SELL OPEN 5@3000');
  settleDay(circle, { [m]: 3000 });
  circle.order(a, m, 'BUY OPEN 3@3000');
  circle.order(b, m, 'SELL OPEN 3@3000');
  t.equal(circle.order(a, m, 'SELL CLOSE 9@3010').code, 2005);
  const { orderId } = circle.order(a, m, 'SELL CLOSE 6@3010');
  const buckets = (): number[] => {
    const first = circle.state.positions.find(a, m) * 4;
    return [circle.state.positions.frozenVolume[first], circle.state.positions.frozenVolume[first + 1]];
  };
  t.same(buckets(), [5, 1], 'five of yesterday and one of today are frozen');
  circle.order(b, m, 'BUY CLOSE 4@3010');
  t.same(buckets(), [1, 1], 'a fill of four took four of yesterday');
  t.equal(circle.cancel(a, orderId).code, 0);
  t.same(buckets(), [0, 0], 'a cancel gives everything back');
});
