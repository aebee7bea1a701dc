/** What the market worker makes of an instrument whose name promises a simulated history: bars and their numbers, and nothing else. */
import { isDeepStrictEqual } from 'node:util';
import { deserialize, serialize } from 'node:v8';
import t from 'tap';
import { beginEngine, restoreEngine, saveEngine } from '../../../src/cluster/market/market-checkpoint.js';
import { MarketEngine } from '../../../src/cluster/market/market-engine.js';
import { MarketOutput } from '../../../src/cluster/market/market-output.js';
import type { Bar } from '../../../src/core/market-data/bar.js';
import { PERIODS } from '../../../src/core/market-data/periods.js';
import { simulatedName } from '../../../src/core/market-data/simulated-name.js';
import { TradingCalendar } from '../../../src/core/sessions.js';
import { serializeState } from '../../../src/core/state-codec.js';
import { HistoryMarket } from '../../../src/query/market-recorder.js';
import { newHistoryRows } from '../../../src/query/waiting-rows.js';
import { RingBuffer } from '../../../src/ring/ring-buffer.js';
import { RingProducer } from '../../../src/ring/ring-producer.js';
import { MarketJournal } from '../../../src/storage/market-journal.js';
import { frameViews } from '../../../src/wire/frame-layout.js';
import { OneThreadCircle } from '../../support/one-thread-circle.js';

const COUNT = 30;
const NAME = 'Steel rebar';
const TERMS = { multiplier: 10, priceTick: 10_000, preSettlement: 35_000_000 };

function newEngine(): { engine: MarketEngine; journal: MarketJournal } {
  const engine = new MarketEngine(new MarketOutput(new RingProducer(RingBuffer.create(1 << 20))), new TradingCalendar());
  const journal = new MarketJournal();
  engine.recorder = journal;
  engine.isMuted = true;
  return { engine, journal };
}

function barsOf(journal: MarketJournal, instrument: number): Bar[][] {
  return PERIODS.map((_, period) => journal.barsOf(instrument, period));
}

t.test('a marked instrument has a past; one without the mark has none', (t) => {
  const circle = new OneThreadCircle();
  const marked = circle.list({ instrumentId: 'SHFE.rb', name: simulatedName(NAME, COUNT), ...TERMS });
  const plain = circle.list({ instrumentId: 'SHFE.hc', name: NAME, ...TERMS });
  const { engine, journal } = newEngine();
  const read = (from: number, into: { apply: MarketEngine['apply'] }): void => {
    for (const frame of circle.journal.slice(from)) into.apply(frameViews(frame), 0);
  };
  read(0, engine);
  const past = barsOf(journal, marked);
  const counts = past.map((bars) => bars.length);
  t.ok(counts.every((count) => count >= COUNT));
  t.ok(
    barsOf(journal, plain).every((bars) => bars.length === 0),
    'no bars of an instrument whose name promises none',
  );
  const { days, bars } = engine.fold;
  t.same([days.volume[marked], days.trades[marked], days.last[marked], days.openInterest[marked]], [0, 0, 0, 0]);
  t.same(engine.factors.of(marked), [], 'what is computed of bars knows real ones only');

  const seen = circle.journal.length;
  const saved = deserialize(serialize(saveEngine(engine))) as unknown;
  const traders = [circle.trader(1e8), circle.trader(1e8)];
  for (const instrument of [marked, plain]) {
    circle.order(traders[0], instrument, 'SELL OPEN 2@3500');
    circle.order(traders[1], instrument, 'BUY OPEN 2@3500');
  }
  read(seen, engine);
  for (const [period, { name }] of PERIODS.entries()) {
    t.match(
      bars.newest(marked, period),
      { barNo: counts[period], volume: 2, tradeCount: 1, open: 35_000_000 },
      `${name}: trades go on counting`,
    );
    t.match(bars.newest(plain, period), { barNo: 0, volume: 2 }, `${name}: and begin at 0 elsewhere`);
  }
  t.equal(days.volume[marked], 2);

  const again = newEngine();
  read(0, again.engine);
  t.ok(isDeepStrictEqual(barsOf(again.journal, marked), barsOf(journal, marked)), 'the log gives the same bars again');
  const restored = newEngine();
  t.ok(restoreEngine(restored.engine, saved));
  read(0, restored.engine);
  t.same(barsOf(restored.journal, marked).flat(), [], 'a checkpoint goes on without making them anew');
  t.same(restored.engine.fold.bars.newest(marked, 1), bars.newest(marked, 1));

  const begun = newEngine();
  beginEngine(begun.engine, serializeState(circle.state));
  t.same(
    barsOf(begun.journal, marked).map((list) => list.length),
    counts,
    'where the log does not reach back to the listing, the state makes them',
  );

  const rows = newHistoryRows();
  const history = new HistoryMarket([], rows);
  read(0, history);
  t.match(history.fold.bars.newest(marked, 1), { barNo: counts[1] }, 'numbers in the history are those of charts');
  history.pass(circle.state.timeUs + 86_400_000_000);
  const { createdUs } = circle.state.instruments.get(marked);
  const starts = rows.klines.take().column(1);
  t.ok(starts.length > 0, 'real bars are in the history');
  t.ok(
    starts.every((startUs) => startUs > createdUs),
    'simulated ones are not',
  );
  t.end();
});
