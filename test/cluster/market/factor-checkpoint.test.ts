/** Factors by expressions in checkpoints and in the rows of the history. */
import { deserialize, serialize } from 'node:v8';
import t from 'tap';
import { restoreEngine, saveEngine, type MarketCheckpoint } from '../../../src/cluster/market/market-checkpoint.js';
import { emptyBar, type Bar } from '../../../src/core/market-data/bar.js';
import { FactorSet } from '../../../src/core/market-data/factors/factor-set.js';
import { periodOf } from '../../../src/core/market-data/periods.js';
import { HistoryFold } from '../../../src/query/history-fold.js';
import { HistoryMarket } from '../../../src/query/market-recorder.js';
import { newHistoryRows } from '../../../src/query/waiting-rows.js';

const PERIOD = periodOf('1m');
// columns of the table
const NAME = 5;
const VALUE = 6;
const definitions = [{ name: 'twice', expression: 'sum(close, 2)' }];
const bar = (price: number): Bar => emptyBar({ barNo: 0, close: price * 10_000, closeOi: 0 }, 0);
const copyOf = (checkpoint: object): MarketCheckpoint => deserialize(serialize(checkpoint)) as MarketCheckpoint;

t.test('values of expressions are rows of the history once they are warm', async (t) => {
  const rows = newHistoryRows();
  const market = new HistoryMarket([], rows, new FactorSet([{ name: 'span', expression: 'high + low' }, ...definitions]));
  market.barFinished(1, PERIOD, bar(5));
  const list = rows.factors.take();
  const names = list.chunks.flatMap(({ count, texts }) => texts[NAME].slice(0, count));
  const byName = new Map(list.column(VALUE).map((value, row) => [names[row], value]));
  t.equal(byName.get('span'), 10);
  t.equal(byName.get('ema12'), 5);
  t.notOk(byName.has('twice'));
});

t.test('a checkpoint from before there were expressions is taken up, one of a later version is not', async (t) => {
  const before = new HistoryMarket([], newHistoryRows());
  before.barFinished(1, PERIOD, bar(5));
  const saved = saveEngine(before);
  const old = { ...saved, version: 1, factors: saved.factors.entries.map(([key, { oi: _, ...entry }]) => [key, entry]) };
  const market = new HistoryMarket([], newHistoryRows(), new FactorSet(definitions));
  t.equal(restoreEngine(market, copyOf(old)), true);
  t.match(market.factors.at(1, PERIOD), { factors: { ema12: 5, twice: null } });
  t.equal(restoreEngine(market, { ...saved, version: 3 }), false);

  market.barFinished(1, PERIOD, bar(7));
  const again = new HistoryMarket([], newHistoryRows(), new FactorSet(definitions));
  t.equal(restoreEngine(again, copyOf(saveEngine(market))), true);
  t.same(again.factors.changed, []);
  t.same(again.factors.at(1, PERIOD), market.factors.at(1, PERIOD));
});

t.test('whoever reads a history without the file has the factors that it was written with', async (t) => {
  const reader = new HistoryFold();
  t.equal(reader.restore(new HistoryFold([], definitions).save()), true);
  t.same((deserialize(reader.save()) as { market: MarketCheckpoint }).market.factors.definitions, definitions);
});
