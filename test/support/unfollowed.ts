/**
 * Loaded into the runner of the tests (test/run.ts): what it starts runs as it does elsewhere.
 *
 * tap follows each test, and all processes and threads that come of it, to know which files they load: a loader thread for
 * every one of them, and the source maps of all their modules. Only its figures of coverage need that, which are not asked
 * for here, and it took half of the processor time of all tests.
 */
import { ChildProcess } from 'node:child_process';

interface Start {
  args: string[];
  /** NAME=value */
  envPairs: string[];
}

const FOLLOWER = '@tapjs/processinfo';

const starts = ChildProcess.prototype as unknown as { spawn: (this: unknown, start: Start) => unknown };
const { spawn } = starts;
starts.spawn = function (start) {
  const args = start.args.filter((arg) => !arg.includes(FOLLOWER));
  const envPairs = start.envPairs.filter((pair) => !(pair.startsWith('NODE_OPTIONS=') && pair.includes(FOLLOWER)));
  return spawn.call(this, Object.assign(start, { args, envPairs }));
};
