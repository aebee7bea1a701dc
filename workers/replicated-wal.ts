/**
 * The WAL worker of a cluster's node: follows the log of the cluster until it takes over, then writes it as `wal.ts` does, with
 * the cluster's answer for the commit. Deposed, it writes nothing more and waits for its end.
 *
 * Messages in: { type: 'stop' }, { type: 'hash' } (the state behind an event, to be held against that of others).
 * Messages out: as of wal.ts, and cluster (role, leader, faults).
 */
import { parentPort } from 'node:worker_threads';
import { receiveData } from '../src/cluster/receive-data.js';
import type { ClusterNews, ClusterRequest, ReplicatedWalThread, ThreadReport } from '../src/cluster/thread-data.js';
import { SharedHistogram } from '../src/metrics/shared-histogram.js';
import { ClusterKeys } from '../src/replication/cluster-keys.js';
import { EtcdStore } from '../src/replication/etcd-store.js';
import { Housekeeping } from '../src/replication/housekeeping.js';
import { Deposed, Leadership } from '../src/replication/leadership.js';
import { monotonicMs } from '../src/replication/monotonic.js';
import { LogBehind, Standby, type Takeover } from '../src/replication/standby.js';
import { timingsOf } from '../src/replication/timings.js';
import { RingConsumer } from '../src/ring/ring-consumer.js';
import { RingProducer } from '../src/ring/ring-producer.js';
import { WakeSignal } from '../src/ring/wake-signal.js';
import { BlockBroadcast } from '../src/storage/block-broadcast.js';
import { ClusterRole, ClusterStatus } from '../src/storage/cluster-status.js';
import { openLog } from '../src/storage/database.js';
import { DurableMark } from '../src/storage/durable-mark.js';
import { FollowedLog, LogGap } from '../src/storage/followed-log.js';
import { blockEnd } from '../src/storage/log-block.js';
import { LogStore } from '../src/storage/log-store.js';
import { LogTrim } from '../src/storage/log-trim.js';
import { ReplicaSink } from '../src/storage/replica-sink.js';
import { SnapshotStatus } from '../src/storage/snapshot-status.js';
import { reasonOf } from '../src/storage/storage-error.js';
import { WalStatus } from '../src/storage/wal-status.js';
import { WalWriter } from '../src/storage/wal-writer.js';

/** Our disk is synced so often; the cluster has what it lacks. */
const FLUSH_MS = 1000;
const FLUSH_LOOK_MS = 100;

const port = parentPort!;
const data = await receiveData<ReplicatedWalThread>();
const post = (message: ThreadReport): void => port.postMessage(message);
const tell = (news: ClusterNews): void => {
  post({ type: 'cluster', news });
};
const { cluster } = data;

const database = await openLog(data.dataDir);
const log = new LogStore(database);
const mark = new DurableMark(data.dataDir);
const walStatus = new WalStatus(data.walStatus);
const status = new ClusterStatus(cluster.status);
const sink = new ReplicaSink(log, mark, FLUSH_MS, (sequence) => {
  walStatus.synced(sequence);
});
const flushTimer = setInterval(() => {
  sink.flush();
}, FLUSH_LOOK_MS);
const snapshots = new SnapshotStatus(data.snapshotStatus);
const trim = new LogTrim(log, data);
const commitTimes = new SharedHistogram(data.commitTimes);
const output = new RingProducer(data.broadcastRing);
const readers = data.readers.map((buffer) => new WakeSignal(buffer));
output.onPublish = () => {
  for (const reader of readers) if (reader.notify()) post({ type: 'wake' });
};
const inputs = data.eventRings.map((buffer) => new RingConsumer(buffer));

const timings = timingsOf(cluster.suspectMs);
const store = new EtcdStore({ ...cluster, deadlineMs: timings.deadlineMs }, cluster.firstEndpoint);
const keys = new ClusterKeys(cluster.name);
const stopping = new AbortController();
let writer: WalWriter | undefined;
let leadership: Leadership | undefined;

const housekeeping = new Housekeeping({
  store,
  keys,
  node: cluster.node,
  quotaBytes: cluster.quotaBytes,
  report: () => ({
    id: cluster.id,
    role: cluster.mayLead ? 'auto' : 'replica',
    url: cluster.url,
    sequence: walStatus.durableSequence(),
    snapshot: snapshots.figures().snapshotSequence,
  }),
  isLeading: () => leadership?.isDeposed === false,
  onUsage: (etcdBytes, quotaPpm) => {
    status.set({ etcdBytes, quotaPpm });
  },
  onDiverged: (sequence) => {
    tell({ kind: 'diverged', sequence });
  },
});

