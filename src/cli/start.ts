/** `qaexchange start`: reads the settings and hands over to `serve`. */
import { EarlyThreads } from '../cluster/early-threads.js';
import { readStartOptions, startHelp } from './options.js';

/** Runs until SIGINT or SIGTERM; resolves to the exit code. */
export async function start(args: string[]): Promise<number> {
  try {
    // Before anything is read: whoever asks for help may have a setting wrong.
    if (args.includes('--help')) {
      process.stdout.write(startHelp());
      return 0;
    }
    const options = readStartOptions(args, process.env);
    const early = new EarlyThreads(options.config.matchingWorkers, options.config.cluster === undefined ? 'wal' : 'replicated-wal');
    // Loaded only now: most of a start is loading code, and the threads load theirs meanwhile.
    const { serve } = await import('./serve.js');
    return await serve(options, early);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    // Threads that were started before the failure must not keep the process alive.
    process.exit(1);
  }
}
