/** Starts the snapshot worker again when it dies: all that it knows it reads from the log. Not for ever. */

/** A worker that dies more often than this is not started again: something is wrong that a restart does not mend. */
const RESTARTS_MAX = 10;
/** Long enough that a worker that dies at once does not keep a core busy. */
const RESTART_MS = 500;

export class SnapshotRestarts {
  private deaths = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly start: () => void) {}

  /** True when it is not started again: nothing is lost, but restarts take longer and longer, and memory grows. */
  get isGivenUp(): boolean {
    return this.deaths > RESTARTS_MAX;
  }

  noteDeath(): void {
    this.deaths++;
    if (!this.isGivenUp) this.timer = setTimeout(this.start, RESTART_MS).unref();
  }

  stop(): void {
    clearTimeout(this.timer);
  }
}
