import fc from 'fast-check';
import t from 'tap';
import {
  CancelReason,
  Offset,
  OrderStatus,
  PriceType,
  Side,
  TimeCondition,
  VolumeCondition,
  type Enumeration,
} from '../../../src/core/enums.js';
import { orderRecordOf, type OrderRecord } from '../../../src/core/history.js';
import { REFUSALS } from '../../../src/core/refusal.js';
import { accountView } from '../../../src/front/views/account-view.js';
import { AnswerText } from '../../../src/front/views/answer-text.js';
import { orderView } from '../../../src/front/views/order-view.js';
import { OneThreadCircle } from '../../support/one-thread-circle.js';

function market() {
  const circle = new OneThreadCircle();
  const accounts = [circle.trader(1_000_000), circle.trader(1_000_000)];
  const instrument = circle.list({
    instrumentId: 'CFFEX.IF',
    multiplier: 300,
    priceTick: 2000,
    preSettlement: 38_000_000,
    feeOpenByMoney: 2300,
  });
  return { circle, state: circle.state, accounts, instrument, texts: new AnswerText(circle.state, circle.depth) };
}

const oneOf = (enumeration: Enumeration) => fc.constantFrom(...Object.values(enumeration));
const lots = fc.integer({ min: 0, max: 10_000 });
const micros = fc.integer({ min: 1, max: 4_000_000_000_000_000 });

/** Of any kind and state, whether or not the rules allow it together. */
const anyOrder: fc.Arbitrary<OrderRecord> = fc.record({
  orderId: fc.integer({ min: 1, max: 9_000_000_000_000 }),
  exchangeOrderId: fc.integer({ min: 0, max: 9_000_000_000_000 }),
  account: fc.constantFrom(1, 2),
  instrument: fc.constant(1),
  side: fc.constantFrom(Side.BUY, Side.SELL),
  offset: oneOf(Offset),
  priceType: oneOf(PriceType),
  timeCondition: oneOf(TimeCondition),
  volumeCondition: oneOf(VolumeCondition),
  price: fc.integer({ min: 0, max: 1_000_000_000_000 }),
  volume: lots,
  filled: lots,
  cancelled: lots,
  status: oneOf(OrderStatus),
  code: fc.constantFrom(0, ...Object.keys(REFUSALS).map(Number)),
  reason: oneOf(CancelReason),
  filledNotional: fc.integer({ min: 0, max: 1_000_000_000_000 }),
  insertUs: micros,
  updateUs: micros,
  minVolume: lots,
  gtdDate: fc.constant(0),
  clientOrderId: fc.string({ maxLength: 64, unit: 'grapheme' }),
  sequence: fc.constant(1),
});

t.test('an order reads as its view, whatever it is', (t) => {
  const { state, texts } = market();
  fc.assert(fc.property(anyOrder, (order) => texts.order(order) === JSON.stringify(orderView(state, order))));
  t.end();
});

t.test('accounts and their orders read as their views after every fill', (t) => {
  const { circle, state, accounts, instrument, texts } = market();
  const [buyer, seller] = accounts;
  const steps = [
    [buyer, 'BUY OPEN 3@3800.2'],
    [seller, 'SELL OPEN 1@3800.2'],
    [seller, 'SELL OPEN 2@3799.8'],
    [buyer, 'SELL CLOSE 2@3790.4'],
    [seller, 'BUY CLOSE 1@3790.4'],
  ] as const;
  for (const [account, order] of steps) {
    circle.order(account, instrument, order);
    for (const each of accounts) {
      t.equal(texts.account(each), JSON.stringify(accountView(state, each)), `account ${each} after ${order}`);
      for (let slot = state.accounts.firstOrder[each]; slot !== 0; slot = state.orders.nextOfAccount[slot]) {
        const record = orderRecordOf(state, slot);
        t.equal(texts.order(record), JSON.stringify(orderView(state, record)));
      }
    }
  }
  t.not(state.accounts.closeProfit[buyer], 0, 'profit was realised');
  t.end();
});
