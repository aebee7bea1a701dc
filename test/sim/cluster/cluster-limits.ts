/** Sizes and times of a cluster's nodes, small enough that everything happens often. */
import type { Random } from '../../../src/cli/load/random.js';
import type { ProcessLimits } from '../sim-process.js';

export function clusterLimitsOf(random: Random): ProcessLimits {
  const oneOf = (...values: number[]): number => values[random.between(0, values.length - 1)];
  return {
    shards: random.between(1, 2),
    commandRingBytes: oneOf(1 << 12, 1 << 16),
    eventRingBytes: 1 << 17,
    frontRingBytes: oneOf(1 << 13, 1 << 16),
    broadcastRingBytes: oneOf(1 << 13, 1 << 17),
    blockEvents: oneOf(2, 8, 64, 4096),
    blockBytes: oneOf(1 << 11, 1 << 16),
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