port.on('message', (request: ClusterRequest) => {
  if (request.type === 'hash') {
    void housekeeping.compare(request.sequence, request.hash);
    return;
  }
  stopping.abort();
  writer?.stop();
});

/** Follows until this node leads; undefined when it is to stop. */
async function follow(): Promise<Takeover | undefined> {
  status.set({ role: ClusterRole.JOINING, heardMs: monotonicMs(), sequence: data.start.sequence });
  const followed = new FollowedLog({ sink, status: walStatus, broadcast: new BlockBroadcast(output), start: data.position });
  const standby = new Standby({
    store,
    keys,
    node: cluster.node,
    url: cluster.url,
    mayLead: cluster.mayLead,
    position: data.position,
    take: async (bytes) => {
      const position = await followed.take(bytes);
      status.set({ sequence: position.sequence });
      return position;
    },
    onLeader: (leader) => {
      status.set({ epoch: leader.epoch });
      tell({ kind: 'leader', node: leader.node, url: leader.url, epoch: leader.epoch });
    },
    onHeard: (heardMs, headSequence) => {
      status.set({ heardMs, headSequence });
    },
    onCaughtUp: () => {
      status.set({ role: cluster.mayLead ? ClusterRole.STANDBY : ClusterRole.REPLICA });
      tell({ kind: 'following', sequence: followed.position.sequence });
    },
    nowMs: monotonicMs,
    timings,
  });
  return await standby.follow(stopping.signal);
}

/** Writes until it is told to stop (true when everything was written), or another node leads. */
async function lead({ revision, epoch, position }: Takeover): Promise<boolean> {
  const onDeposed = (): void => {
    status.set({ role: ClusterRole.DEPOSED });
    tell({ kind: 'deposed' });
  };
  const right = new Leadership({
    store,
    keys,
    epoch,
    revision,
    sequence: position.sequence,
    nowMs: monotonicMs,
    timings,
    onConfirmed: (heardMs) => {
      status.set({ heardMs });
    },
    onDeposed,
  });
  leadership = right;
  const wake = new WakeSignal(data.wake);
  writer = new WalWriter({
    inputs,
    output,
    wake,
    sink: {
      append: async (block, firstSequence) => {
        const { sequence, crc } = blockEnd(block);
        await right.append({ bytes: block, firstSequence, lastSequence: sequence, crc });
        await sink.append(block, firstSequence);
        status.set({ sequence, headSequence: sequence });
      },
    },
    rest: (waitMs, ready) => wake.waitAsync(waitMs, ready),
    isFinal: (error) => error instanceof Deposed || right.isDeposed,
    status: walStatus,
    start: position,
    ...(data.caps === undefined ? {} : { caps: data.caps }),
    ...(data.housekeepingMs === undefined ? {} : { housekeepingMs: data.housekeepingMs }),
    housekeeping: () => trim.trim(),
    onCommit: (us, firstSequence, lastSequence) => {
      commitTimes.record(us);
      if (data.isTraced) post({ type: 'worked', work: { atMs: Date.now(), firstSequence, lastSequence } });
    },
    onFailure: (message) => post({ type: 'failed', message }),
    onRecovered: () => post({ type: 'recovered' }),
  });
  if (stopping.signal.aborted) writer.stop();
  right.start();
  status.set({ role: ClusterRole.LEADER, epoch, heardMs: monotonicMs(), sequence: position.sequence, headSequence: position.sequence });
  tell({ kind: 'leading', sequence: position.sequence, epoch });
  const drained = await writer.run();
  if (drained) await right.resign();
  return drained;
}

const trimTimer = setInterval(() => {
  if (writer === undefined) void trim.trim();
}, data.housekeepingMs ?? FLUSH_MS);

post({ type: 'ready' });
housekeeping.start();
let drained = true;
try {
  const takeover = await follow();
  if (takeover !== undefined) drained = await lead(takeover);
} catch (error) {
  if (!stopping.signal.aborted) {
    drained = false;
    status.set({ role: ClusterRole.DEPOSED });
    tell(error instanceof LogGap || error instanceof LogBehind ? { kind: 'behind' } : { kind: 'fault', message: reasonOf(error) });
  }
}
// Deposed: what was decided here will never be durable, and whoever writes it must not wait for room.
for (const input of inputs) input.detach();
if (!stopping.signal.aborted) await new Promise((resolve) => stopping.signal.addEventListener('abort', resolve, { once: true }));
clearInterval(flushTimer);
clearInterval(trimTimer);
housekeeping.stop();
store.close();
drained = (await sink.close()) && drained;
mark.close();
await database.close();
post({ type: 'stopped', drained });
port.close();
