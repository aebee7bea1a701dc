/** Kinds, conditions and options of orders at the gate: which combinations it takes, and what it reserves for them. */
import t from 'tap';
import { ROLE_BITS } from '../../../src/auth/permissions.js';
import { CancelReason, OrderStatus, TimeCondition } from '../../../src/core/enums.js';
import { DEFAULT_RISK_LIMITS, OneThreadCircle } from '../../support/one-thread-circle.js';
import { checkSoundness } from '../../support/soundness.js';

/** Tick 1, multiplier 10, limits 90 and 110, margin 10 %; the trading day is 2026-01-05. */
function market(listed: { profile?: string; exchange?: number } = {}) {
  const circle = new OneThreadCircle({ ...DEFAULT_RISK_LIMITS, maxPositionRatio: 1 });
  const sizes = { maxLimitVolume: 500, maxMarketVolume: 50, minMarketVolume: 2 };
  const terms = { multiplier: 10, priceTick: 10_000, preSettlement: 1_000_000, ...sizes };
  const instrument = circle.list({ instrumentId: 'SIM.x', ...terms, ...listed });
  circle.onEvent = () => checkSoundness(circle.state);
  return { circle, instrument, a: circle.trader(100_000), b: circle.trader(100_000) };
}

t.test('takes the combinations of the table and refuses the others', async (t) => {
  const { circle, instrument, a } = market();
  const cases: [string, number][] = [
    ...['GFD', 'GFS', 'GTC', 'GTD gtd=20260105'].flatMap((time): [string, number][] => [
      [`BUY OPEN 1@95 ${time}`, 0],
      [`BUY OPEN 1@95 ${time} MIN min=1`, 1009],
      [`BUY OPEN 1@95 ${time} ALL`, 1009],
      [`BUY OPEN 2@MARKET ${time}`, 1009],
    ]),
    ['BUY OPEN 1@95 IOC ANY', 0],
    ['BUY OPEN 2@95 IOC MIN min=2', 0],
    ['BUY OPEN 1@95 IOC ALL', 0],
    ...['MARKET', 'BEST1', 'BEST5'].flatMap((kind): [string, number][] => [
      [`BUY OPEN 2@${kind}`, 0],
      [`BUY OPEN 2@${kind} IOC MIN min=1`, 0],
      [`BUY OPEN 2@${kind} IOC ALL`, 0],
      [`BUY OPEN 2@${kind} TO_LIMIT`, 0],
      [`BUY OPEN 2@${kind} TO_LIMIT GFD`, 0],
      [`BUY OPEN 2@${kind} TO_LIMIT GTC`, 1009],
      [`BUY OPEN 2@${kind} GFD`, 1009],
      [`BUY OPEN 2@${kind} GFA`, 1009],
      [`BUY OPEN 2@${kind} POST`, 1009],
      [`BUY OPEN 1@${kind}`, 1011],
      [`BUY OPEN 51@${kind}`, 1011],
      [`BUY OPEN 2@${kind} slip=1`, 0],
      ...['-1', '1.5', '1e300', 'NaN'].map((ticks): [string, number] => [`BUY OPEN 2@${kind} slip=${ticks}`, 1008]),
    ]),
    ['BUY OPEN 1@95 TO_LIMIT', 1009],
    ['BUY OPEN 1@95 slip=1', 1009],
    ['BUY OPEN 1@95 POST', 0],
    ['BUY OPEN 1@95 POST GTC', 0],
    ['BUY OPEN 1@95 POST IOC', 1009],
    ['BUY OPEN 1@95 POST GFA', 1009],
    ['BUY OPEN 1@95 GFA', 4101],
    ['BUY OPEN 1@95 GTD gtd=20260104', 1008],
    ['BUY OPEN 1@95 GTD', 1008],
    ['BUY OPEN 1@95 gtd=20260105', 1009],
    ['BUY OPEN 1@95 IOC MIN', 1008],
    ['BUY OPEN 1@95 IOC MIN min=2', 1008],
    ['BUY OPEN 2@95 IOC MIN min=1.5', 1008],
    ['BUY OPEN 2@95 min=2', 1009],
    ['BUY OPEN 2@95 min=1', 0],
    ['BUY OPEN 1@95 smp=NOBODY', 1008],
    ['BUY OPEN 1@95 smp=OFF', 9006],
    ...['REJECT', 'CANCEL_INCOMING', 'CANCEL_RESTING', 'CANCEL_BOTH', 'DECREMENT'].map((mode): [string, number] => [
      `BUY OPEN 1@95 smp=${mode}`,
      0,
    ]),
  ];
  for (const [text, code] of cases) t.equal(circle.order(a, instrument, text).code, code, `${text} gives ${code}`);
  t.equal(circle.gateway.reservedMoney(a), 0);
});

