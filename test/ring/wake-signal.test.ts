import t from 'tap';
import { WakeSignal } from '../../src/ring/wake-signal.js';

t.test('does not sleep when there is something to do', async (t) => {
  const signal = new WakeSignal(WakeSignal.create());
  signal.wait(60_000, () => true);
  t.equal(signal.notify(), false);
});

t.test('looks once more after its flag is set', async (t) => {
  const buffer = WakeSignal.create();
  const flag = new Int32Array(buffer);
  let looks = 0;
  new WakeSignal(buffer).wait(60_000, () => {
    looks++;
    return Atomics.load(flag, 0) !== 0;
  });
  t.ok(looks > 1, 'it spins first');
  t.equal(Atomics.load(flag, 0), 0, 'awake again');
});

t.test('does not sleep when it is notified between the last look and the wait', async (t) => {
  const buffer = WakeSignal.create();
  const signal = new WakeSignal(buffer);
  let notified = 0;
  signal.wait(60_000, () => {
    if (Atomics.load(new Int32Array(buffer), 0) !== 0) {
      t.equal(new WakeSignal(buffer).notify(), false, 'a blocked owner needs no message');
      notified++;
    }
    return false;
  });
  t.equal(notified, 1);
});

t.test('is awake again after the time is over', async (t) => {
  const signal = new WakeSignal(WakeSignal.create());
  signal.wait(1, () => false);
  t.equal(signal.notify(), false);
});

t.test('asks exactly one notifier for a message', async (t) => {
  const buffer = WakeSignal.create();
  const owner = new WakeSignal(buffer);
  const notifiers = [new WakeSignal(buffer), new WakeSignal(buffer)];
  t.same(
    notifiers.map((one) => one.notify()),
    [false, false],
  );
  owner.arm();
  t.same(
    notifiers.map((one) => one.notify()),
    [true, false],
  );
  owner.arm();
  owner.disarm();
  t.equal(notifiers[0].notify(), false);
});

t.test('keeps a flag that was set before somebody else attached', async (t) => {
  const buffer = WakeSignal.create();
  new WakeSignal(buffer).arm();
  t.equal(new WakeSignal(buffer).notify(), true);
});
