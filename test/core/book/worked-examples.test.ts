/** Every worked example of the rule book's matching sections, under its own number. Ids in the lines are the numbers of the commands. */
import t from 'tap';
import { AuctionTieBreak, TradePrice } from '../../../src/core/enums.js';
import type { BookSpec } from '../../../src/core/events.js';
import { dailyLimits } from '../../../src/core/instrument.js';
import { MONEY_SCALE } from '../../../src/core/units.js';
import { BookScript } from './book-script.js';

const CLEARING = { auctionTieBreak: AuctionTieBreak.CLEARING_NEAREST };

t.test('1.4 daily limits round inward', async (t) => {
  const limitsOf = (preSettlement: number, priceTick: number, rate: number) =>
    dailyLimits({ preSettlement, priceTick, limitUpRate: rate, limitDownRate: rate });
  t.same(limitsOf(38_014_000, 2000, 100_000), { upperLimit: 41_814_000, lowerLimit: 34_214_000 });
  t.same(limitsOf(33_330_000, 10_000, 50_000), { upperLimit: 34_990_000, lowerLimit: 31_670_000 });
});

t.test('M0 market kinds and their residuals', async (t) => {
  const swept = (line: string): [string, string] => {
    const book = new BookScript('90..110');
    book.runAll('A sell 3@100', 'B sell 4@101', 'C sell 5@103');
    return [book.run(line), book.depth()];
  };
  t.same(swept('D buy 10@market'), ['accepted, D/A 3@100, D/B 4@101, D/C 3@103', 'bids | asks 2@103']);
  t.same(swept('D buy 10@best1'), ['accepted, D/A 3@100, 7 cancelled IOC_REMAINDER', 'bids | asks 4@101 5@103']);
  t.same(swept('D buy 20@best5 TO_LIMIT'), ['accepted, D/A 3@100, D/B 4@101, D/C 5@103, amended s4 8/20@103 seq 4', 'bids 8@103 | asks']);
  t.same(swept('D buy 10@market slip=1'), ['accepted, D/A 3@100, D/B 4@101, 3 cancelled PRICE_PROTECTION', 'bids | asks 5@103']);
});

for (const [name, resting, incoming, last, maker, median] of [
  ['M1', 'sell 1@100', 'buy 1@102', 99, 100, 100],
  ['M2', 'sell 1@100', 'buy 1@102', 101, 100, 101],
  ['M3', 'sell 1@100', 'buy 1@102', 105, 100, 102],
  ['M4', 'buy 1@102', 'sell 1@100', 101, 102, 101],
  ['M5', 'sell 1@100', 'buy 1@market', 101, 100, 100],
] as const) {
  t.test(`${name} trade price`, async (t) => {
    for (const [tradePrice, price] of [
      [TradePrice.MAKER, maker],
      [TradePrice.MEDIAN3, median],
    ]) {
      const book = new BookScript('90..110', { tradePrice, lastPrice: last * MONEY_SCALE });
      t.equal(book.runAll(`A ${resting}`, `B ${incoming}`), `accepted, B/A 1@${price}`);
    }
  });
}

t.test('4.4 the last price moves on after every fill; before the first trade it is the reference on the tick', async (t) => {
  const book = new BookScript('90..110', { tradePrice: TradePrice.MEDIAN3, referencePrice: 1_014_999 });
  t.equal(book.runAll('A sell 1@100', 'A sell 1@102', 'B buy 2@104'), 'accepted, B/A 1@101, B/A 1@102');
  t.equal(book.runAll('A sell 1@100', 'B buy 1@105'), 'accepted, B/A 1@102');
});

t.test('4.5 continuous matching', async (t) => {
  const book = new BookScript();
  t.equal(book.runAll('A sell 5@100', 'B sell 5@100', 'C sell 5@101', 'D buy 8@100'), 'accepted, D/A 5@100, D/B 3@100');
  t.equal(book.queue(), 'bids | asks s2:B2@100 s3:C5@101');
  t.equal(book.run('E buy 10@101 IOC'), 'accepted, E/B 2@100, E/C 5@101, 3 cancelled IOC_REMAINDER');
  t.equal(book.run('F buy 4@99 FOK'), 'accepted, 4 cancelled FOK_UNFILLED 4010');
  t.equal(book.runAll('G buy 4@99', 'H sell 6@98 MIN5'), 'accepted, 6 cancelled MIN_UNFILLED 4010');
  t.equal(book.queue(), 'bids s7:G4@99 | asks');
});

