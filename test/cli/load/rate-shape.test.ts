import t from 'tap';
import { RateShape, SHAPES } from '../../../src/cli/load/rate-shape.js';

t.test('every shape sends as many in the time, and nothing before it is due', async (t) => {
  for (const shape of SHAPES) {
    const plan = new RateShape(shape, 100, 4000);
    t.equal(plan.total, 400, shape);
    let sent = 0;
    for (let ms = 0; ms <= 4000; ms += 7) {
      const due = plan.dueCount(ms, sent, 512);
      if (due > 0) t.ok(plan.dueMs(sent + due - 1) <= ms && sent + due <= 400);
      sent += due;
    }
    t.equal(sent + plan.dueCount(4000, sent, 512), 400, shape);
    t.ok(plan.dueMs(399) < 4000, shape);
  }
});

t.test('a ramp ends at twice the mean rate, a burst leaves most of a second free', async (t) => {
  const ramp = new RateShape('ramp', 100, 4000);
  t.equal(ramp.dueCount(2000, 0, 1000), 101, 'a quarter in the first half, and the one that is due at that moment');
  const burst = new RateShape('burst', 100, 4000);
  t.equal(burst.dueCount(99.9, 0, 1000), 100);
  t.equal(burst.dueCount(999, 100, 1000), 0);
  t.equal(burst.dueMs(100), 1000);
  t.equal(burst.dueCount(99.9, 0, 30), 30, 'not more than asked for');
});
