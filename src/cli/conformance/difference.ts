/** Comparing what a case expects with what happened. */
import type { Pair } from './case-file.js';

/** One reason per difference; none when they agree. */
export type Differences = string[];

/** Equal as JSON, in order. A list that the case does not give is not compared. */
export function compare(differences: Differences, what: string, expected: unknown, got: unknown): void {
  if (expected === undefined) return;
  const [theirs, ours] = [JSON.stringify(expected), JSON.stringify(got)];
  if (theirs !== ours) differences.push(`${what}: expected ${theirs}, got ${ours}`);
}

/** Equal but for the order and for entries of 0 lots; several entries of an id count together. */
export function compareByOrder(differences: Differences, what: string, expected: readonly Pair[] | undefined, got: readonly Pair[]): void {
  if (expected !== undefined) compare(differences, what, summed(expected), summed(got));
}

/** `expected` names everything that it must and nothing that it may not; order and repetition mean nothing. */
export function compareBetween<T>(
  differences: Differences,
  what: string,
  expected: readonly T[] | undefined,
  must: readonly T[],
  may: readonly T[],
): void {
  if (expected === undefined) return;
  const named = new Set(expected.map((it) => JSON.stringify(it)));
  const allowed = new Set(may.map((it) => JSON.stringify(it)));
  if (must.every((it) => named.has(JSON.stringify(it))) && [...named].every((it) => allowed.has(it))) return;
  differences.push(`${what}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(may)}`);
}

/** Lots by id, ascending. */
export function summed(pairs: readonly Pair[]): Pair[] {
  const lots = new Map<number, number>();
  for (const [id, qty] of pairs) lots.set(id, (lots.get(id) ?? 0) + qty);
  return [...lots].filter(([, qty]) => qty !== 0).sort(([a], [b]) => a - b);
}
