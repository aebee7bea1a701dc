import fc from 'fast-check';
import t from 'tap';
import { sortPlaces } from '../../src/core/sort-places.js';

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);

t.test('sorts like a function that compares, equal values as they were', async () => {
  // near each other, so that numbers of both can be made; and as far apart as they may be, where they cannot
  const value = fc.oneof(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 2 ** 40, max: 2 ** 40 + 1000 }), fc.maxSafeNat());
  fc.assert(
    fc.property(fc.array(value, { maxLength: 200 }), fc.integer({ min: 1, max: 16 }), (values, step) => {
      const field = new Float64Array(values.length * step + 1);
      const places = values.map((each, i) => {
        const place = (values.length - i) * step;
        field[place] = each;
        return place;
      });
      const sorted = sortPlaces(places, field);
      const expected = [...places].sort((a, b) => field[a] - field[b]);
      if (sorted.join() !== expected.join()) throw new Error(`${sorted.join()} instead of ${expected.join()}`);
    }),
    { seed, verbose: 1, numRuns: 300 },
  );
});

t.test('no places are no places', async (t) => {
  t.strictSame(sortPlaces([], new Float64Array(1)), []);
});
