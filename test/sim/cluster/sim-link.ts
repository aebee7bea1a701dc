/** The way between one node and etcd: how long messages take, how many are lost, and in which directions it is cut. */
import type { Random } from '../../../src/cli/load/random.js';
import type { VirtualTime } from '../virtual-time.js';

const DELAY_US_MAX = 800;
/** One message in so many is late. */
const LATE = 50;
const LATE_US_MAX = 30_000;

export class SimLink {
  /** Nothing of what the node sends arrives. */
  isCutThere = false;
  /** Nothing of what is sent to the node arrives. */
  isCutBack = false;
  /** Chance of a connection to break with the message that it carries. */
  breaks = 0;
  /** Added to every message, at most. */
  slowUsMax = 0;
  private readonly healed = new Set<() => void>();

  constructor(
    private readonly time: VirtualTime,
    private readonly random: Random,
  ) {}

  get isWhole(): boolean {
    return !this.isCutThere && !this.isCutBack;
  }

  heal(): void {
    this.isCutThere = false;
    this.isCutBack = false;
    this.breaks = 0;
    this.slowUsMax = 0;
    for (const run of this.healed) run();
  }

  /** Called at every healing, until the function that is returned is called. */
  onHealed(run: () => void): () => void {
    this.healed.add(run);
    return () => this.healed.delete(run);
  }

  delayUs(): number {
    const { time, random } = this;
    return time.someTime(random.between(1, LATE) === 1 ? LATE_US_MAX : DELAY_US_MAX) + time.someTime(this.slowUsMax);
  }

  doesBreak(): boolean {
    return this.breaks > 0 && this.random.next() < this.breaks;
  }
}
