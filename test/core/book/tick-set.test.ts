import fc from 'fast-check';
import t from 'tap';
import { TickSet } from '../../../src/core/book/tick-set.js';

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);

t.test('answers like a sorted array, across all word borders', async () => {
  const capacity = fc.constantFrom(1, 31, 32, 33, 1023, 1024, 1025, 32_767, 32_768, 32_769, 70_000);
  const sample = capacity.chain((n) => {
    // Borders of words and levels are where a bitmap goes wrong, so half of the indexes lie beside them.
    const borders = [0, 31, 32, 33, 1023, 1024, 32_767, 32_768, 65_535, 65_536, n - 1].filter((index) => index < n);
    const index = fc.oneof(fc.integer({ min: 0, max: n - 1 }), fc.constantFrom(...borders));
    return fc.record({ n: fc.constant(n), steps: fc.array(fc.record({ index, isAdd: fc.boolean() }), { maxLength: 40 }) });
  });
  fc.assert(
    fc.property(sample, ({ n, steps }) => {
      const set = new TickSet(n);
      const twin = new Set<number>();
      for (const { index, isAdd } of steps) {
        if (isAdd) {
          set.add(index);
          twin.add(index);
        } else {
          set.remove(index);
          twin.delete(index);
        }
        set.check();
        const members = [...twin].sort((a, b) => a - b);
        same('lowest', set.lowest(), members[0] ?? -1);
        same('highest', set.highest(), members.at(-1) ?? -1);
        for (const at of [-1, index - 1, index, index + 1, n - 1, n]) {
          same(`has ${at}`, set.has(at), twin.has(at));
          same(`above ${at}`, set.nextAbove(at), members.find((it) => it > at) ?? -1);
          same(`below ${at}`, set.nextBelow(at), members.findLast((it) => it < at) ?? -1);
        }
      }
      set.clear();
      same('cleared', set.lowest(), -1);
      set.check();
    }),
    { seed, verbose: 1, numRuns: 500 },
  );
});

t.test('stops at an index outside', async (t) => {
  const set = new TickSet(33);
  for (const index of [-1, 33, 64]) {
    t.throws(() => set.add(index), /inside/);
    t.throws(() => set.remove(index), /inside/);
  }
  t.throws(() => new TickSet(0), /capacity/);
});

function same(what: string, found: number | boolean, expected: number | boolean): void {
  if (found !== expected) throw new Error(`${what}: ${found}, expected ${expected}`);
}
