import t from 'tap';
import { CancelReason, InstrumentStatus, OrderStatus, Phase, PhaseReason } from '../../../src/core/enums.js';
import { FrameKind } from '../../../src/core/events.js';
import { Refusal } from '../../../src/core/refusal.js';
import { liveSlots, restoreState, serializeState } from '../../../src/core/state-codec.js';
import type { OrderRecord } from '../../../src/core/history.js';
import { EventDecoder } from '../../../src/wire/event-decoder.js';
import { frameViews } from '../../../src/wire/frame-layout.js';
import { codeOf, detailsOf } from '../../support/services.js';
import { SettlingCircle } from '../../support/settling-circle.js';
import { checkSoundness } from '../../support/soundness.js';

const TICK = 10_000;
const MONDAY = 20260105;
const TUESDAY = 20260106;

interface Market {
  circle: SettlingCircle;
  /** SIM, FIFO closing; and SHFE, where lots of earlier days are apart. */
  x: number;
  s: number;
  a: number;
  b: number;
}

function market(simulationMode = true): Market {
  const circle = new SettlingCircle(simulationMode);
  const terms = { multiplier: 10, priceTick: TICK, preSettlement: 100 * TICK, feeOpenByLot: 5000, feeCloseByLot: 5000 };
  const x = circle.list({ instrumentId: 'SIM.x', ...terms });
  const s = circle.list({ instrumentId: 'SHFE.s', exchange: 1, ...terms });
  const [a, b] = [circle.trader(1_000_000), circle.trader(1_000_000)];
  circle.onEvent = () => checkSoundness(circle.state, circle.depth);
  return { circle, x, s, a, b };
}

function orderOf({ history }: SettlingCircle, orderId: number): OrderRecord {
  return history.findOrder(orderId)!;
}

t.test('a day is settled and the next one begins', async (t) => {
  const { circle, x, a, b } = market();
  circle.order(a, x, 'BUY OPEN 3@101');
  circle.order(b, x, 'SELL OPEN 3@101');
  const resting = circle.order(a, x, 'BUY OPEN 1@99').orderId;
  await circle.price({ [x]: 103.5 });
  const day = await circle.run();
  t.match(day, {
    id: MONDAY,
    nextTradingDay: TUESDAY,
    accounts: 2,
    commission: '30000',
    profit: '0',
    gain: '750000',
    winners: 1,
    losers: 1,
  });
  t.same(day.prices, [[x, 1_035_000]]);
  t.match(day.market, [{ instrument: x, openPrice: 101 * TICK, lastPrice: 101 * TICK, volume: 3, openInterest: 3, turnover: '30300000' }]);
  const { state } = circle;
  t.equal(state.tradingDay, TUESDAY);
  t.match(state.instruments.get(x), { preSettlement: 1_035_000, upperLimit: 113 * TICK, lowerLimit: 94 * TICK, phase: Phase.CONTINUOUS });
  t.same([state.market.lastPrice[x], state.market.volume[x], state.market.openInterest[x]], [0, 0, 3]);
  t.equal([...state.market.recent(x, 10)].length, 1, 'the latest prints stay');
  t.match(orderOf(circle, resting), { status: OrderStatus.Cancelled, reason: CancelReason.DAY_END });
  t.equal(state.settlement.prices.size, 0);
  t.match(circle.statementOf(a, MONDAY), {
    positionProfit: 750_000,
    commission: 15_000,
    tradeCount: 1,
    positions: [{ volume: 3, profit: 750_000 }],
  });
  t.same(circle.clockCalls, ['pause', 'resume']);
  t.match(circle.order(b, x, 'SELL OPEN 1@112').code, 0, 'the book has the new limits');
  t.equal(circle.order(b, x, 'SELL OPEN 1@114').code, 1013);
});

