/** What the WAL worker tells everybody in shared memory: how far the log is durable, and whether it can be written. */
import { SharedNumbers } from './shared-numbers.js';

export const WalState = {
  /** Not yet at work. */
  STARTING: 0,
  RUNNING: 1,
  /** The last write failed and is tried again; nothing is taken from the rings meanwhile. */
  FAILED: 2,
  /** Everything taken is durable and nothing more is taken. */
  STOPPED: 3,
} as const;
export type WalState = (typeof WalState)[keyof typeof WalState];

export interface WalFigures {
  state: WalState;
  durableSequence: number;
  /** Blocks, bytes and events written in this run. */
  blocks: number;
  bytes: number;
  events: number;
  /** Writes that failed in this run. */
  failures: number;
}

const At = { state: 0, durableSequence: 1, blocks: 2, bytes: 3, events: 4, failures: 5, syncedSequence: 6 } as const;
const COUNT = 7;

export class WalStatus {
  private readonly shared: SharedNumbers;
  private readonly values = new Float64Array(COUNT);

  static create(): SharedArrayBuffer {
    return SharedNumbers.create(COUNT);
  }

  constructor(buffer: SharedArrayBuffer) {
    this.shared = new SharedNumbers(buffer);
    this.shared.read(this.values);
  }

  // Writer's side: the WAL worker only.

  /** What our own disk has stays known: a node that follows becomes one that writes. */
  start(durableSequence: number): void {
    const { values } = this;
    const synced = values[At.syncedSequence];
    values.fill(0);
    values[At.state] = WalState.RUNNING;
    values[At.durableSequence] = durableSequence;
    values[At.syncedSequence] = synced;
    this.shared.write(values);
  }

  setState(state: WalState): void {
    this.values[At.state] = state;
    this.shared.write(this.values);
  }

  failed(): void {
    this.values[At.failures] += 1;
    this.setState(WalState.FAILED);
  }

  committed(durableSequence: number, events: number, bytes: number): void {
    const { values } = this;
    values[At.state] = WalState.RUNNING;
    values[At.durableSequence] = durableSequence;
    values[At.blocks] += 1;
    values[At.bytes] += bytes;
    values[At.events] += events;
    this.shared.write(values);
  }

  /** Replicated: how far our own disk has the log, which is behind what is durable elsewhere. */
  synced(sequence: number): void {
    this.values[At.syncedSequence] = sequence;
    this.shared.write(this.values);
  }

  // Readers' side.

  syncedSequence(): number {
    return this.shared.read(this.values)[At.syncedSequence];
  }

  durableSequence(): number {
    return this.shared.read(this.values)[At.durableSequence];
  }

  state(): WalState {
    return this.shared.read(this.values)[At.state] as WalState;
  }

  figures(): WalFigures {
    const values = this.shared.read(this.values);
    return {
      state: values[At.state] as WalState,
      durableSequence: values[At.durableSequence],
      blocks: values[At.blocks],
      bytes: values[At.bytes],
      events: values[At.events],
      failures: values[At.failures],
    };
  }
}
