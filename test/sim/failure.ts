/** What a simulation ended with. */
import type { VirtualTime } from './virtual-time.js';

export interface Failure {
  readonly step: number;
  readonly message: string;
}

/** Plays to the end or to the first violation, which it gives; `note` is told of those that nobody waits for. */
export async function failureOf(
  time: VirtualTime,
  play: () => Promise<void>,
  note: (error: unknown) => void,
): Promise<Failure | undefined> {
  process.on('unhandledRejection', note);
  try {
    await time.installed(play);
    return undefined;
  } catch (error) {
    return { step: time.steps, message: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  } finally {
    process.off('unhandledRejection', note);
  }
}
