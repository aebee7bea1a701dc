/** Phases, statuses and new versions of instruments through the real book. */
import t from 'tap';
import { InstrumentStatus, Side, TimeCondition } from '../../../src/core/enums.js';
import { FrameKind } from '../../../src/core/events.js';
import { DepthFold } from '../../../src/core/depth.js';
import { liveSlots, restoreState, serializeState } from '../../../src/core/state-codec.js';
import { Refusal } from '../../../src/core/refusal.js';
import { ControlledCircle } from '../../support/controlled-circle.js';
import { codeOf, detailsOf } from '../../support/services.js';
import { checkSoundness } from '../../support/soundness.js';

const TICK = 10_000;
const { active, suspended, close_only: closeOnly } = InstrumentStatus;

interface Market {
  circle: ControlledCircle;
  instrument: number;
  a: number;
  b: number;
}

function market(): Market {
  const circle = new ControlledCircle();
  const instrument = circle.list({ instrumentId: 'SIM.x', multiplier: 10, priceTick: TICK, preSettlement: 100 * TICK });
  return { circle, instrument, a: circle.trader(1_000_000), b: circle.trader(1_000_000) };
}

t.test('orders are collected, uncrossed at one price, and what is left trades on', async (t) => {
  const { circle, instrument, a, b } = market();
  await circle.setPhaseOf(instrument, 'AUCTION_ORDER');
  circle.order(a, instrument, 'BUY OPEN 3@102');
  circle.order(b, instrument, 'SELL OPEN 2@99');
  const cancelled = circle.order(a, instrument, 'BUY OPEN 1@102');
  t.equal(circle.cancel(a, cancelled.orderId).code, 0, 'cancels are allowed');
  t.equal(circle.order(b, instrument, 'SELL OPEN 1@MARKET').code, 4101);
  t.equal(circle.state.market.tradeCount[instrument], 0);
  await circle.setPhaseOf(instrument, 'AUCTION_MATCH');
  t.equal(circle.state.market.lastPrice[instrument], 102 * TICK, 'buy pressure');
  t.equal(circle.order(b, instrument, 'SELL OPEN 1@102').code, 4101);
  await circle.setPhaseOf(instrument, 'CONTINUOUS');
  t.match(circle.order(b, instrument, 'SELL OPEN 1@102').order, { filled: 1 });
  checkSoundness(circle.state);
});

t.test('the answer comes after the trades of the uncross', async (t) => {
  const { circle, instrument, a, b } = market();
  await circle.setPhaseOf(instrument, 'AUCTION_ORDER');
  circle.order(a, instrument, 'BUY OPEN 1@100');
  circle.order(b, instrument, 'SELL OPEN 1@100');
  const change = circle.setPhaseOf(instrument, 'AUCTION_MATCH').then(() => circle.state.market.volume[instrument]);
  t.equal(circle.state.market.volume[instrument], 0);
  t.equal(await change, 1);
});

t.test('a suspended instrument takes cancels only, and resumes', async (t) => {
  const { circle, instrument, a, b } = market();
  const first = circle.order(a, instrument, 'BUY OPEN 1@99').orderId;
  circle.order(a, instrument, 'BUY OPEN 1@98');
  await circle.setStatusOf(instrument, suspended);
  t.equal(circle.order(b, instrument, 'SELL OPEN 1@98').code, 1010);
  t.equal(circle.cancel(a, first).code, 0);
  t.equal(await codeOf(() => circle.setStatusOf(instrument, suspended)), 7005);
  t.equal(await codeOf(() => circle.setStatusOf(instrument, closeOnly)), 7005);
  await circle.setStatusOf(instrument, active);
  t.match(circle.order(b, instrument, 'SELL OPEN 1@98').order, { filled: 1 });
  t.equal(await codeOf(() => circle.setStatusOf(instrument, active)), 7005);
});

t.test('resuming uncrosses a book that was crossed', async (t) => {
  const { circle, instrument, a, b } = market();
  await circle.setPhaseOf(instrument, 'AUCTION_ORDER');
  circle.order(a, instrument, 'BUY OPEN 2@101');
  circle.order(b, instrument, 'SELL OPEN 2@99');
  await circle.setStatusOf(instrument, suspended);
  await circle.setPhaseOf(instrument, 'CONTINUOUS');
  t.equal(circle.state.market.volume[instrument], 0, 'suspended');
  await circle.setStatusOf(instrument, active);
  t.equal(circle.state.market.volume[instrument], 2);
  t.equal(circle.state.market.lastPrice[instrument], 100 * TICK, 'nearest to the settlement price');
});

t.test('a close-only instrument takes closing orders', async (t) => {
  const { circle, instrument, a, b } = market();
  circle.order(a, instrument, 'BUY OPEN 1@100');
  circle.order(b, instrument, 'SELL OPEN 1@100');
  await circle.setStatusOf(instrument, closeOnly);
  t.equal(circle.order(a, instrument, 'BUY OPEN 1@100').code, 1014);
  t.equal(circle.order(a, instrument, 'SELL CLOSE 1@100').code, 0);
  await circle.setStatusOf(instrument, active);
  t.equal(circle.order(b, instrument, 'SELL OPEN 1@102').code, 0);
});

