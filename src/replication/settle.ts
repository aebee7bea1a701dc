/**
 * A conditional transaction on the head of the log, taken to its definite end.
 *
 * An attempt that failed may have been made all the same. So the very same transaction is tried again: it can be made once
 * only, for it changes what it depends on. When its condition does not hold any more, the head says who changed it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { decode, type Head } from './cluster-values.js';
import type { Outcome } from './key-store.js';

/** Between two attempts once every member has been asked. */
const PAUSE_MS = 10;
/** Attempts without a pause: as many as a cluster has members, or nearly. */
const SWIFT_ATTEMPTS = 3;

/** The revision that the transaction `uid` made, or undefined when another one came first. Throws once `signal` is aborted. */
export async function settle(attempt: () => Promise<Outcome>, uid: string, signal: AbortSignal): Promise<number | undefined> {
  for (let attempts = 1; ; attempts++) {
    signal.throwIfAborted();
    let outcome: Outcome;
    try {
      outcome = await attempt();
    } catch {
      if (attempts % SWIFT_ATTEMPTS === 0) await sleep(PAUSE_MS, undefined, { signal });
      continue;
    }
    if (outcome.succeeded) return outcome.revision;
    // ours only if its uid is: whatever else is there was written by somebody who leads now, and is never adopted
    const { found } = outcome;
    return found !== undefined && decode<Head>(found).uid === uid ? found.revision : undefined;
  }
}
