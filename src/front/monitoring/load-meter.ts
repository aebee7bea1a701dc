/** Rates of the last seconds: orders taken in, and how much processor time the process took. */

const SAMPLE_MS = 2000;
const SAMPLES = 6;

interface Sample {
  /** Of a clock that never goes back. */
  readonly atMs: number;
  readonly orders: number;
  readonly cpuMicros: number;
}

export interface LoadSources {
  /** Orders so far. */
  readonly orders: () => number;
  /** Processor time of the process so far, µs. */
  readonly cpuMicros: () => number;
  readonly nowMs: () => number;
}

export class LoadMeter {
  private readonly samples: Sample[] = [];
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly sources: LoadSources) {
    this.sample();
  }

  start(): void {
    this.timer = setInterval(() => this.sample(), SAMPLE_MS).unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** Orders a second over the last ten seconds or so. */
  ordersPerSecond(): number {
    const { seconds, orders } = this.span();
    return seconds === 0 ? 0 : orders / seconds;
  }

  /** Processor time to time over the same: 1 is one core. */
  cpuCores(): number {
    const { seconds, cpuMicros } = this.span();
    return seconds === 0 ? 0 : cpuMicros / (seconds * 1_000_000);
  }

  private span(): { seconds: number; orders: number; cpuMicros: number } {
    const oldest = this.samples[0];
    const now = this.look();
    return {
      seconds: (now.atMs - oldest.atMs) / 1000,
      orders: now.orders - oldest.orders,
      cpuMicros: now.cpuMicros - oldest.cpuMicros,
    };
  }

  private sample(): void {
    this.samples.push(this.look());
    if (this.samples.length > SAMPLES) this.samples.shift();
  }

  private look(): Sample {
    const { nowMs, orders, cpuMicros } = this.sources;
    return { atMs: nowMs(), orders: orders(), cpuMicros: cpuMicros() };
  }
}
