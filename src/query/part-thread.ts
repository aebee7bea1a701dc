/**
 * The thread in which files are made (`part-maker.ts`), so that the log is folded meanwhile. It gets the waiting rows as they
 * lie in memory: numbers are shared with it, and nobody changes what was taken.
 */
import { Worker } from 'node:worker_threads';
import type { Files } from './files-sql.js';
import type { PartOrder } from './part-maker.js';

export type PartAnswer = { readonly files: Files } | { readonly failure: string };

const THREAD_FILE = new URL('../../workers/history-files.js', import.meta.url);

export class PartThread {
  private worker: Worker | undefined;
  private isBusy = false;
  private isClosed = false;

  /** One order at a time. Throws what the thread threw; nothing that it wrote counts then. */
  async make(order: PartOrder): Promise<Files> {
    const worker = (this.worker ??= new Worker(THREAD_FILE, { name: 'history-files' }));
    this.isBusy = true;
    worker.ref();
    try {
      const answer = await answerOf(worker, order);
      if ('failure' in answer) throw new Error(answer.failure);
      return answer.files;
    } catch (error) {
      // the next one is another
      this.end();
      throw error;
    } finally {
      this.isBusy = false;
      this.worker?.unref();
      if (this.isClosed) this.end();
    }
  }

  /** Files that are being made are finished first: the thread cannot be stopped within DuckDB. */
  close(): void {
    this.isClosed = true;
    if (!this.isBusy) this.end();
  }

  private end(): void {
    void this.worker?.terminate();
    this.worker = undefined;
  }
}

function answerOf(worker: Worker, order: PartOrder): Promise<PartAnswer> {
  return new Promise((resolve, reject) => {
    const failed = (error: Error): void => reject(error);
    const gone = (): void => reject(new Error('the thread that makes files has ended'));
    worker.once('error', failed);
    worker.once('exit', gone);
    worker.once('message', (answer: PartAnswer) => {
      worker.off('error', failed);
      worker.off('exit', gone);
      resolve(answer);
    });
    worker.postMessage(order);
  });
}
