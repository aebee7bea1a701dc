import { BUCKET_BOUNDS_MICROS, type HistogramSnapshot } from './shared-histogram.js';

/**
 * The duration in µs that `share` (0 to 1) of the records do not exceed: the upper bound of its bucket, which is at most a quarter
 * above it. Undefined without records; Infinity beyond the last bound.
 */
export function percentileMicros({ counts, count }: HistogramSnapshot, share: number): number | undefined {
  if (count === 0) return undefined;
  const sought = Math.max(1, Math.ceil(count * share));
  let seen = 0;
  for (const [bucket, records] of counts.entries()) {
    seen += records;
    if (seen >= sought) return BUCKET_BOUNDS_MICROS[bucket] ?? Infinity;
  }
  return Infinity;
}

/** Histograms of several threads as one. */
export function combined(snapshots: readonly HistogramSnapshot[]): HistogramSnapshot {
  const [first, ...others] = snapshots;
  if (first === undefined) return { counts: BUCKET_BOUNDS_MICROS.map(() => 0), count: 0, sumMicros: 0 };
  return others.reduce(
    (sum, { counts, count, sumMicros }) => ({
      counts: sum.counts.map((records, bucket) => records + (counts[bucket] ?? 0)),
      count: sum.count + count,
      sumMicros: sum.sumMicros + sumMicros,
    }),
    first,
  );
}
