/** How long the stages of a start took, for the ready line, the log and whoever wants a restart to be faster. */

export type StartStage =
  /** Node.js is up and the program's modules are loaded. */
  | 'loaded'
  /** Both databases are open; LevelDB has read what its own log held. */
  | 'opened'
  /** The newest good snapshot is the state. */
  | 'snapshot'
  /** Every event behind it has been applied. */
  | 'tail'
  /** WAL worker and matching threads are at work. */
  | 'threads'
  /** The books have been handed to the matching threads. */
  | 'books'
  /** All equations of the ledger hold. */
  | 'sound'
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
