import t from 'tap';
import { InstrumentStatus, Phase } from '../../../src/core/enums.js';
import { BookScript, parseOrder } from './book-script.js';

t.test('refuses what its own arrays or the rules cannot hold', async (t) => {
  const book = new BookScript('90..110');
  t.equal(book.run('A buy 0@100'), 'refused 1008');
  t.equal(book.run('A buy 0@market'), 'refused 1008');
  t.equal(book.run('A buy 1@0'), 'refused 1008');
  t.equal(book.run('A buy 1@-100'), 'refused 1008');
  t.equal(book.run('A buy 1@100.5'), 'refused 1012');
  t.equal(book.run('A buy 1@110.0001'), 'refused 1012', 'the tick before the band');
  t.equal(book.run('A buy 1@111'), 'refused 1013');
  t.equal(book.run('A sell 1@89'), 'refused 1013');
  t.equal(book.run('A buy 1@900000000000'), 'refused 1013', 'the largest price');
  t.equal(book.run('A buy 1@99 ALL'), 'refused 1009', 'all or nothing that could rest');
  t.equal(book.run('A buy 1@99 TO_LIMIT'), 'refused 1009', 'a residual of a limit order');
  t.equal(book.run('A buy 1@99 slip=1'), 'refused 1009', 'a price protection of a limit order');
  t.equal(book.run('A buy 1@99 post IOC'), 'refused 1009', 'post-only that cannot rest');
  t.equal(book.run('A buy 1@market post'), 'refused 1009');
  t.equal(book.run('A buy 1@market GTC'), 'refused 1009');
  t.equal(book.run('A buy 1@99 GFA'), 'refused 4101', 'auction only');
  t.equal(book.depth(), 'bids | asks');
  t.equal(book.runAll('A buy 1@90', 'A sell 1@110'), 'accepted', 'the limits belong to the band');
});

t.test('refuses numbers that name nothing', async (t) => {
  const book = new BookScript();
  const wrong = {
    side: 2,
    offset: 4,
    priceType: 4,
    timeCondition: 6,
    volumeCondition: 3,
    selfTradeMode: 6,
    residual: 2,
    postOnly: 2,
    closeFirst: 2,
  };
  for (const [field, value] of Object.entries(wrong)) {
    book.matcher.submit(Object.assign(parseOrder('A buy 1@99', 1), { [field]: value }));
    t.same(book.sink.outcomes, ['refused 1008'], field);
  }
});

t.test('refuses orders by phase and kind', async (t) => {
  for (const phase of Object.keys(Phase)) {
    const book = new BookScript();
    book.run(`phase ${phase}`);
    const isOpen = phase === 'CONTINUOUS';
    const isCollecting = phase === 'AUCTION_ORDER' || phase === 'HALT';
    t.equal(book.run('A buy 1@99'), isOpen || isCollecting ? 'accepted' : 'refused 4101', phase);
    t.equal(book.run('A buy 1@98 GFA'), phase === 'AUCTION_ORDER' ? 'accepted' : 'refused 4101', phase);
    t.equal(book.run('A buy 1@98 post'), isOpen ? 'accepted' : 'refused 4101', phase);
    t.equal(book.run('A buy 1@99 IOC'), isOpen ? 'accepted, 1 cancelled IOC_REMAINDER' : 'refused 4101', phase);
    t.equal(book.run('A buy 1@market'), isOpen ? 'accepted, 1 cancelled NO_LIQUIDITY 4002' : 'refused 4101', phase);
  }
});

t.test('refuses orders by status', async (t) => {
  for (const status of Object.keys(InstrumentStatus)) {
    const book = new BookScript();
    book.run(`status ${status}`);
    const refusal = { active: 'accepted', close_only: 'refused 1014', suspended: 'refused 1010', delisted: 'refused 1010' }[status];
    t.equal(book.run('A buy 1@99'), refusal, status);
    t.equal(book.run('A buy 1@98 close'), status === 'active' || status === 'close_only' ? 'accepted' : 'refused 1010', status);
  }
  const book = new BookScript();
  t.equal(book.runAll('status suspended', 'phase CLOSED', 'A buy 1@99'), 'refused 1010', 'the status before the phase');
});

t.test('stops at what only a programmer can send', async (t) => {
  const order = parseOrder('A buy 1@99', 1);
  t.throws(() => new BookScript().matcher.submit(Object.assign(parseOrder('A buy 1@99', 1), { instrument: 4 })), /book of a command/);
  const twice = new BookScript();
  twice.matcher.submit(order);
  t.throws(() => twice.matcher.submit(order), /rests once/);
});
