/** At regular moments all connections at once are lost without a word: no close frame, and requests unanswered. */
import type { StormCounts } from './comeback.js';

export class ReconnectStorms {
  private nextMs: number;

  constructor(
    private readonly everyMs: number,
    private readonly counts: StormCounts,
  ) {
    this.nextMs = everyMs;
  }

  isDue(elapsedMs: number): boolean {
    return elapsedMs >= this.nextMs;
  }

  /** Moments that went by unused are left out: a storm is not made up for by two at once. */
  strike(elapsedMs: number, sessions: readonly { cut(): void }[]): void {
    while (this.nextMs <= elapsedMs) this.nextMs += this.everyMs;
    this.counts.storms++;
    for (const session of sessions) session.cut();
  }
}
