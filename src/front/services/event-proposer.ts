import type { Proposer } from '../proposer.js';

/**
 * The road of rare events into the log, as the services see it: resolves when the events are durable and applied, rejects
 * with a Refusal when nothing was written.
 */
export type EventProposer = Pick<Proposer, 'propose' | 'proposeAll'>;
