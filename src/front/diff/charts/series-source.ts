/** Where charts have their bars and ticks from. */
import type { DiffFields } from '../tree/diff-object.js';

/** One bar or tick. */
export interface SeriesItem {
  /** Dense: the first ever is 0, every further one has the next number. */
  readonly id: number;
  readonly timeUs: number;
  /** As the tree shows it (diff.md 6.2, 6.3). */
  readonly fields: DiffFields;
}

export interface SeriesReading {
  /** Number of the newest, -1 before the first. */
  readonly lastId: number;
  /** From one number to another (both included), as far as they exist, oldest first. */
  items(fromId: number, toId: number): Promise<readonly SeriesItem[]>;
  /** Number of the last item that begins at the moment or before, -1 when all are behind it. */
  idAt(timeUs: number): Promise<number>;
  close(): void;
}

export interface SeriesSource {
  /**
   * Ticks for a duration of 0, else bars: a whole number of seconds up to a day, or of days. Resolves once it is known how
   * many there are; from then on `onChange` hears of every item that is new or has changed, in order.
   */
  watch(instrument: number, durationUs: number, onChange: (item: SeriesItem) => void): Promise<SeriesReading>;
}
