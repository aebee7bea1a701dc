/** Names of orders, against plain maps. */
import fc from 'fast-check';
import t from 'tap';
import { ClientOrderId } from '../../src/core/client-order-id.js';
import { ClientOrderIds } from '../../src/core/client-order-ids.js';

const ACCOUNTS = 200;
const name = fc.string({ unit: fc.constantFrom('a', 'b', '-', 'Z', '9', '_'), minLength: 1, maxLength: 64 });
const account = fc.nat({ max: ACCOUNTS - 1 });
const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('add' as const), account, name }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('find' as const), account, name }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('clear' as const) }) },
);

t.test('names are found as plain maps find them, in the order in which they came', (t) => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      const ids = new ClientOrderIds();
      const id = new ClientOrderId();
      const model = new Map<number, Map<string, number>>();
      let orderId = 0;
      for (const each of steps) {
        if (each.kind === 'clear') {
          ids.clear();
          model.clear();
          continue;
        }
        const own = model.get(each.account);
        if (each.kind === 'find' || own?.has(each.name) === true) {
          if (ids.find(each.account, each.name) !== own?.get(each.name)) return false;
          continue;
        }
        id.text = each.name;
        ids.add(each.account, id, ++orderId);
        model.set(each.account, (own ?? new Map<string, number>()).set(each.name, orderId));
      }
      for (const [number, own] of model) {
        if (JSON.stringify(ids.of(number)) !== JSON.stringify([...own])) return false;
        for (const [text, order] of own) if (ids.find(number, text) !== order) return false;
      }
      return JSON.stringify(ids.accounts()) === JSON.stringify([...model.keys()].sort((a, b) => a - b));
    }),
    { numRuns: 200 },
  );
  t.end();
});

t.test('thousands of names, before and after somebody looks', (t) => {
  const ids = new ClientOrderIds();
  const id = new ClientOrderId();
  const text = (n: number): string => `order-${n}`.padEnd(1 + (n % 64), '.').slice(0, 64);
  const seen = new Map<string, number>();
  for (let n = 1; n <= 20_000; n++) {
    id.text = `${n}${text(n)}`.slice(0, 64);
    seen.set(id.text, n);
    ids.add(n % 3, id, n);
    if (n % 5000 === 0) t.equal(ids.find(n % 3, id.text), n);
  }
  let wrong = 0;
  for (const [name, n] of seen) if (ids.find(n % 3, name) !== n || ids.find((n + 1) % 3, name) !== undefined) wrong++;
  t.equal(wrong, 0);
  t.end();
});

t.test('a name is at most 64 characters of ASCII, and what was there before does not show through', (t) => {
  const id = new ClientOrderId();
  t.throws(() => (id.text = 'a'.repeat(65)));
  t.throws(() => (id.text = 'é'));
  id.text = 'a'.repeat(64);
  id.text = 'bcd';
  const words = new Int32Array(2);
  id.put(words, 1);
  t.strictSame([...new Uint8Array(words.buffer)], [0, 0, 0, 0, ...Buffer.from('bcd'), 0]);
  const other = new ClientOrderId();
  other.take(words, 1, 3);
  t.equal(other.text, 'bcd');
  other.takeBytes(Buffer.from('xyzzy'), 1, 4);
  t.equal(other.text, 'yzzy');
  t.end();
});
