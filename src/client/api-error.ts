/** A refusal of the exchange, by whichever interface it came. `code` is stable, the text is for people. */
export class ApiError extends Error {
  override readonly name = 'ApiError';

  constructor(
    readonly code: number,
    message: string,
    /** Status of the HTTP answer; 0 when the refusal came over a socket. */
    readonly status = 0,
    /** What the exchange said about single fields. */
    readonly details?: unknown,
  ) {
    super(message);
  }
}
