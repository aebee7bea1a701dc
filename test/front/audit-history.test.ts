import t from 'tap';
import type { AuditRecord } from '../../src/core/observer.js';
import { AuditHistory, type AuditQuery } from '../../src/front/audit-history.js';

const ALL: AuditQuery = { user: undefined, account: undefined, logType: undefined, result: undefined, fromUs: 0, behindUs: Infinity };
const COUNT = 50;

/** Record n comes at second n. */
const records: AuditRecord[] = Array.from({ length: COUNT }, (_, i) => ({
  ...{
    id: i + 1,
    timeUs: (i + 1) * 1_000_000,
    sequence: i + 1,
    user: (i % 3) + 1,
    account: i % 2,
    logType: i % 5 === 0 ? 'LOGIN' : 'DEPOSIT',
  },
  ...{ action: 'x', details: '', address: '', userAgent: '', result: i % 7 === 0 ? 1 : 0 },
}));
const looked: number[] = [];
const history = new AuditHistory(
  { auditCount: COUNT, timeUs: COUNT * 1_000_000 },
  {
    audit: async (id) => records[id - 1],
    async *audits(idMin, idMax) {
      for (let id = Math.min(idMax, COUNT); id >= Math.max(1, idMin); id--) {
        looked.push(id);
        yield records[id - 1];
      }
    },
  },
);
const ids = async (query: Partial<AuditQuery>, skip = 0, count = 5) => {
  const { records: found, total } = await history.page({ ...ALL, ...query }, skip, count);
  return [total, ...found.map(({ id }) => id)];
};

t.test('newest first, read no further than the page', async (t) => {
  looked.length = 0;
  t.same(await ids({}), [50, 50, 49, 48, 47, 46]);
  t.same(looked, [50, 49, 48, 47, 46]);
  t.same(await ids({}, 45, 10), [50, 5, 4, 3, 2, 1]);
  t.same(await ids({}, 60), [50]);
});

t.test('a range of time holds what came in it', async (t) => {
  t.same(await ids({ fromUs: 10_000_000, behindUs: 13_000_000 }), [3, 12, 11, 10]);
  t.same(await ids({ fromUs: 9_500_000 }, 40), [41, 10]);
  t.same(await ids({ fromUs: 99_000_000 }), [0]);
  t.same(await ids({ behindUs: 1_000_000 }), [0]);
});

t.test('filters count what fits', async (t) => {
  const fitting = records.filter(({ user, logType }) => user === 1 && logType === 'LOGIN').map(({ id }) => id);
  t.same(await ids({ user: 1, logType: 'LOGIN' }), [fitting.length, ...fitting.reverse().slice(0, 5)]);
  t.same(await ids({ account: 1, result: 1 }, 1, 1), [4, 36]);
});
