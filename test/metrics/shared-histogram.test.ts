import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import t from 'tap';
import { BUCKET_BOUNDS_MICROS, SharedHistogram } from '../../src/metrics/shared-histogram.js';

const LAST_MICROS = 2 ** 26;
const OVERFLOW = BUCKET_BOUNDS_MICROS.length;

/** The only bucket a single record fell into. */
function bucketOf(micros: number): number {
  const histogram = new SharedHistogram(SharedHistogram.create());
  histogram.record(micros);
  const { counts, count } = histogram.snapshot();
  return count === 1 ? counts.indexOf(1) : -1;
}

t.test('has rising bounds, each bucket at most a quarter wide from 4 µs on', async (t) => {
  t.strictSame(BUCKET_BOUNDS_MICROS.slice(0, 16), [1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16, 20, 24, 28, 32]);
  t.equal(BUCKET_BOUNDS_MICROS.at(-1), LAST_MICROS);
  for (let index = 4; index < BUCKET_BOUNDS_MICROS.length; index++) {
    const [below = 0, bound = 0] = BUCKET_BOUNDS_MICROS.slice(index - 1, index + 1);
    t.ok(bound > below && bound - below <= below / 4, `${below} ${bound}`);
  }
});

t.test('puts every bound into its own bucket and what is just above into the next', async (t) => {
  for (const [index, bound] of BUCKET_BOUNDS_MICROS.entries()) {
    t.equal(bucketOf(bound), index, `${bound}`);
    t.equal(bucketOf(bound + 1e-6), index + 1, `just above ${bound}`);
  }
});

t.test('puts any duration into the first bucket that holds it', async (t) => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 2 ** 27, noNaN: true }), (micros) => {
      const expected = BUCKET_BOUNDS_MICROS.findIndex((bound) => micros <= bound);
      return bucketOf(micros) === (expected === -1 ? OVERFLOW : expected);
    }),
    { seed: Number(process.env['SEED'] ?? Date.now() % 2 ** 31), verbose: 1, numRuns: 500 },
  );
  t.pass('for every duration');
});

t.test('counts and sums', async (t) => {
  const histogram = new SharedHistogram(SharedHistogram.create());
  t.strictSame([histogram.snapshot().count, histogram.snapshot().sumMicros], [0, 0]);
  for (const micros of [0, 0.25, 3, 3, 1000.5, 1e9]) histogram.record(micros);
  const { counts, count, sumMicros } = histogram.snapshot();
  t.equal(count, 6);
  t.equal(sumMicros, 1_000_001_006.75);
  t.equal(counts[0], 2);
  t.equal(counts[2], 2);
  t.equal(counts[OVERFLOW], 1);
  t.equal(counts.length, BUCKET_BOUNDS_MICROS.length + 1);
});

t.test('is not spoiled by wild values', async (t) => {
  const histogram = new SharedHistogram(SharedHistogram.create());
  for (const micros of [NaN, -5, -Infinity, Infinity, Number.MAX_VALUE]) histogram.record(micros);
  const { counts, count, sumMicros } = histogram.snapshot();
  t.equal(count, 5);
  t.equal(counts[0], 3);
  t.equal(counts[OVERFLOW], 2);
  t.equal(sumMicros, 2e12);
});

t.test('shows what another thread recorded', async (t) => {
  const buffer = SharedHistogram.create();
  const module = new URL('../../src/metrics/shared-histogram.js', import.meta.url).href;
  const program = `import(${JSON.stringify(module)}).then(({ SharedHistogram }) => {
    const histogram = new SharedHistogram(require('node:worker_threads').workerData);
    for (let micros = 1; micros <= 1000; micros++) histogram.record(micros);
  });`;
  const worker = new Worker(program, { eval: true, workerData: buffer });
  await new Promise((resolve, reject) => worker.once('exit', resolve).once('error', reject));
  const { count, sumMicros } = new SharedHistogram(buffer).snapshot();
  t.equal(count, 1000);
  t.equal(sumMicros, 500_500);
});

t.test('refuses memory of another size', async (t) => {
  t.throws(() => new SharedHistogram(new SharedArrayBuffer(64)), RangeError);
});
