/** How far the history is in files, in shared memory: the log behind it is needed. */
import { SharedNumbers } from './shared-numbers.js';

export class HistoryStatus {
  private readonly shared: SharedNumbers;
  private readonly values = new Float64Array(1);

  static create(): SharedArrayBuffer {
    return SharedNumbers.create(1);
  }

  constructor(buffer: SharedArrayBuffer) {
    this.shared = new SharedNumbers(buffer);
  }

  /** One thread at a time: the front before there is another one, then the one that feeds the history. */
  publish(exportedSequence: number): void {
    this.values[0] = exportedSequence;
    this.shared.write(this.values);
  }

  exportedSequence(): number {
    return this.shared.read(this.values)[0];
  }
}
