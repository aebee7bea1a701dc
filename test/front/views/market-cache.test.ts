/** Answers out of the cache are those of the state, whatever has happened, and those that nothing touched are not made again. */
import t from 'tap';
import { InstrumentStatus } from '../../../src/core/enums.js';
import { MarketCache } from '../../../src/front/views/market-cache.js';
import { AnswerText } from '../../../src/front/views/answer-text.js';
import { orderBookView } from '../../../src/front/views/market-view.js';
import { CounterFamily } from '../../../src/metrics/counter-family.js';
import { ControlledCircle } from '../../support/controlled-circle.js';
import { settleDay } from '../../support/settle-day.js';

const TICK = 10_000;
const DEPTHS = [1, 5, 20];

function market() {
  const circle = new ControlledCircle();
  const [instrument, other] = ['SIM.x', 'SIM.y'].map((instrumentId) =>
    circle.list({ instrumentId, multiplier: 10, priceTick: TICK, preSettlement: 100 * TICK }),
  );
  const [buyer, seller] = [circle.trader(100_000_000), circle.trader(100_000_000)];
  const texts = new AnswerText(circle.state, circle.depth);
  const cache = new MarketCache(circle.state, circle.depth, texts, new CounterFamily(['view', 'result']));
  return { circle, instrument, other, buyer, seller, texts, cache };
}

t.test('every answer is that of the state, and the second one of the same state is not made again', async (t) => {
  const { circle, instrument, other, buyer, seller, texts, cache } = market();
  const { state, depth } = circle;
  let nowMs = Math.floor(state.timeUs / 1000);
  let steps = 0;
  const check = (what: string): void => {
    steps++;
    const { tick, depth: book } = cache.figures();
    for (let read = 0; read < 2; read++) {
      nowMs += 7;
      for (const number of [instrument, other]) {
        t.equal(cache.tick(number, nowMs), texts.tick(number, nowMs), what);
        for (const levels of DEPTHS) {
          t.strictSame(cache.orderBook(number, levels, nowMs), orderBookView(state, depth, number, levels, nowMs), what);
        }
      }
    }
    const after = cache.figures();
    t.ok(after.tick.hits - tick.hits >= 2, `${what}: the second read is a hit`);
    t.equal(after.tick.hits + after.tick.misses, tick.hits + tick.misses + 4);
    t.ok(after.depth.hits - book.hits >= 2 * DEPTHS.length);
  };
  check('nothing yet');
  for (let n = 0; n < 12; n++) {
    circle.order(buyer, instrument, `BUY OPEN ${n + 1}@${95 + n}`);
    check(`bid ${n}`);
    circle.order(seller, n % 2 === 0 ? instrument : other, `SELL OPEN 2@${104 - (n % 6)}`);
    check(`ask ${n}`);
  }
  await circle.setPhaseOf(instrument, 'HALT');
  check('a halt');
  circle.order(buyer, instrument, 'BUY OPEN 3@106');
  check('an order in a halt');
  await circle.setPhaseOf(instrument, 'CONTINUOUS');
  check('trading again');
  circle.massCancel(buyer);
  check('all cancelled');
  settleDay(circle, { [instrument]: 101, [other]: 99 });
  check('a new day');
  t.match(JSON.parse(cache.tick(instrument, nowMs)), { is_ref: true }, 'of which nothing has traded');
  await circle.setStatusOf(other, InstrumentStatus.suspended);
  check('suspended');
  const { tick } = cache.figures();
  t.equal(tick.entries, 2);
  t.ok(tick.misses < 2 * steps, 'what did not change was read out of the cache at once');
});

t.test('says how old an answer is', async (t) => {
  const { circle, instrument, buyer, cache } = market();
  circle.order(buyer, instrument, 'BUY OPEN 1@99');
  const changedMs = Math.floor(circle.depth.lastChangeUs(instrument) / 1000);
  t.match(JSON.parse(cache.tick(instrument, changedMs + 5)), { timestamp: changedMs, age_ms: 5, md_seq: 1 });
  t.match(JSON.parse(cache.tick(instrument, changedMs + 250)), { timestamp: changedMs, age_ms: 250, md_seq: 1 });
  t.match(cache.figures().tick, { hits: 1, misses: 1 });
});
