/** What the market worker tells everybody in shared memory. */
import { SharedNumbers } from './shared-numbers.js';

export interface MarketFigures {
  /** Last event folded. */
  foldedSequence: number;
  /** Last event in the newest checkpoint: the log behind it is needed. */
  checkpointSequence: number;
  /** Frames written for the front. */
  frames: number;
  /** Writes that failed in this run. */
  failures: number;
}

const COUNT = 4;

export class MarketStatus {
  private readonly shared: SharedNumbers;
  private readonly values = new Float64Array(COUNT);

  static create(): SharedArrayBuffer {
    return SharedNumbers.create(COUNT);
  }

  constructor(buffer: SharedArrayBuffer) {
    this.shared = new SharedNumbers(buffer);
  }

  /** The market worker only. */
  publish({ foldedSequence, checkpointSequence, frames, failures }: MarketFigures): void {
    this.values.set([foldedSequence, checkpointSequence, frames, failures]);
    this.shared.write(this.values);
  }

  figures(): MarketFigures {
    const [foldedSequence, checkpointSequence, frames, failures] = this.shared.read(this.values) as unknown as [
      number,
      number,
      number,
      number,
    ];
    return { foldedSequence, checkpointSequence, frames, failures };
  }
}
