/** The clock follows the system's once it is further away than a reading of it may be wrong. */
const TOLERANCE_MS = 2;
/** How fast it follows: 1 ms a second, so that a system clock set by mistake does not turn the exchange's day. */
const SLEW = 1 / 1000;
const LOOK_EVERY_MS = 1000;

/**
 * Event time: µs since the epoch, never going back, neither when the system clock is set nor across a restart.
 * It runs with the monotonic clock and follows the system's slowly, so that it is right again after a while.
 */
export class EventClock {
  private lastUs: number;
  /** Monotonic time plus this is the exchange's time. */
  private offsetMs: number;
  private lookedAtMs: number;

  /** `notBeforeUs` is the time of the last event in the log. */
  constructor(
    notBeforeUs: number,
    private readonly monotonicMs: () => number = () => performance.now(),
    private readonly systemMs: () => number = () => Date.now(),
  ) {
    this.lastUs = notBeforeUs;
    this.lookedAtMs = monotonicMs();
    this.offsetMs = systemMs() - this.lookedAtMs;
  }

  /** Another clock has given this time; ours does not fall behind it. */
  notBefore(timeUs: number): void {
    this.lastUs = Math.max(this.lastUs, timeUs);
  }

  nowUs(): number {
    const monotonicMs = this.monotonicMs();
    if (monotonicMs - this.lookedAtMs >= LOOK_EVERY_MS) this.follow(monotonicMs);
    const now = Math.round((this.offsetMs + monotonicMs) * 1000);
    if (now > this.lastUs) this.lastUs = now;
    return this.lastUs;
  }

  private follow(monotonicMs: number): void {
    const errorMs = this.systemMs() - (this.offsetMs + monotonicMs);
    const stepMs = (monotonicMs - this.lookedAtMs) * SLEW;
    if (Math.abs(errorMs) > TOLERANCE_MS) this.offsetMs += Math.max(-stepMs, Math.min(stepMs, errorMs));
    this.lookedAtMs = monotonicMs;
  }
}
