import t from 'tap';
import type { Verdict } from '../../../src/core/soundness/soundness.js';
import { SoundnessMonitor } from '../../../src/front/soundness/soundness-monitor.js';
import { OneThreadCircle } from '../../support/one-thread-circle.js';

interface Monitored {
  circle: OneThreadCircle;
  monitor: SoundnessMonitor;
  heard: (Verdict & { sequence: number })[];
  /** A turn of the loop, so long after the last one. */
  pass: (afterMs?: number) => void;
}

/** `lookMs`: what the clock goes on by at every look at it. */
function monitored(lookMs = 0): Monitored {
  const circle = new OneThreadCircle();
  const heard: (Verdict & { sequence: number })[] = [];
  let nowMs = 0;
  const { state, depth } = circle;
  const monitor = new SoundnessMonitor({
    state,
    depth,
    nowMs: () => (nowMs += lookMs),
    onBroken: (verdict, sequence) => heard.push({ ...verdict, sequence }),
  });
  state.observe(monitor);
  const pass = (afterMs = 100): void => {
    nowMs += afterMs;
    monitor.afterTurn();
  };
  const instrument = circle.list({ instrumentId: 'SIM.x', multiplier: 10, priceTick: 10_000, preSettlement: 1_000_000, feeOpenByLot: 100 });
  for (let i = 0; i < 20; i++) circle.trader(10_000);
  circle.order(1, instrument, 'BUY OPEN 2@100');
  circle.order(2, instrument, 'SELL OPEN 1@100');
  return { circle, monitor, heard, pass };
}

t.test('books that balance are reported with both sides of every equation', async (t) => {
  const { circle, monitor, heard, pass } = monitored();
  for (let turn = 0; turn < 20; turn++) pass();
  const report = monitor.report();
  t.same(
    report.map(({ id }) => id),
    Array.from({ length: 17 }, (_, i) => `10.${i + 1}`),
  );
  t.ok(report.every(({ ok, left, right, sequence }) => ok && left === right && sequence === circle.state.sequence));
  t.match(
    report.find(({ id }) => id === '10.7'),
    { left: '2000000000', right: '2000000000' },
  );
  t.same(heard, []);
});

t.test('an account of the turn with one unit too much is told at once, with equation and event', async (t) => {
  const { circle, monitor, heard, pass } = monitored();
  pass();
  circle.state.accounts.margin[2] += 1;
  circle.order(2, 1, 'SELL OPEN 1@101');
  pass();
  t.match(heard, [{ id: '10.3', account: 2, left: '1000001', right: '1000000', sequence: circle.state.sequence }], 'one breach, told once');
  t.notOk(monitor.ok);
  circle.state.accounts.margin[2] -= 1;
  pass();
  t.match(
    monitor.report().find(({ ok }) => !ok),
    { id: '10.3', account: 2 },
    'what was broken stays on show',
  );
  t.equal(heard.length, 1);
});

t.test('an account that nothing happens to is found by the scan', async (t) => {
  const { circle, monitor, heard } = monitored();
  circle.state.accounts.frozenMargin[19] = 5;
  for (let look = 0; look < 5; look++) monitor.scan();
  t.match(heard, [{ id: '10.3', account: 19, left: '5', right: '0' }]);
});

t.test('money out of nothing is found when all is added up', async (t) => {
  const { circle, monitor, heard, pass } = monitored();
  monitor.scan();
  circle.state.accounts.deposit[7] += 1;
  for (let look = 0; look < 5; look++) monitor.scan();
  t.same(heard, [], 'no account by itself is wrong');
  for (let turn = 0; turn < 10; turn++) pass();
  t.match(
    monitor.report().filter(({ ok }) => !ok),
    [{ id: '10.7' }, { id: '10.15' }],
  );
  t.match(heard, [{ id: '10.7', left: '2000000001', right: '2000000000' }]);
});

t.test('accounts that take long are looked at the more seldom', (t) => {
  const { circle, heard, pass } = monitored(5);
  pass();
  circle.state.accounts.frozenMargin[1] = 5;
  for (let turn = 0; turn < 10; turn++) pass(20);
  t.same(heard, [], 'the look that took long pays for those that are left out');
  for (let turn = 0; turn < 20; turn++) pass(10_000);
  t.match(heard, [{ id: '10.3', account: 1 }], 'every account has its turn');
  t.end();
});
