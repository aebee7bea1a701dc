/** Whole numbers of any size against BigInt. */
import fc from 'fast-check';
import t from 'tap';
import { exact, ExactSum, minus, over, plus, times, type Exact } from '../../../src/core/soundness/exact.js';

const seed = Number(process.env['SEED'] ?? Date.now() % 2 ** 31);
const LIMIT = BigInt(Number.MAX_SAFE_INTEGER);

/** Small ones, ones around 2^53 of both signs, and ones far beyond, each in its one form. */
const amount: fc.Arbitrary<Exact> = fc
  .oneof(
    fc.bigInt({ min: -1000n, max: 1000n }),
    fc.bigInt({ min: -1000n, max: 1000n }).map((offset) => LIMIT + offset),
    fc.bigInt({ min: -1000n, max: 1000n }).map((offset) => -LIMIT + offset),
    fc.maxSafeInteger().map(BigInt),
    fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }),
  )
  .map(exact);

/** Of the right value, and in the form that `===` compares. */
function is(result: Exact, value: bigint): boolean {
  return BigInt(result) === value && typeof result === (value >= -LIMIT && value <= LIMIT ? 'number' : 'bigint');
}

t.test(`sums, differences and products are exact and in one form (SEED=${seed})`, async () => {
  fc.assert(
    fc.property(amount, amount, (a, b) => {
      const [x, y] = [BigInt(a), BigInt(b)];
      return is(plus(a, b), x + y) && is(minus(a, b), x - y) && is(times(a, b), x * y);
    }),
    { seed, numRuns: 20_000, verbose: 1 },
  );
});

t.test(`quotients are rounded down (SEED=${seed})`, async () => {
  fc.assert(
    fc.property(amount, fc.integer({ min: 1, max: 200_000_000 }), (a, divisor) => {
      const value = BigInt(a) < 0n ? exact(-BigInt(a)) : a;
      return is(over(value, divisor), BigInt(value) / BigInt(divisor));
    }),
    { seed, numRuns: 20_000, verbose: 1 },
  );
});

t.test(`a sum of many is exact however large it becomes on the way (SEED=${seed})`, async () => {
  fc.assert(
    fc.property(fc.array(amount, { maxLength: 50 }), (amounts) => {
      const sum = new ExactSum();
      for (const each of amounts) sum.add(each);
      return sum.value === amounts.reduce((total: bigint, each) => total + BigInt(each), 0n);
    }),
    { seed, numRuns: 2000, verbose: 1 },
  );
});
