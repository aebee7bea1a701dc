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
import { HistoryStatus } from '../src/storage/history-status.js';
import { LogSink } from '../src/storage/log-sink.js';
import { LogStore } from '../src/storage/log-store.js';
import { MarketStatus } from '../src/storage/market-status.js';
import { SnapshotStatus } from '../src/storage/snapshot-status.js';
import { WalStatus } from '../src/storage/wal-status.js';
import { WalWriter } from '../src/storage/wal-writer.js';

/** Blocks dropped at once: reading their keys takes a few ms, in which no block is written. */
const TRIM_BLOCKS = 64;

const port = parentPort!;
const data = await receiveData<WalThread>();
const post = (message: ThreadReport): void => port.postMessage(message);

const database = await openLog(data.dataDir);
const log = new LogStore(database);
const mark = new DurableMark(data.dataDir);
const sink = new LogSink(log, mark, data.flushMs);
const snapshots = new SnapshotStatus(data.snapshotStatus);
const market = data.marketStatus === undefined ? undefined : new MarketStatus(data.marketStatus);
const history = data.historyStatus === undefined ? undefined : new HistoryStatus(data.historyStatus);
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
  housekeeping: async () => {
    // Market data keeps what is behind its own checkpoint, the history what is in none of its files.
    const trimSequence = Math.min(
      snapshots.figures().trimSequence,
      market?.figures().checkpointSequence ?? Infinity,
      history?.exportedSequence() ?? Infinity,
    );
    // A trim that fails is tried again; the blocks do no harm until then.
    return trimSequence > 0 && (await log.trimBelow(trimSequence, TRIM_BLOCKS).catch(() => 0)) === TRIM_BLOCKS;
  },
  onCommit: (us) => commitTimes.record(us),
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
