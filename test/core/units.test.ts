/** Exact arithmetic against BigInt. */
import fc from 'fast-check';
import t from 'tap';
import { FEE_SCALE, fromDecimal, mulDivCeil, mulDivFloor, mulDivHalfUp, toDecimal } from '../../src/core/units.js';
import { WideSum } from '../../src/core/wide-sum.js';

const seed = Number(process.env['SEED'] ?? Date.now() % 2 ** 31);
const divisor = fc.constantFrom(1, 7, 1_000_000, FEE_SCALE);

t.test('mulDiv is the exact quotient in every rounding', async (t) => {
  fc.assert(
    fc.property(fc.maxSafeNat(), fc.integer({ min: 0, max: FEE_SCALE }), divisor, (a, b, c) => {
      const product = BigInt(a) * BigInt(b);
      const exact = product / BigInt(c);
      if (exact > BigInt(Number.MAX_SAFE_INTEGER)) return true;
      const rest = product % BigInt(c);
      return (
        BigInt(mulDivFloor(a, b, c)) === exact &&
        BigInt(mulDivCeil(a, b, c)) === exact + (rest > 0n ? 1n : 0n) &&
        BigInt(mulDivHalfUp(a, b, c)) === (2n * product + BigInt(c)) / (2n * BigInt(c))
      );
    }),
    { seed, numRuns: 20_000, verbose: 1 },
  );
  t.same([mulDivHalfUp(1, 1, 2), mulDivHalfUp(3, 1, 2), mulDivHalfUp(1, 1, 3)], [1, 2, 0], 'half goes up');
  // quotients as near to the next whole number as they get
  for (const c of [1, 2, 3, 7, 1_000_000, 99_999_999, 100_000_000]) {
    const a = Math.floor(Number.MAX_SAFE_INTEGER / c) * c - 1;
    t.equal(BigInt(mulDivFloor(a, 1, c)), BigInt(a) / BigInt(c));
  }
  t.throws(() => mulDivFloor(-1, 1, 1), 'operands out of range are a mistake of ours');
});

t.test('decimals survive the way in and out, and what is off the grid is not a number', async (t) => {
  fc.assert(
    // beyond 2^39 a double no longer tells neighbouring units of 1/10000 apart
    fc.property(fc.integer({ min: -5_000_000_000_000_000, max: 5_000_000_000_000_000 }), (units) => {
      return fromDecimal(toDecimal(units), 10_000) === units;
    }),
    { seed, numRuns: 20_000, verbose: 1 },
  );
  fc.assert(
    fc.property(fc.integer({ min: -90_000_000_000_000, max: 90_000_000_000_000 }), (cents) => fromDecimal(cents / 100, 100) === cents),
    { seed, numRuns: 20_000, verbose: 1 },
  );
  for (const value of [0.00001, 3800.00005, 1e300, Infinity, NaN]) t.ok(Number.isNaN(fromDecimal(value, 10_000)), String(value));
  t.equal(fromDecimal(3800.2, 10_000), 38_002_000);
});

t.test('a wide sum is exact beyond 2^53', async (t) => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -9_000_000_000_000_000, max: 9_000_000_000_000_000 })), (amounts) => {
      const sum = new WideSum();
      let expected = 0n;
      for (const amount of amounts) {
        sum.add(amount);
        expected += BigInt(amount);
      }
      return sum.toBigInt() === expected;
    }),
    { seed, numRuns: 2000, verbose: 1 },
  );
  t.pass('always equal');
});
