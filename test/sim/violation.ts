/** Something happened that must never happen. */
export class Violation extends Error {
  override readonly name = 'Violation';
}

/** Throws unless `condition` holds; `what` says what went wrong. */
export function demand(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Violation(what);
}
