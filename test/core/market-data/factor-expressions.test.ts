/** Factors by expressions: streams of any expression against the same one worked out of the whole list of bars. */
import fc from 'fast-check';
import t from 'tap';
import { emptyBar, type Bar } from '../../../src/core/market-data/bar.js';
import { FactorBoard } from '../../../src/core/market-data/factors/factor-board.js';
import { flatRow, rowOf, type FactorRow } from '../../../src/core/market-data/factors/factor-row.js';
import { FactorSet } from '../../../src/core/market-data/factors/factor-set.js';
import { parse } from '../../../src/core/market-data/factors/parser.js';
import { periodOf } from '../../../src/core/market-data/periods.js';
import { naiveSeries, type NaiveMarket } from './naive-factors.js';

const seed = Number(process.env['SEED'] ?? Date.now() % 2 ** 31);
t.comment(`SEED=${seed}`);

const MINUTE = 60_000_000;
const PERIOD = periodOf('1m');
const INSTRUMENTS = 3;
const WARM = 9;
/** Far above what rounding does to a value, far below what the comparison allows. */
const NOISE = 1e-12;
const STEADY = 1e-10;

function newBoard(set: FactorSet): FactorBoard {
  const slots = (_instrument: number, _period: number, afterUs: number, beforeUs: number): number[] =>
    Array.from({ length: (beforeUs - afterUs) / MINUTE - 1 }, (_, n) => afterUs + (n + 1) * MINUTE);
  return new FactorBoard(slots, set);
}

interface Step {
  /** Bars without a trade before this one. */
  gap: number;
  /** One for each instrument. */
  bars: { open: number; up: number; down: number; close: number; volume: number; oi: number }[];
  /** This bar is told with other figures first. */
  isToldTwice: boolean;
}

const step: fc.Arbitrary<Step> = fc.record({
  gap: fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat({ max: 3 }) }),
  bars: fc.array(
    fc.record({
      open: fc.integer({ min: 320, max: 480 }),
      close: fc.integer({ min: 320, max: 480 }),
      up: fc.nat({ max: 9 }),
      down: fc.nat({ max: 9 }),
      volume: fc.integer({ min: 1, max: 50 }),
      oi: fc.nat({ max: 99 }),
    }),
    { minLength: INSTRUMENTS, maxLength: INSTRUMENTS },
  ),
  isToldTwice: fc.boolean(),
});

const length = fc.integer({ min: 1, max: WARM }).map(String);
const { expression } = fc.letrec<{ expression: string }>((tie) => {
  const part = tie('expression');
  const written = (name: string, ...parts: fc.Arbitrary<string>[]): fc.Arbitrary<string> =>
    fc.tuple(...parts).map((texts) => `${name}(${texts.join(', ')})`);
  const leaf = fc.oneof(
    fc.constantFrom('open', 'high', 'low', 'close', 'close', 'volume', 'amount', 'oi', 'atr(4)'),
    fc.integer({ min: 0, max: 40 }).map((value) => String(value / 4)),
  );
  const operators = ['+', '-', '*', '/', '%', '<', '<=', '>', '>=', '==', '!=', '&&', '||'];
  const call = fc.oneof(
    ...['abs', 'log', 'sqrt', 'isnull', 'rank', 'macd', 'macd_signal', 'macd_hist', 'diff'].map((name) => written(name, part)),
    ...['ma', 'ema', 'dema', 'sum', 'std', 'max', 'min', 'rsi', 'delay', 'zscore', 'skew', 'kurtosis', 'diff', 'boll_mid'].map((name) =>
      written(name, part, length),
    ),
    ...['cov', 'corr'].map((name) => written(name, part, part, length)),
    ...['boll_upper', 'boll_lower'].map((name) => written(name, part, length, fc.constantFrom('1', '2.5'))),
    ...['max', 'min'].map((name) => written(name, part, written('abs', part))),
    written('fillna', part, part),
    written('if', part, part, part),
    written('pow', part, fc.constantFrom('2', '3')),
    written('exp', written('zscore', part, length)),
  );
  const joined = fc.tuple(part, fc.constantFrom(...operators), part).map(([left, operator, right]) => `(${left} ${operator} ${right})`);
  const signed = fc.tuple(fc.constantFrom('-', '!'), part).map(([sign, text]) => `${sign}(${text})`);
  return { expression: fc.oneof({ maxDepth: 3, depthSize: 'small' }, leaf, call, joined, signed) };
});

