/** What the worked examples of the ledger add up to, and the rows between their trades: marks, the static column, lifetimes. */
import t from 'tap';
import { toDecimal } from '../../../src/core/units.js';
import { closeTodayFee, openFee } from '../../../src/core/fees.js';
import { OneThreadCircle } from '../../support/one-thread-circle.js';
import { settleDay } from '../../support/settle-day.js';
import { checkSoundness } from '../../support/soundness.js';
import { listIf, markAt, money } from './ledger-support.js';

const NO_SHARE_LIMIT = { maxPositionRatio: 1, rejectRiskRatio: 950_000 };

function soundCircle(): OneThreadCircle {
  const circle = new OneThreadCircle(NO_SHARE_LIMIT);
  circle.onEvent = () => checkSoundness(circle.state, circle.depth);
  return circle;
}

/** Balances of all accounts and the fee account, in currency units. */
function totals({ state }: OneThreadCircle): [balances: number, fees: number] {
  let balances = 0;
  for (let account = 1; account <= state.accounts.count; account++) balances += state.ledger.balance(account);
  return [toDecimal(balances), toDecimal(state.feeAccount)];
}

function staticOf({ state }: OneThreadCircle, account: number): number {
  return toDecimal(state.accounts.staticBalance(account));
}

t.test('section 1: the two roundings', async (t) => {
  const circle = soundCircle();
  const index = circle.state.instruments.get(listIf(circle));
  t.equal(openFee(index, 38_062_000, 1), 262_628, '3806.2 × 300 × 0.000023 is 262 627.8 units');
  const odd = circle.list({
    instrumentId: 'DCE.x',
    multiplier: 10,
    priceTick: 10_000,
    preSettlement: 33_330_000,
    feeCloseTodayByMoney: 5100,
  });
  t.equal(closeTodayFee(circle.state.instruments.get(odd), 33_330_000, 3), 50_995, '3333 × 10 × 3 × 0.000051 is 50 994.9 units');
});

t.test('L1: three accounts come to what they brought', async (t) => {
  const circle = soundCircle();
  const fees = { feeOpenByLot: 500, feeCloseByLot: 500, feeCloseTodayByLot: 500 };
  const ix = circle.list({ instrumentId: 'SIM.IX2401', multiplier: 200, priceTick: 1000, preSettlement: 1_000_000, ...fees });
  const [a, b, c] = [circle.trader(1_000_000), circle.trader(1_000_000), circle.trader(1_000_000)];
  circle.order(a, ix, 'BUY OPEN 10@100');
  circle.order(b, ix, 'SELL OPEN 10@100');
  circle.order(a, ix, 'SELL CLOSE 10@100.5');
  circle.order(c, ix, 'BUY OPEN 10@100.5');
  settleDay(circle, { [ix]: 100.4 });
  t.same(totals(circle), [2_999_998, 2]);
});

t.test('L2: both accounts come to what they brought', async (t) => {
  const circle = soundCircle();
  const instrument = listIf(circle);
  const [a, b] = [circle.trader(1_000_000), circle.trader(1_000_000)];
  circle.order(b, instrument, 'BUY OPEN 2@3806');
  circle.order(a, instrument, 'SELL OPEN 2@3800');
  settleDay(circle, { [instrument]: 3797.6 });
  t.same(totals(circle), [1_999_894.9544, 105.0456]);
});

t.test('L3: static balances, and the lifetime of an account (10.15)', async (t) => {
  const circle = soundCircle();
  const instrument = listIf(circle);
  const [a, b, c] = [circle.trader(600_000), circle.trader(600_000), circle.trader(600_000)];
  circle.order(a, instrument, 'BUY OPEN 2@3800');
  circle.order(b, instrument, 'SELL OPEN 2@3800');
  t.equal(staticOf(circle, a), 600_000);
  settleDay(circle, { [instrument]: 3810 });
  t.equal(staticOf(circle, a), 605_947.56);
  circle.order(c, instrument, 'BUY OPEN 1@3825');
  circle.order(a, instrument, 'SELL CLOSE 1@3825');
  t.equal(staticOf(circle, a), 605_947.56);
  markAt(circle, instrument, 3792);
  t.match(money(circle.state, a), { close: 4500, pos: -5400, comm: 26.3925, bal: 605_021.1675 }, 'at the price that settles the day');
  const { ledger, positions, accounts } = circle.state;
  const float = ledger.floatProfitOf(positions.find(a, instrument), 0);
  const fees = accounts.commission[a] + 524_400;
  t.equal(ledger.balance(a), 6_000_000_000 + accounts.closeProfitByTrade[a] + float - fees, '7500 − 2400 − 78.8325 above what came in');
  t.equal(toDecimal(accounts.closeProfitByTrade[a] + float - fees), 5021.1675);
  settleDay(circle, { [instrument]: 3792 });
  t.equal(staticOf(circle, a), 605_021.1675);
  t.same(totals(circle), [1_799_842.335, 157.665]);
});

