/** The shared tree: what a reader merges is what there is, whatever he has seen before and however far he is behind. */
import fc from 'fast-check';
import t from 'tap';
import { applyMergePatch, type Json } from '../../../src/client/merge-patch.js';
import { DiffObject, type DiffValue } from '../../../src/front/diff/tree/diff-object.js';
import { ObjectGroup } from '../../../src/front/diff/tree/object-group.js';
import { VersionClock } from '../../../src/front/diff/tree/version-clock.js';

const seed = Number(process.env.SEED ?? Date.now() % 2 ** 31);

t.test('a patch names what has changed and nothing else', async (t) => {
  const clock = new VersionClock();
  const object = new DiffObject(clock);
  object.update({ price: 1.5, name: 'a "b"', unknown: NaN, open: true });
  const first = clock.seal();
  t.same(JSON.parse(object.patchSince(0)), { price: 1.5, name: 'a "b"', unknown: 'NaN', open: true });
  t.equal(object.patchSince(first), '');
  t.equal(object.update({ price: 1.5, unknown: NaN }), false, 'the same again is no change');
  t.equal(object.patchSince(first), '');
  object.update({ price: 2 });
  t.equal(object.patchSince(first), '{"price":2}');
  const second = clock.seal();
  object.update({ name: 'c' });
  t.equal(object.patchSince(second), '{"name":"c"}');
  t.same(JSON.parse(object.patchSince(first)), { price: 2, name: 'c' });
});

t.test('text is an expression as well: line separators are escaped', async (t) => {
  const object = new DiffObject(new VersionClock());
  object.update({ text: 'a\u2028b\u2029c\nd' });
  const patch = object.patchSince(0);
  t.notMatch(patch, /[\u2028\u2029\n]/);
  t.same(JSON.parse(patch), { text: 'a\u2028b\u2029c\nd' });
});

t.test('those who have seen the same share the text, also when they are behind differently', async (t) => {
  const clock = new VersionClock();
  const object = new DiffObject(clock);
  object.update({ a: 1, b: 1 });
  const first = clock.seal();
  const later = clock.seal();
  object.update({ b: 2 });
  t.equal(object.patchSince(first), object.patchSince(later));
  t.equal(object.patchSince(later), '{"b":2}');
});

interface Reader {
  seen: number;
  mirror: Json;
}

t.test(`a mirror is the tree after any changes, peeks and lost connections (seed ${seed})`, async (t) => {
  const key = fc.constantFrom('a', 'b', 'c');
  const value: fc.Arbitrary<DiffValue> = fc.oneof(fc.integer({ min: 0, max: 3 }), fc.constant('x'), fc.constant(NaN));
  const step = fc.oneof(
    { weight: 6, arbitrary: fc.record({ kind: fc.constant('set' as const), key, field: fc.constantFrom('f', 'g', 'h'), value }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('read' as const), reader: fc.integer({ min: 0, max: 2 }) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('lost' as const), reader: fc.integer({ min: 0, max: 2 }) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('remove' as const), key }) },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      const clock = new VersionClock();
      const group = new ObjectGroup(clock);
      const truth = new Map<string, Record<string, Json>>();
      const readers: Reader[] = [0, 1, 2].map(() => ({ seen: 0, mirror: {} }));
      const read = (reader: Reader): void => {
        const version = clock.seal();
        const patch = group.patchSince(reader.seen);
        if (patch !== '') reader.mirror = applyMergePatch(reader.mirror, JSON.parse(patch) as Json);
        reader.seen = version;
      };
      for (const step of steps) {
        if (step.kind === 'set') {
          group.update(step.key, { [step.field]: step.value });
          const shown = typeof step.value === 'number' && Number.isNaN(step.value) ? 'NaN' : (step.value as Json);
          truth.set(step.key, { ...truth.get(step.key), [step.field]: shown });
        } else if (step.kind === 'remove') {
          // whoever removes tells everybody, as the turn of a day does
          for (const reader of readers) read(reader);
          group.remove(step.key);
          truth.delete(step.key);
          for (const reader of readers) reader.mirror = applyMergePatch(reader.mirror, { [step.key]: null });
        } else if (step.kind === 'read') read(readers[step.reader]);
        else readers[step.reader] = { seen: 0, mirror: {} };
      }
      for (const reader of readers) {
        read(reader);
        t.strictSame(sorted(reader.mirror), sorted(Object.fromEntries(truth)));
      }
    }),
    { seed, verbose: 1, numRuns: 200 },
  );
});

function sorted(value: Json): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((name) => [name, sorted(value[name])]),
  );
}