/** The same rows as the board sees, of all instruments. */
function rowsOf(steps: readonly Step[], barOf: (step: Step, instrument: number) => Bar): { rows: FactorRow[][]; told: number[] } {
  const rows: FactorRow[][] = Array.from({ length: INSTRUMENTS }, () => []);
  const told: number[] = [];
  for (const [place, one] of steps.entries()) {
    for (const [instrument, list] of rows.entries()) {
      if (place > 0) {
        const before = barOf(steps[place - 1], instrument);
        for (let n = 0; n < one.gap; n++) list.push(flatRow(before.close, before.closeOi));
      }
      list.push(rowOf(barOf(one, instrument)));
    }
    told.push(rows[0].length - 1);
  }
  return { rows, told };
}

function barOf({ bars }: Step, instrument: number, startUs = 0): Bar {
  const { open, close, up, down, volume, oi } = bars[instrument];
  const price = (value: number): number => value * 2500;
  return {
    ...emptyBar({ barNo: 0, close: price(close), closeOi: oi }, startUs),
    open: price(open),
    high: price(Math.max(open, close) + up),
    low: price(Math.min(open, close) - down),
    volume,
    amountLow: volume * price(open) * 10,
  };
}

/** Off by a little, another little each time. */
function disturbance(salt: number): NaiveMarket['pass'] {
  let state = salt;
  const noise = (): number => NOISE * ((state = (state * 48271) % 2147483647) / 2147483647 - 0.5);
  return (value, kind) => {
    if (kind === 'logical') return value;
    if (kind === 'singular') return noise() / NOISE;
    return value * (1 + noise()) + (kind === 'given' ? 0 : noise());
  };
}

const isClose = (a: number | null, b: number | null, share: number): boolean =>
  a === null || b === null ? a === b : Math.abs(a - b) <= share * Math.max(1e-3, Math.abs(a), Math.abs(b));

t.test('a stream of any expressions gives what the whole list of bars gives', async (t) => {
  let compared = 0;
  let unsteady = 0;
  const property = fc.property(
    fc.tuple(expression, expression, expression),
    fc.array(step, { minLength: 2, maxLength: 28 }),
    fc.nat(),
    ([first, second, third], steps, cut) => {
      const definitions = [
        { name: 'third', expression: `${third} + first / second` },
        { name: 'first', expression: first },
        { name: 'second', expression: second },
      ];
      const set = new FactorSet(definitions);
      const named = new Map(definitions.map(({ name, expression: text }) => [name, parse(text)]));
      const market: NaiveMarket = { ...rowsOf(steps, barOf), named, pass: (value) => value, known: new Map() };
      const markets = [market, ...[1, 22, 333].map((salt) => ({ ...market, pass: disturbance(salt), known: new Map() }))];
      const expected = definitions.map(({ name }) =>
        market.rows.map((_, instrument) => markets.map((one) => naiveSeries(one, instrument, named.get(name)!))),
      );
      let board = newBoard(set);
      let startUs = 0;
      for (const [place, one] of steps.entries()) {
        startUs += (place === 0 ? 0 : one.gap + 1) * MINUTE;
        if (place === cut % steps.length) {
          const saved = structuredClone(board.save());
          board = newBoard(set);
          board.restore(saved);
        }
        for (let instrument = 0; instrument < INSTRUMENTS; instrument++) {
          const bar = barOf(one, instrument, startUs);
          if (one.isToldTwice) board.add(instrument, PERIOD, { ...bar, close: bar.open, high: bar.high + 2500, closeOi: 3, volume: 1 });
          const factors = board.add(instrument, PERIOD, bar)!;
          for (const [index, { name }] of definitions.entries()) {
            const [exact, ...others] = expected[index][instrument].map((series) => series[market.told[place]]);
            const own = factors[name] as number | null;
            // where noise far below the last digit decides, rounding does too
            if (!others.every((other) => isClose(exact, other, STEADY))) unsteady++;
            else if (isClose(own, exact, 1e-9)) compared++;
            else throw new Error(`bar ${place} of ${instrument}: ${name} is ${own}, not ${exact}`);
          }
        }
      }
    },
  );
  fc.assert(property, { seed, numRuns: 80 });
  t.comment(`${compared} values compared, ${unsteady} passed over`);
});

/** A market of one instrument whose bars close at the prices, and have nothing else. */
function closing(text: string, prices: readonly number[], periods?: string[]): (number | null)[] {
  const board = newBoard(new FactorSet([{ name: 'x', expression: text, periods }]));
  return prices.map((price, n) => {
    const bar = emptyBar({ barNo: n, close: price * 10_000, closeOi: 7 }, n * MINUTE);
    return board.add(1, PERIOD, bar)!['x'] as number | null;
  });
}

