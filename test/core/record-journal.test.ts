import fc from 'fast-check';
import t from 'tap';
import { RecordJournal } from '../../src/core/record-journal.js';

const seed = Number(process.env['SEED'] ?? Date.now() & 0xffff);

t.test(`the largest ids of an account are visited, whenever they were appended (SEED=${seed})`, (t) => {
  // ids nearly grow: each is its place, moved back by up to as many as it rested for
  const appended = fc.array(fc.record({ account: fc.constantFrom(1, 2, 70), rested: fc.oneof(fc.constant(0), fc.nat(40)) }), {
    maxLength: 200,
  });
  fc.assert(
    fc.property(appended, fc.integer({ min: 1, max: 30 }), fc.nat(50), (records, count, stored) => {
      const journal = new RecordJournal(16);
      const ids = records.map(({ rested }, place) => ({ place, order: place - rested })).sort((a, b) => a.order - b.order);
      const idOf = new Map(ids.map(({ place }, index) => [place, index + 1]));
      for (const [place, { account }] of records.entries()) journal.append(account, place + 1, idOf.get(place));
      return [1, 2, 70, 999].every((account) => {
        const visited: number[] = [];
        journal.visitLargest(account, stored, count, (view, at) => visited.push(view.getFloat64(at + 8, true)));
        const all = records.flatMap((record, place) => (record.account === account && place + 1 > stored ? [idOf.get(place)!] : []));
        return JSON.stringify(largest(visited, count)) === JSON.stringify(largest(all, count));
      });
    }),
    { seed },
  );
  t.end();
});

t.test('of a long journal only the newest part is visited', (t) => {
  const journal = new RecordJournal(16);
  for (let id = 1; id <= 10_000; id++) journal.append(1, id, id);
  let visits = 0;
  journal.visitLargest(1, 0, 20, () => visits++);
  t.equal(visits, 20);
  t.end();
});

function largest(ids: readonly number[], count: number): number[] {
  return ids.toSorted((a, b) => b - a).slice(0, count);
}
