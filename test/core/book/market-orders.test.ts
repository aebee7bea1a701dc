import t from 'tap';
import { BookScript } from './book-script.js';

t.test('reaches up to the daily limit itself, on both sides', async (t) => {
  const book = new BookScript('90..110');
  t.equal(book.runAll('A sell 2@110', 'B buy 2@market'), 'accepted, B/A 2@110');
  t.equal(book.runAll('A buy 2@90', 'B sell 2@market'), 'accepted, B/A 2@90');
});

t.test('cancels what it cannot fill and never rests', async (t) => {
  const book = new BookScript();
  t.equal(book.run('A buy 5@market'), 'accepted, 5 cancelled NO_LIQUIDITY 4002');
  t.equal(book.run('A buy 5@market GFD'), 'accepted, 5 cancelled NO_LIQUIDITY 4002', 'whatever the time condition');
  t.equal(book.runAll('A sell 3@100', 'B buy 5@market'), 'accepted, B/A 3@100, 2 cancelled IOC_REMAINDER');
  t.equal(book.depth(), 'bids | asks');
});

t.test('does not trade against its own side', async (t) => {
  const book = new BookScript();
  t.equal(book.runAll('A buy 5@100', 'B buy 5@market'), 'accepted, 5 cancelled NO_LIQUIDITY 4002');
  t.equal(book.depth(), 'bids 5@100 | asks');
});

t.test('honours FOK and MIN, with an empty side answered as no liquidity', async (t) => {
  const book = new BookScript();
  t.equal(book.run('B buy 5@market FOK'), 'accepted, 5 cancelled NO_LIQUIDITY 4002');
  book.runAll('A sell 3@100', 'A sell 1@105');
  t.equal(book.run('B buy 5@market FOK'), 'accepted, 5 cancelled FOK_UNFILLED 4010');
  t.equal(book.run('B buy 9@market MIN5'), 'accepted, 9 cancelled MIN_UNFILLED 4010');
  t.equal(book.run('B buy 4@market FOK'), 'accepted, B/A 3@100, B/A 1@105');
});

t.test('BEST1 and BEST5 go to the levels there were at entry', async (t) => {
  const book = new BookScript();
  t.equal(book.run('E buy 5@best1'), 'accepted, 5 cancelled NO_LIQUIDITY 4002');
  for (let price = 100; price <= 106; price++) book.run(`A sell 2@${price}`);
  t.equal(book.run('E buy 5@best1'), 'accepted, E/A 2@100, 3 cancelled IOC_REMAINDER');
  t.equal(book.run('E buy 5@best1 FOK'), 'accepted, 5 cancelled FOK_UNFILLED 4010');
  t.equal(book.run('E buy 99@best5 FOK'), 'accepted, 99 cancelled FOK_UNFILLED 4010');
  t.equal(book.run('E buy 99@best5'), 'accepted, E/A 2@101, E/A 2@102, E/A 2@103, E/A 2@104, E/A 2@105, 89 cancelled IOC_REMAINDER');
  t.equal(book.depth(), 'bids | asks 2@106');
});

t.test('rests what a TO_LIMIT order leaves at its last fill, as a day order under its own priority', async (t) => {
  const book = new BookScript();
  t.equal(book.run('E sell 5@market TO_LIMIT'), 'accepted, 5 cancelled NO_LIQUIDITY 4002', 'nothing filled, so nothing rests');
  book.runAll('A buy 2@100', 'A buy 2@99', 'A buy 2@98');
  t.equal(book.run('E sell 5@best1 TO_LIMIT'), 'accepted, E/A 2@100, amended s5 3/5@100 seq 5');
  t.equal(book.sink.request, 0);
  t.equal(book.run('F sell 9@market TO_LIMIT'), 'accepted, F/A 2@99, F/A 2@98, amended s6 5/9@98 seq 6');
  t.equal(book.depth(), 'bids | asks 5@98 3@100');
  t.equal(book.run('phase SETTLING'), 'phase SETTLING active, 3 of s5 cancelled DAY_END, 5 of s6 cancelled DAY_END');
});

t.test('stops at its price protection, whatever it should do with the rest', async (t) => {
  const book = new BookScript();
  book.runAll('A sell 1@100', 'A sell 1@102', 'A sell 1@104');
  t.equal(book.run('E buy 9@market slip=2 TO_LIMIT'), 'accepted, E/A 1@100, E/A 1@102, 7 cancelled PRICE_PROTECTION');
  t.equal(book.run('E buy 9@best1 slip=9'), 'accepted, E/A 1@104, 8 cancelled IOC_REMAINDER', 'cut by its kind, not by the protection');
});
