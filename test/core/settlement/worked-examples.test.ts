/** The settlement rows of the ledger's worked examples, number for number. */
import t from 'tap';
import { HistoryFold } from '../../../src/core/history.js';
import type { StatementRecord } from '../../../src/core/settlement/statements.js';
import { toDecimal } from '../../../src/core/units.js';
import { OneThreadCircle } from '../../support/one-thread-circle.js';
import { settleDay } from '../../support/settle-day.js';
import { checkSoundness } from '../../support/soundness.js';
import { listIf, markAt, money } from '../ledger/ledger-support.js';

const NO_SHARE_LIMIT = { maxPositionRatio: 1, rejectRiskRatio: 950_000 };

class Statements extends OneThreadCircle {
  readonly history = new HistoryFold(this.state);

  constructor() {
    super(NO_SHARE_LIMIT);
    this.state.observe(this.history);
    this.onEvent = () => checkSoundness(this.state, this.depth);
  }

  /** The statement of an account for a day, in currency units; risk in percent. */
  of(account: number, day: number): Record<string, number> {
    const found = this.history.documents.find(
      (document) => document.table === 'settlements' && document.account === account && document.id === day,
    );
    const record = found!.record as StatementRecord;
    return {
      pre: toDecimal(record.preBalance),
      close: toDecimal(record.closeProfit),
      byTrade: toDecimal(record.closeProfitByTrade),
      pos: toDecimal(record.positionProfit),
      comm: toDecimal(record.commission),
      bal: toDecimal(record.balance),
      margin: toDecimal(record.margin),
      avail: toDecimal(record.balance - record.margin),
      risk: record.riskRatio / 10_000,
    };
  }
}

const DAY1 = 20260105;
const DAY2 = 20260106;

t.test('L1: three accounts, one of them flat', async (t) => {
  const circle = new Statements();
  const fees = { feeOpenByLot: 500, feeCloseByLot: 500, feeCloseTodayByLot: 500 };
  // a tick that has 100.5
  const ix = circle.list({ instrumentId: 'SIM.IX2401', multiplier: 200, priceTick: 1000, preSettlement: 1_000_000, ...fees });
  const [a, b, c] = [circle.trader(1_000_000), circle.trader(1_000_000), circle.trader(1_000_000)];
  circle.order(a, ix, 'BUY OPEN 10@100');
  circle.order(b, ix, 'SELL OPEN 10@100');
  circle.order(c, ix, 'BUY OPEN 10@100.5');
  circle.order(a, ix, 'SELL CLOSE 10@100.5');
  settleDay(circle, { [ix]: 100.4 });
  t.match(money(circle.state, a), { close: 0, pos: 0, comm: 0, bal: 1_000_999, margin: 0, avail: 1_000_999, wq: 1_000_999, risk: 0 });
  t.match(circle.of(a, DAY1), { close: 1000, pos: 0, comm: 1, bal: 1_000_999 });
  t.match(circle.of(b, DAY1), { pos: -800, comm: 0.5, bal: 999_199.5, margin: 20_080, avail: 979_119.5 });
  t.match(circle.of(c, DAY1), { pos: -200, bal: 999_799.5, margin: 20_080 });
  t.equal(circle.state.tradingDay, DAY2);
});

t.test('L2: the mark becomes the settlement price', async (t) => {
  const circle = new Statements();
  const instrument = listIf(circle);
  const [a, b] = [circle.trader(1_000_000), circle.trader(1_000_000)];
  circle.order(b, instrument, 'BUY OPEN 2@3806');
  circle.order(a, instrument, 'SELL OPEN 2@3800');
  settleDay(circle, { [instrument]: 3797.6 });
  const settled = { pos: 5040, bal: 1_004_987.4772, margin: 273_427.2, avail: 731_560.2772, risk: 27.207 };
  t.match(circle.of(a, DAY1), settled);
  t.match(money(circle.state, a), { comm: 0, pos: 0, bal: 1_004_987.4772, margin: 273_427.2, fz: 0, avail: 731_560.2772, risk: 27.207 });
  t.match(money(circle.state, b), { bal: 994_907.4772, margin: 273_427.2, avail: 721_480.2772 });
});

