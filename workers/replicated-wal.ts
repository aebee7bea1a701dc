/**
 * The WAL worker of a cluster's node: `support/replicated-log.ts` on a thread of its own.
 *
 * Messages in: { type: 'stop' }, { type: 'hash' } (the state behind an event, to be held against that of others), { type: 'snapshot' }
 * (one was made, and its hash is to be recorded).
 * Messages out: as of wal.ts, and cluster (role, leader, faults).
 */
import { parentPort } from 'node:worker_threads';
import { receiveData } from '../src/cluster/receive-data.js';
import type { ClusterRequest, ReplicatedWalThread, ThreadReport } from '../src/cluster/thread-data.js';
import { SharedHistogram } from '../src/metrics/shared-histogram.js';
import { ClusterKeys } from '../src/replication/cluster-keys.js';
import { EtcdStore } from '../src/replication/etcd-store.js';
import { monotonicMs } from '../src/replication/monotonic.js';
import { timingsOf } from '../src/replication/timings.js';
import { RingConsumer } from '../src/ring/ring-consumer.js';
import { RingProducer } from '../src/ring/ring-producer.js';
import { WakeSignal } from '../src/ring/wake-signal.js';
import { ClusterStatus } from '../src/storage/cluster-status.js';
import { openLog } from '../src/storage/database.js';
import { DurableMark } from '../src/storage/durable-mark.js';
import { LogStore } from '../src/storage/log-store.js';
import { LogTrim } from '../src/storage/log-trim.js';
import { SnapshotStatus } from '../src/storage/snapshot-status.js';
import { WalStatus } from '../src/storage/wal-status.js';
import { ReplicatedLog } from './support/replicated-log.js';

const port = parentPort!;
const data = await receiveData<ReplicatedWalThread>();
const post = (message: ThreadReport): void => port.postMessage(message);
const { cluster } = data;

const database = await openLog(data.dataDir);
const log = new LogStore(database);
const mark = new DurableMark(data.dataDir);
const commitTimes = new SharedHistogram(data.commitTimes);
const output = new RingProducer(data.broadcastRing);
const readers = data.readers.map((buffer) => new WakeSignal(buffer));
output.onPublish = () => {
  for (const reader of readers) if (reader.notify()) post({ type: 'wake' });
};

const replicated = new ReplicatedLog({
  store: new EtcdStore({ ...cluster, deadlineMs: timingsOf(cluster.suspectMs).deadlineMs }, cluster.firstEndpoint),
  keys: new ClusterKeys(cluster.name),
  cluster,
  nowMs: monotonicMs,
  log,
  mark,
  trim: new LogTrim(log, data),
  status: new ClusterStatus(cluster.status),
  walStatus: new WalStatus(data.walStatus),
  snapshots: new SnapshotStatus(data.snapshotStatus),
  inputs: data.eventRings.map((buffer) => new RingConsumer(buffer)),
  output,
  wake: new WakeSignal(data.wake),
  position: data.position,
  caps: data.caps,
  housekeepingMs: data.housekeepingMs,
  tell: (news) => post({ type: 'cluster', news }),
  onCommit: (us, firstSequence, lastSequence) => {
    commitTimes.record(us);
    if (data.isTraced) post({ type: 'worked', work: { atMs: Date.now(), firstSequence, lastSequence } });
  },
  onFailure: (message) => post({ type: 'failed', message }),
  onRecovered: () => post({ type: 'recovered' }),
});
port.on('message', (request: ClusterRequest) => {
  if (request.type === 'hash') replicated.compare(request.sequence, request.hash);
  else if (request.type === 'snapshot') replicated.noteSnapshot(request.sequence, request.hash);
  else replicated.stop();
});

post({ type: 'ready' });
const drained = await replicated.run();
mark.close();
await database.close();
post({ type: 'stopped', drained });
port.close();
