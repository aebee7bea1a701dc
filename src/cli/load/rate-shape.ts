/** When the requests of an open-loop run are due: evenly, faster and faster, or in bursts. All shapes have the same mean rate. */
export const SHAPES = ['steady', 'ramp', 'burst'] as const;
export type Shape = (typeof SHAPES)[number];

/** Of each second, the part in which all of its requests are due. */
const BURST_SHARE = 0.1;

export class RateShape {
  /** `rate` per second on average over `durationMs`. */
  constructor(
    private readonly shape: Shape,
    private readonly rate: number,
    private readonly durationMs: number,
  ) {}

  /** Requests in all. */
  get total(): number {
    return Math.floor((this.rate * this.durationMs) / 1000);
  }

  /** Milliseconds from the start at which request `index`, from 0 on, is due. */
  dueMs(index: number): number {
    if (this.shape === 'ramp') return Math.sqrt((index * 1000 * this.durationMs) / this.rate);
    const seconds = index / this.rate;
    if (this.shape === 'steady') return seconds * 1000;
    const whole = Math.floor(seconds);
    return (whole + (seconds - whole) * BURST_SHARE) * 1000;
  }

  /** How many requests, at most `limit`, are due at `elapsedMs` when `sent` were sent before. */
  dueCount(elapsedMs: number, sent: number, limit: number): number {
    const end = Math.min(this.total, sent + limit);
    let due = sent;
    while (due < end && this.dueMs(due) <= elapsedMs) due++;
    return due - sent;
  }
}
