/**
 * A broken invariant is a programmer's error: it is never carried on with. Always on, cheap, and never used for input
 * that a client can send (that is a refusal with a code).
 */
export function assert(condition: boolean, expectation: string): asserts condition {
  if (!condition) throw new Error(`invariant broken: ${expectation}`);
}