t.test('a price that is needed and missing settles nothing', async (t) => {
  const { circle, x, s, a, b } = market();
  circle.order(a, x, 'BUY OPEN 1@100');
  circle.order(b, x, 'SELL OPEN 1@100');
  circle.order(a, s, 'BUY OPEN 1@100');
  circle.order(b, s, 'SELL OPEN 1@100');
  circle.order(b, s, 'BUY CLOSETODAY 1@100');
  circle.order(a, s, 'SELL CLOSETODAY 1@100');
  const resting = circle.order(a, x, 'BUY OPEN 1@99').orderId;
  t.equal(circle.state.market.openInterest[s], 0, 'traded, but not held');
  await circle.price({ [x]: 100 });
  const before = serializeState(circle.state);
  t.equal(await codeOf(() => circle.run()), 6001);
  t.same(await detailsOf(() => circle.run()), ['SHFE.s: has no settlement price']);
  t.not(circle.state.orders.find(resting), -1, 'no order has ended');
  t.equal(circle.state.tradingDay, MONDAY);
  t.same(restoreState(before).accounts.preBalance, circle.state.accounts.preBalance);
  await circle.price({ [s]: 100 });
  await circle.price({ [x]: null });
  t.same(await detailsOf(() => circle.run()), ['SIM.x: has no settlement price'], 'a price can be taken back');
});

t.test('a day is settled once, and only the current one', async (t) => {
  const { circle, x, a, b } = market();
  circle.order(a, x, 'BUY OPEN 1@100');
  circle.order(b, x, 'SELL OPEN 1@100');
  await circle.price({ [x]: 100 });
  t.equal(await codeOf(() => circle.run(20251231)), 9008, 'never was a day of this exchange');
  t.equal(await codeOf(() => circle.run(TUESDAY)), 9008, 'not yet');
  await circle.run(MONDAY);
  const balance = circle.state.ledger.balance(a);
  t.equal(await codeOf(() => circle.run(MONDAY)), 6004);
  t.equal(await codeOf(() => circle.run()), 6001, 'the next day needs prices of its own');
  t.equal(circle.state.ledger.balance(a), balance);
  await circle.price({ [x]: 101 });
  const both = await Promise.all([circle.run(TUESDAY), codeOf(() => circle.run(TUESDAY))]);
  t.equal(both[1], 6004, 'two runs at once settle one day');
});

t.test('an open trading session forbids it', async (t) => {
  const circle = new SettlingCircle(false);
  const x = circle.list({
    instrumentId: 'CFFEX.x',
    multiplier: 10,
    priceTick: TICK,
    preSettlement: 100 * TICK,
    sessionTemplate: 'CFFEX_INDEX',
  });
  const open = circle.list({ instrumentId: 'SIM.always', multiplier: 10, priceTick: TICK, preSettlement: 100 * TICK });
  for (const phase of ['CONTINUOUS', 'BREAK', 'HALT', 'PRE_OPEN'] as const) {
    circle.phase(x, phase);
    t.equal(await codeOf(() => circle.run()), 4101, phase);
  }
  t.same(await detailsOf(() => circle.run()), ['CFFEX.x: has an open trading session'], 'what no clock closes is closed by the run');
  circle.phase(x, 'CLOSED');
  await circle.run();
  t.equal(circle.state.instruments.get(x).phase, Phase.CLOSED, 'the clock opens it');
  t.equal(circle.state.instruments.get(x).phaseReason, PhaseReason.SETTLEMENT);
  t.equal(circle.state.instruments.get(open).phase, Phase.CONTINUOUS);
});

