import t from 'tap';
import { EventClock } from '../../src/front/clock.js';

/** A machine whose two clocks are set by hand, in ms. */
class Machine {
  monotonicMs = 500;
  systemMs = 1_800_000_000_000;

  clock(notBeforeUs = 0): EventClock {
    return new EventClock(
      notBeforeUs,
      () => this.monotonicMs,
      () => this.systemMs,
    );
  }

  pass(ms: number): void {
    this.monotonicMs += ms;
    this.systemMs += ms;
  }
}

t.test('runs with the machine, in µs since the epoch', async (t) => {
  const machine = new Machine();
  const clock = machine.clock();
  t.equal(clock.nowUs(), 1_800_000_000_000_000);
  machine.pass(0.25);
  t.equal(clock.nowUs(), 1_800_000_000_000_250);
  machine.pass(10_000);
  t.equal(clock.nowUs(), 1_800_000_010_000_250);
});

t.test('never goes back: neither behind the last event of the log nor when the system clock does', async (t) => {
  const machine = new Machine();
  const logEndUs = 1_800_000_100_000_000;
  const clock = machine.clock(logEndUs);
  t.equal(clock.nowUs(), logEndUs, 'the log is ahead of the machine');
  machine.pass(100_001);
  t.equal(clock.nowUs(), logEndUs + 1000);
  let last = clock.nowUs();
  machine.systemMs -= 3_600_000;
  for (let i = 0; i < 100; i++) {
    machine.pass(700);
    const now = clock.nowUs();
    t.ok(now > last, 'it goes on');
    last = now;
  }
});

t.test('follows a system clock that was set, a millisecond a second', async (t) => {
  for (const jumpMs of [3_600_000, -3_600_000, 5000, -5000]) {
    const machine = new Machine();
    const clock = machine.clock();
    machine.systemMs += jumpMs;
    const aheadMs = () => clock.nowUs() / 1000 - machine.systemMs;
    for (let second = 0; second < 1000; second++) {
      machine.pass(1000);
      clock.nowUs();
    }
    t.equal(Math.round(aheadMs() + jumpMs), Math.sign(jumpMs) * 1000, `${jumpMs} ms: a second nearer after 1000 s`);
    for (let second = 0; second < 4000; second++) {
      machine.pass(1000);
      clock.nowUs();
    }
    if (Math.abs(jumpMs) === 5000) t.ok(Math.abs(aheadMs()) <= 2, 'and there in the end');
  }
});
