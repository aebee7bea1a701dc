import t, { type Test } from 'tap';
import { Compile } from 'typebox/compile';
import type { TSchema } from 'typebox';
import { orderRecordOf, type OrderRecord } from '../../../src/core/history.js';
import { AnswerText } from '../../../src/front/views/answer-text.js';
import { AccountSchema, accountView } from '../../../src/front/views/account-view.js';
import {
  InstrumentDetailSchema,
  instrumentDetailView,
  PublicInstrumentSchema,
  publicInstrumentView,
} from '../../../src/front/views/instrument-view.js';
import { OrderBookSchema, orderBookView, TickSchema } from '../../../src/front/views/market-view.js';
import { answerStatus, OrderSchema, orderView } from '../../../src/front/views/order-view.js';
import { PositionSchema, positionViews } from '../../../src/front/views/position-view.js';
import { PublicTradeSchema, publicTradeViews, UserTradeSchema, userTradeView } from '../../../src/front/views/trade-view.js';
import { OneThreadCircle } from '../../support/one-thread-circle.js';

/** Two traders; 1 lot at 3800 and 2 at 3800.2 traded; the seller's rest of 2 lots works at 3800.4. */
function market() {
  const circle = new OneThreadCircle();
  const buyer = circle.trader(1_000_000);
  const seller = circle.trader(1_000_000);
  const instrument = circle.list({
    instrumentId: 'CFFEX.IF',
    multiplier: 300,
    priceTick: 2000,
    preSettlement: 38_000_000,
    feeOpenByMoney: 2300,
  });
  return { circle, state: circle.state, buyer, seller, instrument };
}

function fits(t: Test, schema: TSchema, view: unknown): void {
  t.same(Compile(schema).Errors(JSON.parse(JSON.stringify(view))), [], 'has the form of its schema');
}

t.test('an account shows balance, margin and frozen money after fills', (t) => {
  const { circle, state, buyer, seller, instrument } = market();
  circle.order(buyer, instrument, 'BUY OPEN 3@3800.2');
  circle.order(seller, instrument, 'SELL OPEN 1@3800.2');
  const view = accountView(state, buyer);
  fits(t, AccountSchema, view);
  t.match(view, {
    account_id: 'ACC_0000000001',
    user_id: 'U0000000001',
    account_type: 'individual',
    balance: 999_973.7786,
    margin: 114_006,
    frozen_margin: 228_012,
    frozen_commission: 52.4428,
    frozen: 228_064.4428,
    available: 657_903.3358,
    profit: 0,
    position_profit: 0,
    risk_ratio: 0.114008,
    status: 'ACTIVE',
  });
  t.end();
});

t.test('positions show average open price and floating profit, and only where there are lots', (t) => {
  const { circle, state, buyer, seller, instrument } = market();
  const other = circle.list({ instrumentId: 'SIM.x', multiplier: 1, priceTick: 10_000, preSettlement: 1_000_000 });
  circle.order(buyer, instrument, 'BUY OPEN 1@3800');
  circle.order(seller, instrument, 'SELL OPEN 1@3800');
  t.same(positionViews(state, buyer, other), []);
  circle.order(buyer, other, 'BUY OPEN 1@100');
  circle.order(seller, instrument, 'SELL OPEN 2@3800.2');
  circle.order(buyer, instrument, 'BUY OPEN 2@3800.2');
  circle.order(buyer, instrument, 'SELL CLOSE 1@3801');
  const views = positionViews(state, buyer);
  t.equal(views.length, 1, 'a working order alone is no position');
  fits(t, PositionSchema, views[0]);
  t.match(views[0], {
    account_id: 'ACC_0000000001',
    instrument_id: 'CFFEX.IF',
    volume_long: 3,
    volume_long_today: 3,
    volume_long_frozen: 1,
    volume_short: 0,
    cost_long: 3800.1333,
    cost_short: 0,
    profit_long: 60,
    margin_long: 342_012,
    last_price: 3800.2,
  });
  t.match(positionViews(state, seller)[0], { volume_short: 3, volume_long: 0, profit_short: -60, cost_short: 3800.1333 });
  t.end();
});

t.test('orders show open lots while they work and none once they are final', (t) => {
  const { circle, state, buyer, seller, instrument } = market();
  const { orderId } = circle.order(buyer, instrument, 'BUY OPEN 3@3800.2', 'mine-1');
  circle.order(seller, instrument, 'SELL OPEN 1@3800');
  const working = orderView(state, orderRecordOf(state, state.orders.find(orderId)));
  fits(t, OrderSchema, working);
  t.match(working, {
    order_id: 'O0000000000000001',
    client_order_id: 'mine-1',
    direction: 'BUY',
    offset: 'OPEN',
    order_type: 'LIMIT',
    time_condition: 'GFD',
    price: 3800.2,
    volume: 3,
    filled_volume: 1,
    remaining_volume: 2,
    avg_fill_price: 3800.2,
    status: 'PartiallyFilled',
  });
  t.notOk('reject_code' in working);
  const cancelled = orderView(state, circle.cancel(buyer, orderId).order as OrderRecord);
  t.match(cancelled, { status: 'Cancelled', filled_volume: 1, remaining_volume: 0 });
  const unfilled = orderView(state, circle.order(buyer, instrument, 'BUY OPEN 3@3800.2 IOC ALL').order as OrderRecord);
  fits(t, OrderSchema, unfilled);
  t.match(unfilled, { status: 'Cancelled', reject_code: 4010, reject_reason: /volume condition/, remaining_volume: 0 });
  t.notOk('avg_fill_price' in unfilled);
  t.notOk('client_order_id' in unfilled);
  t.end();
});