t.test('orders that live on: what rests, what ends, what the new day refuses', async (t) => {
  const { circle, x, s, a, b } = market();
  circle.order(a, x, 'BUY OPEN 4@100');
  circle.order(b, x, 'SELL OPEN 4@100');
  circle.order(a, s, 'BUY OPEN 4@100');
  circle.order(b, s, 'SELL OPEN 4@100');
  const ids = (account: number, instrument: number, ...texts: string[]): number[] =>
    texts.map((text, i) => circle.order(account, instrument, text, `${instrument}-${account}-${text}-${i}`).orderId);
  const [first, second, far, due, later, gfd] = ids(
    a,
    x,
    'BUY OPEN 1@97 GTC',
    'BUY OPEN 1@97 GTC',
    'BUY OPEN 1@91 GTC',
    'BUY OPEN 1@98 GTD gtd=20260105',
    'BUY OPEN 1@96 GTD gtd=20260106',
    'BUY OPEN 1@95 GFD',
  );
  const [close, closeToday] = ids(a, s, 'SELL CLOSE 1@105 GTC', 'SELL CLOSETODAY 2@105 GTC');
  t.equal(close, 0, 'SHFE: CLOSE takes lots of earlier days only');
  const [simClose] = ids(a, x, 'SELL CLOSE 3@107 GTC');
  await circle.price({ [x]: 104, [s]: 100 });
  await circle.run();
  const { state } = circle;
  t.match(orderOf(circle, due), { status: OrderStatus.Cancelled, reason: CancelReason.EXPIRED, code: 0 });
  t.match(orderOf(circle, gfd), { status: OrderStatus.Cancelled, reason: CancelReason.DAY_END, code: 0 });
  t.match(orderOf(circle, far), { status: OrderStatus.Cancelled, reason: CancelReason.DAY_END, code: 1013 }, 'below the new limits');
  t.match(orderOf(circle, closeToday), { status: OrderStatus.Cancelled, code: 2006 }, 'no lot is of today any more');
  const alive = liveSlots(state).map((slot) => state.orders.orderId[slot]);
  t.same(
    alive.sort((p, q) => p - q),
    [first, second, later, simClose].sort((p, q) => p - q),
  );
  const slot = state.orders.find(simClose);
  t.same([state.orders.frozenHis[slot], state.orders.frozenToday[slot]], [3, 0], 'it holds lots of an earlier day now');
  t.equal(circle.order(b, x, 'SELL OPEN 1@97').order?.filled, 1);
  t.equal(state.orders.find(first), -1, 'older orders still come first');
  t.not(state.orders.find(second), -1);
  // client order ids of finished orders may be used anew, those of living ones not
  t.equal(circle.order(a, x, 'BUY OPEN 1@95', `${x}-${a}-BUY OPEN 1@97 GTC-1`).orderId, second);
  t.not(circle.order(a, x, 'BUY OPEN 1@95', `${x}-${a}-BUY OPEN 1@95 GFD-5`).orderId, gfd);
});

t.test('funds and risk ratio are looked at again, oldest order first', async (t) => {
  const { circle, x, b } = market();
  circle.limit({ maxPositionRatio: 1_000_000 });
  const poor = circle.trader(1000);
  circle.order(poor, x, 'BUY OPEN 5@100');
  circle.order(b, x, 'SELL OPEN 5@100');
  const kept = circle.order(poor, x, 'BUY OPEN 1@96 GTC').orderId;
  const lost = circle.order(poor, x, 'BUY OPEN 2@96 GTC').orderId;
  await circle.price({ [x]: 96 });
  await circle.run();
  // 797.5 less a margin of 480 leaves 317.5 for 96.5 and 193
  t.not(circle.state.orders.find(kept), -1);
  t.not(circle.state.orders.find(lost), -1);
  await circle.price({ [x]: 91 });
  await circle.run();
  // 547.5 less 455 leaves 92.5
  t.match(orderOf(circle, kept), { code: 1001 });
  t.match(orderOf(circle, lost), { code: 1001 });
  const last = circle.order(b, x, 'BUY OPEN 1@90 GTC').orderId;
  t.not(circle.state.orders.find(last), -1);
  t.equal(circle.state.accounts.frozenMargin[poor] + circle.state.accounts.frozenCommission[poor], 0);
});

t.test('a book forgets the last price of the day before', async (t) => {
  const { circle, a, b } = market();
  const cn = circle.list({ instrumentId: 'SIM.cn', multiplier: 10, priceTick: TICK, preSettlement: 100 * TICK, profile: 'cn' });
  circle.order(a, cn, 'BUY OPEN 1@100');
  circle.order(b, cn, 'SELL OPEN 1@100');
  await circle.price({ [cn]: 103 });
  await circle.run();
  circle.order(a, cn, 'BUY OPEN 1@106');
  circle.order(b, cn, 'SELL OPEN 1@101');
  t.equal(circle.state.market.lastPrice[cn], 103 * TICK, 'the median of both limits and the settlement price');
});

