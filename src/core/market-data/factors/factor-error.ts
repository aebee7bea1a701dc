/** Factors that cannot be used; the message says in one sentence why, and where in the text. */
export class FactorError extends Error {
  /** `at`: place of the character in the text of the expression, from 0. */
  static at(at: number, reason: string): FactorError {
    return new FactorError(`at ${at + 1}: ${reason}`);
  }
}
