/** The disk of a simulated machine with both databases on it. It outlives the processes that use it. */
import type { Random } from '../../src/cli/load/random.js';
import { Database, type Storage } from '../../src/storage/database.js';
import type { DurableEnd } from '../../src/storage/durable-mark.js';
import { rot, type Rot } from './disk-rot.js';
import { FAIR_WEATHER, weatherOf } from './disk-weather.js';
import { SimEngine, type DiskWitness } from './sim-engine.js';
import type { VirtualTime } from './virtual-time.js';

/** How long a full disk stays full, µs. */
const FULL_US_MAX = 600_000;

export class SimDisk {
  readonly log: SimEngine;
  readonly store: SimEngine;
  /** The mark of what is durable, which is never synced. */
  readonly mark = { note: (end: DurableEnd) => void this.marks.push({ ...end }) };
  private readonly marks: DurableEnd[] = [];
  private weather = { ...FAIR_WEATHER };

  constructor(
    private readonly time: VirtualTime,
    private readonly random: Random,
    witness: DiskWitness,
    queues = false,
  ) {
    const weather = () => this.weather;
    this.log = new SimEngine({ name: 'log', time, random, weather, witness, queues });
    this.store = new SimEngine({ name: 'store', time, random, weather, witness, queues });
  }

  /** Both databases, as one thread of a process opens them. */
  open(): Storage {
    const mark = this.marks.at(-1);
    return { log: new Database('log', this.log, this.log), store: new Database('store', this.store, this.store), mark };
  }

  /** The weather of the next process: mostly fair, sometimes slow or failing, sometimes without room for a while. */
  change(isFair: boolean): void {
    this.weather = isFair ? { ...FAIR_WEATHER } : weatherOf(this.random);
    if (!isFair && this.random.between(1, 3) === 1) this.fillUp();
  }

  /** Without room from now on, or with it again. */
  setFull(isFull: boolean): void {
    this.weather.full = isFull;
  }

  kill(): void {
    this.log.kill();
    this.store.kill();
  }

  cutPower(): void {
    // what it says may be of any moment before
    this.marks.length = this.random.between(0, this.marks.length);
    this.log.cutPower();
    this.store.cutPower();
  }

  /** A copy of another one takes its place, as a node gets it that has nothing or too little. */
  replaceBy(other: SimDisk): void {
    this.marks.length = 0;
    this.log.replaceBy(other.log);
    this.store.replaceBy(other.store);
  }

  /** Damages something that it had promised to keep; undefined when there is nothing yet. */
  rot(): Rot | undefined {
    return rot(this.log, this.store, this.random);
  }

  private fillUp(): void {
    this.time.after(this.random.next() * 50_000, () => {
      this.weather.full = true;
      this.time.after(this.random.next() * FULL_US_MAX, () => (this.weather.full = false));
    });
  }
}