t.test('what is null, and what is not', async (t) => {
  const cases: [text: string, prices: number[], values: (number | null)[]][] = [
    ['ma(close, 2)', [1, 3, 5], [null, 2, 4]],
    ['close / volume', [1, 2], [null, null]],
    ['log(0 - close)', [1], [null]],
    ['1 + delay(close, 1)', [1, 2], [null, 2]],
    ['isnull(delay(close, 1))', [1, 2], [1, 0]],
    ['fillna(delay(close, 1), 9)', [1, 2], [9, 1]],
    ['if(close > 1, close, close / volume)', [1, 2], [null, 2]],
    ['delay(close, 1) > 0 || 1', [1, 2], [null, 1]],
    ['!close + !volume', [5], [1]],
    ['1 + 2 * 3 - 4 / 2 % 3 == 5 && 2 > 1', [1], [1]],
    ['-2 - -3', [1], [1]],
    ['std(close, 3)', [4, 4, 4], [null, null, 0]],
    ['zscore(close, 3)', [4, 4, 4], [null, null, null]],
    ['corr(close, oi, 2)', [1, 2], [null, null]],
    ['rsi(close, 2)', [5, 5, 5, 6], [null, null, 50, 100]],
    ['max(close, 2)', [1, 3, 2, 1], [null, 3, 3, 2]],
    ['max(2, close)', [1, 3], [2, 3]],
    ['ema(if(close > 1, close, close / volume), 3)', [1, 2, 1, 4], [null, 2, null, 3]],
    ['rank(close)', [1], [0.5]],
    ['exp(close)', [1000], [null]],
    ['macd.macd - (ema12 - ema26) + ma5 * 0', [1, 2, 3, 4, 5], [null, null, null, null, 0]],
  ];
  for (const [text, prices, values] of cases) t.same(closing(text, prices), values, text);
});

t.test('other periods have factors when they are named, the standard ones among them', async (t) => {
  const board = newBoard(new FactorSet([{ name: 'range', expression: 'high - low', periods: ['30m'] }]));
  const bar = emptyBar({ barNo: 0, close: 50_000, closeOi: 0 }, 0);
  t.match(board.add(1, periodOf('30m'), bar), { range: 0, ema12: 5 });
  t.notOk('range' in board.add(1, PERIOD, bar)!);
  t.equal(board.add(1, periodOf('3s'), bar), undefined);
  t.match(board.at(1, periodOf('30m')), { startUs: 0, factors: { range: 0 } });
});

t.test('what is remembered of expressions is good for the same expressions only', async (t) => {
  const [before, after] = [
    new FactorSet([
      { name: 'kept', expression: 'sum(close, 2)', periods: ['5m'] },
      { name: 'altered', expression: 'sum(close, 2)', periods: ['1m'] },
    ]),
    new FactorSet([
      { name: 'kept', expression: 'sum(close, 2)', periods: ['5m'] },
      { name: 'altered', expression: 'sum(close, 3)', periods: ['1m', '60m'] },
    ]),
  ];
  const bars = [1, 2, 3].map((price, n) => emptyBar({ barNo: n, close: price * 10_000, closeOi: 0 }, n * MINUTE));
  const old = newBoard(before);
  for (const bar of bars) for (const period of ['1m', '5m', '60m']) old.add(1, periodOf(period), bar);
  const board = newBoard(after);
  board.restore(structuredClone(old.save()));
  t.same(board.changed, [periodOf('1m'), periodOf('60m')]);
  t.match(board.at(1, periodOf('5m'))?.factors, { kept: 5, ema12: old.at(1, periodOf('5m'))!.factors['ema12'] });
  t.match(board.at(1, PERIOD)?.factors, { altered: null, ema12: old.at(1, PERIOD)!.factors['ema12'] });
  const past = bars.map((bar) => ({ instrument: 1, bar }));
  for (const period of board.changed) board.refill(period, past);
  t.match(board.at(1, PERIOD)?.factors, { altered: 6 });
  t.match(board.at(1, periodOf('60m'))?.factors, { altered: 6 });
  board.add(1, PERIOD, { ...bars[2], close: 40_000 });
  t.match(board.at(1, PERIOD)?.factors, { altered: 7 }, 'a bar that is told again counts once');

  const none = newBoard(new FactorSet());
  none.restore(structuredClone(old.save()));
  t.notOk('altered' in none.at(1, PERIOD)!.factors);
  none.add(1, PERIOD, { ...bars[2], startUs: 3 * MINUTE });
  board.restore({ definitions: [], keys: [], entries: none.save().entries });
  t.match(board.add(1, PERIOD, { ...bars[2], startUs: 4 * MINUTE }), { altered: null }, 'what is not known is null, not 0');
});
