import t from 'tap';
import { BookScript } from './book-script.js';

t.test('refuses the whole order when an own one is first in line (example S1, REJECT)', async (t) => {
  const book = new BookScript();
  book.runAll('X sell 5@100', 'Y sell 5@100', 'Z sell 5@101');
  t.equal(book.run('X buy 12@101'), 'refused 1005');
  t.equal(book.queue(), 'bids | asks s1:X5@100 s2:Y5@100 s3:Z5@101');
});

t.test('refuses it also when others stand in front (example S2, REJECT)', async (t) => {
  const book = new BookScript();
  book.runAll('Y sell 5@100', 'X sell 5@100', 'Z sell 5@101');
  t.equal(book.run('X buy 2@101'), 'refused 1005', 'even if it would be filled before it gets there');
  t.equal(book.queue(), 'bids | asks s1:Y5@100 s2:X5@100 s3:Z5@101');
});

t.test('lets own orders stand where they do not cross', async (t) => {
  const book = new BookScript();
  book.runAll('Y sell 5@100', 'X sell 5@102');
  t.equal(book.run('X buy 7@101'), 'accepted, X/Y 5@100');
  t.equal(book.depth(), 'bids 2@101 | asks 5@102');
  t.equal(book.run('X buy 1@102'), 'refused 1005');
  t.equal(book.run('Y buy 1@102'), 'accepted, Y/X 1@102');
});

t.test('finds own orders after better ones of the group have gone', async (t) => {
  const book = new BookScript();
  book.runAll('X sell 5@100', 'X sell 5@103', 'Y sell 1@101', 'Y sell 1@103', 'X cancel s1');
  t.equal(book.run('X buy 1@101 IOC'), 'accepted, X/Y 1@101');
  t.equal(book.run('X buy 1@102 IOC'), 'accepted, 1 cancelled IOC_REMAINDER');
  t.equal(book.run('X buy 1@103 IOC'), 'refused 1005');
  t.equal(book.run('X buy 1@market'), 'refused 1005');
  book.run('X sell 5@102');
  t.equal(book.run('X buy 1@102 IOC'), 'refused 1005');
});

t.test('does the same for sells against own bids, up to the ends of the band', async (t) => {
  const book = new BookScript('90..110');
  book.runAll('X buy 5@100', 'X buy 5@90', 'Y buy 1@99', 'X cancel s1');
  t.equal(book.run('X sell 1@91 IOC'), 'accepted, X/Y 1@99');
  t.equal(book.run('X sell 1@90 IOC'), 'refused 1005');
  t.equal(book.run('X sell 1@market'), 'refused 1005');
  t.equal(book.runAll('X cancel s2', 'X sell 1@market'), 'accepted, 1 cancelled NO_LIQUIDITY 4002');
});

t.test('knows nothing of own orders that are filled or on the same side', async (t) => {
  const book = new BookScript();
  book.runAll('X sell 5@100', 'Y buy 5@100', 'Y sell 2@100', 'X buy 1@99');
  t.equal(book.run('X buy 2@100'), 'accepted, X/Y 2@100');
});

t.test('goes by group, not by account', async (t) => {
  const book = new BookScript();
  book.run('A sell 5@100 group=U');
  t.equal(book.run('B buy 5@100 group=U'), 'refused 1005');
  t.equal(book.run('A buy 5@100 group=V'), 'accepted, A/A 5@100');
});

t.test('comes before FOK feasibility and before no liquidity', async (t) => {
  const book = new BookScript();
  book.run('X sell 5@100');
  t.equal(book.run('X buy 9@100 FOK'), 'refused 1005');
  t.equal(book.run('X buy 9@market'), 'refused 1005');
});
