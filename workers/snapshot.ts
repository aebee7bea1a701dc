/**
 * The snapshot worker: follows the log with a fold of its own; writes history, snapshots and the trim mark.
 *
 * Messages in: { type: 'stop' }, once the WAL worker has stopped. Messages out: ready, soundness (before a snapshot), hash and
 * snapshot (in a cluster, for others to compare), failed (a write, tried again), stopped.
 */
import { parentPort, workerData } from 'node:worker_threads';
import type { SnapshotThread, ThreadReport } from '../src/cluster/thread-data.js';
import { closeStorage, openStorage } from '../src/storage/database.js';
import { SnapshotStatus } from '../src/storage/snapshot-status.js';
import { SNAPSHOTTER_LIMITS, Snapshotter } from '../src/storage/snapshotter.js';
import { StateFold } from '../src/storage/state-fold.js';
import { StateHashes } from '../src/storage/state-hashes.js';
import { WalStatus } from '../src/storage/wal-status.js';

const port = parentPort!;
const data = workerData as SnapshotThread;
const post = (message: ThreadReport): void => port.postMessage(message);

const storage = await openStorage(data.dataDir);
if (data.isRestart) storage.store.distrust();
const { hashEvery } = data;
const fold = new StateFold(hashEvery !== undefined);
const wal = new WalStatus(data.walStatus);
const hashes =
  hashEvery === undefined ? undefined : new StateHashes(fold, hashEvery, (sequence, hash) => post({ type: 'hash', sequence, hash }));
let told = 0;
const snapshotter = new Snapshotter({
  storage,
  fold,
  // A snapshot must not reach further than our own disk; what the cluster has besides may have to be read again.
  wal: hashEvery === undefined ? wal : { durableSequence: () => wal.syncedSequence() },
  status: new SnapshotStatus(data.snapshotStatus),
  limits: { snapshotMs: data.snapshotMs, pollMs: Math.min(data.snapshotMs, SNAPSHOTTER_LIMITS.pollMs) },
  isSound: (sequence) => {
    const verdicts = fold.soundness();
    post({ type: 'soundness', sequence, verdicts });
    return verdicts.every(({ ok }) => ok);
  },
  onBlock: (sequence, version) => {
    hashes?.blockEnded(sequence, version);
    if (data.isTraced) post({ type: 'worked', work: { atMs: Date.now(), firstSequence: told + 1, lastSequence: sequence } });
    told = sequence;
  },
  onSnapshot: (sequence, hash) => {
    if (hashEvery !== undefined) post({ type: 'snapshot', sequence, hash });
  },
  onFailure: (message) => post({ type: 'failed', message }),
});
port.on('message', () => snapshotter.stop());

told = (await snapshotter.start()).sequence;
// the exchange may be at work since long before
if (data.isTraced) post({ type: 'worked', work: { atMs: Date.now(), firstSequence: 1, lastSequence: told } });
post({ type: 'ready' });
await snapshotter.run();
await closeStorage(storage);
post({ type: 'stopped' });
port.close();
