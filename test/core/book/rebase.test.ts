import t from 'tap';
import { dumpBook } from '../../../src/core/book/inspect-book.js';
import { MONEY_SCALE } from '../../../src/core/units.js';
import { BookScript } from './book-script.js';

t.test('keeps queues and priorities when the band moves', async (t) => {
  const book = new BookScript('90..110');
  book.runAll('A buy 1@95', 'B buy 2@95', 'C buy 3@99', 'D sell 4@101', 'E sell 5@101', 'F sell 6@105');
  const before = dumpBook(book.book);
  for (const band of ['80..120', '95..105', '90..300000', '85..106', '90..110']) {
    book.open(band);
    t.equal(dumpBook(book.book), before, band);
  }
  t.equal(book.run('G sell 5@95'), 'accepted, G/C 3@99, G/A 1@95, G/B 1@95');
  t.equal(book.run('G buy 10@105'), 'accepted, G/D 4@101, G/E 5@101, G/F 1@105');
});

t.test('accepts prices of the new band only', async (t) => {
  const book = new BookScript('90..110');
  book.open('100..120');
  t.equal(book.run('A buy 1@99'), 'refused 1013');
  t.equal(book.run('A sell 1@120'), 'accepted');
});

t.test('keeps orders that the new band leaves outside: cancellable, no price for new ones, beyond reach at market', async (t) => {
  const book = new BookScript('90..110');
  book.runAll('A sell 5@110', 'B buy 5@90');
  book.open('95..105');
  t.equal(book.depth(), 'bids 5@90 | asks 5@110');
  t.equal(book.run('C buy 1@110'), 'refused 1013');
  t.equal(book.run('C buy 1@market'), 'accepted, 1 cancelled NO_LIQUIDITY 4002');
  t.equal(book.run('C sell 1@market'), 'accepted, 1 cancelled NO_LIQUIDITY 4002');
  t.equal(book.run('A cancel s1'), 'cancelled 5 s1');
  t.equal(book.run('B cancel s2'), 'cancelled 5 s2');
});

t.test('still finds own orders after the band has moved', async (t) => {
  const book = new BookScript('90..110');
  book.runAll('X sell 5@102', 'X buy 5@98');
  book.open('80..130');
  t.equal(book.run('X buy 1@102'), 'refused 1005');
  t.equal(book.run('X sell 1@98'), 'refused 1005');
  t.equal(book.run('X buy 1@101'), 'accepted');
});

t.test('changes the tick only while it is empty', async (t) => {
  const book = new BookScript('90..110');
  book.open('90..110', { priceTick: MONEY_SCALE / 2 });
  t.equal(book.run('A buy 1@99.5'), 'accepted');
  t.throws(() => {
    book.open('90..110', { priceTick: MONEY_SCALE });
  }, /tick/);
});

t.test('refuses a band that is no grid', async (t) => {
  t.throws(() => new BookScript('110..90'), /order/);
  t.throws(() => new BookScript('90.5..110'), /multiples/);
  t.throws(() => new BookScript('0..2000000'), /ticks/);
});