t.test('rates planned for the next day hold from the settlement on', async (t) => {
  const { circle, x, a, b } = market();
  circle.order(a, x, 'BUY OPEN 2@100');
  circle.order(b, x, 'SELL OPEN 2@100');
  circle.order(a, x, 'BUY OPEN 1@99 GTC');
  await circle.modify(x, { margin_rate: 0.2, limit_up_rate: 0.05 });
  await circle.modify(x, { limit_down_rate: 0.04, instrument_name: 'renamed' });
  await circle.modify(x, { commission_rate: 0.0001, immediate: true });
  const { state } = circle;
  const instrument = state.instruments.get(x);
  t.match(instrument, { name: 'renamed', longMarginRatio: 100_000, limitUpRate: 100_000, feeOpenByMoney: 10_000, upperLimit: 110 * TICK });
  t.equal(state.accounts.frozenMargin[a], 990_000);
  await circle.price({ [x]: 101 });
  const twin = restoreState(serializeState(state));
  t.same(twin.settlement.planned, state.settlement.planned);
  t.equal((await circle.settlement.dryRun([])).figures.margin[a], 4_040_000);
  await circle.run();
  t.match(instrument, { longMarginRatio: 200_000, limitUpRate: 50_000, limitDownRate: 40_000, feeOpenByMoney: 10_000 });
  t.same([instrument.upperLimit, instrument.lowerLimit], [106 * TICK, 97 * TICK]);
  t.same([state.accounts.margin[a], state.accounts.frozenMargin[a]], [4_040_000, 1_980_000]);
  t.equal(circle.statementOf(a, MONDAY).margin, 4_040_000);
  t.equal(state.settlement.planned.size, 0);
});

t.test('a contract ends with its last day', async (t) => {
  const circle = new SettlingCircle();
  const terms = { multiplier: 10, priceTick: TICK, preSettlement: 100 * TICK };
  const x = circle.list({ instrumentId: 'SIM.x', expireDate: MONDAY, ...terms });
  const on = circle.list({ instrumentId: 'SIM.on', expireDate: TUESDAY, ...terms });
  const [a, b] = [circle.trader(100_000), circle.trader(100_000)];
  circle.onEvent = () => checkSoundness(circle.state, circle.depth);
  for (const instrument of [x, on]) {
    circle.order(a, instrument, 'BUY OPEN 2@100');
    circle.order(b, instrument, 'SELL OPEN 2@100');
  }
  circle.order(a, x, 'SELL CLOSE 1@101');
  circle.order(b, x, 'BUY CLOSE 1@101');
  const resting = circle.order(a, x, 'SELL CLOSE 1@108 GTC').orderId;
  await circle.price({ [x]: 104, [on]: 103 });
  await circle.run();
  const { state } = circle;
  t.match(orderOf(circle, resting), { reason: CancelReason.EXPIRED });
  t.match(state.instruments.get(x), { status: InstrumentStatus.delisted, phase: Phase.CLOSED });
  t.equal(state.market.openInterest[x], 0);
  t.equal(state.positions.volume[state.positions.find(a, x) * 2], 0);
  const statement = circle.statementOf(a, MONDAY);
  t.match(statement, { closeProfit: 500_000, closeProfitByTrade: 500_000, positionProfit: 600_000, margin: 2_060_000 });
  t.match(statement.positions, [
    { instrument: x, volume: 1, ended: 1, margin: 0, profit: 400_000 },
    { instrument: on, volume: 2, ended: 0, profit: 600_000 },
  ]);
  t.equal(state.ledger.balance(a), 1_001_100_000);
  t.equal(circle.order(a, x, 'BUY OPEN 1@104').code, 1010);
  t.equal(await codeOf(() => circle.price({ [x]: 104 })), 1010, 'no price for what is gone');
  await circle.price({ [on]: 103 });
  await circle.run();
  t.match(state.instruments.get(on), { status: InstrumentStatus.delisted });
  t.equal(state.accounts.margin[a], 0);
  await circle.run();
  t.equal(state.tradingDay, 20260108, 'a day without anything held or traded needs no price');
});

