/** What the snapshot worker tells everybody in shared memory. */
import { SharedNumbers } from './shared-numbers.js';

export interface SnapshotFigures {
  /** Last event folded by the snapshot worker. */
  foldedSequence: number;
  /** Last event in the newest snapshot, 0 without one. */
  snapshotSequence: number;
  /** When it was taken, µs since the epoch. */
  snapshotTimeUs: number;
  snapshotBytes: number;
  /** Everything finished up to this event can be read from the history tables. */
  historyWatermark: number;
  /** Blocks of the log that lie wholly below this event are needed by nobody: the WAL worker drops them. */
  trimSequence: number;
  /** Writes that failed in this run. */
  failures: number;
}

const FIELDS = [
  'foldedSequence',
  'snapshotSequence',
  'snapshotTimeUs',
  'snapshotBytes',
  'historyWatermark',
  'trimSequence',
  'failures',
] as const satisfies readonly (keyof SnapshotFigures)[];

export class SnapshotStatus {
  private readonly shared: SharedNumbers;
  private readonly values = new Float64Array(FIELDS.length);

  static create(): SharedArrayBuffer {
    return SharedNumbers.create(FIELDS.length);
  }

  constructor(buffer: SharedArrayBuffer) {
    this.shared = new SharedNumbers(buffer);
  }

  /** The snapshot worker only. */
  publish(figures: SnapshotFigures): void {
    FIELDS.forEach((field, index) => (this.values[index] = figures[field]));
    this.shared.write(this.values);
  }

  figures(): SnapshotFigures {
    const [foldedSequence, snapshotSequence, snapshotTimeUs, snapshotBytes, historyWatermark, trimSequence, failures] = this.shared.read(
      this.values,
    ) as unknown as [number, number, number, number, number, number, number];
    return { foldedSequence, snapshotSequence, snapshotTimeUs, snapshotBytes, historyWatermark, trimSequence, failures };
  }
}
