/**
 * Feeds the process of the history with the log, asks it to export, and hands queries on. It runs in a thread of its own;
 * the process is started when there is something to do for it and ended when there was nothing for a while.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { FactorDefinition } from '../core/market-data/factors/factor-set.js';
import { serializeState } from '../core/state-codec.js';
import type { Storage } from '../storage/database.js';
import type { HistoryStatus } from '../storage/history-status.js';
import { LogStore } from '../storage/log-store.js';
import { earliestStart, replayStart, type ReplayStart } from '../storage/offline/state-replay.js';
import { reasonOf, StorageError } from '../storage/storage-error.js';
import type { WalStatus } from '../storage/wal-status.js';
import { HistoryChild } from './history-child.js';
import { historyFolder } from './manifest.js';
import type { FromHistory, HistoryReport, HistoryRequest } from './messages.js';
import { faultOf, QueryError } from './query-error.js';
import { QUERY_LIMITS } from './query-runner.js';

/** Events reach the log at most about this long after the time they carry. */
const GRACE_US = 1_000_000;
const GUARD_MS = 200;
/** Exports' worth of events that are folded and in no file, at most: one being written, one waiting. */
const PARTS_WAITING = 2;

export interface FeederLimits {
  /** With changes, an export at the latest after so long, or after so many events. */
  exportMs: number;
  exportEvents: number;
  /** How often the log is looked at while somebody asks, and while nobody does. */
  watchedMs: number;
  quietMs: number;
  /** Somebody asks for so long after the last query; then the process is ended when there is nothing to export either. */
  watchMs: number;
  idleMs: number;
  /** Queries at once; the others wait. */
  queries: number;
  /** A query has so much longer than its own timeout to end by itself. */
  graceMs: number;
  /** Memory of the process beyond which a query is ended. */
  residentBytes: number;
  retryMs: number;
}

export const FEEDER_LIMITS: FeederLimits = {
  exportMs: 60_000,
  exportEvents: 400_000,
  watchedMs: 100,
  quietMs: 500,
  watchMs: 30_000,
  idleMs: 300_000,
  queries: 2,
  graceMs: 2000,
  residentBytes: 2 ** 31,
  retryMs: 2000,
};

export interface FeederOptions {
  storage: Storage;
  dataDir: string;
  wal: WalStatus;
  status: HistoryStatus;
  holidays: readonly number[];
  factors: readonly FactorDefinition[];
  report: (report: HistoryReport) => void;
  limits?: Partial<FeederLimits>;
}

interface Asked {
  request: Extract<HistoryRequest, { type: 'query' }>;
  /** When it is ended from outside; 0 while it waits. */
  deadlineMs: number;
}

export class HistoryFeeder {
  private readonly log: LogStore;
  private readonly limits: FeederLimits;
  private readonly asked = new Map<number, Asked>();
  private readonly stopping = new AbortController();
  private child: HistoryChild | undefined;
  private opened: ((message: Extract<FromHistory, { type: 'opened' }>) => void) | undefined;
  private wake = new AbortController();
  private exportDueMs = 0;
  private isExporting = false;
  private exportFailure = '';
  private exportEnded: (() => void) | undefined;
  private lastQueryMs = -Infinity;
  private lastWorkMs = 0;
  private failure = '';
  private guarding: NodeJS.Timeout | undefined;
  private notOpened: ((error: Error) => void) | undefined;

  constructor(private readonly options: FeederOptions) {
    this.log = new LogStore(options.storage.log);
    this.limits = { ...FEEDER_LIMITS, ...options.limits };
  }

  handle(request: HistoryRequest): void {
    if (request.type === 'query') {
      this.asked.set(request.id, { request, deadlineMs: 0 });
      this.lastQueryMs = performance.now();
      // beside the turns: those may wait for a process that does not answer
      this.guarding ??= setInterval(() => this.guard(), GUARD_MS);
    }
    if (request.type === 'cancel') this.cancel(request.id);
    if (request.type === 'stop') {
      this.stopping.abort();
      this.exportEnded?.();
    }
    this.wake.abort();
  }

  /** Works until it is told to stop. Nothing is lost then: the next start goes on where the last export ended. */
  async run(): Promise<void> {
    this.exportDueMs = performance.now() + this.limits.exportMs;
    while (!this.stopping.signal.aborted) {
      try {
        await this.turn();
        await this.pause(this.asked.size > 0 || this.isWatched ? this.limits.watchedMs : this.limits.quietMs);
      } catch (error) {
        this.fail(error);
        await this.pause(this.limits.retryMs);
      }
    }
    for (const id of this.asked.keys()) this.refuse(id, new QueryError('unavailable', 'the exchange stops'));
    clearInterval(this.guarding);
    this.child?.kill();
  }