t.test('L3: both views of the same money over two days, and the domestic formula (L8)', async (t) => {
  const circle = new Statements();
  const instrument = listIf(circle);
  const [a, b, c] = [circle.trader(600_000), circle.trader(600_000), circle.trader(600_000)];
  circle.order(a, instrument, 'BUY OPEN 2@3800');
  circle.order(b, instrument, 'SELL OPEN 2@3800');
  settleDay(circle, { [instrument]: 3810 });
  t.match(circle.of(a, DAY1), { pre: 0, close: 0, pos: 6000, comm: 52.44, bal: 605_947.56 });
  t.match(circle.of(b, DAY1), { pos: -6000, bal: 593_947.56 });
  circle.order(c, instrument, 'BUY OPEN 1@3825');
  circle.order(a, instrument, 'SELL CLOSE 1@3825');
  settleDay(circle, { [instrument]: 3792 });
  const ofA = circle.of(a, DAY2);
  t.match(ofA, {
    pre: 605_947.56,
    close: 4500,
    byTrade: 7500,
    pos: -5400,
    comm: 26.3925,
    bal: 605_021.1675,
    margin: 136_512,
    avail: 468_509.1675,
    risk: 22.5631,
  });
  t.match(circle.of(b, DAY2), { pos: 10_800, bal: 604_747.56 });
  t.match(circle.of(c, DAY2), { pos: -9900, comm: 26.3925, bal: 590_073.6075 });
  // the day's result from prices and lots alone: sells, buys, and what was held when the day began
  const domestic = (sell: number, sold: number, buy: number, bought: number, long: number, short: number): number =>
    300 * ((sell - 3792) * sold + (3792 - buy) * bought + (3810 - 3792) * (short - long));
  t.equal(domestic(3825, 1, 0, 0, 2, 0), -900);
  t.equal(ofA['close'] + ofA['pos'], domestic(3825, 1, 0, 0, 2, 0));
  t.equal(circle.of(b, DAY2)['pos'], domestic(0, 0, 0, 0, 0, 2));
  t.equal(circle.of(c, DAY2)['pos'], domestic(0, 0, 3825, 1, 0, 0));
  const { ledger, positions } = circle.state;
  t.equal(ledger.floatProfitOf(positions.find(a, instrument), 0), -24_000_000, 'against the open price: −2400');
});

t.test('L4: lots of today and of earlier days end as one', async (t) => {
  const circle = new Statements();
  const fees = { feeOpenByMoney: 10_000, feeCloseByMoney: 10_000, feeCloseTodayByMoney: 5000 };
  const terms = { exchange: 1, multiplier: 10, priceTick: 10_000, limitUpRate: 80_000, limitDownRate: 80_000 };
  const rb = circle.list({ instrumentId: 'SHFE.rb2505', preSettlement: 35_000_000, ...terms, ...fees });
  const [a, b, c] = [circle.trader(100_000), circle.trader(100_000), circle.trader(100_000)];
  circle.order(a, rb, 'BUY OPEN 5@3500');
  circle.order(b, rb, 'SELL OPEN 5@3500');
  settleDay(circle, { [rb]: 3520 });
  t.match(circle.of(a, DAY1), { comm: 17.5, bal: 100_982.5, margin: 17_600, avail: 83_382.5 });
  const { upperLimit, lowerLimit, preSettlement, preClose, preOpenInterest } = circle.state.instruments.get(rb);
  t.same([upperLimit, lowerLimit, preSettlement, preClose, preOpenInterest], [38_010_000, 32_390_000, 35_200_000, 35_000_000, 5]);
  for (const [buyer, seller, lots] of [
    [a, b, 'OPEN 3@3530'],
    [c, a, '3@3540'],
    [c, a, '2@3545'],
  ] as const) {
    circle.order(buyer, rb, `BUY ${lots.startsWith('OPEN') ? lots : `OPEN ${lots}`}`);
    const closes = lots === '3@3540' ? 'CLOSETODAY' : 'CLOSE';
    circle.order(seller, rb, `SELL ${lots.startsWith('OPEN') ? lots : `${closes} ${lots}`}`);
  }
  settleDay(circle, { [rb]: 3538 });
  t.match(circle.of(a, DAY2), { close: 800, pos: 540, comm: 22.99, bal: 102_299.51, margin: 10_614, avail: 91_685.51, risk: 10.3754 });
  t.match(circle.of(b, DAY2), { bal: 97_831.91, margin: 28_304 });
  t.match(circle.of(c, DAY2), { pos: -200, comm: 17.71, bal: 99_782.29, margin: 17_690 });
  t.equal(circle.order(a, rb, 'SELL CLOSETODAY 1@3540').code, 2006, 'nothing is of today any more');
});

