/** What went wrong with the data folder. The message may change, the code does not. */
export type StorageCode =
  /** Another process holds the data folder. */
  | 'LOCKED'
  /** The folder or the database cannot be opened. */
  | 'OPEN_FAILED'
  /** A write did not become durable (disk full, I/O error). */
  | 'WRITE_FAILED'
  | 'READ_FAILED'
  /** What was written cannot be trusted: a missing, swapped or damaged block before the end of the log. */
  | 'CORRUPT'
  /** The last block of the log is damaged: a write that never finished. */
  | 'TORN_TAIL';

export class StorageError extends Error {
  override readonly name = 'StorageError';

  /** `sequence` is the first event that is affected, when there is one. */
  constructor(
    readonly code: StorageCode,
    message: string,
    readonly sequence?: number,
    cause?: unknown,
  ) {
    super(message, cause === undefined ? undefined : { cause });
  }
}

/** The text of anything thrown, with the reason that LevelDB hides in `cause`. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