  private get isWatched(): boolean {
    return performance.now() - this.lastQueryMs < this.limits.watchMs;
  }

  private async turn(): Promise<void> {
    const nowMs = performance.now();
    const durable = this.options.wal.durableSequence();
    const exported = this.child?.exported ?? this.options.status.exportedSequence();
    const waiting = durable - exported;
    const isExportDue = !this.isExporting && waiting > 0 && (nowMs >= this.exportDueMs || waiting >= this.limits.exportEvents);
    if (this.asked.size > 0 || isExportDue) this.lastWorkMs = nowMs;
    else if (this.child === undefined || !this.isWatched) {
      if (waiting === 0 && nowMs - this.lastWorkMs > this.limits.idleMs) this.end();
      return;
    }
    const child = (this.child ??= await this.start());
    // whoever asks from here on may know of events that are not fed
    const waiters = [...this.asked.values()].filter(({ deadlineMs }) => deadlineMs === 0);
    await this.feed(child, this.options.wal.durableSequence());
    child.sendGathered();
    this.hand(child, waiters);
    if (!isExportDue) return;
    this.export(child, this.options.wal.durableSequence() === child.sequence ? Date.now() * 1000 - GRACE_US : 0);
  }

  private export(child: HistoryChild, timeUs: number): void {
    if (this.isExporting) return;
    this.isExporting = true;
    this.exportDueMs = performance.now() + this.limits.exportMs;
    child.send({ type: 'export', timeUs });
  }

  /** What is in no file is in memory: of a long log one part is written while the next one is folded, and no more than that. */
  private async exportBehind(child: HistoryChild): Promise<void> {
    const { exportEvents } = this.limits;
    if (child.sequence - child.exported < exportEvents) return;
    this.export(child, 0);
    while (this.isExporting && !this.stopping.signal.aborted && child.sequence - child.exported >= PARTS_WAITING * exportEvents) {
      await new Promise<void>((resolve) => (this.exportEnded = resolve));
      if (this.exportFailure !== '') throw new QueryError('unavailable', this.exportFailure);
    }
  }

  /** Queries go on to the process, a few at once. */
  private hand(child: HistoryChild, waiters: readonly Asked[]): void {
    let running = 0;
    for (const { deadlineMs } of this.asked.values()) if (deadlineMs > 0) running++;
    for (const asked of waiters) {
      // given up meanwhile
      if (!this.asked.has(asked.request.id)) continue;
      if (running++ >= this.limits.queries) return;
      asked.deadlineMs = performance.now() + QUERY_LIMITS.timeoutMs + this.limits.graceMs;
      child.send(asked.request);
    }
  }

  /** A query that cannot be interrupted, or takes memory that is not counted, takes its process with it. */
  private guard(): void {
    const { child } = this;
    if (this.asked.size === 0) {
      clearInterval(this.guarding);
      this.guarding = undefined;
    }
    if (child === undefined || this.asked.size === 0) return;
    const nowMs = performance.now();
    const isLate = [...this.asked.values()].some(({ deadlineMs }) => deadlineMs > 0 && nowMs > deadlineMs);
    const isLarge = child.residentBytes() > this.limits.residentBytes;
    if (!isLate && !isLarge) return;
    const reason = isLate ? 'the query took longer than a query may' : 'the query needs more memory than a query may take';
    for (const [id, { deadlineMs }] of this.asked) if (deadlineMs > 0) this.refuse(id, new QueryError('limit', reason));
    this.end();
  }

  private cancel(id: number): void {
    const asked = this.asked.get(id);
    if (asked === undefined) return;
    if (asked.deadlineMs === 0) this.refuse(id, new QueryError('cancelled', 'the query was given up'));
    else this.child?.send({ type: 'cancel', id });
  }

  /** Gives the process every block up to an event. */
  private async feed(child: HistoryChild, upTo: number): Promise<void> {
    if (child.sequence >= upTo) return;
    const crc = child.crc === 0 && child.sequence > 0 ? undefined : child.crc;
    for await (const { stored, lastSequence, crc: own } of this.log.blocks(child.sequence + 1, crc)) {
      await child.feed({ bytes: stored, sequence: lastSequence, crc: own });
      await this.exportBehind(child);
      if (lastSequence >= upTo || this.stopping.signal.aborted) return;
    }
    if (child.sequence < upTo) throw new StorageError('CORRUPT', `The log ends at ${child.sequence}, before event ${upTo}.`);
  }

