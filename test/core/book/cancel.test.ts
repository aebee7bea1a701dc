import t from 'tap';
import { BookScript } from './book-script.js';

t.test('takes an order from the head, the middle and the end of a queue', async (t) => {
  const book = new BookScript();
  book.runAll('A sell 1@100', 'B sell 2@100', 'C sell 3@100', 'D sell 4@100', 'E sell 5@100');
  t.equal(book.run('C cancel s3'), 'cancelled 3 s3');
  t.equal(book.run('A cancel s1'), 'cancelled 1 s1');
  t.equal(book.run('E cancel s5'), 'cancelled 5 s5');
  t.equal(book.queue(), 'bids | asks s2:B2@100 s4:D4@100');
  book.run('A sell 9@100');
  t.equal(book.queue(), 'bids | asks s2:B2@100 s4:D4@100 s9:A9@100');
  book.runAll('B cancel s2', 'D cancel s4', 'A cancel s9');
  t.equal(book.depth(), 'bids | asks');
});

t.test('gives back only the lots that are still open, and names the request', async (t) => {
  const book = new BookScript();
  t.equal(book.runAll('A sell 5@100', 'B buy 2@100', 'A cancel s1'), 'cancelled 3 s1');
  t.equal(book.sink.request, 77);
  book.run('B buy 2@100 IOC');
  t.equal(book.sink.request, 0, 'no request asked for the cancel of a remainder');
});

t.test('refuses an order that is unknown, filled, cancelled or never rested', async (t) => {
  const book = new BookScript();
  t.equal(book.run('A cancel s99'), 'cancel refused 3002');
  book.runAll('A sell 5@100', 'B buy 5@100', 'C buy 1@99 IOC', 'D buy 1@99', 'D cancel s5');
  for (const line of ['A cancel s2', 'B cancel s3', 'C cancel s4', 'D cancel s5']) t.equal(book.run(line), 'cancel refused 3002', line);
});

t.test('refuses the order of another account', async (t) => {
  const book = new BookScript();
  t.equal(book.runAll('A sell 5@100', 'B cancel s1'), 'cancel refused 9006');
  t.equal(book.depth(), 'bids | asks 5@100');
});

t.test('goes by phase: 4102 in those that forbid it', async (t) => {
  for (const [phase, gfd, gtc] of [
    ['CLOSED', 4102, 4102],
    ['PRE_OPEN', 4102, 0],
    ['AUCTION_ORDER', 0, 0],
    ['AUCTION_CANCEL', 0, 0],
    ['AUCTION_MATCH', 4102, 4102],
    ['CONTINUOUS', 0, 0],
    ['BREAK', 4102, 4102],
    ['HALT', 0, 0],
  ]) {
    const book = new BookScript();
    book.runAll('A sell 5@100', 'A sell 5@100 GTC', `phase ${phase}`);
    t.equal(book.run('A cancel s1'), gfd === 0 ? 'cancelled 5 s1' : `cancel refused ${gfd}`, `${phase} GFD`);
    t.equal(book.run('A cancel s2'), gtc === 0 ? 'cancelled 5 s2' : `cancel refused ${gtc}`, `${phase} GTC`);
  }
  const switched = new BookScript('90..110', { cancelInBreak: 1 });
  t.equal(switched.runAll('A sell 5@100', 'phase BREAK', 'A cancel s1'), 'cancelled 5 s1');
});

t.test('is allowed while the instrument is suspended', async (t) => {
  const book = new BookScript();
  t.equal(book.runAll('A sell 5@100', 'status suspended', 'A cancel s1'), 'cancelled 5 s1');
});

t.test('mass cancel takes what it names, oldest first, and says how many', async (t) => {
  const book = new BookScript();
  book.runAll('A buy 1@98', 'A sell 2@102', 'B buy 3@99', 'A buy 4@99');
  t.equal(book.run('A mass sell'), '2 of s2 cancelled MASS, mass 1');
  t.equal(book.run('A mass'), '1 of s1 cancelled MASS, 4 of s4 cancelled MASS, mass 2');
  t.equal(book.run('A mass'), 'mass 0');
  t.equal(book.run('* mass'), '3 of s3 cancelled MASS, mass 1');
  book.runAll('A buy 1@98', 'A buy 2@98 GTC', 'phase PRE_OPEN');
  t.equal(book.run('A mass'), '2 of s10 cancelled MASS, mass 1', 'only what could be cancelled one by one');
  t.equal(book.runAll('phase BREAK', 'A mass'), 'mass refused 4102');
});
