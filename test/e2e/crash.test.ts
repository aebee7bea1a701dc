import t from 'tap';
import { checkCrashes } from './crash-check.js';

t.test('after kill -9 under load every acknowledged order is there, once, and the money adds up', async (t) => {
  const summary = await checkCrashes(t, { ways: ['load', 'load', 'rest'] });
  t.ok(summary.conditionalsAcked > 0, `${summary.conditionalsAcked} conditional orders were acknowledged`);
  t.ok(summary.fillsTold > 0, `${summary.fillsTold} fills were reported`);
});
