/** Factors as streams against the same ones computed from the whole list of bars. */
import fc from 'fast-check';
import t from 'tap';
import type { Bar } from '../../../src/core/market-data/bar.js';
import { emptyBar } from '../../../src/core/market-data/bar.js';
import { FactorBoard } from '../../../src/core/market-data/factors/factor-board.js';
import { FactorStream, type Factors } from '../../../src/core/market-data/factors/factor-stream.js';
import { periodOf } from '../../../src/core/market-data/periods.js';

const seed = Number(process.env['SEED'] ?? Date.now() % 2 ** 31);
const MINUTE = 60_000_000;

interface Candle {
  high: number;
  low: number;
  close: number;
}

function batch(bars: readonly Candle[]): Factors {
  const closes = bars.map(({ close }) => close);
  const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const ma = (n: number): number | null => (closes.length < n ? null : mean(closes.slice(-n)));
  const emas = (values: number[], n: number): number[] => {
    const out: number[] = [];
    for (const value of values) out.push(out.length === 0 ? value : (2 / (n + 1)) * value + (1 - 2 / (n + 1)) * out[out.length - 1]);
    return out;
  };
  const [fast, slow] = [emas(closes, 12), emas(closes, 26)];
  const macds = fast.map((value, index) => value - slow[index]);
  const signal = emas(macds, 9).at(-1)!;
  const changes = closes.slice(1).map((close, index) => close - closes[index]);
  const smooth = (values: number[]): number | null => {
    if (values.length < 14) return null;
    let value = mean(values.slice(0, 14));
    for (const next of values.slice(14)) value = (value * 13 + next) / 14;
    return value;
  };
  const gain = smooth(changes.map((change) => Math.max(change, 0)));
  const loss = smooth(changes.map((change) => Math.max(-change, 0)));
  const rsi = gain === null || loss === null ? null : loss === 0 ? (gain === 0 ? 50 : 100) : 100 - 100 / (1 + gain / loss);
  const ranges = bars.map(({ high, low }, index) =>
    index === 0 ? high - low : Math.max(high - low, Math.abs(high - closes[index - 1]), Math.abs(low - closes[index - 1])),
  );
  const window = closes.slice(-20);
  const std = closes.length < 20 ? null : Math.sqrt(mean(window.map((close) => (close - mean(window)) ** 2)));
  const mid = ma(20);
  return {
    ma5: ma(5),
    ma10: ma(10),
    ma20: mid,
    ma60: ma(60),
    ma120: ma(120),
    ema12: fast.at(-1)!,
    ema26: slow.at(-1)!,
    dema12: 2 * fast.at(-1)! - emas(fast, 12).at(-1)!,
    rsi14: rsi,
    macd: { macd: macds.at(-1)!, signal, histogram: macds.at(-1)! - signal },
    std20: std,
    boll: mid === null || std === null ? null : { mid, upper: mid + 2 * std, lower: mid - 2 * std },
    atr14: smooth(ranges),
  };
}

function close(a: unknown, b: unknown): boolean {
  if (typeof a === 'number' && typeof b === 'number') return Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(a), Math.abs(b));
  if (a === null || b === null || typeof a !== 'object' || typeof b !== 'object') return a === b;
  return Object.keys({ ...a, ...b }).every((key) => close((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]));
}

t.test('a stream gives what the whole list gives', async () => {
  const candle = fc
    .tuple(fc.integer({ min: 900, max: 1100 }), fc.nat({ max: 20 }), fc.nat({ max: 20 }))
    .map(([price, up, down]) => ({ close: price / 10, high: (price + up) / 10, low: (price - down) / 10 }));
  const property = fc.property(fc.array(candle, { minLength: 1, maxLength: 180 }), (candles) => {
    const stream = new FactorStream();
    for (const [index, bar] of candles.entries()) {
      stream.add(bar);
      if (index % 7 !== 0 && index !== candles.length - 1) continue;
      const [ours, naive] = [stream.values(), batch(candles.slice(0, index + 1))];
      if (!close(ours, naive)) throw new Error(`bar ${index}: ${JSON.stringify(ours)} is not ${JSON.stringify(naive)}`);
    }
  });
  fc.assert(property, { seed, numRuns: 40 });
});

t.test('a flat market has an RSI of 50, one that only rises of 100', async (t) => {
  const [flat, rising] = [new FactorStream(), new FactorStream()];
  for (let n = 0; n < 20; n++) {
    flat.add({ high: 10, low: 10, close: 10 });
    rising.add({ high: n, low: n, close: n });
  }
  t.equal(flat.values()['rsi14'], 50);
  t.equal(rising.values()['rsi14'], 100);
});

t.test('bars without trades count, and a bar that is told again counts once', async (t) => {
  const minute = periodOf('1m');
  const board = new FactorBoard((_instrument, _period, afterUs, beforeUs) => {
    const slots: number[] = [];
    for (let slot = afterUs + MINUTE; slot < beforeUs; slot += MINUTE) slots.push(slot);
    return slots;
  });
  const bar = (minutes: number, price: number): Bar => ({
    ...emptyBar({ barNo: 0, close: price * 10_000, closeOi: 0 }, minutes * MINUTE),
    volume: 1,
  });
  board.add(1, minute, bar(0, 10));
  board.add(1, minute, bar(3, 20));
  const again = board.add(1, minute, bar(3, 40));
  const five = board.add(1, minute, bar(4, 30));
  t.equal(again?.['ma5'], null);
  t.equal(five?.['ma5'], (10 + 10 + 10 + 40 + 30) / 5);
  t.equal(board.add(1, periodOf('3s'), bar(5, 30)), undefined, 'other periods have none');
  const copy = new FactorBoard(() => []);
  copy.restore(structuredClone(board.save()));
  t.same(copy.of(1), board.of(1));
  t.equal(copy.of(1).length, 1);
});
