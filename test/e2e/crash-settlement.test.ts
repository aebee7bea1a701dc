import t from 'tap';
import { checkCrashes } from './crash-check.js';

t.test('after kill -9 while the day is settled it is settled or it is not, and nothing is lost', async (t) => {
  const { inSettlement, settledAfterAll, notSettled } = await checkCrashes(t, { ways: ['settlement', 'rest'] });
  t.ok(inSettlement > 0, `${inSettlement} kills fell into a settlement`);
  t.equal(settledAfterAll + notSettled, inSettlement, `${settledAfterAll} settled, ${notSettled} not`);
});
