/** Random trading days in the history: exported at any moment, opened again at any moment, asked in every way. */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { HistoryFold } from '../../src/core/history.js';
import type { StatementRecord } from '../../src/core/settlement/statements.js';
import { liveSlots } from '../../src/core/state-codec.js';
import { ExchangeState } from '../../src/core/state.js';
import { readManifest } from '../../src/query/manifest.js';
import type { Aggregation, Filter } from '../../src/query/query-types.js';
import { EventDecoder } from '../../src/wire/event-decoder.js';
import { BLOCK_HEADER_BYTES } from '../../src/storage/log-block.js';
import { frameLength } from '../../src/wire/frame-header.js';
import { TradingDays } from '../model/trading-days.js';
import { blocksOfJournal, historyFolderFor, NaiveEvents, OpenHistory, stretched, type NaiveTrade } from './history-support.js';

const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
const EXPORTS = 4;

function randomOf(start: number): (below: number) => number {
  let value = start | 1;
  return (below) => {
    value ^= value << 13;
    value ^= value >>> 17;
    value ^= value << 5;
    return (value >>> 0) % below;
  };
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

t.test(`whatever happened is in the history once, as the ledger has it (SEED=${seed})`, async (t) => {
  t.setTimeout(180_000);
  const below = randomOf(seed);
  const days = new TradingDays({ seed, accounts: 6, days: 2, commands: 220 });
  await days.run();
  const { state } = days.circle;
  const journal = stretched(days.circle.journal);
  const blocks = blocksOfJournal(journal, 1 + below(12));
  const naive = new NaiveEvents(journal);
  const names = new Map(Array.from(state.instruments, ({ instrument, instrumentId }) => [instrument, instrumentId]));
  const folder = historyFolderFor(t);
  const history = new OpenHistory({ folder, holidays: [] });

  // opened, exported and left behind at random places: what was not exported comes from the log again
  for (let round = 0; round < EXPORTS; round++) {
    const upTo = Math.floor((blocks.length * (round + 1)) / (EXPORTS + 1)) + below(3);
    await history.open(blocks.slice(0, upTo));
    if (below(4) > 0) {
      const exporting = history.engine.export();
      const { as_of: asOf, rows } = await history.answer('SELECT count(*) FROM trades');
      t.same(rows, [[naive.trades.filter(({ sequence }) => sequence <= asOf).length]], 'during an export nothing is missing or doubled');
      await exporting;
      t.equal(history.engine.exported, history.engine.sequence);
    }
    if (below(2) > 0) for (const block of blocks.slice(upTo, upTo + 5)) history.engine.apply(block);
    history.close();
  }
  await history.open(blocks);
  t.teardown(() => history.close());
  t.equal((await history.answer('SELECT 1')).as_of, state.sequence);

  await t.test('trades', async (t) => {
    const rows = await history.rows(
      'SELECT trade_id, sequence, ts, instrument_id, price, volume, taker_side, buy_order_id, sell_order_id FROM trades ORDER BY trade_id',
    );
    const expected = naive.trades.map((trade) => Object.values({ ...trade, instrument: names.get(trade.instrument) }));
    t.ok(expected.length > 20, 'there were trades');
    t.strictSame(rows, expected);
    const [[volume, fees]] = await history.rows('SELECT sum(volume), sum(buy_fee) + sum(sell_fee) FROM trades');
    t.equal(fees, state.feeAccount, 'fees as the ledger booked them');
    const { market, carried } = state;
    t.equal(volume, carried.volume + sum(Array.from(state.instruments, ({ instrument }) => market.volume[instrument])));
    const manifest = readManifest(folder);
    const exported = manifest?.tables.trades ?? [];
    const inFiles = naive.trades.filter(({ sequence }) => sequence <= (manifest?.sequence ?? 0));
    t.equal(sum(exported.map(({ rows: count }) => count)), inFiles.length, 'the manifest counts');
    t.equal(sum(exported.map(({ sums }) => Number(sums['volume']))), sum(inFiles.map((trade) => trade.volume)));
  });

  await t.test('orders and what happened to them', async (t) => {
    const kinds = await history.rows('SELECT event, count(*) FROM order_events GROUP BY event');
    t.strictSame(Object.fromEntries(kinds as [string, number][]), naive.kinds);
    const live = await history.rows('SELECT count(DISTINCT order_id), count(*) FROM orders');
    const finished = state.nextOrderId - 1 - liveSlots(state).length;
    t.strictSame(live, [[finished, finished]], 'every finished order once');
    const filled = (await history.rows('SELECT order_id, filled FROM orders WHERE filled > 0')) as [number, number][];
    for (const [order, lots] of filled) if (naive.filled.get(order) !== lots) t.fail(`order ${order} was filled with ${lots} lots`);
  });

  await t.test('money, days and instruments', async (t) => {
    const moved = await history.rows("SELECT sum(amount) FILTER (kind = 'deposit'), count(*) FROM transfers");
    t.strictSame(moved, [[Number(state.totalDeposits.toBigInt()), state.fundCount]]);
    const stored = storedDocuments(journal.length, blocks);
    const statements = await history.rows(
      'SELECT trading_day, account_id, pre_balance, deposit, withdraw, close_profit, position_profit, commission, balance, margin FROM accounts_eod ORDER BY 1, 2',
    );
    t.strictSame(
      statements,
      stored.map((s) => [
        s.id,
        s.account,
        s.preBalance,
        s.deposit,
        s.withdraw,
        s.closeProfit,
        s.positionProfit,
        s.commission,
        s.balance,
        s.margin,
      ]),
    );
    const [[positions]] = await history.rows('SELECT count(*) FROM positions_eod');
    t.equal(positions, sum(stored.map((s) => s.positions.length)));
    const [[settled]] = await history.rows('SELECT count(DISTINCT trading_day) FROM settlements');
    t.equal(settled, 2);
    const listed = await history.rows('SELECT count(DISTINCT instrument_id) FROM instruments');
    t.strictSame(listed, [[names.size]]);
  });

  await t.test('bars of SQL are the stored bars', async (t) => {
    const last = naive.trades[naive.trades.length - 1].ts;
    history.engine.pass(last + 7_200_000_000);
    const bars = await history.rows(
      "SELECT instrument_id, ts, open, high, low, close, volume, amount, trade_count FROM klines WHERE period = '1m' AND trade_count > 0 ORDER BY 1, 2",
    );
    const made = await history.rows(
      `SELECT instrument_id, ts // 60000000 * 60000000 AS bar, first(price ORDER BY sequence), max(price), min(price), last(price ORDER BY sequence),
         sum(volume), sum(turnover), count(*) FROM trades GROUP BY 1, 2 ORDER BY 1, 2`,
    );
    t.ok(bars.length > names.size, 'there are bars');
    t.strictSame(made, bars);
    const [[ticks]] = await history.rows(
      'SELECT count(*) FROM ticks k JOIN trades USING (trade_id, price, volume, turnover, instrument_id, ts)',
    );
    t.equal(ticks, naive.trades.length, 'and every trade is a tick');
  });

  await t.test('structured and time-series queries against plain loops', async (t) => {
    for (let n = 0; n < 8; n++) await structured(t, history, naive.trades, names, below);
    for (let n = 0; n < 8; n++) await timeSeries(t, history, naive.trades, names, below);
  });

  await t.test('a day that is over has one file for each instrument', async (t) => {
    await history.engine.export();
    t.equal((await history.rows('SELECT count(*) FROM trades'))[0][0], naive.trades.length);
    const over = readManifest(folder)!.tables.trades.filter(({ day }) => day < state.tradingDay);
    t.ok(over.length > 0, 'days are over');
    // the day that goes on may have trades, too
    for (const file of over) t.type(file.instrument, 'string');
    t.ok(readdirSync(folder).includes('checkpoint-' + String(state.sequence)));
  });

  await t.test('a damaged checkpoint is no loss while the log is there', async (t) => {
    history.close();
    const path = join(folder, `checkpoint-${state.sequence}`);
    const bytes = readFileSync(path);
    bytes[bytes.length >> 1] ^= 1;
    writeFileSync(path, bytes);
    await history.open(blocks);
    t.equal(history.engine.sequence, state.sequence);
    t.equal((await history.rows('SELECT count(*) FROM trades'))[0][0], naive.trades.length);
  });
});

/** What the history tables of the exchange store of settled days. */
function storedDocuments(count: number, blocks: ReturnType<typeof blocksOfJournal>): StatementRecord[] {
  const state = new ExchangeState();
  const fold = new HistoryFold(state);
  state.observe(fold);
  const decoder = new EventDecoder(state);
  for (const { views, endBytes } of blocks) {
    for (let at = BLOCK_HEADER_BYTES; at < endBytes; at += frameLength(views, at)) decoder.decode(views, at);
  }
  if (state.sequence !== count) throw new Error('not all events');
  const statements = fold.documents.filter(({ table }) => table === 'settlements').map(({ record }) => record as StatementRecord);
  return statements.sort((a, b) => a.id - b.id || a.account - b.account);
}

type Below = (below: number) => number;
type Names = ReadonlyMap<number, string>;

const NUMERIC = ['price', 'volume', 'ts', 'trade_id'] as const;
const COMPARE: Record<string, (a: number | string, b: number | string) => boolean> = {
  '=': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
};

function randomFilter(trades: readonly NaiveTrade[], names: Names, below: Below): { filter: Filter; keep: (trade: NaiveTrade) => boolean } {
  const sample = trades[below(trades.length)];
  if (below(3) === 0) {
    const wanted = [names.get(sample.instrument)!, 'SIM.none'];
    const op = below(2) === 0 ? 'IN' : 'NOT IN';
    const filter: Filter = { column: 'instrument_id', op, value: wanted };
    return { filter, keep: ({ instrument }) => wanted.includes(names.get(instrument)!) === (op === 'IN') };
  }
  const column = NUMERIC[below(NUMERIC.length)];
  const op = Object.keys(COMPARE)[below(6)] as Filter['op'];
  return { filter: { column, op, value: sample[column] }, keep: (trade) => COMPARE[op](trade[column], sample[column]) };
}

const METRICS = [
  { function: 'count' },
  { function: 'sum', column: 'volume' },
  { function: 'min', column: 'price' },
  { function: 'max', column: 'price' },
  { function: 'first', column: 'price' },
  { function: 'last', column: 'price' },
  { function: 'avg', column: 'volume' },
] as const satisfies Aggregation[];

function metricsOf(trades: readonly NaiveTrade[]): unknown[] {
  const prices = trades.map(({ price }) => price);
  const volumes = trades.map(({ volume }) => volume);
  const total = sum(volumes);
  return [trades.length, total, Math.min(...prices), Math.max(...prices), prices[0], prices[prices.length - 1], total / trades.length];
}

function groupBy<K>(trades: readonly NaiveTrade[], key: (trade: NaiveTrade) => K): Map<K, NaiveTrade[]> {
  const groups = new Map<K, NaiveTrade[]>();
  for (const trade of trades) groups.set(key(trade), [...(groups.get(key(trade)) ?? []), trade]);
  return groups;
}

async function structured(t: Check, history: OpenHistory, all: readonly NaiveTrade[], names: Names, below: Below): Promise<void> {
  const filters = Array.from({ length: below(3) }, () => randomFilter(all, names, below));
  const kept = all.filter((trade) => filters.every(({ keep }) => keep(trade)));
  const query = { kind: 'structured', from: 'trades', filters: filters.map(({ filter }) => filter) } as const;
  const order = [{ column: 'instrument_id' }];
  const rows = await history.rows({ ...query, select: ['instrument_id'], aggregations: METRICS, order_by: order });
  const groups = [...groupBy(kept, ({ instrument }) => names.get(instrument)!)].sort(([a], [b]) => (a < b ? -1 : 1));
  t.strictSame(
    rows,
    groups.map(([name, trades]) => [name, ...metricsOf(trades)]),
    JSON.stringify(query),
  );
  const limit = 1 + below(10);
  const newest = await history.rows({ ...query, select: ['trade_id'], order_by: [{ column: 'trade_id', descending: true }], limit });
  t.strictSame(
    newest,
    kept
      .map(({ trade_id: id }) => [id])
      .reverse()
      .slice(0, limit),
  );
}

async function timeSeries(t: Check, history: OpenHistory, all: readonly NaiveTrade[], names: Names, below: Below): Promise<void> {
  const seconds = [1, 5, 7, 60, 3600][below(5)];
  const fill = (['none', 'null', 'previous'] as const)[below(3)];
  const { filter, keep } = randomFilter(all, names, below);
  const kept = all.filter(keep);
  const query = { kind: 'timeseries', from: 'trades', metrics: METRICS, granularity: seconds, filters: [filter], fill } as const;
  const span = kept.length === 0 ? 0 : (kept[kept.length - 1].ts - kept[0].ts) / 1e6 / seconds;
  // a series of more buckets than an answer may have rows is cut
  if (fill !== 'none' && span > 50_000) return;
  const rows = await history.rows(query);
  const offset = 8 * 3600 * 1e6;
  const width = seconds * 1e6;
  const groups = groupBy(kept, ({ ts }) => Math.floor((ts + offset) / width) * width - offset);
  const starts = [...groups.keys()].sort((a, b) => a - b);
  const expected: unknown[][] = [];
  let before: unknown[] = METRICS.map(() => null);
  for (let bucket = starts[0] ?? Infinity; bucket <= starts[starts.length - 1]; bucket += width) {
    const trades = groups.get(bucket);
    if (trades !== undefined) before = metricsOf(trades);
    if (trades !== undefined || fill === 'previous') expected.push([bucket, ...before]);
    else if (fill === 'null') expected.push([bucket, ...METRICS.map(() => null)]);
  }
  t.strictSame(rows, expected, JSON.stringify(query));
}

type Check = Pick<typeof t, 'strictSame'>;
