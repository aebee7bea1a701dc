import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import t from 'tap';
import type { ThreadReport, WalThread } from '../../src/cluster/thread-data.js';
import { SharedHistogram } from '../../src/metrics/shared-histogram.js';
import { RingBuffer } from '../../src/ring/ring-buffer.js';
import { RingConsumer } from '../../src/ring/ring-consumer.js';
import { RingProducer } from '../../src/ring/ring-producer.js';
import { WakeSignal } from '../../src/ring/wake-signal.js';
import { LogStore } from '../../src/storage/log-store.js';
import { SnapshotStatus } from '../../src/storage/snapshot-status.js';
import { WalState, WalStatus } from '../../src/storage/wal-status.js';
import { frameSequence } from '../../src/wire/frame-header.js';
import { START, publishCommand, tempFolder, tempStorage, valueOf, valuesIn } from '../storage/support.js';

t.test('drains rings of other threads into the log, tells readers, and drains again before it stops', async (t) => {
  const dataDir = tempFolder(t);
  const data: WalThread = {
    dataDir,
    eventRings: [RingBuffer.create(1 << 16), RingBuffer.create(1 << 16)],
    wake: WakeSignal.create(),
    broadcastRing: RingBuffer.create(1 << 16, 1),
    readers: [WakeSignal.create()],
    walStatus: WalStatus.create(),
    snapshotStatus: SnapshotStatus.create(),
    commitTimes: SharedHistogram.create(),
    start: START,
  };
  const worker = new Worker(fileURLToPath(new URL('../../workers/wal.js', import.meta.url)), {
    workerData: data,
    execArgv: ['--enable-source-maps'],
  });
  t.teardown(() => worker.terminate());
  const messages: ThreadReport[] = [];
  const arrived = (type: ThreadReport['type']): Promise<void> =>
    new Promise((resolve, reject) => {
      worker.once('error', reject);
      worker.on('message', (message: ThreadReport) => message.type === type && resolve());
    });
  worker.on('message', (message: ThreadReport) => messages.push(message));
  await arrived('ready');

  const wake = new WakeSignal(data.wake);
  const producers = data.eventRings.map((buffer) => new RingProducer(buffer));
  for (const producer of producers) producer.onPublish = () => wake.notify();
  const reader = new RingConsumer(data.broadcastRing);
  const told: number[][] = [];
  const read = (): void => {
    for (let at = reader.next(); at >= 0; at = reader.next()) told.push([frameSequence(reader, at), valueOf(reader, at)]);
    reader.release();
  };

  new WakeSignal(data.readers[0]).arm();
  const woken = arrived('wake');
  publishCommand(producers[0], [{ value: 1 }, { value: 2 }]);
  await woken;
  read();
  t.same(
    told.map(([sequence]) => sequence),
    [1, 2],
    'an armed reader is woken when its events are there',
  );

  const stopped = arrived('stopped');
  const gone = new Promise((resolve) => worker.once('exit', resolve));
  publishCommand(producers[1], [{ value: 3 }]);
  publishCommand(producers[0], [{ value: 4 }]);
  worker.postMessage({ type: 'stop' });
  wake.notify();
  await stopped;
  t.equal(await gone, 0);
  read();
  t.match(messages.at(-1), { type: 'stopped', drained: true });
  t.match(new WalStatus(data.walStatus).figures(), { state: WalState.STOPPED, durableSequence: 4 });
  t.equal(new SharedHistogram(data.commitTimes).snapshot().count, new WalStatus(data.walStatus).figures().blocks);

  const logged: number[] = [];
  const storage = await tempStorage(t, dataDir);
  for await (const block of new LogStore(storage.log).blocks(1, 0)) logged.push(...valuesIn(block));
  t.same(
    logged,
    told.map(([, value]) => value),
    'what was told is what is in the log',
  );
  t.same(new Set(logged), new Set([1, 2, 3, 4]));
});