t.test('what a crash leaves closed is opened, and the day may be run again', async (t) => {
  const { circle, x, a, b } = market();
  circle.order(a, x, 'BUY OPEN 1@100');
  circle.order(b, x, 'SELL OPEN 1@100');
  const gtc = circle.order(a, x, 'SELL CLOSETODAY 1@109 GTC').orderId;
  await circle.price({ [x]: 100 });
  circle.beforeSettled = () => {
    throw new Refusal(3003);
  };
  t.equal(await codeOf(() => circle.run()), 3003);
  t.match(circle.state.instruments.get(x), { phase: Phase.CONTINUOUS }, 'not settled, but open');
  t.not(circle.state.orders.find(gtc), -1, 'and nothing was judged by a day that has not come');
  // as a crash leaves it: books closed, no event
  circle.phase(x, 'SETTLING');
  await circle.settlement.recover();
  t.match(circle.state.instruments.get(x), { phase: Phase.CONTINUOUS });
  t.not(circle.state.orders.find(gtc), -1);
  // and behind the event: settled, books closed
  circle.phase(x, 'SETTLING');
  const settled = { tradingDay: MONDAY, nextTradingDay: TUESDAY, instruments: [x], prices: [100 * TICK], startedUs: 0 };
  circle.rare(FrameKind.DaySettled, settled);
  t.equal(await codeOf(() => circle.run(MONDAY)), 6004);
  await circle.settlement.recover();
  t.match(circle.state.instruments.get(x), { phase: Phase.CONTINUOUS });
  t.match(orderOf(circle, gtc), { code: 2006 });
});

t.test('prices are all set or none', async (t) => {
  const { circle, x, s } = market();
  const set = (...entries: [string, number | null][]) =>
    circle.settlement.setPrices(
      entries.map(([instrumentId, price], i) => ({ instrumentId, price, field: `prices.${i}` })),
      { user: 0, origin: { address: '', userAgent: '' } },
    );
  t.equal(await set(['x', 100.0001], ['SHFE.s', 99]), MONDAY);
  t.same(
    [...circle.state.settlement.prices],
    [
      [x, 1_000_001],
      [s, 990_000],
    ],
  );
  t.equal(await codeOf(() => set(['SIM.x', 101], ['SIM.no', 1])), 1007);
  t.equal(await codeOf(() => set(['SIM.x', 101], ['x', 102])), 9008, 'the same instrument by another name');
  for (const price of [0, -1, 0.00001, NaN, Infinity, 1e12, 0.0001]) t.equal(await codeOf(() => set(['SIM.x', price])), 9008, `${price}`);
  t.equal(circle.state.settlement.prices.get(x), 1_000_001, 'unchanged');
});

t.test('a dry run tells what the day would come to and changes nothing', async (t) => {
  const { circle, x, b } = market();
  const poor = circle.trader(1000);
  circle.order(poor, x, 'BUY OPEN 4@100');
  circle.order(b, x, 'SELL OPEN 4@100');
  await t.rejects(circle.settlement.dryRun([]), { code: 6001 });
  await circle.price({ [x]: 100 });
  const before = serializeState(circle.state);
  const at = (price: number) => circle.settlement.dryRun([{ instrumentId: 'SIM.x', price, field: 'prices.0' }]);
  t.equal((await circle.settlement.dryRun([])).figures.dayProfit(poor), 0);
  const { figures: down } = await at(85);
  t.equal(down.dayProfit(poor), -6_000_000);
  t.equal(down.riskRatio(poor), Math.floor((3_400_000 * 1_000_000) / (10_000_000 - 6_000_000 - 20_000)));
  t.same(serializeState(circle.state), before);
  circle.state.accounts.frozenMargin[b] += 1;
  await t.rejects(at(85), { code: 6002 });
});

t.test('a settled state is the same from any snapshot', async (t) => {
  const { circle, x, a, b } = market();
  circle.order(a, x, 'BUY OPEN 3@101');
  circle.order(b, x, 'SELL OPEN 3@101');
  circle.order(a, x, 'SELL CLOSE 2@108 GTC', 'kept');
  circle.order(a, x, 'BUY OPEN 2@95', 'gone');
  await circle.price({ [x]: 103.5 });
  const twin = restoreState(serializeState(circle.state));
  const from = circle.journal.length;
  await circle.run();
  await circle.price({ [x]: 104 });
  const decoder = new EventDecoder(twin);
  for (const frame of circle.journal.slice(from)) decoder.decode(frameViews(frame), 0);
  t.same(serializeState(twin), serializeState(circle.state));
});