t.test('in an auction only plain limit orders enter; what is resting may be cancelled but for the match', async (t) => {
  const { circle, instrument, a, b } = market();
  circle.phase(instrument, 'AUCTION_ORDER');
  for (const time of ['GFD', 'GFS', 'GTC', 'GFA', 'GTD gtd=20260106'])
    t.equal(circle.order(a, instrument, `BUY OPEN 1@95 ${time}`).code, 0);
  for (const kind of ['1@95 IOC', '1@95 POST', '2@MARKET', '2@BEST1', '2@BEST5 TO_LIMIT']) {
    t.equal(circle.order(a, instrument, `BUY OPEN ${kind}`).code, 4101, kind);
  }
  const sell = circle.order(b, instrument, 'SELL OPEN 1@94');
  t.equal(circle.state.accounts.frozenMargin[b], 940_000, 'a seller freezes at its limit, whatever is bid');
  const answers = new Map<string, number[]>();
  for (const phase of ['AUCTION_CANCEL', 'AUCTION_MATCH', 'BREAK', 'CLOSED'] as const) {
    const { orderId } = circle.order(a, instrument, 'BUY OPEN 1@91');
    circle.phase(instrument, phase);
    const entered = circle.order(a, instrument, 'BUY OPEN 1@95').code;
    const amended = circle.amend(a, orderId, 92, 0).code;
    answers.set(phase, [entered, circle.cancel(a, orderId).code, amended]);
    circle.phase(instrument, 'AUCTION_ORDER');
  }
  t.same(Object.fromEntries(answers), {
    AUCTION_CANCEL: [4101, 0, 4102],
    AUCTION_MATCH: [4101, 4102, 4102],
    BREAK: [4101, 0, 4102],
    CLOSED: [4101, 4102, 4102],
  });
  t.equal(circle.state.orders.find(sell.orderId), -1, 'the match has traded it');
});

t.test('domestic instruments keep orders in a break', async (t) => {
  const { circle, instrument, a } = market({ profile: 'cn' });
  const { orderId } = circle.order(a, instrument, 'BUY OPEN 1@95');
  circle.phase(instrument, 'BREAK');
  t.equal(circle.cancel(a, orderId).code, 4102);
  circle.phase(instrument, 'CONTINUOUS');
  t.equal(circle.cancel(a, orderId).code, 0);
});

t.test('reserves what a market kind may cost at most', async (t) => {
  const { circle, instrument, a, b } = market();
  circle.order(b, instrument, 'SELL OPEN 1@101');
  circle.order(b, instrument, 'BUY OPEN 1@99');
  const reserved = (text: string): number => {
    circle.submit(a, instrument, text);
    const money = circle.gateway.reservedMoney(a);
    circle.settle();
    return money;
  };
  t.equal(reserved('BUY OPEN 2@BEST5 IOC ALL'), 2 * 1_100_000, 'up to the daily limit');
  t.equal(reserved('BUY OPEN 2@MARKET IOC ALL slip=2'), 2 * 1_030_000, 'or up to its own bound');
  t.equal(reserved('BUY OPEN 2@MARKET IOC ALL slip=1000'), 2 * 1_100_000);
  t.equal(reserved('SELL OPEN 2@BEST1 IOC ALL'), 2 * 990_000, 'a seller needs most at the best bid');
  circle.order(b, instrument, 'BUY OPEN 1@100');
  t.equal(reserved('SELL OPEN 2@95 IOC ALL'), 2 * 1_000_000, 'and so does one with a limit below it');
  t.equal(circle.gateway.reservedMoney(a), 0);
  t.equal(circle.state.accounts.frozenMargin[a], 0);
});

