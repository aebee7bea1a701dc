/** The gate of orders: refusals in order, reservations, repeated client order ids, lost shards. */
import t from 'tap';
import { InstrumentStatus, Phase } from '../../../src/core/enums.js';
import { HIS, LONG, TODAY } from '../../../src/core/positions.js';
import { DUPLICATE, NOT_LIVE } from '../../../src/front/gateway/gateway.js';
import { OneThreadCircle } from '../../support/one-thread-circle.js';

function market(): { circle: OneThreadCircle; instrument: number; a: number; b: number } {
  const circle = new OneThreadCircle();
  const instrument = circle.list({ instrumentId: 'SIM.x', multiplier: 10, priceTick: 5000, preSettlement: 1_000_000, maxLimitVolume: 500 });
  return { circle, instrument, a: circle.trader(10_000), b: circle.trader(10_000) };
}

t.test('refuses with the code of the first failing step and changes nothing', async (t) => {
  const { circle, instrument, a } = market();
  const listed = circle.state.instruments.get(instrument);
  const before = circle.state.sequence;
  const cases: [string, number][] = [
    ['BUY OPEN 1@100.2', 1012],
    ['BUY OPEN 1@89.5', 1013],
    ['BUY OPEN 1@110.5', 1013],
    ['BUY OPEN 0@100', 1008],
    ['BUY OPEN -3@100', 1008],
    ['BUY OPEN 1.5@100', 1008],
    ['BUY OPEN 501@100', 1011],
    ['BUY OPEN 1@0', 1008],
    ['BUY OPEN 51@100', 1002],
    ['SELL CLOSE 1@100', 2005],
    ['SELL CLOSETODAY 1@100', 2006],
    ['SELL CLOSEYESTERDAY 1@100', 2007],
    ['BUY OPEN 1@100 GFD ALL', 1009],
    ['BUY OPEN 1@MARKET GFD ANY', 1009],
    ['NORTH OPEN 1@100', 1008],
    ['BUY HALFWAY 1@100', 1008],
  ];
  for (const [text, code] of cases) t.equal(circle.order(a, instrument, text).code, code, `${text} gives ${code}`);
  t.equal(circle.order(a, 0, 'BUY OPEN 1@100').code, 1007, 'an unknown instrument');
  listed.phase = Phase.BREAK;
  t.equal(circle.order(a, instrument, 'BUY OPEN 1@100.2').code, 4101, 'the phase comes before the price');
  listed.phase = Phase.CONTINUOUS;
  listed.status = InstrumentStatus.suspended;
  t.equal(circle.order(a, instrument, 'BUY OPEN 1@100').code, 1010);
  listed.status = InstrumentStatus.close_only;
  t.equal(circle.order(a, instrument, 'BUY OPEN 1@100').code, 1014);
  listed.status = InstrumentStatus.active;
  t.equal(circle.state.sequence, before, 'no event came of it');
  t.equal(circle.gateway.reservedMoney(a), 0, 'nothing stays reserved');
  t.equal(circle.order(a, instrument, 'BUY OPEN 1@100').orderId, 1, 'refused orders take no id');
});

t.test('orders under way cannot spend the same money twice', async (t) => {
  const { circle, instrument, a } = market();
  const other = circle.list({ instrumentId: 'SIM.y', multiplier: 10, priceTick: 5000, preSettlement: 1_000_000 });
  circle.submit(a, instrument, 'BUY OPEN 50@100');
  t.equal(circle.gateway.reservedMoney(a), 50_000_000, 'half of the money is reserved');
  t.equal(circle.submit(a, instrument, 'BUY OPEN 1@100').code, 1002, 'the share of the instrument counts what is under way');
  circle.submit(a, other, 'BUY OPEN 49@100');
  t.equal(circle.submit(a, other, 'BUY OPEN 2@90').code, 1002);
  const third = circle.list({ instrumentId: 'SIM.z', multiplier: 10, priceTick: 5000, preSettlement: 1_000_000 });
  circle.submit(a, instrument, 'BUY OPEN 1@100');
  t.equal(circle.order(a, third, 'BUY OPEN 2@100').code, 1001, 'funds count what is frozen');
  t.equal(circle.gateway.reservedMoney(a), 0, 'and all reservations have become frozen money');
  t.equal(circle.state.accounts.frozenMargin[a], 99_000_000);
});

t.test('orders under way cannot close the same lots twice', async (t) => {
  const { circle, instrument, a, b } = market();
  circle.order(a, instrument, 'BUY OPEN 5@100');
  circle.order(b, instrument, 'SELL OPEN 5@100');
  t.equal(circle.submit(a, instrument, 'SELL CLOSE 3@101').code, 0);
  t.equal(circle.submit(a, instrument, 'SELL CLOSE 3@101').code, 2005);
  t.equal(circle.submit(a, instrument, 'SELL CLOSE 2@101').code, 0);
  circle.settle();
  t.equal(circle.order(a, instrument, 'SELL CLOSE 1@101').code, 2005, 'now they are frozen');
});

t.test('a refusal by the book gives everything back', async (t) => {
  const { circle, instrument, a } = market();
  circle.order(a, instrument, 'SELL OPEN 1@100');
  const refused = circle.order(a, instrument, 'BUY OPEN 1@100');
  t.match(refused, { code: 1005, orderId: 2 }, 'self trade, with an id');
  t.equal(circle.gateway.reservedMoney(a), 0);
  t.equal(circle.order(a, instrument, 'BUY OPEN 1@99').orderId, 3, 'ids are gapless over refusals by the book');
});

