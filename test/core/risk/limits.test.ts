/** Limits of the venue and of instruments at the gate (trading-rules.md 15, rest.md A14). */
import t from 'tap';
import { restoreState, serializeState } from '../../../src/core/state-codec.js';
import { DEFAULT_LIMITS } from '../../../src/core/risk-limits.js';
import { OneThreadCircle } from '../../support/one-thread-circle.js';
import { checkSoundness } from '../../support/soundness.js';

function market() {
  const circle = new OneThreadCircle({ maxPositionRatio: 1, rejectRiskRatio: 950_000 });
  const instrument = circle.list({ instrumentId: 'SIM.x', multiplier: 10, priceTick: 10_000, preSettlement: 1_000_000 });
  const other = circle.list({ instrumentId: 'SIM.y', multiplier: 10, priceTick: 10_000, preSettlement: 1_000_000 });
  const [a, b] = [circle.trader(1_000_000), circle.trader(1_000_000)];
  circle.onEvent = () => checkSoundness(circle.state);
  return { circle, instrument, other, a, b };
}

t.test('15.1: the position limit counts lots held, working and under way', async (t) => {
  const { circle, instrument, other, a, b } = market();
  circle.limit({ positionLimit: 20 }, instrument);
  circle.order(b, instrument, 'SELL OPEN 12@100');
  t.equal(circle.order(a, instrument, 'BUY OPEN 12@100').order?.filled, 12);
  const five = circle.order(a, instrument, 'BUY OPEN 5@99');
  t.equal(circle.order(a, instrument, 'BUY OPEN 4@99').code, 1002, 'long 12, working 5: 4 are too many');
  t.equal(circle.submit(a, instrument, 'BUY OPEN 3@99').code, 0, '3 are not');
  t.equal(circle.submit(a, instrument, 'BUY OPEN 1@99').code, 1002, 'though they are still under way');
  circle.settle();
  t.equal(circle.amend(a, five.orderId, 0, 6).code, 1002, 'no amend goes beyond it');
  t.equal(circle.amend(a, five.orderId, 0, 3).code, 0);
  t.equal(circle.amend(a, five.orderId, 0, 5).code, 0);
  t.equal(circle.order(a, instrument, 'SELL OPEN 20@105').code, 0, 'the other side counts for itself');
  t.equal(circle.order(a, other, 'BUY OPEN 30@99').code, 0, 'another instrument has no limit');
  t.equal(circle.order(a, instrument, 'SELL CLOSE 12@101').code, 0, 'closing never hits it');
  circle.limit({ positionLimit: 5 }, instrument);
  t.equal(circle.order(a, instrument, 'BUY OPEN 1@99').code, 1002);
});

t.test('15.1: all accounts of the user count together', async (t) => {
  const { circle, instrument, a, b } = market();
  const second = circle.account(circle.state.accounts.user[a], 1_000_000);
  circle.limit({ positionLimit: 10 });
  t.equal(circle.order(a, instrument, 'BUY OPEN 7@99').code, 0);
  t.equal(circle.order(second, instrument, 'BUY OPEN 4@99').code, 1002);
  t.equal(circle.order(second, instrument, 'BUY OPEN 3@99').code, 0);
  t.equal(circle.order(b, instrument, 'BUY OPEN 10@98').code, 0, 'another user has lots of his own');
  circle.massCancel(a);
  t.equal(circle.order(second, instrument, 'BUY OPEN 7@99').code, 0, 'what is cancelled counts no more');
});

t.test('amount, volume, share and risk ratio are refused by the limits in force', async (t) => {
  const { circle, instrument, other, a, b } = market();
  circle.limit({ maxOrderAmount: 50_000_000, minOrderVolume: 2, maxOrderVolume: 40 });
  t.equal(circle.order(a, instrument, 'BUY OPEN 6@100').code, 1003, '6 lots are 6000');
  t.equal(circle.order(a, instrument, 'BUY OPEN 5@100').code, 0, '5 lots are 5000');
  t.equal(circle.order(a, instrument, 'BUY OPEN 1@100').code, 1011);
  t.equal(circle.order(a, instrument, 'BUY OPEN 41@90').code, 1011);
  circle.limit({ maxOrderAmount: 0, minOrderVolume: 1 }, other);
  t.equal(circle.order(a, other, 'BUY OPEN 40@100').code, 0, 'an instrument may have limits of its own');
  circle.limit({ ...DEFAULT_LIMITS, maxPositionRatio: 10_000 });
  circle.massCancel(a);
  t.equal(circle.order(a, instrument, 'BUY OPEN 100@100').code, 0, '10 000 of margin are 1 % of the balance');
  t.equal(circle.order(a, instrument, 'BUY OPEN 1@100').code, 1002);
  circle.limit({ maxPositionRatio: 1_000_000, riskRatioReject: 9_999 });
  t.equal(circle.order(b, instrument, 'SELL OPEN 100@100').order?.filled, 100);
  t.equal(circle.order(a, instrument, 'BUY OPEN 1@90').code, 1004);
  t.equal(circle.order(a, instrument, 'SELL CLOSE 100@110').code, 0);
});

t.test('self-trade prevention can be switched off', async (t) => {
  const { circle, instrument, a } = market();
  circle.order(a, instrument, 'SELL OPEN 1@100');
  t.equal(circle.order(a, instrument, 'BUY OPEN 1@100').code, 1005);
  circle.limit({ selfTradePrevention: 0 });
  t.equal(circle.order(a, instrument, 'BUY OPEN 1@100').order?.filled, 1);
});

t.test('limits are part of the state', async (t) => {
  const { circle, instrument, other } = market();
  circle.limit({ positionLimit: 7 });
  circle.limit({ maxOrderAmount: 1 }, other);
  const restored = restoreState(serializeState(circle.state));
  t.same(restored.riskLimits.venue, circle.state.riskLimits.venue);
  t.same(restored.riskLimits.of(other), circle.state.riskLimits.of(other));
  t.equal(restored.riskLimits.of(instrument), restored.riskLimits.venue);
  t.same(serializeState(restored), serializeState(circle.state));
});