t.test('L4: fees of both days', async (t) => {
  const circle = soundCircle();
  const fees = { feeOpenByMoney: 10_000, feeCloseByMoney: 10_000, feeCloseTodayByMoney: 5000 };
  const terms = { exchange: 1, multiplier: 10, priceTick: 10_000, limitUpRate: 80_000, limitDownRate: 80_000 };
  const rb = circle.list({ instrumentId: 'SHFE.rb2505', preSettlement: 35_000_000, ...terms, ...fees });
  const [a, b, c] = [circle.trader(100_000), circle.trader(100_000), circle.trader(100_000)];
  circle.order(a, rb, 'BUY OPEN 5@3500');
  circle.order(b, rb, 'SELL OPEN 5@3500');
  settleDay(circle, { [rb]: 3520 });
  t.equal(totals(circle)[1], 35);
  circle.order(b, rb, 'SELL OPEN 3@3530');
  circle.order(a, rb, 'BUY OPEN 3@3530');
  circle.order(c, rb, 'BUY OPEN 3@3540');
  circle.order(a, rb, 'SELL CLOSETODAY 3@3540');
  circle.order(c, rb, 'BUY OPEN 2@3545');
  circle.order(a, rb, 'SELL CLOSE 2@3545');
  t.equal(toDecimal(circle.state.accounts.closeProfitByTrade[a]), 1200, 'by trade: 300 of today, 900 of the day before');
  settleDay(circle, { [rb]: 3538 });
  t.same(totals(circle), [299_913.71, 86.29]);
});

t.test('L6: every mark on the way, and a gap after it', async (t) => {
  const circle = soundCircle();
  const instrument = listIf(circle);
  const [a, b, c] = [circle.trader(450_000), circle.trader(2_000_000), circle.trader(2_000_000)];
  circle.order(a, instrument, 'BUY OPEN 3@3800');
  circle.order(b, instrument, 'SELL OPEN 3@3800');
  settleDay(circle, { [instrument]: 3800 });
  markAt(circle, instrument, 3758);
  t.match(money(circle.state, a), { pos: -37_800, bal: 412_121.34, margin: 410_400, avail: 1721.34, risk: 99.5823 });
  circle.order(c, instrument, 'BUY OPEN 1@3750');
  circle.order(a, instrument, 'SELL CLOSE 1@3731.2');
  markAt(circle, instrument, 3748);
  t.match(money(circle.state, a), { close: -15_000, pos: -31_200, bal: 403_695.465, margin: 273_600, avail: 130_095.465, risk: 67.7738 });
  settleDay(circle, { [instrument]: 3752 });
  t.same(totals(circle), [4_449_790.93, 209.07]);
  markAt(circle, instrument, 3376.8);
  const { pos, bal, margin, risk } = money(circle.state, a);
  t.same([pos, bal, margin], [-225_120, 180_975.465, 270_144]);
  t.equal(risk.toFixed(1), '149.3');
});

t.test('L7: the static balance goes with deposits and withdrawals', async (t) => {
  const circle = soundCircle();
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
  circle.order(b, corn, 'BUY CLOSE 4@2430');
  circle.order(a, corn, 'SELL CLOSE 4@2430');
  t.equal(staticOf(circle, a), 50_000);
  circle.withdraw(a, 38_463.2);
  t.equal(staticOf(circle, a), 11_536.8);
  t.match(money(circle.state, a), { close: 1200, pos: 1800, comm: 16.8, margin: 11_520, wq: 0 });
  circle.deposit(a, 5000);
  t.equal(staticOf(circle, a), 16_536.8);
  markAt(circle, corn, 2425);
  t.match(money(circle.state, a), { close: 1200, pos: 1500, bal: 19_220 });
  settleDay(circle, { [corn]: 2425 });
  t.match(money(circle.state, a), { bal: 19_220, margin: 11_640, avail: 7580, wq: 7580, risk: 60.5619 });
  t.same(totals(circle), [1_016_503.2, 33.6]);
});

t.test('the risk ratio of next to nothing is that of nothing', async (t) => {
  const circle = soundCircle();
  const instrument = listIf(circle);
  const [a, b] = [circle.trader(450_000), circle.trader(2_000_000)];
  circle.order(a, instrument, 'BUY OPEN 3@3800');
  circle.order(b, instrument, 'SELL OPEN 3@3800');
  circle.withdraw(a, 449_921.33);
  t.match(money(circle.state, a), { bal: 0.01, margin: 410_400, risk: 99_900 });
  circle.withdraw(a, 0.01);
  t.match(money(circle.state, a), { bal: 0, risk: 99_900 });
});
