import t from 'tap';
import { Matcher } from '../../../src/core/book/matcher.js';
import { CancelEntry } from '../../../src/core/events.js';
import { parseOrder, RecordingSink, specOf } from './book-script.js';

t.test('numbers every command without a gap, refused ones too, over all its books', async (t) => {
  const sink = new RecordingSink();
  const matcher = new Matcher(sink);
  matcher.openBook(specOf('90..110', { instrument: 3, nextShardSequence: 40 }));
  matcher.openBook(specOf('90..110', { instrument: 5, nextShardSequence: 7 }));
  t.equal(matcher.shardSequence, 39);
  for (const [id, instrument, price] of [
    [1, 3, 100],
    [2, 5, 100],
    [3, 5, 500],
  ]) {
    const order = Object.assign(parseOrder(`A buy 1@${price}`, id), { instrument });
    order.stamp.timeUs = 1000 + id;
    matcher.submit(order);
    t.equal(sink.prioritySequence, id === 3 ? 41 : 39 + id, 'the number of the command is the priority');
  }
  const cancel = Object.assign(new CancelEntry(), { orderId: 1, account: 1, instrument: 5 });
  cancel.stamp.timeUs = 2000;
  matcher.cancel(cancel);
  t.same(sink.outcomes, ['cancel refused 3002'], 'an order is known to the book of its instrument only');
  t.same(sink.commands, [
    { timeUs: 1001, shardSequence: 40 },
    { timeUs: 1002, shardSequence: 41 },
    { timeUs: 1003, shardSequence: 42 },
    { timeUs: 2000, shardSequence: 43 },
  ]);
  t.equal(matcher.shardSequence, 43);
});

t.test('never goes back with its numbers', async (t) => {
  const matcher = new Matcher(new RecordingSink());
  matcher.openBook(specOf('90..110', { nextShardSequence: 100 }));
  matcher.openBook(specOf('80..110', { nextShardSequence: 50 }));
  t.equal(matcher.shardSequence, 99);
});

t.test('stops at a command for a book that is not open', async (t) => {
  const matcher = new Matcher(new RecordingSink());
  t.throws(() => matcher.submit(parseOrder('A buy 1@100', 1)), /open/);
  t.throws(() => matcher.cancel(new CancelEntry()), /open/);
  t.throws(() => matcher.restore(Object.assign(parseOrder('A buy 1@100', 1), { prioritySequence: 0 })), /open/);
  t.equal(matcher.shardSequence, 0, 'and gives it no number');
});
