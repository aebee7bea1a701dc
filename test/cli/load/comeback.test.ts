import t from 'tap';
import { Comeback, noStorms } from '../../../src/cli/load/comeback.js';
import { newHistogram } from '../../../src/cli/load/load-totals.js';

const A = 'ACC_1';
const B = 'ACC_2';
const isOdd = (number: number): boolean => number % 2 === 1;

/** Let in for the first time, and told of a deposit to each account. */
function trading(): { comeback: Comeback; counts: ReturnType<typeof noStorms>; backCount: () => number } {
  const counts = noStorms();
  const tradingAgainUs = newHistogram();
  const comeback = new Comeback({ counts, tradingAgainUs }, [A, B], 1);
  comeback.resumePoints();
  for (const account of [A, B]) {
    comeback.report(account, 1);
    comeback.state(account, 1);
  }
  return { comeback, counts, backCount: () => tradingAgainUs.totalCount };
}

t.test('sends again what was sent and not answered, and for the first time what fell due meanwhile', async (t) => {
  const { comeback, counts, backCount } = trading();
  for (const number of [1, 2, 3, 4]) comeback.keep(number, `request ${number}`);
  comeback.settle(1);
  comeback.leave(4);
  comeback.keep(5, 'request 5');
  t.ok(comeback.isAway);
  t.notOk(comeback.isTrading);
  t.strictSame(
    [...comeback.resumePoints()],
    [
      [A, 1],
      [B, 1],
    ],
  );
  t.strictSame([...comeback.comeIn(isOdd)], ['request 2', 'request 3', 'request 4', 'request 5']);
  t.match(counts, { cut: 1, ordersSentAgain: 1, cancelsSentAgain: 2 });
  comeback.state(A, 1);
  comeback.state(B, 1);
  t.notOk(comeback.isTrading, 'let in and told everything, but nothing is answered yet');
  comeback.settle(2);
  t.ok(comeback.isTrading);
  t.equal(backCount(), 1);
  t.ok(comeback.findsDone(2), 'the cancel was sent before');
  t.notOk(comeback.findsDone(2));
  t.notOk(comeback.findsDone(5), 'this one was not');
  t.equal(counts.cancelsFoundDone, 1);
});

t.test('counts replayed reports up to the last one of each account, and finds those that are missing or come twice', async (t) => {
  const { comeback, counts, backCount } = trading();
  comeback.report(A, 2);
  comeback.leave(0);
  t.equal(new Map(comeback.resumePoints()).get(A), 2);
  t.strictSame([...comeback.comeIn(isOdd)], []);
  comeback.report(A, 3);
  comeback.report(A, 4);
  comeback.state(A, 4);
  comeback.report(A, 5);
  t.match(counts, { reportsReplayed: 2, reportsMissed: 0, reportsRepeated: 0 });
  comeback.report(B, 1);
  t.equal(counts.reportsRepeated, 1, 'was told before the cut');
  comeback.report(B, 4);
  t.equal(counts.reportsMissed, 2, 'the second and the third');
  t.equal(backCount(), 0);
  comeback.state(B, 7);
  t.equal(counts.reportsMissed, 5, 'and three that the state knows of');
  t.equal(backCount(), 1);
  comeback.report(B, 8);
  comeback.report(A, 7);
  t.match(counts, { reportsMissed: 6, reportsReplayed: 4 }, 'between storms too');
});

t.test('a new trading day counts anew, but a replay that begins anew is none', async (t) => {
  const { comeback, counts } = trading();
  for (const number of [2, 3, 1, 2]) comeback.report(A, number);
  t.match(counts, { reportsMissed: 0, reportsRepeated: 0 });
  comeback.leave(0);
  comeback.resumePoints();
  comeback.comeIn(isOdd);
  for (const number of [1, 2, 3]) comeback.report(A, number);
  t.match(counts, { reportsMissed: 0, reportsRepeated: 2 });
});

t.test('reports of a former day are not missed: the exchange says so and how things stand', async (t) => {
  const { comeback, counts } = trading();
  comeback.leave(0);
  comeback.resumePoints();
  comeback.comeIn(isOdd);
  comeback.startOver(A);
  comeback.state(A, 9);
  comeback.state(B, 1);
  t.ok(comeback.isTrading);
  comeback.report(A, 10);
  comeback.report(A, 12);
  t.match(counts, { reportsMissed: 1, reportsRepeated: 0 });
});

t.test('a connection that is cut before it trades again was away from the first cut on', async (t) => {
  const { comeback, counts, backCount } = trading();
  comeback.keep(1, 'request 1');
  comeback.leave(1);
  comeback.resumePoints();
  comeback.comeIn(isOdd);
  comeback.leave(1);
  comeback.resumePoints();
  t.strictSame([...comeback.comeIn(isOdd)], ['request 1']);
  for (const account of [A, B]) comeback.state(account, 1);
  comeback.settle(1);
  t.equal(backCount(), 1);
  t.match(counts, { cut: 2, ordersSentAgain: 2 });
});
