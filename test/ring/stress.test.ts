import { once } from 'node:events';
import t, { type Test } from 'tap';
import { MessageChannel, Worker, type MessagePort } from 'node:worker_threads';
import { checkRing } from '../../src/ring/check-ring.js';
import { RingBuffer } from '../../src/ring/ring-buffer.js';
import { RingConsumer } from '../../src/ring/ring-consumer.js';
import { WakeSignal } from '../../src/ring/wake-signal.js';
import { startAt } from './ring-support.js';
import type { StressTask, StressVerdict, WakeWay } from './stress-worker.js';

/** Small enough to be full and empty often, and to go round thousands of times. */
const CAPACITY = 16_384;
const SEED = Number(process.env.SEED ?? Date.now() % 2 ** 31);
type Way = 'blocking' | 'event loop';

function start(task: StressTask): Worker {
  const transferList = task.wakes.map((wake) => wake.port).filter((port) => port !== undefined);
  return new Worker(new URL('./stress-worker.js', import.meta.url), { workerData: task, transferList, execArgv: ['--enable-source-maps'] });
}

/** One producer and a consumer per way, each in its own thread, until every consumer has its verdict. */
async function stress(
  records: number,
  ways: Way[],
  visitors: number,
): Promise<{ ring: SharedArrayBuffer; consumers: StressVerdict[]; visitors: StressVerdict[] }> {
  const ring = RingBuffer.create(CAPACITY, ways.length + visitors);
  const stop = new SharedArrayBuffer(4);
  // The cursors pass 2^32 in the middle.
  startAt(ring, -(records * 50) & ~7);
  const wakes: WakeWay[] = [];
  const common = { ring, records, seed: SEED, stop };
  const startReader = (role: 'consume' | 'visit', way: Way): Worker => {
    const signal = WakeSignal.create();
    const ports: { port1?: MessagePort; port2?: MessagePort } = way === 'blocking' ? {} : new MessageChannel();
    wakes.push({ signal, port: ports.port1 });
    return start({ ...common, role, consumer: wakes.length - 1, wakes: [{ signal, port: ports.port2 }] });
  };
  const consumers = ways.map((way) => startReader('consume', way));
  const visiting = Array.from({ length: visitors }, () => startReader('visit', 'blocking'));
  const producer = start({ ...common, role: 'produce', consumer: -1, wakes });
  const exits = Promise.all([producer, ...consumers, ...visiting].map((worker) => once(worker, 'exit')));
  const visitorVerdicts = visiting.map(verdictOf);
  const consumerVerdicts = await Promise.all(consumers.map(verdictOf));
  Atomics.store(new Int32Array(stop), 0, 1);
  for (const { signal } of wakes) new WakeSignal(signal).notify();
  const result = { ring, consumers: consumerVerdicts, visitors: await Promise.all(visitorVerdicts) };
  await exits;
  return result;
}

async function verdictOf(worker: Worker): Promise<StressVerdict> {
  const [verdict] = (await once(worker, 'message')) as [StressVerdict];
  return verdict;
}

function nothingForbidden(t: Test, verdict: StressVerdict): void {
  t.equal(verdict.lost, 0, 'forbidden: lost');
  t.equal(verdict.duplicated, 0, 'forbidden: duplicated');
  t.equal(verdict.reordered, 0, 'forbidden: reordered');
  t.equal(verdict.torn, 0, 'forbidden: torn');
}

for (const [records, ways, visitors] of [
  [1_000_000, ['blocking'], 0],
  [1_000_000, ['event loop'], 0],
  [300_000, ['blocking', 'event loop'], 0],
  [300_000, ['blocking'], 1],
] satisfies [number, Way[], number][]) {
  t.test(`loses, repeats, reorders and tears nothing: ${ways.join(' and ')}, ${visitors} coming and going`, async (t) => {
    t.comment(`SEED=${SEED}`);
    const verdicts = await stress(records, ways, visitors);
    for (const [consumer, verdict] of verdicts.consumers.entries()) {
      nothingForbidden(t, verdict);
      t.equal(verdict.received, records);
      t.equal(new RingConsumer(verdicts.ring, consumer).depthBytes(), 0);
    }
    for (const verdict of verdicts.visitors) {
      nothingForbidden(t, verdict);
      t.comment(`a visitor saw ${verdict.received} records`);
    }
    checkRing(verdicts.ring);
  });
}
