/**
 * The history as the exchange has it: queries go in, answers come out, exports happen by themselves. The thread behind it is
 * started when the first of either is due, so that the start of the exchange does not wait for it.
 */
import { Worker } from 'node:worker_threads';
import type { FactorDefinition } from '../core/market-data/factors/factor-set.js';
import { HistoryStatus } from '../storage/history-status.js';
import { historyFolder, readManifest } from './manifest.js';
import type { HistoryReport, HistoryRequest, HistoryThreadData, QueryOutcome } from './messages.js';
import { QueryError } from './query-error.js';
import type { HistoryQuery, QueryFormat } from './query-types.js';

/** Queries that run or wait, at most. */
const PENDING_MAX = 16;

export interface HistoryServiceOptions {
  dataDir: string;
  walStatus: SharedArrayBuffer;
  status: SharedArrayBuffer;
  holidays: readonly number[];
  /** Factors that the operator has named. */
  factors: readonly FactorDefinition[];
  exportMs: number;
  /** Something does not work; an empty reason: it works again. */
  onFailure: (reason: string) => void;
}

/** A query that runs or waits to. */
export interface RunningQuery {
  readonly id: number;
  readonly query: HistoryQuery;
  /** 0 for the exchange itself. */
  readonly user: number;
  readonly startedMs: number;
  /** From 0 to 1; undefined while nothing is known. */
  share: number | undefined;
}

interface Pending {
  running: RunningQuery;
  resolve(outcome: QueryOutcome): void;
  reject(error: QueryError): void;
}

export class HistoryService {
  private readonly pending = new Map<number, Pending>();
  private worker: Worker | undefined;
  private timer: NodeJS.Timeout | undefined;
  private next = 1;
  private isStopped = false;

  constructor(private readonly options: HistoryServiceOptions) {}

  /** The log is kept from the last export on; for nobody when nothing is exported. */
  start(): void {
    const { dataDir, exportMs, onFailure } = this.options;
    if (exportMs === 0) {
      new HistoryStatus(this.options.status).publish(Infinity);
      return;
    }
    try {
      new HistoryStatus(this.options.status).publish(readManifest(historyFolder(dataDir))?.sequence ?? 0);
    } catch (error) {
      onFailure((error as Error).message);
    }
    this.timer = setTimeout(() => this.thread(), exportMs).unref();
  }

  /** Throws QueryError. */
  query(query: HistoryQuery, format: QueryFormat, signal: AbortSignal, user = 0): Promise<QueryOutcome> {
    if (this.isStopped) return Promise.reject(new QueryError('unavailable', 'the exchange stops'));
    if (this.options.exportMs === 0) return Promise.reject(new QueryError('unavailable', 'the history is off (EXPORT_MS=0)'));
    if (this.pending.size >= PENDING_MAX) return Promise.reject(new QueryError('busy', 'too many queries at once'));
    const id = this.next++;
    return new Promise((resolve, reject) => {
      const cancel = (): void => {
        this.send({ type: 'cancel', id });
      };
      const done = (): void => {
        this.pending.delete(id);
        signal.removeEventListener('abort', cancel);
      };
      this.pending.set(id, {
        running: { id, query, user, startedMs: Date.now(), share: undefined },
        resolve: (outcome) => {
          done();
          resolve(outcome);
        },
        reject: (error) => {
          done();
          reject(error);
        },
      });
      this.send({ type: 'query', id, query, format });
      if (signal.aborted) cancel();
      signal.addEventListener('abort', cancel);
    });
  }

  /** Oldest first. */
  running(): RunningQuery[] {
    return Array.from(this.pending.values(), ({ running }) => running);
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    clearTimeout(this.timer);
    const { worker } = this;
    if (worker === undefined) return;
    const ended = new Promise((resolve) => worker.once('exit', resolve));
    this.send({ type: 'stop' });
    await ended;
  }

  private send(request: HistoryRequest): void {
    this.thread().postMessage(request);
  }

  private thread(): Worker {
    if (this.worker !== undefined) return this.worker;
    const { dataDir, walStatus, status, holidays, factors, exportMs, onFailure } = this.options;
    const data: HistoryThreadData = { dataDir, walStatus, status, holidays, factors, exportMs };
    const worker = new Worker(new URL('../../workers/history.js', import.meta.url), { workerData: data, name: 'history' });
    worker.on('message', (report: HistoryReport) => {
      this.receive(report);
    });
    worker.on('error', (error: Error) => {
      onFailure(error.message);
    });
    worker.on('exit', () => {
      this.worker = undefined;
      for (const pending of [...this.pending.values()]) pending.reject(new QueryError('unavailable', 'the history is started again'));
      if (!this.isStopped) this.timer = setTimeout(() => this.thread(), exportMs).unref();
    });
    this.worker = worker;
    return worker;
  }

  private receive(report: HistoryReport): void {
    if (report.type === 'failed') {
      this.options.onFailure(report.message);
      return;
    }
    const pending = this.pending.get(report.id);
    if (report.type === 'progress') {
      if (pending !== undefined) pending.running.share = report.share;
      return;
    }
    if (report.type === 'answer') pending?.resolve(report);
    else pending?.reject(new QueryError(report.fault, report.message, report.position));
  }
}
