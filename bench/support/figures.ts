/** Medians of runs as rows. */
import type { Row } from './suite.js';

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** The least value that `share` (0 to 1) of all values do not exceed. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)];
}

/** `yardstick` holds the runs of the thing compared with, interleaved with ours. */
export function rowOf(name: string, unit: string, runs: readonly number[], yardstick?: { name: string; runs: readonly number[] }): Row {
  const row: Row = {
    name,
    value: rounded(median(runs)),
    unit,
    runs: runs.length,
    min: rounded(Math.min(...runs)),
    max: rounded(Math.max(...runs)),
  };
  if (yardstick === undefined) return row;
  const theirs = median(yardstick.runs);
  row.yardstick = { name: yardstick.name, value: rounded(theirs) };
  if (theirs !== 0) row.ratio = Math.round((median(runs) / theirs) * 1000) / 1000;
  return row;
}

function rounded(value: number): number {
  return Math.abs(value) >= 100 ? Math.round(value) : Math.round(value * 100) / 100;
}
