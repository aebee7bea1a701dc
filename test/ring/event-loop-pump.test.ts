import t from 'tap';
import { once } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { MessageChannel, Worker } from 'node:worker_threads';
import { EventLoopPump, messageWaker } from '../../src/ring/event-loop-pump.js';
import { WakeSignal } from '../../src/ring/wake-signal.js';

function pumpOf(drain: () => boolean): { pump: EventLoopPump; signal: WakeSignal; channel: MessageChannel } {
  const signal = new WakeSignal(WakeSignal.create());
  const channel = new MessageChannel();
  return { pump: new EventLoopPump({ signal, port: channel.port1, drain }), signal, channel };
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await nextTurn();
}

t.test('drains each turn while there is work, stops polling without, and is woken by a message', async (t) => {
  let work = 200;
  let drains = 0;
  const { pump, signal, channel } = pumpOf(() => {
    drains++;
    return work-- > 0;
  });
  pump.start();
  t.equal(drains, 0, 'the caller’s own turn is not used');
  while (work > 0) await nextTurn();
  while (!signal.notify()) await nextTurn();
  const before = drains;
  await turns(200);
  t.equal(drains, before, 'asleep: no polling');
  work = 3;
  channel.port2.postMessage(null);
  while (work > 0) await nextTurn();
  while (!signal.notify()) await nextTurn();
  t.ok(drains > before + 3);
  pump.stop();
  channel.port1.close();
});

t.test('sleeps no more than its waker can end', async (t) => {
  let work = 0;
  const { pump, signal, channel } = pumpOf(() => work > 0 && work-- > 0);
  const wake = messageWaker(signal, channel.port2);
  pump.start();
  for (let round = 0; round < 50; round++) {
    await turns(round * 3);
    work++;
    wake();
    while (work > 0) await nextTurn();
  }
  t.equal(work, 0);
  pump.stop();
  channel.port1.close();
});

t.test('sees what was published while it armed', async (t) => {
  const signal = new WakeSignal(WakeSignal.create());
  const channel = new MessageChannel();
  let armedWork = 0;
  let done = 0;
  const arm = signal.arm.bind(signal);
  // Work that comes right before the flag stands sends no message: only the last look finds it.
  signal.arm = () => {
    if (armedWork++ < 3) late = true;
    arm();
  };
  let late = false;
  const pump = new EventLoopPump({
    signal,
    port: channel.port1,
    drain: () => {
      if (!late) return false;
      late = false;
      done++;
      return true;
    },
  });
  pump.start();
  while (!(armedWork === 4 && signal.notify())) await nextTurn();
  t.equal(done, 3);
  pump.stop();
  channel.port1.close();
});

t.test('does nothing after stop, and runs again after start', async (t) => {
  let drains = 0;
  const { pump, signal, channel } = pumpOf(() => {
    drains++;
    return true;
  });
  pump.start();
  pump.start();
  await turns(10);
  pump.stop();
  pump.stop();
  const before = drains;
  channel.port2.postMessage(null);
  await turns(10);
  t.equal(drains, before);
  t.equal(signal.notify(), false, 'a stopped pump is not armed');
  pump.start();
  await turns(10);
  t.ok(drains > before);
  pump.stop();
  channel.port1.close();
});

t.test('may be stopped by the work itself', async (t) => {
  let drains = 0;
  const { pump, channel } = pumpOf(() => {
    if (++drains === 5) pump.stop();
    return true;
  });
  pump.start();
  await turns(20);
  t.equal(drains, 5);
  channel.port1.close();
});

for (const ending of ['stop', 'stop-asleep', 'unref', 'unref-first']) {
  t.test(`lets its thread end: ${ending}`, async (t) => {
    const worker = new Worker(new URL('./pump-worker.js', import.meta.url), { workerData: ending, execArgv: ['--enable-source-maps'] });
    const [code] = (await once(worker, 'exit')) as [number];
    t.equal(code, 0);
  });
}
