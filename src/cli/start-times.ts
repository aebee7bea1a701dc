/** How long the stages of a start took, for the ready line, the log and whoever wants a restart to be faster. */

export type StartStage =
  /** Node.js is up and the program's modules are loaded. */
  | 'loaded'
  /** The store is open. */
  | 'opened'
  /** The newest good snapshot is the state. */
  | 'snapshot'
  /** The log is open too: LevelDB has read what its newest file held. */
  | 'log'
  /** Every event behind it has been applied. */
  | 'tail'
  /** WAL worker and matching threads are at work. */
  | 'threads'
  /** All equations of the ledger hold. */
  | 'sound'
  /** The books have been handed to the matching threads. */
  | 'books'
  /** The market worker has come to the end of the log too. */
  | 'market'
  /** The port takes requests. */
  | 'serving';

export class StartTimes {
  /** When each stage ended, whole ms since the process began. */
  readonly endedMs: Partial<Record<StartStage, number>> = {};

  ended(stage: StartStage): void {
    this.endedMs[stage] = Math.round(performance.now());
  }
}