t.test('4.6 closing orders of earlier days come first at the daily limits', async (t) => {
  const book = new BookScript('90..110', { closeFirstAtLimit: 1 });
  book.runAll('A buy 1@110', 'B buy 2@110 close', 'C buy 3@110', 'D buy 4@110 close', 'A buy 5@109', 'B buy 6@109 close');
  t.equal(book.queue(), 'bids s2:B2@110 s4:D4@110 s1:A1@110 s3:C3@110 s5:A5@109 s6:B6@109 | asks');
  t.equal(book.depth(1), 'bids 10@110 | asks');
  book.open('90..111', { closeFirstAtLimit: 1 });
  t.equal(book.queue(), 'bids s1:A1@110 s2:B2@110 s3:C3@110 s4:D4@110 s5:A5@109 s6:B6@109 | asks', 'no limit any more');
  book.open('90..109', { closeFirstAtLimit: 1 });
  t.match(book.queue(), / s6:B6@109 s5:A5@109 /);
  book.open('90..110', { closeFirstAtLimit: 1 });
  t.equal(book.run('E sell 5@110'), 'accepted, E/B 2@110, E/D 3@110');
  t.equal(book.runAll('D cancel s4', 'E sell 2@110'), 'accepted, E/A 1@110, E/C 1@110');
  book.runAll('F buy 9@110 close');
  t.match(book.queue(), /bids s10:F9@110 s3:C2@110 /);
  const ends = new BookScript('90..110', { closeFirstAtLimit: 1 });
  ends.runAll('A buy 1@110 close', 'B buy 2@110 close', 'C buy 3@110', 'B cancel s2', 'D buy 5@110 close');
  t.equal(ends.queue(), 'bids s1:A1@110 s5:D5@110 s3:C3@110 | asks', 'the first queue goes on where it ended');
  const lower = new BookScript('90..110', { closeFirstAtLimit: 1 });
  t.equal(lower.runAll('A sell 1@90', 'B sell 2@90 close', 'C buy 2@market'), 'accepted, C/B 2@90');
});

const S1 = ['X sell 5@100', 'Y sell 5@100', 'Z sell 5@101'];
const S2 = ['Y sell 5@100', 'X sell 5@100', 'Z sell 5@101'];
for (const [name, lines, mode, outcome, after] of [
  ['S1', S1, 'REJECT', 'refused 1005', 'bids | asks s1:X5@100 s2:Y5@100 s3:Z5@101'],
  ['S1', S1, 'CANCEL_RESTING', 'accepted, 5 of s1 cancelled SMP_PASSIVE, X/Y 5@100, X/Z 5@101', 'bids s4:X2@101 | asks'],
  ['S1', S1, 'CANCEL_INCOMING', 'accepted, 12 cancelled SMP_AGGRESSIVE', 'bids | asks s1:X5@100 s2:Y5@100 s3:Z5@101'],
  ['S1', S1, 'CANCEL_BOTH', 'accepted, 5 of s1 cancelled SMP_BOTH, 12 cancelled SMP_BOTH', 'bids | asks s2:Y5@100 s3:Z5@101'],
  [
    'S1',
    S1,
    'DECREMENT',
    'accepted, 5 cancelled SMP_DECREMENT, 5 of s1 cancelled SMP_DECREMENT, X/Y 5@100, X/Z 2@101',
    'bids | asks s3:Z3@101',
  ],
  ['S1', S1, 'OFF', 'accepted, X/X 5@100 self, X/Y 5@100, X/Z 2@101', 'bids | asks s3:Z3@101'],
  ['S2', S2, 'REJECT', 'refused 1005', 'bids | asks s1:Y5@100 s2:X5@100 s3:Z5@101'],
  ['S2', S2, 'CANCEL_INCOMING', 'accepted, X/Y 5@100, 7 cancelled SMP_AGGRESSIVE', 'bids | asks s2:X5@100 s3:Z5@101'],
  ['S2', S2, 'CANCEL_BOTH', 'accepted, X/Y 5@100, 5 of s2 cancelled SMP_BOTH, 7 cancelled SMP_BOTH', 'bids | asks s3:Z5@101'],
] as const) {
  t.test(`${name} ${mode}`, async (t) => {
    const book = new BookScript();
    book.runAll(...lines);
    t.equal(book.run(`X buy 12@101 smp=${mode}`), outcome);
    t.equal(book.queue(), after);
  });
}

t.test('A1 what an amend does to the place in the queue', async (t) => {
  const book = new BookScript();
  book.runAll('P buy 5@100', 'Q buy 5@100');
  t.equal(book.run('P amend s1 3'), 'amended s1 3/3@100 seq 1');
  t.equal(book.queue(), 'bids s1:P3@100 s2:Q5@100 | asks');
  t.equal(book.run('P amend s1 6'), 'amended s1 6/6@100 seq 4');
  t.equal(book.queue(), 'bids s2:Q5@100 s1:P6@100 | asks');
  book.run('R sell 2@101');
  t.equal(book.run('Q amend s2 @101'), 'amended s2 5/5@101 seq 6, R/Q 2@101'.replace('R/Q', 'Q/R'));
  t.equal(book.queue(), 'bids s2:Q3@101 s1:P6@100 | asks');
});

