import fc from 'fast-check';
import t from 'tap';
import { TokenBuckets } from '../../src/auth/token-bucket.js';

const NOW_MS = 1_800_000_000_000;

/** How many single requests are granted at one moment. */
function grantedAt(buckets: TokenBuckets, key: string | number, nowMs: number): number {
  let granted = 0;
  while (granted < 10_000 && buckets.take(key, nowMs) === 0) granted++;
  return granted;
}

t.test('grants the burst at once, then the rate', async (t) => {
  const buckets = new TokenBuckets({ ratePerSecond: 100, burst: 200 });
  t.equal(grantedAt(buckets, 'alice', NOW_MS), 200);
  t.equal(buckets.take('alice', NOW_MS), 10, 'ms until the next one');
  t.equal(grantedAt(buckets, 'alice', NOW_MS + 9), 0);
  t.equal(grantedAt(buckets, 'alice', NOW_MS + 10), 1);
  t.equal(grantedAt(buckets, 'alice', NOW_MS + 510), 50);
  t.equal(grantedAt(buckets, 'alice', NOW_MS + 3_600_000), 200, 'never more than the burst');
});

t.test('keeps keys apart', async (t) => {
  const buckets = new TokenBuckets({ ratePerSecond: 1, burst: 2 });
  t.equal(grantedAt(buckets, 'alice', NOW_MS), 2);
  t.equal(grantedAt(buckets, 7, NOW_MS), 2);
  t.equal(grantedAt(buckets, '7', NOW_MS), 2);
});

t.test('grants everything at rate 0 and remembers nobody', async (t) => {
  const buckets = new TokenBuckets({ ratePerSecond: 0, burst: 1 });
  t.equal(grantedAt(buckets, 'alice', NOW_MS), 10_000);
  t.equal(buckets.size, 0);
});

t.test('spends a cost whole or not at all', async (t) => {
  const buckets = new TokenBuckets({ ratePerSecond: 10, burst: 10 });
  t.equal(buckets.take('alice', NOW_MS, 7), 0);
  t.equal(buckets.take('alice', NOW_MS, 7), 400);
  t.equal(buckets.take('alice', NOW_MS, 3), 0);
});

t.test('gives nothing for a clock set back', async (t) => {
  const buckets = new TokenBuckets({ ratePerSecond: 1000, burst: 5 });
  grantedAt(buckets, 'alice', NOW_MS);
  t.equal(grantedAt(buckets, 'alice', NOW_MS - 60_000), 0);
  t.equal(grantedAt(buckets, 'alice', NOW_MS - 59_998), 2, 'and goes on from there');
});

t.test('never grants more than the burst plus what the time gives', async (t) => {
  const steps = fc.array(fc.record({ waitMs: fc.integer({ min: 0, max: 500 }), cost: fc.integer({ min: 1, max: 5 }) }), { maxLength: 200 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1000 }), fc.integer({ min: 5, max: 50 }), steps, (ratePerSecond, burst, requests) => {
      const buckets = new TokenBuckets({ ratePerSecond, burst });
      let nowMs = NOW_MS;
      let spent = 0;
      for (const { waitMs, cost } of requests) {
        nowMs += waitMs;
        const retryMs = buckets.take('alice', nowMs, cost);
        if (retryMs === 0) spent += cost;
        else if (buckets.take('alice', nowMs + retryMs + 1e-3, cost) === 0) {
          nowMs += retryMs + 1e-3;
          spent += cost;
        } else return false;
        if (spent > burst + ((nowMs - NOW_MS) * ratePerSecond) / 1000 + 1e-6) return false;
      }
      return true;
    }),
    { seed: Number(process.env['SEED'] ?? Date.now() % 2 ** 31), verbose: 1 },
  );
  t.pass('for every order of requests');
});

t.test('remembers a bounded number of keys and forgets full buckets first', async (t) => {
  const buckets = new TokenBuckets({ ratePerSecond: 1, burst: 2, keysMax: 3 });
  grantedAt(buckets, 'empty', NOW_MS);
  buckets.take('half', NOW_MS);
  buckets.take('half too', NOW_MS + 1000);
  buckets.take('new', NOW_MS + 1000);
  t.equal(buckets.size, 3);
  t.equal(grantedAt(buckets, 'empty', NOW_MS + 1000), 1, 'the oldest is kept: it was not full again');
  t.equal(grantedAt(buckets, 'half too', NOW_MS + 1000), 1);
});

t.test('stays bounded when no bucket is full', async (t) => {
  for (const keysMax of [1, 5, 100]) {
    const buckets = new TokenBuckets({ ratePerSecond: 0.001, burst: 1, keysMax });
    for (let key = 0; key < 1000; key++) buckets.take(key, NOW_MS);
    t.equal(buckets.size, keysMax);
  }
});

t.test('refuses senseless settings', async (t) => {
  for (const [ratePerSecond, burst] of [
    [-1, 1],
    [NaN, 1],
    [1, 0],
    [1, NaN],
  ] as const) {
    t.throws(() => new TokenBuckets({ ratePerSecond, burst }), RangeError);
  }
});