t.test('one action halts all instruments of an exchange', async (t) => {
  const { circle } = market();
  circle.list({ instrumentId: 'SIM.y', multiplier: 10, priceTick: TICK, preSettlement: 100 * TICK });
  await circle.control.setPhase([...circle.state.instruments], 7, { user: 0, origin: { address: '', userAgent: '' } });
  t.same(circle.phases, ['1 HALT', '2 HALT']);
});

t.test('delisting names who stands against it, and is for good', async (t) => {
  const { circle, instrument, a, b } = market();
  const refusal = async () => {
    try {
      await circle.delist(instrument);
      return undefined;
    } catch (error) {
      return error as Refusal;
    }
  };
  circle.order(a, instrument, 'BUY OPEN 2@100');
  circle.order(b, instrument, 'SELL OPEN 1@100');
  t.match(await refusal(), {
    code: 3005,
    message: /ACC_0000000001, ACC_0000000002\./,
    details: [
      { field: 'ACC_0000000001', reason: 'holds 1 lots and has 1 working orders' },
      { field: 'ACC_0000000002', reason: 'holds 1 lots and has 0 working orders' },
    ],
  });
  circle.order(b, instrument, 'BUY CLOSE 1@100');
  circle.cancel(a, 1);
  circle.order(a, instrument, 'SELL CLOSE 1@100');
  circle.order(b, instrument, 'BUY CLOSE 1@100');
  t.match(await refusal(), { code: 7005 }, 'it must be suspended');
  await circle.setStatusOf(instrument, suspended);
  t.equal(await refusal(), undefined);
  t.equal(circle.state.instruments.get(instrument).status, InstrumentStatus.delisted);
  for (const again of [
    refusal(),
    codeOf(() => circle.setStatusOf(instrument, active)),
    codeOf(() => circle.setPhaseOf(instrument, 'BREAK')),
  ]) {
    const code = await again;
    t.equal(code instanceof Refusal ? code.code : code, 7005);
  }
  t.equal(await codeOf(() => circle.modify(instrument, { instrument_name: 'x' })), 1010);
});

t.test('an expired instrument need not be suspended first', async (t) => {
  const { circle } = market();
  const instrument = circle.list({
    ...{ instrumentId: 'SIM.old', multiplier: 1, priceTick: TICK, preSettlement: 100 * TICK },
    ...{ listDate: 20250101, expireDate: 20251231 },
  });
  await circle.delist(instrument);
  t.equal(circle.state.instruments.get(instrument).status, InstrumentStatus.delisted);
});

t.test('nothing is changed while a book is being rebuilt', async (t) => {
  const { circle, instrument } = market();
  circle.shards.close(0);
  t.equal(await codeOf(() => circle.setPhaseOf(instrument, 'HALT')), 4001);
  void circle.shards.restore(0);
  await new Promise((resolve) => setImmediate(resolve));
  const change = codeOf(() => circle.setPhaseOf(instrument, 'HALT'));
  await Promise.resolve();
  circle.changes.giveUp(0);
  t.equal(await change, 4001, 'or when it dies meanwhile');
});

t.test('new limits keep resting orders, also those outside of them, and a restart does', async (t) => {
  const { circle, instrument, a, b } = market();
  circle.order(a, instrument, 'BUY OPEN 1@91');
  circle.order(a, instrument, 'BUY OPEN 2@97');
  circle.order(b, instrument, 'SELL OPEN 3@110');
  await circle.modify(instrument, { limit_up_rate: 0.05, limit_down_rate: 0.05 });
  t.match(circle.state.instruments.get(instrument), { upperLimit: 110 * TICK, lowerLimit: 90 * TICK }, 'not before the next day');
  await circle.modify(instrument, { limit_up_rate: 0.05, limit_down_rate: 0.05, immediate: true });
  t.match(circle.state.instruments.get(instrument), { upperLimit: 105 * TICK, lowerLimit: 95 * TICK });
  t.equal(circle.order(a, instrument, 'BUY OPEN 1@94').code, 1013);
  t.equal(circle.order(a, instrument, 'BUY OPEN 1@96').code, 0);
  const bids = [97, 96, 91].map((price) => ({ price: price * TICK }));
  t.match(circle.depth.levels(instrument, Side.BUY, 9), bids);
  t.match(circle.depth.levels(instrument, Side.SELL, 9), [{ price: 110 * TICK, volume: 3 }]);
  t.match(new DepthFold(restoreState(serializeState(circle.state))).levels(instrument, Side.BUY, 9), bids);
  await circle.modify(instrument, { limit_up_rate: 0.2, limit_down_rate: 0.2, immediate: true });
  t.equal(circle.order(b, instrument, 'SELL OPEN 3@115').code, 0);
  t.match(circle.order(b, instrument, 'SELL OPEN 4@90').order, { filled: 4 }, 'all of them trade');
  checkSoundness(circle.state);
});

