/**
 * Feeds the process of the history with the log (see `src/query/history-feeder.ts`).
 *
 * Messages in: queries, cancels, { type: 'stop' }. Messages out: answers, failures of queries, and what does not work.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { HistoryFeeder } from '../src/query/history-feeder.js';
import type { HistoryReport, HistoryRequest, HistoryThreadData } from '../src/query/messages.js';
import { closeStorage, openStorage } from '../src/storage/database.js';
import { HistoryStatus } from '../src/storage/history-status.js';
import { WalStatus } from '../src/storage/wal-status.js';

const port = parentPort!;
const data = workerData as HistoryThreadData;

const early: HistoryRequest[] = [];
const keep = (request: HistoryRequest): void => void early.push(request);
port.on('message', keep);
const storage = await openStorage(data.dataDir);
const feeder = new HistoryFeeder({
  storage,
  dataDir: data.dataDir,
  wal: new WalStatus(data.walStatus),
  status: new HistoryStatus(data.status),
  holidays: data.holidays,
  factors: data.factors,
  report: (report: HistoryReport) => {
    port.postMessage(report);
  },
  limits: { exportMs: data.exportMs },
});
port.off('message', keep);
for (const request of early) feeder.handle(request);
port.on('message', (request: HistoryRequest) => {
  feeder.handle(request);
});
await feeder.run();
await closeStorage(storage);
port.close();
