import t from 'tap';
import { Phase, Side } from '../../../src/core/enums.js';
import { BookScript } from './book-script.js';

t.test('follows the worked sequence of the rule book (4.5)', async (t) => {
  const book = new BookScript();
  t.equal(book.run('A sell 5@100'), 'accepted');
  t.equal(book.run('B sell 5@100'), 'accepted');
  t.equal(book.run('C sell 5@101'), 'accepted');
  t.equal(book.run('D buy 8@100'), 'accepted, D/A 5@100, D/B 3@100');
  t.equal(book.queue(), 'bids | asks s2:B2@100 s3:C5@101');
  t.equal(book.run('E buy 10@101 IOC'), 'accepted, E/B 2@100, E/C 5@101, 3 cancelled IOC_REMAINDER');
  t.equal(book.depth(), 'bids | asks');
  t.equal(book.run('F buy 4@99 FOK'), 'accepted, 4 cancelled FOK_UNFILLED 4010');
  t.equal(book.run('G buy 4@99'), 'accepted');
  t.equal(book.run('H sell 6@98 MIN5'), 'accepted, 6 cancelled MIN_UNFILLED 4010');
  t.equal(book.queue(), 'bids s7:G4@99 | asks');
});

t.test('fills the better price first, and the older order first at one price', async (t) => {
  const book = new BookScript();
  book.runAll('A buy 1@95', 'B buy 2@97', 'C buy 3@97', 'D buy 4@96');
  t.equal(book.queue(), 'bids s2:B2@97 s3:C3@97 s4:D4@96 s1:A1@95 | asks');
  t.equal(book.run('E sell 7@95'), 'accepted, E/B 2@97, E/C 3@97, E/D 2@96');
  t.equal(book.queue(), 'bids s4:D2@96 s1:A1@95 | asks');
});

t.test('trades at the price of the resting order, whichever side it is on', async (t) => {
  const book = new BookScript();
  t.equal(book.runAll('A sell 5@100', 'B buy 5@102'), 'accepted, B/A 5@100');
  t.equal(book.runAll('A buy 5@102', 'B sell 5@100'), 'accepted, B/A 5@102');
});

t.test('rests the remainder of a limit order, which then is the one to trade with', async (t) => {
  const book = new BookScript();
  t.equal(book.runAll('A sell 3@100', 'B buy 10@101'), 'accepted, B/A 3@100');
  t.equal(book.depth(), 'bids 7@101 | asks');
  t.equal(book.run('C sell 9@99'), 'accepted, C/B 7@101');
  t.equal(book.depth(), 'bids | asks 2@99');
});

t.test('keeps the place of a partly filled order in its queue', async (t) => {
  const book = new BookScript();
  book.runAll('A sell 5@100', 'B sell 5@100', 'C buy 2@100');
  t.equal(book.queue(), 'bids | asks s1:A3@100 s2:B5@100');
  t.equal(book.run('C buy 4@100'), 'accepted, C/A 3@100, C/B 1@100');
});

t.test('does not trade one tick apart', async (t) => {
  const book = new BookScript();
  t.equal(book.runAll('A sell 5@101', 'B buy 5@100'), 'accepted');
  t.equal(book.run('C buy 5@100 IOC'), 'accepted, 5 cancelled IOC_REMAINDER');
  t.equal(book.depth(), 'bids 5@100 | asks 5@101');
});

t.test('rests every time condition but IOC', async (t) => {
  const book = new BookScript();
  for (const condition of ['GFD', 'GFS', 'GTC', 'GTD']) t.equal(book.run(`A buy 1@99 ${condition}`), 'accepted', condition);
  t.equal(book.depth(), 'bids 4@99 | asks');
});

t.test('fills FOK and MIN orders when the lots within their price suffice, and not one lot short', async (t) => {
  const book = new BookScript();
  book.runAll('A sell 3@100', 'B sell 4@101', 'C sell 5@103');
  t.equal(book.run('D buy 8@102 FOK'), 'accepted, 8 cancelled FOK_UNFILLED 4010');
  t.equal(book.run('D buy 9@102 MIN8'), 'accepted, 9 cancelled MIN_UNFILLED 4010');
  t.equal(book.depth(), 'bids | asks 3@100 4@101 5@103', 'nothing happened');
  t.equal(book.run('D buy 5@102 MIN2'), 'accepted, D/A 3@100, D/B 2@101');
  t.equal(book.run('D buy 7@103 MIN7'), 'accepted, D/B 2@101, D/C 5@103');
  book.runAll('A sell 3@100', 'B sell 4@101');
  t.equal(book.run('D buy 9@102 MIN7'), 'accepted, D/A 3@100, D/B 4@101, 2 cancelled IOC_REMAINDER');
  book.runAll('A sell 3@100', 'B sell 4@101');
  t.equal(book.run('D buy 7@101 FOK'), 'accepted, D/A 3@100, D/B 4@101');
});

t.test('says who bought and sold, and counts the fills of a command', async (t) => {
  const book = new BookScript();
  book.runAll('A sell 1@100', 'B sell 1@100', 'C buy 2@100', 'A buy 1@99', 'D sell 1@99');
  t.same(book.sink.trades, [
    { buy: 3, sell: 1, buyAccount: 3, sellAccount: 1, index: 0, takerSide: Side.BUY, phase: Phase.CONTINUOUS },
    { buy: 3, sell: 2, buyAccount: 3, sellAccount: 2, index: 1, takerSide: Side.BUY, phase: Phase.CONTINUOUS },
    { buy: 4, sell: 5, buyAccount: 1, sellAccount: 4, index: 0, takerSide: Side.SELL, phase: Phase.CONTINUOUS },
  ]);
});

t.test('sums all orders of a level, however many', async (t) => {
  const book = new BookScript();
  for (let i = 0; i < 120; i++) book.run('A buy 3@99');
  book.runAll('B buy 4294967295@98', 'B buy 4294967295@98');
  t.equal(book.depth(1), 'bids 360@99 | asks');
  t.equal(book.depth(), 'bids 360@99 8589934590@98 | asks', 'also beyond 2^32 lots');
});