  private async start(): Promise<HistoryChild> {
    const child: HistoryChild = new HistoryChild(
      (message) => {
        this.receive(message);
      },
      (reason) => {
        this.ended(child, reason);
      },
    );
    // known at once, so that its end is noticed
    this.child = child;
    try {
      await this.open(child);
      return child;
    } catch (error) {
      this.end();
      throw error;
    }
  }

  private async open(child: HistoryChild): Promise<void> {
    const { holidays, factors, dataDir, wal, status } = this.options;
    child.send({ type: 'open', folder: historyFolder(dataDir), holidays, factors });
    const { exported, position } = await new Promise<Extract<FromHistory, { type: 'opened' }>>((resolve, reject) => {
      this.opened = resolve;
      this.notOpened = reject;
    });
    const durable = wal.durableSequence();
    if (exported > durable) {
      const message = `The history reaches event ${exported}, but the log only ${durable}: they are not of one exchange.`;
      throw new StorageError('CORRUPT', message, exported);
    }
    child.exported = exported;
    status.publish(exported);
    if (position !== undefined) {
      Object.assign(child, position);
      return;
    }
    const { state, sequence, crc } = await this.beginning(exported);
    child.send({ type: 'begin', state: sequence === 0 ? undefined : serializeState(state), crc });
    Object.assign(child, { sequence, crc });
  }

  /** The newest place not behind what is exported already that the log goes on from. */
  private async beginning(exported: number): Promise<ReplayStart> {
    const { storage } = this.options;
    return exported === 0 ? await earliestStart(storage) : await replayStart(storage, exported);
  }

  private receive(message: FromHistory): void {
    switch (message.type) {
      case 'opened':
        this.opened?.(message);
        return;
      case 'exported':
        this.exportOver('');
        this.options.status.publish(message.sequence);
        this.recovered();
        return;
      case 'notExported':
        this.exportOver(message.message);
        this.exportDueMs = performance.now() + this.limits.retryMs;
        this.fail(new Error(message.message));
        return;
      case 'answer':
      case 'failure':
        this.lastQueryMs = performance.now();
        if (this.asked.delete(message.id)) this.options.report(message);
        this.wake.abort();
        return;
      case 'progress':
        this.options.report(message);
        return;
      case 'folded':
      // told to whoever fed it
    }
  }

  /** The process is gone: what it was asked has no answer, what it knew is in the log and the files. */
  private ended(child: HistoryChild, reason: string): void {
    if (this.child !== child) return;
    this.child = undefined;
    this.exportOver('the history ended');
    const error = new QueryError('unavailable', `the history ended and is started again: ${reason}`);
    this.notOpened?.(error);
    for (const [id, { deadlineMs }] of this.asked) if (deadlineMs > 0) this.refuse(id, error);
    if (!this.stopping.signal.aborted) this.fail(error);
    this.wake.abort();
  }

  private end(): void {
    const { child } = this;
    this.child = undefined;
    this.exportOver('the history was ended');
    child?.kill();
  }

  /** `failure`: why there are no files, '' when there are. */
  private exportOver(failure: string): void {
    this.isExporting = false;
    this.exportFailure = failure;
    this.exportEnded?.();
    this.exportEnded = undefined;
  }

  private refuse(id: number, { fault, message, position }: QueryError): void {
    if (this.asked.delete(id)) this.options.report({ type: 'failure', id, fault, message, position });
  }

  private fail(error: unknown): void {
    const fault = error instanceof StorageError ? new QueryError('unavailable', error.message) : faultOf(error);
    for (const id of this.asked.keys()) this.refuse(id, fault);
    if (error instanceof StorageError) this.end();
    const reason = reasonOf(error);
    if (reason !== this.failure) this.options.report({ type: 'failed', message: reason });
    this.failure = reason;
  }

  private recovered(): void {
    if (this.failure !== '') this.options.report({ type: 'failed', message: '' });
    this.failure = '';
  }

  private async pause(ms: number): Promise<void> {
    const { signal } = this.wake;
    if (!signal.aborted && !this.stopping.signal.aborted) await sleep(ms, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) this.wake = new AbortController();
  }
}
