import fc from 'fast-check';
import t from 'tap';
import { IntMap } from '../../src/core/int-map.js';

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);

t.test('answers like a Map under random sets, deletes and clears', async () => {
  // Few distinct keys make collisions and replacements likely; the three shapes are those in use.
  const key = fc.oneof(
    fc.integer({ min: 1, max: 60 }),
    fc.tuple(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 1, max: 4 })).map(([a, b]) => a * 2 ** 20 + b),
    fc.integer({ min: 0, max: 40 }).map((n) => Number.MAX_SAFE_INTEGER - n * 2 ** 32),
  );
  const step = fc.oneof(
    { weight: 10, arbitrary: fc.record({ kind: fc.constant('set' as const), key, value: fc.integer({ min: 0, max: 2 ** 31 - 1 }) }) },
    { weight: 8, arbitrary: fc.record({ kind: fc.constant('delete' as const), key }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('clear' as const) }) },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 400, size: 'max' }), (steps) => {
      const map = new IntMap();
      const twin = new Map<number, number>();
      const keys = new Set<number>();
      for (const it of steps) {
        if (it.kind === 'clear') {
          map.clear();
          twin.clear();
        } else {
          keys.add(it.key);
          if (it.kind === 'set') {
            map.set(it.key, it.value);
            twin.set(it.key, it.value);
          } else if (map.delete(it.key) !== twin.delete(it.key)) throw new Error(`delete ${it.key} answered wrongly`);
        }
        if (map.size !== twin.size) throw new Error(`size ${map.size}, expected ${twin.size}`);
        for (const k of keys) if (map.get(k) !== (twin.get(k) ?? -1)) throw new Error(`get ${k}: ${map.get(k)}, expected ${twin.get(k)}`);
      }
    }),
    { seed, verbose: 1, numRuns: 200 },
  );
});

t.test('holds many sequential and combined keys and forgets exactly the deleted ones', async (t) => {
  for (const [name, keyOf] of [
    ['sequential', (i: number) => i + 1],
    ['combined', (i: number) => Math.floor(i / 7) * 2 ** 20 + (i % 7) + 1],
    ['multiples of 2^32', (i: number) => (i + 1) * 2 ** 32],
  ] as const) {
    const map = new IntMap();
    const count = 50_000;
    for (let i = 0; i < count; i++) map.set(keyOf(i), i);
    for (let i = 0; i < count; i += 3) map.delete(keyOf(i));
    let wrong = 0;
    for (let i = 0; i < count; i++) if (map.get(keyOf(i)) !== (i % 3 === 0 ? -1 : i)) wrong++;
    t.equal(wrong, 0, `${name} keys answer rightly`);
    t.equal(map.size, count - Math.ceil(count / 3));
  }
});

t.test('answers -1 for what can be no key and refuses to store it', async (t) => {
  const map = new IntMap(10);
  map.set(5, 7);
  map.delete(5);
  for (const key of [0, -1, 1.5, NaN, 2 ** 53]) {
    t.equal(map.get(key), -1, `get ${key}`);
    t.equal(map.delete(key), false, `delete ${key}`);
  }
  t.throws(() => map.set(0, 1), /key/);
  t.throws(() => map.set(2 ** 53, 1), /key/);
  t.throws(() => map.set(1.5, 1), /key/);
  t.throws(() => map.set(1, -1), /value/);
  t.throws(() => map.set(1, 2 ** 31), /value/);
  t.equal(map.size, 0);
});
