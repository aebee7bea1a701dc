/** Sizes and times of a process, small enough that everything happens often. */
import type { Random } from '../../src/cli/load/random.js';
import type { ProcessLimits } from './sim-process.js';

/** One of some values. */
export type OneOf = (...values: number[]) => number;

export function oneOfBy(random: Random): OneOf {
  return (...values) => values[random.between(0, values.length - 1)];
}

/** Of rings and blocks. */
export function sizesOf(random: Random, oneOf: OneOf) {
  return {
    shards: random.between(1, 2),
    commandRingBytes: oneOf(1 << 12, 1 << 16),
    eventRingBytes: 1 << 17,
    frontRingBytes: oneOf(1 << 13, 1 << 16),
    broadcastRingBytes: oneOf(1 << 13, 1 << 17),
    blockEvents: oneOf(2, 8, 64, 4096),
    blockBytes: oneOf(1 << 11, 1 << 16),
  };
}

export function limitsOf(random: Random): ProcessLimits {
  const oneOf = oneOfBy(random);
  return {
    ...sizesOf(random, oneOf),
    trimBlocks: oneOf(2, 64),
    retryMs: oneOf(5, 50),
    housekeepingMs: oneOf(5, 100),
    snapshotter: {
      snapshotEvents: oneOf(15, 40, 120),
      snapshotMs: oneOf(30, 200),
      historyEvents: oneOf(5, 20, 1000),
      keep: 3,
      pollMs: oneOf(5, 30),
      retryMs: oneOf(10, 100),
    },
  };
}