t.test('an order that was under way when the limits changed keeps its place', async (t) => {
  const { circle, instrument, a } = market();
  const heard = circle.submit(a, instrument, 'BUY OPEN 1@91');
  await circle.modify(instrument, { limit_up_rate: 0.05, limit_down_rate: 0.05 });
  circle.settle();
  t.equal(heard.code, 0);
  t.match(circle.depth.levels(instrument, Side.BUY, 9), [{ price: 91 * TICK }]);
  t.equal(circle.cancel(a, heard.orderId).code, 0);
});

t.test('rates change for positions and orders only when that is asked for, and then all at once', async (t) => {
  const { circle, instrument, a, b } = market();
  circle.order(a, instrument, 'BUY OPEN 2@100');
  circle.order(b, instrument, 'SELL OPEN 1@100');
  const margins = () => [circle.state.accounts.margin[a], circle.state.accounts.frozenMargin[a]];
  t.same(margins(), [1_000_000, 1_000_000]);
  await circle.modify(instrument, { margin_rate: 0.2 });
  t.same(margins(), [1_000_000, 1_000_000]);
  t.match(circle.state.settlement.planned.get(instrument), { longMarginRatio: 200_000, shortMarginRatio: 200_000 });
  await circle.modify(instrument, { margin_rate: 0.2, commission_rate: 0.001, immediate: true });
  t.same(margins(), [2_000_000, 2_000_000]);
  t.equal(circle.state.accounts.frozenCommission[a], 10_000);
  checkSoundness(circle.state);
  await circle.modify(instrument, { short_margin_ratio_by_money: 0.3, immediate: true });
  t.same([...margins(), circle.state.accounts.margin[b]], [2_000_000, 2_000_000, 3_000_000]);
  await circle.modify(instrument, { instrument_name: 'renamed', expire_date: '2027-01-01' });
  t.match(circle.state.instruments.get(instrument), { name: 'renamed', expireDate: 20270101 });
  circle.order(b, instrument, 'SELL OPEN 1@100');
  checkSoundness(circle.state);
});

t.test('multiplier and tick change only while nobody is in', async (t) => {
  const { circle, instrument, a, b } = market();
  const under = circle.submit(a, instrument, 'BUY OPEN 1@99');
  t.equal(await codeOf(() => circle.modify(instrument, { price_tick: 0.5 })), 3006, 'an order under way counts');
  t.equal(circle.shards.shardOf(instrument), 0, 'open again');
  circle.cancel(a, under.orderId);
  const change = circle.modify(instrument, { price_tick: 0.5, contract_multiplier: 20 });
  await Promise.resolve();
  t.equal(circle.order(a, instrument, 'BUY OPEN 1@99').code, 4001, 'no order comes in between');
  await change;
  t.equal(circle.order(a, instrument, 'BUY OPEN 1@99.5').code, 0);
  t.match(circle.order(b, instrument, 'SELL OPEN 1@99.5').order, { filled: 1 });
  t.equal(await codeOf(() => circle.modify(instrument, { contract_multiplier: 10 })), 3006);
  t.match(circle.depth.levels(instrument, Side.BUY, 1), []);
  circle.order(a, instrument, 'SELL CLOSE 1@99.5');
  circle.order(b, instrument, 'BUY CLOSE 1@99.5');
  t.match(await detailsOf(() => circle.modify(instrument, { price_tick: 2 })), [/^price_tick: must divide/]);
  checkSoundness(circle.state);
});

t.test('a change must make sense', async (t) => {
  const { circle, instrument } = market();
  const fields = async (change: Parameters<ControlledCircle['modify']>[1]) =>
    (await detailsOf(() => circle.modify(instrument, change))).map((text) => text.split(':')[0]);
  t.same(await fields({}), ['']);
  t.same(await fields({ immediate: true }), ['']);
  t.same(await fields({ expire_date: '2026-02-30' }), ['expire_date']);
  t.same(await fields({ margin_rate: 0.1234567 }), ['margin_rate']);
  t.same(await fields({ limit_up_rate: 0.00001, limit_down_rate: 0.00001, price_tick: 300 }), ['reference_price']);
});

t.test('the profile changes with the book that is open', async (t) => {
  const { circle, instrument, a } = market();
  circle.order(a, instrument, 'BUY OPEN 1@99');
  await circle.setPhaseOf(instrument, 'BREAK');
  await circle.modify(instrument, { profile: 'cn' });
  t.equal(circle.cancel(a, 1).code, 4102, 'no cancels in a break');
  await circle.modify(instrument, { profile: 'sim' });
  t.equal(circle.cancel(a, 1).code, 0);
});

t.test('all of it comes back from the log', async (t) => {
  const { circle, instrument, a } = market();
  await circle.setPhaseOf(instrument, 'AUCTION_ORDER');
  circle.order(a, instrument, 'BUY OPEN 2@101 GFA');
  await circle.modify(instrument, { margin_rate: 0.2, immediate: true });
  const restored = restoreState(serializeState(circle.state));
  t.same(serializeState(restored), serializeState(circle.state));
  t.equal(restored.orders.timeCondition[liveSlots(restored)[0]], TimeCondition.GFA);
  t.ok(circle.journal.some((frame) => new DataView(frame.buffer).getUint16(4, true) === FrameKind.InstrumentChanged));
});