t.test('a repeated client order id never makes a second order', async (t) => {
  const { circle, instrument, a, b } = market();
  const first = circle.submit(a, instrument, 'BUY OPEN 1@100', 'c-1');
  const again = circle.submit(a, instrument, 'BUY OPEN 1@100', 'c-1');
  const other = circle.submit(b, instrument, 'BUY OPEN 1@100', 'c-1');
  circle.settle();
  t.equal(first.orderId, 1);
  t.equal(again.orderId, 1, 'while the first is under way it gets the same answer');
  t.equal(other.orderId, 2, 'ids are the account’s own');
  t.equal(circle.order(a, instrument, 'BUY OPEN 9@100', 'c-1').orderId, 1, 'and afterwards too');
  circle.cancel(a, 1);
  t.equal(circle.order(a, instrument, 'BUY OPEN 1@100', 'c-1').orderId, 1, 'even when the first is finished');
  t.equal(circle.state.nextOrderId, 3);
});

t.test('a client order id of a refused order may be used again', async (t) => {
  const { circle, instrument, a } = market();
  circle.order(a, instrument, 'SELL OPEN 1@100');
  t.equal(circle.order(a, instrument, 'BUY OPEN 1@100', 'c-2').code, 1005);
  t.equal(circle.order(a, instrument, 'BUY OPEN 1@99', 'c-2').code, 0);
});

t.test('only the owner acts on an account', async (t) => {
  const { circle, instrument, a, b } = market();
  const { orderId } = circle.order(a, instrument, 'BUY OPEN 1@100');
  const waiter = { accepted: () => undefined, completed: () => undefined, refused: () => undefined };
  t.equal(circle.gateway.cancel(circle.caller(b), a, orderId, waiter, 0), 9006);
  t.equal(circle.gateway.cancel(circle.caller(b), b, orderId, waiter, 0), 9006, 'somebody else’s order under the own account');
  t.equal(circle.gateway.cancel(circle.caller(b), 99, orderId, waiter, 0), 1006);
  t.equal(circle.cancel(a, 77).code, NOT_LIVE);
  t.equal(circle.cancel(a, orderId).code, 0);
});

t.test('commands of a lost shard are refused once and leave nothing reserved', async (t) => {
  const { circle, instrument, a } = market();
  const lost = circle.submit(a, instrument, 'BUY OPEN 1@100', 'c-3');
  t.same(circle.gateway.giveUp(0, 4001), [1]);
  t.match(lost, { code: 4001 });
  t.equal(circle.gateway.reservedMoney(a), 0);
  t.equal(circle.gateway.commandsUnderWay, 0);
  circle.settle();
  t.notOk(lost.order, 'a late event finds nobody waiting');
});

t.test('market orders reserve up to the band and give the rest back', async (t) => {
  const { circle, instrument, a, b } = market();
  circle.order(b, instrument, 'SELL OPEN 2@101');
  const { order } = circle.order(a, instrument, 'BUY OPEN 3@MARKET');
  t.match(order, { filled: 2, status: 500, code: 0 }, 'two filled, the rest cancelled');
  t.equal(circle.state.accounts.frozenMargin[a], 0);
  t.equal(circle.state.accounts.margin[a], 2_020_000, 'margin at the price traded');
  t.match(circle.order(a, instrument, 'BUY OPEN 1@MARKET').order, { filled: 0, status: 500, code: 4002 }, 'nobody offers');
  t.equal(DUPLICATE, -1);
});

t.test('a full command ring is answered with 3003 at once and takes nothing', async (t) => {
  const circle = new OneThreadCircle();
  const instrument = circle.list({ instrumentId: 'SIM.x', multiplier: 1, priceTick: 5000, preSettlement: 1_000_000 });
  const a = circle.trader(10_000_000);
  let handedOver = 0;
  let code = 0;
  while (code === 0 && handedOver < 20_000) {
    code = circle.submit(a, instrument, 'BUY OPEN 1@100').code;
    if (code === 0) handedOver++;
  }
  t.equal(code, 3003);
  const reserved = circle.gateway.reservedMoney(a);
  t.equal(circle.submit(a, instrument, 'BUY OPEN 1@100').code, 3003);
  t.equal(circle.gateway.reservedMoney(a), reserved, 'a refused order reserves nothing');
  circle.settle();
  t.equal(circle.state.orders.size, handedOver, 'everything handed over is there');
  t.equal(circle.order(a, instrument, 'BUY OPEN 1@100').orderId, handedOver + 1, 'the refused ones took no id');
});

t.test('an order for lots of earlier days does not count on those that an order under way will take', async (t) => {
  const circle = new OneThreadCircle();
  const instrument = circle.list({ instrumentId: 'DCE.x', exchange: 3, multiplier: 1, priceTick: 5000, preSettlement: 1_000_000 });
  const [a, b] = [circle.trader(100_000), circle.trader(100_000)];
  circle.order(a, instrument, 'BUY OPEN 8@100');
  circle.order(b, instrument, 'SELL OPEN 8@100');
  const { positions } = circle.state;
  const held = positions.find(a, instrument) * 2 + LONG;
  positions.takeLots(held, TODAY, 5);
  positions.addLot(held, HIS, 1_000_000, 1_000_000, 5, 1, 20260102);

  const { orderId } = circle.order(a, instrument, 'SELL CLOSEYESTERDAY 5@101');
  circle.submitCancel(a, orderId);
  t.equal(circle.submit(a, instrument, 'SELL CLOSE 3@101').code, 0, 'today’s lots, for the others are still frozen');
  circle.settle(1);
  t.equal(circle.submit(a, instrument, 'SELL CLOSEYESTERDAY 5@101').code, 2007, 'three of the five may go to the order under way');
  t.equal(circle.submit(a, instrument, 'SELL CLOSEYESTERDAY 2@101').code, 0);
  circle.settle();
  t.same([positions.closable(held, HIS), positions.closable(held, TODAY)], [0, 3], 'the first took lots of earlier days after all');
});
