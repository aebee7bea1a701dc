/** What has become of a mass cancel, which is one command for each instrument. */
import type { CommandWaiter } from './in-flight.js';

/** The cancel of one instrument came to nothing. */
export interface MassFailure {
  readonly instrument: number;
  readonly code: number;
}

export interface MassOutcome {
  cancelled: number;
  failures: MassFailure[];
}

/** Hears of all commands of one mass cancel; the token of each is its instrument. */
export class MassTally implements CommandWaiter {
  private readonly outcome: MassOutcome = { cancelled: 0, failures: [] };
  private underWay = 0;

  /** `done` is called once, when the last command has come back. */
  constructor(private readonly done: (outcome: MassOutcome) => void) {}

  /** The outcome so far. */
  get failures(): readonly MassFailure[] {
    return this.outcome.failures;
  }

  get isUnderWay(): boolean {
    return this.underWay > 0;
  }

  handedOver(): void {
    this.underWay++;
  }

  failed(instrument: number, code: number): void {
    this.outcome.failures.push({ instrument, code });
  }

  ended(cancelled: number): void {
    this.outcome.cancelled += cancelled;
    this.commandOver();
  }

  accepted(): void {
    // only new orders are accepted
  }

  completed(): void {
    // a mass cancel ends with its own event
  }

  refused(instrument: number, _orderId: number, code: number): void {
    this.failed(instrument, code);
    this.commandOver();
  }

  private commandOver(): void {
    if (--this.underWay === 0) this.done(this.outcome);
  }
}
