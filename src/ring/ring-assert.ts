/** A broken invariant of a ring is a programmer's error and never carried on with. */
export function ringAssert(condition: boolean, expectation: string): asserts condition {
  if (!condition) throw new Error(`ring invariant broken: expected ${expectation}`);
}