t.test('Ex M0: residuals of market kinds rest as day orders, frozen at their new price', async (t) => {
  const { circle, instrument, a, b } = market();
  for (const text of ['3@100', '4@101', '5@103']) circle.order(b, instrument, `SELL OPEN ${text}`);
  const { order } = circle.order(a, instrument, 'BUY OPEN 20@BEST5 TO_LIMIT');
  t.match(order, { filled: 12, price: 1_030_000, status: OrderStatus.PartiallyFilled, timeCondition: TimeCondition.GFD });
  t.equal(circle.state.accounts.frozenMargin[a], 8 * 1_030_000);
  t.match(circle.depth.levels(instrument, 0, 5), [{ price: 1_030_000, volume: 8 }]);
  const slipped = market();
  for (const text of ['3@100', '4@101', '5@103']) slipped.circle.order(slipped.b, slipped.instrument, `SELL OPEN ${text}`);
  const answer = slipped.circle.order(slipped.a, slipped.instrument, 'BUY OPEN 10@MARKET slip=1');
  t.match(answer.order, { filled: 7, status: OrderStatus.Cancelled, reason: CancelReason.PRICE_PROTECTION, code: 0 });
});

t.test('a post-only order never takes', async (t) => {
  const { circle, instrument, a, b } = market();
  circle.order(b, instrument, 'SELL OPEN 1@101');
  t.equal(circle.order(a, instrument, 'BUY OPEN 1@101 POST').code, 4011);
  const { orderId } = circle.order(a, instrument, 'BUY OPEN 1@100 POST');
  t.equal(circle.amend(a, orderId, 101, 0).code, 4011, 'nor does an amend make it');
  t.equal(circle.gateway.reservedMoney(a), 0);
});

t.test('self-trade groups are accounts, for domestic instruments users', async (t) => {
  for (const profile of ['sim', 'cn']) {
    const { circle, instrument, a } = market({ profile });
    const second = circle.account(circle.state.accounts.user[a], 10_000);
    circle.order(a, instrument, 'SELL OPEN 1@100');
    t.equal(circle.order(second, instrument, 'BUY OPEN 1@100').code, profile === 'cn' ? 1005 : 0, profile);
  }
});

t.test('only an administrator trades with himself', async (t) => {
  const { circle, instrument } = market();
  const admin = circle.trader(10_000, ROLE_BITS.Admin);
  circle.order(admin, instrument, 'SELL OPEN 1@100');
  t.match(circle.order(admin, instrument, 'BUY OPEN 1@100 smp=OFF').order, { status: OrderStatus.Filled });
});

t.test('a decremented order works on with the rest', async (t) => {
  const { circle, instrument, a } = market();
  circle.order(a, instrument, 'SELL OPEN 5@100');
  const { order } = circle.order(a, instrument, 'BUY OPEN 7@100 smp=DECREMENT');
  t.match(order, { volume: 7, filled: 0, cancelled: 5, status: OrderStatus.Submitted });
  t.equal(circle.state.orders.size, 1);
  t.equal(circle.state.accounts.frozenMargin[a], 2 * 1_000_000);
  const { orderId } = circle.order(a, instrument, 'SELL OPEN 9@101');
  t.match(circle.amend(a, orderId, 0, 8).order, { volume: 8 });
});

t.test('closing orders of earlier days come first at domestic limits, others do not', async (t) => {
  const { circle, instrument, a, b } = market({ profile: 'cn' });
  circle.order(a, instrument, 'BUY OPEN 5@100');
  circle.order(b, instrument, 'SELL OPEN 5@100');
  const { positions } = circle.state;
  const long = positions.find(a, instrument) * 2;
  circle.onEvent = () => undefined;
  // settlement is not built: two of today's lots become older ones by hand
  positions.takeLots(long, 1, 2);
  positions.addLot(long, 0, 1_000_000, 1_000_000, 2, 1, 20260104);
  const closeFirst = (orderId: number): number => circle.state.orders.closeFirst[circle.state.orders.find(orderId)];
  const older = circle.order(a, instrument, 'SELL CLOSE 2@110');
  const newer = circle.order(a, instrument, 'SELL CLOSE 1@110');
  const opening = circle.order(a, instrument, 'SELL OPEN 1@110');
  t.same(
    [older, newer, opening].map((answer) => closeFirst(answer.orderId)),
    [1, 0, 0],
  );
  circle.amend(a, older.orderId, 109, 0);
  t.equal(closeFirst(older.orderId), 1, 'an amended one still does');
  circle.amend(a, older.orderId, 110, 3);
  t.equal(closeFirst(older.orderId), 0, 'unless it takes lots of today too');
});
