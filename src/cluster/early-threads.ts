/**
 * Threads that are started before it is known what they will work on: they load and compile their code on another core
 * while the state is recovered, and wait for their data.
 */
import { Worker } from 'node:worker_threads';
import { compileForRecovery } from './matching-code.js';
import type { MarketReading } from './thread-data.js';

export type ThreadName = 'wal' | 'replicated-wal' | 'snapshot' | 'matching' | 'market';

/** A thread of `workers/`. Without data it waits for them as its first message. */
export function newThread(name: ThreadName, title: string, data?: unknown): Worker {
  return new Worker(new URL(`../../workers/${name}.js`, import.meta.url), { workerData: data, name: title });
}

export class EarlyThreads {
  /** Those that died while they waited, for the log: whoever needs them starts others. */
  readonly deaths: { thread: ThreadName; reason: string }[] = [];
  private readonly waiting = new Map<ThreadName, Worker[]>();

  /** The WAL worker, the market worker and a matching thread for each shard. */
  constructor(shards: number, wal: 'wal' | 'replicated-wal' = 'wal') {
    this.waiting.set(
      'matching',
      Array.from({ length: shards }, (_, shard) => newThread('matching', `matching-${shard}`)),
    );
    this.waiting.set(wal, [newThread(wal, 'wal')]);
    this.waiting.set('market', [newThread('market', 'market')]);
    this.recoverOnceWarm(this.waiting.get('matching')!);
    for (const [thread, workers] of this.waiting) for (const worker of workers) this.watch(thread, worker);
  }

  /** The matching threads have compiled what they need; what others compile until the start is over must cost little. */
  private recoverOnceWarm(matching: readonly Worker[]): void {
    let cold = matching.length;
    for (const worker of matching) {
      worker.once('message', () => {
        if (--cold === 0) compileForRecovery();
      });
    }
  }

  /** Lets the market worker come near the end of the log while the state is recovered: both are long at it. */
  readMarket(reading: MarketReading): void {
    for (const worker of this.waiting.get('market') ?? []) worker.postMessage(reading);
  }

  /** One that fails while nobody has taken it is found dead by whoever takes it. */
  private watch(thread: ThreadName, worker: Worker): void {
    worker.on('error', ({ message }: Error) => {
      if (this.waiting.get(thread)?.includes(worker) === true) this.deaths.push({ thread, reason: message });
    });
  }

  /** A thread that waits for its data and has not ended, or undefined. */
  take(name: ThreadName): Worker | undefined {
    const workers = this.waiting.get(name) ?? [];
    for (;;) {
      const worker = workers.shift();
      if (worker === undefined || worker.threadId !== -1) return worker;
    }
  }
}
