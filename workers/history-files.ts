/**
 * Makes files of the history (see `src/query/part-maker.ts`), in the process of the history beside the thread that folds the log.
 *
 * Messages in: what to make. Messages out: the files, or why there are none.
 */
import { parentPort } from 'node:worker_threads';
import { makeParts, type PartOrder } from '../src/query/part-maker.js';
import type { PartAnswer } from '../src/query/part-thread.js';
import { reasonOf } from '../src/storage/storage-error.js';

const port = parentPort!;

port.on('message', (order: PartOrder) => {
  makeParts(order).then(
    (files) => answer({ files }),
    (error: unknown) => answer({ failure: reasonOf(error) }),
  );
});

function answer(message: PartAnswer): void {
  port.postMessage(message);
}
