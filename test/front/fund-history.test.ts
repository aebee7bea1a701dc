import t from 'tap';
import { FundKind } from '../../src/core/enums.js';
import type { FundRecord } from '../../src/core/observer.js';
import type { ExchangeState } from '../../src/core/state.js';
import { FundHistory, VENUE, type FundQuery } from '../../src/front/fund-history.js';
import type { HistoryQueries } from '../../src/front/history.js';

const DAY_US = 86_400_000_000;
const COUNT = 1000;
const ACCOUNTS = 4;

/** A thousand records of four accounts, ten a day, every seventh a withdrawal, every third a transfer. */
const RECORDS: FundRecord[] = Array.from({ length: COUNT }, (_, i) => ({
  ...{ id: i + 1, account: (i % ACCOUNTS) + 1, user: 1, amount: 1, method: '', remark: '', idempotencyKey: '', requestHash: '' },
  ...{ balanceBefore: 0, balanceAfter: 0, availableAfter: 0, sequence: i + 1 },
  kind: i % 7 === 0 ? FundKind.withdrawal : FundKind.deposit,
  bank: i % 3 === 0 ? 'BOC' : '',
  timeUs: Math.floor(i / 10) * DAY_US + DAY_US + (i % 10),
}));

/** Counts what is read. */
class CountingHistory {
  read = 0;

  async *documents(_table: string, account: number, idMin = 0, idMax = Infinity) {
    for (const record of RECORDS.toReversed()) {
      if (record.id < idMin || record.id > idMax || (account !== VENUE && record.account !== account)) continue;
      this.read++;
      yield record;
    }
  }

  async document(_table: string, _account: number, id: number) {
    this.read++;
    return RECORDS[id - 1];
  }
}

function setUp() {
  const history = new CountingHistory();
  const counts = (match: (record: FundRecord) => boolean) => RECORDS.filter(match).length;
  const state = {
    fundCount: COUNT,
    timeUs: RECORDS.at(-1)!.timeUs,
    fundCounts: [FundKind.deposit, FundKind.withdrawal].map((kind) => counts((record) => record.kind === kind)),
    accounts: { fundCount: [0, 1, 2, 3, 4].map((account) => counts((record) => record.account === account)) },
  };
  const funds = new FundHistory(state as unknown as ExchangeState, history as unknown as HistoryQueries);
  return { funds, history };
}

const ALL = { fromUs: 0, behindUs: Infinity };

function naive(query: FundQuery): number[] {
  return RECORDS.filter(
    (record) =>
      (query.account === VENUE || record.account === query.account) &&
      (query.kind === undefined || record.kind === query.kind) &&
      (query.transfersOnly !== true || record.bank !== '') &&
      record.timeUs >= query.fromUs &&
      record.timeUs < query.behindUs,
  )
    .map(({ id }) => id)
    .reverse();
}

t.test('every filter and page is what filtering by hand gives', async (t) => {
  const ranges = [ALL, { fromUs: 10 * DAY_US, behindUs: 20 * DAY_US }, { fromUs: 95 * DAY_US, behindUs: Infinity }];
  ranges.push(
    { fromUs: 500 * DAY_US, behindUs: Infinity },
    { fromUs: 0, behindUs: DAY_US },
    { fromUs: 50 * DAY_US, behindUs: 50 * DAY_US },
  );
  for (const range of ranges) {
    for (const account of [VENUE, 1, 4]) {
      for (const kind of [undefined, FundKind.withdrawal, FundKind.deposit, -1]) {
        for (const transfersOnly of [false, true]) {
          const query = { account, kind, transfersOnly, ...range };
          const expected = naive(query);
          for (const [skip, count] of [
            [0, 20],
            [20, 20],
            [expected.length - 5, 20],
            [expected.length, 20],
          ]) {
            if (skip < 0) continue;
            const { funds } = setUp();
            const { records, total } = await funds.page(query, skip, count);
            const found = { total, ids: records.map(({ id }) => id) };
            t.same(found, { total: expected.length, ids: expected.slice(skip, skip + count) }, JSON.stringify({ query, skip }));
          }
        }
      }
    }
  }
});

t.test('a page reads what it shows, however much there is', async (t) => {
  const reads = async (query: FundQuery, skip: number) => {
    const { funds, history } = setUp();
    await funds.page(query, skip, 20);
    return history.read;
  };
  t.equal(await reads({ account: VENUE, ...ALL }, 0), 20);
  t.equal(await reads({ account: VENUE, ...ALL }, 800), 20, 'a late page');
  t.ok((await reads({ account: VENUE, fromUs: 10 * DAY_US, behindUs: 90 * DAY_US }, 200)) <= 40 + 20, 'a range of days');
  t.equal(await reads({ account: 2, ...ALL }, 0), 20, 'of one account');
  t.ok((await reads({ account: VENUE, kind: FundKind.deposit, ...ALL }, 0)) < 40, 'of one type');
});

t.test('the newest stop where enough is found', async (t) => {
  const { funds, history } = setUp();
  const newest = await funds.newest({ account: 2, ...ALL }, 5);
  t.same(
    newest.map(({ id }) => id),
    [998, 994, 990, 986, 982],
  );
  t.equal(history.read, 5);
});
