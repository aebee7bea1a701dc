import t from 'tap';
import { Phase, Side } from '../../../src/core/enums.js';
import { MONEY_SCALE } from '../../../src/core/units.js';
import { BookScript } from './book-script.js';

t.test('collects without matching, also when the book crosses', async (t) => {
  const book = new BookScript();
  book.runAll('phase AUCTION_ORDER', 'A buy 5@105');
  t.equal(book.run('B sell 5@95'), 'accepted');
  t.equal(book.depth(), 'bids 5@105 | asks 5@95');
  t.equal(book.run('B amend s3 4@94'), 'amended s3 4/4@94 seq 4');
  t.equal(book.run('A cancel s2'), 'cancelled 5 s2');
});

t.test('an auction trade has no taker and the phase of the match', async (t) => {
  const book = new BookScript();
  book.runAll('phase AUCTION_ORDER', 'A buy 5@105', 'B sell 3@95', 'C sell 3@96', 'phase AUCTION_MATCH');
  t.match(book.sink.trades, [
    { buy: 2, sell: 3, index: 0, takerSide: Side.NONE, phase: Phase.AUCTION_MATCH },
    { buy: 2, sell: 4, index: 1, takerSide: Side.NONE, phase: Phase.AUCTION_MATCH },
  ]);
});

t.test('refuses own orders that would cross while it collects, whatever their mode', async (t) => {
  const book = new BookScript();
  book.runAll('phase AUCTION_ORDER', 'A buy 5@100', 'A sell 5@105');
  for (const mode of ['REJECT', 'CANCEL_INCOMING', 'CANCEL_RESTING', 'CANCEL_BOTH', 'DECREMENT', 'OFF']) {
    t.equal(book.run(`A sell 5@100 smp=${mode}`), 'refused 1005', mode);
  }
  t.equal(book.run('A amend s3 @100'), 'amend refused 1005');
  t.equal(book.queue(), 'bids s2:A5@100 | asks s3:A5@105');
});

t.test('cancels what an auction order has left when the auction is over', async (t) => {
  const book = new BookScript();
  book.runAll('phase AUCTION_ORDER', 'A buy 5@100 GFA', 'B sell 3@100', 'C buy 1@99 GFA', 'D buy 1@98');
  t.equal(book.run('phase AUCTION_CANCEL'), 'phase AUCTION_CANCEL active');
  t.equal(
    book.run('phase AUCTION_MATCH'),
    'phase AUCTION_MATCH active, A+B 3@100, 2 of s2 cancelled AUCTION_END, 1 of s4 cancelled AUCTION_END',
  );
  t.equal(book.queue(), 'bids s5:D1@98 | asks');
});

t.test('uncrosses also when continuous trading begins without a match phase', async (t) => {
  const book = new BookScript();
  book.runAll('phase AUCTION_ORDER', 'A buy 5@100', 'B sell 3@100');
  t.equal(book.run('phase CONTINUOUS'), 'phase CONTINUOUS active, A+B 3@100');
});

t.test('session orders end with their session, day orders with their day', async (t) => {
  for (const phase of ['BREAK', 'CLOSED']) {
    const book = new BookScript();
    book.runAll('A buy 1@99 GFS', 'B buy 2@99', 'C sell 3@101 GFS', 'D buy 4@98 GTC');
    t.equal(book.run(`phase ${phase}`), `phase ${phase} active, 1 of s1 cancelled SESSION_END, 3 of s3 cancelled SESSION_END`);
    t.equal(book.run('phase SETTLING'), 'phase SETTLING active, 2 of s2 cancelled DAY_END');
    t.equal(book.queue(), 'bids s4:D4@98 | asks');
  }
});

t.test('keeps orders and their places over a break', async (t) => {
  const book = new BookScript();
  book.runAll('A buy 1@99', 'B buy 2@99', 'phase BREAK', 'phase CONTINUOUS');
  t.equal(book.run('C sell 2@99'), 'accepted, C/A 1@99, C/B 1@99');
});

t.test('a halt collects and ends by an uncross near the last price', async (t) => {
  const book = new BookScript('90..110', { referencePrice: 90 * MONEY_SCALE });
  book.runAll('A sell 1@104', 'B buy 1@104', 'phase HALT', 'A buy 5@106', 'B sell 5@101');
  t.same(book.book.indicative(), { price: 104 * MONEY_SCALE, volume: 5, imbalance: 0 });
  t.equal(book.run('phase CONTINUOUS'), 'phase CONTINUOUS active, A+B 5@104');
});

t.test('a suspended book keeps its orders, matches nothing and uncrosses when it resumes (14.1, 14.2)', async (t) => {
  const book = new BookScript('90..110', { referencePrice: 90 * MONEY_SCALE, lastPrice: 103 * MONEY_SCALE });
  book.runAll('phase AUCTION_ORDER', 'A buy 5@106', 'B sell 5@101');
  t.equal(book.run('status suspended'), 'phase AUCTION_ORDER suspended');
  t.equal(book.run('C buy 1@100'), 'refused 1010');
  t.equal(book.run('A amend s2 4'), 'amend refused 1010');
  t.equal(book.run('phase AUCTION_MATCH'), 'phase AUCTION_MATCH suspended');
  t.equal(book.run('phase CONTINUOUS'), 'phase CONTINUOUS suspended');
  t.equal(book.run('status active'), 'phase CONTINUOUS active, A+B 5@103');
});

