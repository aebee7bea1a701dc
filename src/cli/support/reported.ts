/** Failures of a subcommand as one sentence on stderr instead of a stack. */
import { ApiError } from '../../client/index.js';
import { StorageError } from '../../storage/storage-error.js';
import { UsageError } from '../args.js';

/** Runs a subcommand; a wrong command line, a refusal or a lost exchange becomes exit code 1. */
export async function reported(run: () => Promise<number>): Promise<number> {
  try {
    return await run();
  } catch (error) {
    process.stderr.write(`${sentenceOf(error)}\n`);
    return 1;
  }
}

function sentenceOf(error: unknown): string {
  if (error instanceof UsageError || error instanceof StorageError) return error.message;
  if (error instanceof ApiError) return `The exchange refused with ${error.code}: ${error.message}`;
  if (!(error instanceof Error)) return String(error);
  // fetch hides the reason of a failed connection in the cause.
  const { cause } = error;
  return cause instanceof Error ? `${error.message}: ${cause.message || (cause as NodeJS.ErrnoException).code}` : error.message;
}
