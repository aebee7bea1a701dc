import t from 'tap';
import { averagePrice, toDate, toMs, toRatio } from '../../../src/front/views/numbers.js';

t.test('shows times in whole milliseconds', (t) => {
  t.equal(toMs(1_767_571_200_123_999), 1_767_571_200_123);
  t.end();
});

t.test('shows dates with dashes', (t) => {
  t.equal(toDate(20260105), '2026-01-05');
  t.end();
});

t.test('shows ppm as a ratio', (t) => {
  t.equal(toRatio(120_000), 0.12);
  t.equal(toRatio(999_000_000), 999);
  t.end();
});

t.test('rounds average prices half up to four decimals', (t) => {
  t.equal(averagePrice(38_000_000 + 2 * 38_002_000, 3), 3800.1333);
  t.equal(averagePrice(3, 2), 0.0002, 'a half goes up');
  t.equal(averagePrice(4, 3), 0.0001);
  t.equal(averagePrice(9_007_199_254_740_991, 300_000_001), 3002.3997, 'beyond 2^53 when doubled');
  t.end();
});
