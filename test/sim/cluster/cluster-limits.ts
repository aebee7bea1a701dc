/** Sizes and times of a cluster's nodes, small enough that everything happens often. */
import type { Random } from '../../../src/cli/load/random.js';
import { oneOfBy, sizesOf } from '../process-limits.js';
import type { ProcessLimits } from '../sim-process.js';

export function clusterLimitsOf(random: Random): ProcessLimits {
  const oneOf = oneOfBy(random);
  return {
    ...sizesOf(random, oneOf),
    trimBlocks: 64,
    retryMs: 50,
    housekeepingMs: oneOf(100, 500),
    snapshotter: {
      snapshotEvents: oneOf(60, 150, 400),
      snapshotMs: oneOf(500, 2000),
      historyEvents: oneOf(50, 1000),
      keep: 3,
      pollMs: oneOf(30, 125),
      retryMs: 100,
    },
  };
}
