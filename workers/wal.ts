/**
 * The WAL worker: drains the event rings into the log and tells the readers of the broadcast ring what is durable.
 *
 * Messages in: { type: 'stop' } (then notify `wake`, so that a sleeping worker sees it at once).
 * Messages out: ready, wake (a reader with an event loop wants one), failed and recovered (writes), stopped.
 */
import { parentPort } from 'node:worker_threads';
import { receiveData } from '../src/cluster/receive-data.js';
import type { ThreadReport, WalThread } from '../src/cluster/thread-data.js';
import { SharedHistogram } from '../src/metrics/shared-histogram.js';
import { RingConsumer } from '../src/ring/ring-consumer.js';
import { RingProducer } from '../src/ring/ring-producer.js';
import { WakeSignal } from '../src/ring/wake-signal.js';
import { openLog } from '../src/storage/database.js';
import { DurableMark } from '../src/storage/durable-mark.js';
import { LogSink } from '../src/storage/log-sink.js';
import { LogStore } from '../src/storage/log-store.js';
import { LogTrim } from '../src/storage/log-trim.js';
import { WalStatus } from '../src/storage/wal-status.js';
import { WalWriter } from '../src/storage/wal-writer.js';

const port = parentPort!;
const data = await receiveData<WalThread>();
const post = (message: ThreadReport): void => port.postMessage(message);

const database = await openLog(data.dataDir);
const log = new LogStore(database);
const mark = new DurableMark(data.dataDir);
const sink = new LogSink(log, mark, data.flushMs);
const trim = new LogTrim(log, data);
const output = new RingProducer(data.broadcastRing);
const commitTimes = new SharedHistogram(data.commitTimes);
const readers = data.readers.map((buffer) => new WakeSignal(buffer));
output.onPublish = () => {
  for (const reader of readers) if (reader.notify()) post({ type: 'wake' });
};

const writer = new WalWriter({
  inputs: data.eventRings.map((buffer) => new RingConsumer(buffer)),
  output,
  wake: new WakeSignal(data.wake),
  sink,
  flush: () => sink.flush(),
  ...(data.housekeepingMs === undefined ? {} : { housekeepingMs: data.housekeepingMs }),
  status: new WalStatus(data.walStatus),
  start: data.start,
  ...(data.caps === undefined ? {} : { caps: data.caps }),
  housekeeping: () => trim.trim(),
  onCommit: (us, firstSequence, lastSequence) => {
    commitTimes.record(us);
    if (data.isTraced) post({ type: 'worked', work: { atMs: Date.now(), firstSequence, lastSequence } });
  },
  onFailure: (message) => post({ type: 'failed', message }),
  onRecovered: () => post({ type: 'recovered' }),
});
port.on('message', () => writer.stop());
post({ type: 'ready' });
const drained = (await writer.run()) && (await sink.close());
mark.close();
await database.close();
post({ type: 'stopped', drained });
port.close();
