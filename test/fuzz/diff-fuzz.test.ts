import t from 'tap';
import { refusalMessage, REFUSALS } from '../../src/core/refusal.js';
import { NotifyCode } from '../../src/front/diff/trade/notify.js';
import { fuzzDiff } from './diff-fuzz.js';

const COUNT = 30_000;
const KNOWN = new Set<number>([0, ...Object.values(NotifyCode)]);
const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 32));

t.test('faulty aids do no harm', async (t) => {
  t.comment(`SEED=${seed}`);
  const { aids, codes, orders } = await fuzzDiff(seed, COUNT);
  t.equal(aids, COUNT);
  t.ok(orders > 100, `${orders} orders came through: the faults are not all alike`);
  for (const code of codes) t.ok(KNOWN.has(code) || (code in REFUSALS && refusalMessage(code) !== ''), `code ${code} exists`);
  t.ok(codes.has(NotifyCode.insertForeign) && codes.has(NotifyCode.cancelForeign), 'who acts for somebody else is told so');
  t.notOk(codes.has(5000), 'nothing went wrong inside');
});