t.test('A2 the new volume is the total', async (t) => {
  const filledFour = (): BookScript => {
    const book = new BookScript();
    book.runAll('A buy 10@100', 'B sell 4@100');
    return book;
  };
  t.equal(filledFour().run('A amend s1 7'), 'amended s1 3/7@100 seq 1');
  t.equal(filledFour().run('A amend s1 4'), '6 of s1 cancelled AMENDED_BELOW_FILLED');
  t.equal(filledFour().run('A amend s1 3'), '6 of s1 cancelled AMENDED_BELOW_FILLED');
});

/** Uncrosses these orders and gives the phase's trades and what is left. */
function uncross(orders: string[], reference: number, change: Partial<BookSpec> = {}): [string, string] {
  const book = new BookScript('90..120', { referencePrice: Math.round(reference * MONEY_SCALE), ...change });
  book.runAll('phase AUCTION_ORDER', ...orders);
  const { price, volume, imbalance } = book.book.indicative();
  const outcome = book.run('phase AUCTION_MATCH').split(', ').slice(1).join(', ');
  return [`${volume}@${price / MONEY_SCALE} ${imbalance} | ${outcome}`, book.queue()];
}

const U1 = ['A buy 100@102', 'B buy 50@100', 'C buy 100@98', 'D sell 100@98', 'E sell 50@100', 'F sell 100@102'];
const U2 = ['A buy 1000@100', 'B buy 500@99', 'C sell 200@97', 'D sell 800@98'];
const U3 = ['A buy 1500@100', 'B sell 1000@98'];
const U4 = ['A buy 600@100', 'B sell 900@97'];
const U5 = ['A buy 300@105', 'B sell 300@101'];
const U6 = ['A buy 3@103', 'B buy 3@102', 'C buy 5@98', 'D sell 3@100', 'E sell 3@103', 'F sell 4@104'];
for (const [name, orders, reference, full, nearest] of [
  ['U1', U1, 100, '150@100 0', '150@100 0'],
  ['U2', U2, 98, '1000@100 0', '1000@99 500'],
  ['U3', U3, 98, '1000@100 500', '1000@100 500'],
  ['U4', U4, 100, '600@97 -300', '600@97 -300'],
  ['U5 inside', U5, 103, '300@103 0', '300@103 0'],
  ['U5 above', U5, 110, '300@105 0', '300@105 0'],
  ['U5 below', U5, 95, '300@101 0', '300@101 0'],
  ['U5 off the tick', U5, 103.5, '300@104 0', '300@104 0'],
  ['U5 just below the half', U5, 103.4999, '300@103 0', '300@103 0'],
  ['U6 low', U6, 100, '3@102 3', '3@102 3'],
  ['U6 high', U6, 104, '3@103 -3', '3@103 -3'],
  ['U6 middle', U6, 102.5, '3@103 -3', '3@103 -3'],
] as const) {
  t.test(`${name} auction price`, async (t) => {
    t.match(uncross([...orders], reference)[0], new RegExp(`^${full} `), 'FULL');
    t.match(uncross([...orders], reference, CLEARING)[0], new RegExp(`^${nearest} `), 'CLEARING_NEAREST');
  });
}

t.test('U1, U3, U4, U6 what trades and what stays', async (t) => {
  t.same(uncross(U1, 100), ['150@100 0 | A+D 100@100, B+E 50@100', 'bids s4:C100@98 | asks s7:F100@102']);
  t.same(uncross(U3, 98), ['1000@100 500 | A+B 1000@100', 'bids s2:A500@100 | asks']);
  t.same(uncross(U4, 100), ['600@97 -300 | A+B 600@97', 'bids | asks s3:B300@97']);
  t.same(uncross(U6, 100), ['3@102 3 | A+D 3@102', 'bids s3:B3@102 s4:C5@98 | asks s6:E3@103 s7:F4@104']);
});

t.test('U7 no cross', async (t) => {
  t.same(uncross(['A buy 10@99', 'B sell 10@100'], 100), ['0@0 0 | ', 'bids s2:A10@99 | asks s3:B10@100']);
});

t.test('U8 time priority at the price', async (t) => {
  const [outcome, left] = uncross(['A buy 600@100', 'B buy 600@100', 'C buy 300@100', 'X sell 1000@98'], 98);
  t.equal(outcome, '1000@100 500 | A+X 600@100, B+X 400@100');
  t.equal(left, 'bids s3:B200@100 s4:C300@100 | asks');
});
