import t from 'tap';
import { dumpBook } from '../../../src/core/book/inspect-book.js';
import { BookScript } from './book-script.js';

t.test('brings a book back that behaves as the one before', async (t) => {
  const before = new BookScript('90..110');
  before.runAll('A sell 5@100', 'B sell 5@100', 'C sell 5@101', 'D buy 8@98', 'E buy 3@100');
  const after = new BookScript('90..110');
  after.open('90..110', { nextShardSequence: 6 });
  after.restore(1, 'A sell 5@100', 1, 2);
  after.restore(2, 'B sell 5@100', 2);
  after.restore(3, 'C sell 5@101', 3);
  after.restore(4, 'D buy 8@98', 4);
  after.restore(5, 'F sell 1@110', 5);
  after.runAll('F cancel s5');
  t.equal(dumpBook(after.book), dumpBook(before.book));
  t.equal(after.matcher.shardSequence, 6);
  t.equal(after.sink.commands.length, 1, 'restoring tells nothing');
  const next = 'E buy 9@101 IOC';
  t.equal(after.run(next), before.run(next));
  t.equal(after.run('A buy 1@99'), 'accepted');
  t.equal(after.run('D sell 1@98'), 'refused 1005', 'the groups are back too');
});

t.test('keeps an order that rests outside the band of today', async (t) => {
  const book = new BookScript('90..110');
  book.open('90..110', { nextShardSequence: 10 });
  book.restore(1, 'A sell 5@120', 1);
  book.restore(2, 'B buy 5@80', 2);
  book.restore(3, 'C sell 5@105', 3);
  t.equal(book.queue(), 'bids s2:B5@80 | asks s3:C5@105 s1:A5@120');
  t.equal(book.run('D buy 9@110'), 'accepted, D/C 5@105');
});

t.test('stops at orders that cannot come from its own log', async (t) => {
  const book = new BookScript('90..110');
  book.open('90..110', { nextShardSequence: 10 });
  book.restore(1, 'A sell 5@100', 5);
  t.throws(() => book.restore(2, 'A sell 5@100', 4), /by priority/);
  t.throws(() => book.restore(3, 'A sell 5@100', 10), /before every new command/);
  t.throws(() => book.restore(4, 'A sell 5@100', 6, 0), /open lots/);
  t.throws(() => book.restore(5, 'A sell 5@100', 6, 6), /open lots/);
  t.throws(() => book.restore(6, 'A sell 5@100.5', 6), /tick grid/);
});