t.test('L6: the day of a forced closing', async (t) => {
  const circle = new Statements();
  const instrument = listIf(circle);
  const [a, b, c] = [circle.trader(450_000), circle.trader(2_000_000), circle.trader(2_000_000)];
  circle.order(a, instrument, 'BUY OPEN 3@3800');
  circle.order(b, instrument, 'SELL OPEN 3@3800');
  settleDay(circle, { [instrument]: 3800 });
  t.match(circle.of(a, DAY1), { bal: 449_921.34, margin: 410_400, avail: 39_521.34, risk: 91.2159 });
  circle.order(c, instrument, 'BUY OPEN 1@3750');
  circle.order(a, instrument, 'SELL CLOSE 1@3731.2');
  settleDay(circle, { [instrument]: 3752 });
  t.match(circle.of(a, DAY2), {
    close: -15_000,
    pos: -28_800,
    comm: 25.875,
    bal: 406_095.465,
    margin: 270_144,
    avail: 135_951.465,
    risk: 66.5222,
  });
  t.match(circle.of(b, DAY2), { pos: 43_200, bal: 2_043_121.34 });
  t.match(circle.of(c, DAY2), { pos: 600, bal: 2_000_574.125 });
  t.equal(circle.state.feeAccount, 2_090_700, 'all fees: 209.07');
  t.equal(circle.state.instruments.get(instrument).lowerLimit, 33_768_000);
});

t.test('L7: deposits and withdrawals are part of the next day', async (t) => {
  const circle = new Statements();
  const fees = { feeOpenByLot: 12_000, feeCloseByLot: 12_000, feeCloseTodayByLot: 12_000 };
  const margins = { longMarginRatio: 80_000, shortMarginRatio: 80_000 };
  const corn = circle.list({
    instrumentId: 'DCE.c2505',
    exchange: 3,
    multiplier: 10,
    priceTick: 10_000,
    preSettlement: 24_000_000,
    ...margins,
    ...fees,
  });
  const [a, b] = [circle.trader(50_000), circle.trader(1_000_000)];
  circle.order(a, corn, 'BUY OPEN 10@2400');
  circle.order(b, corn, 'SELL OPEN 10@2400');
  circle.order(b, corn, 'BUY CLOSE 4@2430');
  circle.order(a, corn, 'SELL CLOSE 4@2430');
  circle.withdraw(a, 38_463.2);
  circle.deposit(a, 5000);
  settleDay(circle, { [corn]: 2425 });
  t.match(circle.of(a, DAY1), { close: 1200, pos: 1500, comm: 16.8, bal: 19_220, margin: 11_640, avail: 7580, risk: 60.5619 });
  t.match(money(circle.state, a), { bal: 19_220, margin: 11_640, avail: 7580, wq: 7580 });
  markAt(circle, corn, 2425);
  t.equal(money(circle.state, a)['pos'], 0, 'the basis is the settlement price');
});
