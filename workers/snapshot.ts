/**
 * The snapshot worker: follows the log with a fold of its own; writes history, snapshots and the trim mark.
 *
 * Messages in: { type: 'stop' }, once the WAL worker has stopped. Messages out: ready, soundness (before a snapshot), failed (a write, tried again), stopped.
 */
import { parentPort, workerData } from 'node:worker_threads';
import type { SnapshotThread, ThreadReport } from '../src/cluster/thread-data.js';
import { closeStorage, openStorage } from '../src/storage/database.js';
import { SnapshotStatus } from '../src/storage/snapshot-status.js';
import { SNAPSHOTTER_LIMITS, Snapshotter } from '../src/storage/snapshotter.js';
import { StateFold } from '../src/storage/state-fold.js';
import { WalStatus } from '../src/storage/wal-status.js';

const port = parentPort!;
const data = workerData as SnapshotThread;
const post = (message: ThreadReport): void => port.postMessage(message);

const storage = await openStorage(data.dataDir);
if (data.isRestart) storage.store.distrust();
const fold = new StateFold();
const snapshotter = new Snapshotter({
  storage,
  fold,
  wal: new WalStatus(data.walStatus),
  status: new SnapshotStatus(data.snapshotStatus),
  limits: { snapshotMs: data.snapshotMs, pollMs: Math.min(data.snapshotMs, SNAPSHOTTER_LIMITS.pollMs) },
  isSound: (sequence) => {
    const verdicts = fold.soundness();
    post({ type: 'soundness', sequence, verdicts });
    return verdicts.every(({ ok }) => ok);
  },
  onFailure: (message) => post({ type: 'failed', message }),
});
port.on('message', () => snapshotter.stop());
await snapshotter.start();
post({ type: 'ready' });
await snapshotter.run();
await closeStorage(storage);
post({ type: 'stopped' });
port.close();