t.test('submit and cancel answer with lower-case states', (t) => {
  t.equal(answerStatus(300), 'partially_filled');
  t.equal(answerStatus(500), 'cancelled');
  t.end();
});

t.test('trades show the own side only', (t) => {
  const { circle, state, buyer, seller, instrument } = market();
  circle.order(buyer, instrument, 'BUY OPEN 1@3800');
  circle.order(seller, instrument, 'SELL OPEN 1@3800');
  const record = {
    tradeId: 1,
    orderId: 2,
    account: seller,
    instrument,
    side: 1,
    offset: 0,
    isTaker: 1,
    price: 38_000_000,
    volume: 1,
    commission: 262_200,
    closeProfit: 0,
    timeUs: 1_767_571_200_000_999,
    tradingDay: 20260105,
    sequence: 9,
  };
  const view = userTradeView(state, record);
  fits(t, UserTradeSchema, view);
  t.match(view, { trade_id: 'T0000000000000001', order_id: 'O0000000000000002', direction: 'SELL', is_taker: true, commission: 26.22 });
  t.match(view, { trading_day: '2026-01-05', timestamp: 1_767_571_200_000, trade_time: 1_767_571_200_000, account_id: 'ACC_0000000002' });
  const [tape] = publicTradeViews(state, instrument, 20);
  fits(t, PublicTradeSchema, tape);
  t.match(tape, { trade_id: 'T0000000000000001', instrument_id: 'CFFEX.IF', price: 3800, volume: 1, direction: 'SELL' });
  t.end();
});

t.test('a tick marks a reference price until something trades', (t) => {
  const { circle, state, buyer, seller, instrument } = market();
  const tick = () => JSON.parse(new AnswerText(state, circle.depth).tick(instrument, Date.now())) as Record<string, unknown>;
  const before = tick();
  fits(t, TickSchema, before);
  t.match(before, { instrument_id: 'CFFEX.IF', last_price: 3800, is_ref: true, volume: 0, md_seq: 0 });
  t.notOk('bid_price' in before);
  circle.order(buyer, instrument, 'BUY OPEN 2@3799.8');
  circle.order(seller, instrument, 'SELL OPEN 1@3799.8');
  circle.order(seller, instrument, 'SELL OPEN 2@3800.4');
  const after = tick();
  fits(t, TickSchema, after);
  t.match(after, { last_price: 3799.8, bid_price: 3799.8, ask_price: 3800.4, volume: 1, md_seq: 3 });
  t.notOk('is_ref' in after);
  t.end();
});

t.test('an order book shows both sides best first, as deep as asked', (t) => {
  const { circle, state, buyer, seller, instrument } = market();
  for (const price of ['3799.6', '3799.8', '3799.8', '3799.2']) circle.order(buyer, instrument, `BUY OPEN 1@${price}`);
  for (const price of ['3800.4', '3800.2']) circle.order(seller, instrument, `SELL OPEN 1@${price}`);
  const book = orderBookView(state, circle.depth, instrument, 2, Date.now());
  fits(t, OrderBookSchema, book);
  t.same(book.bids, [
    { price: 3799.8, volume: 2, order_count: 2 },
    { price: 3799.6, volume: 1, order_count: 1 },
  ]);
  t.same(
    book.asks.map((level) => level.price),
    [3800.2, 3800.4],
  );
  t.equal(book.md_seq, 6);
  t.notOk('last_price' in book);
  const changedMs = Math.floor(circle.depth.lastChangeUs(instrument) / 1000);
  t.match(orderBookView(state, circle.depth, instrument, 1, changedMs + 250), { timestamp: changedMs, age_ms: 250 });
  t.end();
});

t.test('an instrument shows the prices of the day, rates as decimals and its aliases', (t) => {
  const { circle, state, buyer, seller, instrument } = market();
  const view = publicInstrumentView(state, state.instruments.get(instrument));
  fits(t, PublicInstrumentSchema, view);
  t.match(view, {
    instrument_id: 'CFFEX.IF',
    contract_multiplier: 300,
    multiplier: 300,
    price_tick: 0.2,
    tick_size: 0.2,
    margin_rate: 0.1,
    commission_rate: 0.000023,
    pre_settlement: 3800,
    upper_limit: 4180,
    lower_limit: 3420,
    status: 'active',
    phase: 'CONTINUOUS',
  });
  t.notOk('last_price' in view);
  t.notOk('expire_date' in view);
  circle.order(buyer, instrument, 'BUY OPEN 1@3800.2');
  circle.order(seller, instrument, 'SELL OPEN 1@3800.2');
  t.equal(publicInstrumentView(state, state.instruments.get(instrument)).last_price, 3800.2);
  const detail = instrumentDetailView(state, state.instruments.get(instrument), 4);
  fits(t, InstrumentDetailSchema, detail);
  t.match(detail, { open_interest: 1, working_orders: 4 });
  t.end();
});