t.test('orders that a new band leaves outside settle among themselves', async (t) => {
  const book = new BookScript('90..120', { referencePrice: 100 * MONEY_SCALE });
  book.runAll('phase AUCTION_ORDER', 'A buy 5@118', 'B sell 5@115', 'C buy 2@101', 'D sell 2@100');
  book.open('90..110', { referencePrice: 100 * MONEY_SCALE });
  t.equal(book.run('phase AUCTION_MATCH'), 'phase AUCTION_MATCH active, A+D 2@110, A+B 3@115');
  t.equal(book.queue(), 'bids s4:C2@101 | asks s3:B2@115');
});

t.test('amends are refused by phase, status and the checks of a new order, and change nothing', async (t) => {
  const book = new BookScript();
  book.runAll('A buy 5@99 post', 'B sell 5@105', 'A sell 5@103', 'C buy 2@98');
  const before = book.queue();
  t.equal(book.run('A amend s99 5'), 'amend refused 3002');
  t.equal(book.run('B amend s1 5'), 'amend refused 9006');
  t.equal(book.run('A amend s1 @99.5'), 'amend refused 1012');
  t.equal(book.run('A amend s1 @111'), 'amend refused 1013');
  t.equal(book.run('A amend s1 @-1'), 'amend refused 1008');
  t.equal(book.run('A amend s1 9@103'), 'amend refused 1005');
  t.equal(book.runAll('A cancel s3', 'A amend s1 9@105'), 'amend refused 4011', 'post-only stays post-only');
  t.equal(book.runAll('status close_only', 'C amend s4 3'), 'amend refused 1014');
  t.equal(book.run('C amend s4 2'), 'amended s4 2/2@98 seq 4', 'nothing changes, the place is kept');
  t.equal(book.runAll('status active', 'phase BREAK', 'C amend s4 1'), 'amend refused 4102');
  t.equal(book.queue(), before.replace(' s3:A5@103', ''));
});

t.test('an amended order comes in with the self-trade mode it was entered with', async (t) => {
  const book = new BookScript();
  book.runAll('A buy 5@99 smp=CANCEL_RESTING', 'A sell 2@101', 'B sell 2@102');
  t.equal(book.run('A amend s1 @102'), 'amended s1 5/5@102 seq 4, 2 of s2 cancelled SMP_PASSIVE, A/B 2@102');
  t.equal(book.queue(), 'bids s1:A3@102 | asks');
});

t.test('post-only orders rest or are refused', async (t) => {
  const book = new BookScript();
  book.runAll('A sell 5@100');
  t.equal(book.run('B buy 1@100 post'), 'refused 4011');
  t.equal(book.run('A buy 1@100 post'), 'refused 1005', 'self-match comes first');
  t.equal(book.run('B buy 1@99 post'), 'accepted');
  t.equal(book.run('C sell 1@99'), 'accepted, C/B 1@99', 'and trade like any other');
});

t.test('FOK and MIN count only what they would really trade among own orders', async (t) => {
  const outcome = (line: string): string => {
    const book = new BookScript();
    return book.runAll('B sell 3@100', 'A sell 5@100', 'B sell 5@101', `A buy ${line}`);
  };
  t.equal(outcome('8@101 FOK smp=CANCEL_RESTING'), 'accepted, A/B 3@100, 5 of s2 cancelled SMP_PASSIVE, A/B 5@101');
  t.equal(outcome('9@101 FOK smp=CANCEL_RESTING'), 'accepted, 9 cancelled FOK_UNFILLED 4010');
  t.equal(outcome('4@101 FOK smp=CANCEL_INCOMING'), 'accepted, 4 cancelled FOK_UNFILLED 4010');
  t.equal(outcome('3@101 FOK smp=CANCEL_BOTH'), 'accepted, A/B 3@100');
  t.equal(outcome('4@101 FOK smp=DECREMENT'), 'accepted, 4 cancelled FOK_UNFILLED 4010');
  t.equal(
    outcome('9@101 MIN4 smp=DECREMENT'),
    'accepted, A/B 3@100, 5 cancelled SMP_DECREMENT, 5 of s2 cancelled SMP_DECREMENT, A/B 1@101',
  );
  t.equal(outcome('13@101 FOK smp=OFF'), 'accepted, A/B 3@100, A/A 5@100 self, A/B 5@101');
});

t.test('a decremented order stays with what is left of it', async (t) => {
  const book = new BookScript();
  book.runAll('A sell 9@100', 'B sell 1@100', 'A buy 4@100 smp=DECREMENT');
  t.same(book.sink.outcomes, ['accepted', '4 cancelled SMP_DECREMENT', '4 of s1 cancelled SMP_DECREMENT']);
  t.equal(book.queue(), 'bids | asks s1:A5@100 s2:B1@100');
  t.equal(book.run('A amend s1 6'), 'amended s1 2/6@100 seq 1', 'what was cancelled counts as gone');
});
