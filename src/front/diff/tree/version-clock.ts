/**
 * Numbers the states of the tree that all connections share. What changes bears the number of the state to come; a
 * connection keeps the number of the last state that it was sent, and is owed everything of a higher one.
 */
export class VersionClock {
  /** The state that changes from now on belong to. */
  current = 1;

  /** Ends the state: its number, which later changes do not bear. */
  seal(): number {
    return this.current++;
  }
}
