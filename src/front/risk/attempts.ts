/** How often lots of a position side were offered in vain: after a few tries at the market they are left at the edge of the band. */

/** Tries at the market before an order rests. */
const TRIES_MAX = 3;
/** Between two tries. */
export const RETRY_MS = 1000;

interface Attempt {
  tries: number;
  notBeforeMs: number;
}

export class Attempts {
  private readonly bySide = new Map<number, Attempt>();

  /** Whether the side may be tried now; index position × 2 + side. */
  isDue(side: number, nowMs: number): boolean {
    return nowMs >= (this.bySide.get(side)?.notBeforeMs ?? 0);
  }

  /** Whether an order for the side rests from now on. */
  isExhausted(side: number): boolean {
    return this.count(side) >= TRIES_MAX;
  }

  count(side: number): number {
    return this.bySide.get(side)?.tries ?? 0;
  }

  /** An order for the side is over; one that traded makes the next the first again. */
  ended(side: number, traded: boolean, nowMs: number): void {
    this.bySide.set(side, traded ? { tries: 0, notBeforeMs: 0 } : { tries: this.count(side) + 1, notBeforeMs: nowMs + RETRY_MS });
  }

  /** An order could not be handed over: that is no try. */
  postpone(side: number, nowMs: number): void {
    this.bySide.set(side, { tries: this.count(side), notBeforeMs: nowMs + RETRY_MS });
  }

  clear(): void {
    this.bySide.clear();
  }
}
