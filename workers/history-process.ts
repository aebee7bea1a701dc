/**
 * The process of the history (see `src/query/history-host.ts`), started by the thread `history.ts` when something is to be
 * exported or asked for the first time. It yields to everything else on the machine, and ends when its parent does.
 */
import type { FromHistory, ToHistory } from '../src/query/messages.js';
import { standBack } from '../src/query/process-priority.js';

// before the threads of DuckDB are made
standBack();
const parent = process.ppid;
process.on('disconnect', () => process.exit(0));
// Ctrl-C in a terminal reaches every process of it; the exchange ends this one when it is done itself.
process.on('SIGINT', () => undefined);

const { HistoryHost } = await import('../src/query/history-host.js');
// the next exchange on the folder has a process of its own
const host = new HistoryHost(
  (message: FromHistory) => process.send?.(message),
  () => process.ppid === parent,
);

let last: Promise<void> = Promise.resolve();
process.on('message', (message: ToHistory) => {
  // in the order in which they came
  last = last.then(() => host.handle(message)).catch(fail);
});

function fail(error: unknown): void {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
