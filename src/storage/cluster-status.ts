/** What the WAL worker of a cluster's node tells everybody in shared memory: its role, and until when that is sure. */
import { SharedNumbers } from './shared-numbers.js';

export const ClusterRole = {
  /** Reads what it has missed. */
  JOINING: 0,
  /** Follows; takes over when nobody leads. */
  STANDBY: 1,
  LEADER: 2,
  /** Has led; another node does now. */
  DEPOSED: 3,
  /** Follows and never leads. */
  REPLICA: 4,
} as const;
export type ClusterRole = (typeof ClusterRole)[keyof typeof ClusterRole];

export interface ClusterFigures {
  role: ClusterRole;
  epoch: number;
  /** `monotonicMs` of the last moment at which the cluster held us for its leader, or at which we heard of that. */
  heardMs: number;
  /** End of the cluster's log, as far as it is known here, and of ours. */
  headSequence: number;
  sequence: number;
  /** Of etcd's database: bytes on disk, and the share of its quota, ppm. */
  etcdBytes: number;
  quotaPpm: number;
}

const FIELDS = [
  'role',
  'epoch',
  'heardMs',
  'headSequence',
  'sequence',
  'etcdBytes',
  'quotaPpm',
] as const satisfies readonly (keyof ClusterFigures)[];

export class ClusterStatus {
  private readonly shared: SharedNumbers;
  private readonly values = new Float64Array(FIELDS.length);
  private known: ClusterFigures | undefined;
  private knownVersion = 0;

  static create(): SharedArrayBuffer {
    return SharedNumbers.create(FIELDS.length);
  }

  constructor(buffer: SharedArrayBuffer) {
    this.shared = new SharedNumbers(buffer);
  }

  /** The WAL worker only. */
  set(figures: Partial<ClusterFigures>): void {
    FIELDS.forEach((field, index) => {
      const value = figures[field];
      if (value !== undefined) this.values[index] = Math.floor(value);
    });
    this.shared.write(this.values);
  }

  /** Every request asks for them. */
  figures(): ClusterFigures {
    // looked at before the numbers: they may be newer, never older
    const { version } = this.shared;
    if (this.known === undefined || version !== this.knownVersion) {
      const values = this.shared.read(new Float64Array(FIELDS.length));
      this.known = Object.fromEntries(FIELDS.map((field, index) => [field, values[index]])) as unknown as ClusterFigures;
      this.knownVersion = version;
    }
    return this.known;
  }
}
