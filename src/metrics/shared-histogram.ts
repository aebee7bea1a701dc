/**
 * Histogram of durations in shared memory: one thread records, any thread reads.
 *
 * Buckets are spaced so that each is at most a quarter of its size wide (upper bounds in µs, inclusive):
 *
 *   1 2 3 4 | 5 6 7 8 | 10 12 14 16 | 20 24 28 32 | ... | 2^26 (67 s)      then one for everything longer
 *
 * Memory: Float64Array of [sum in µs, bucket 0, bucket 1, ..., overflow]. Doubles because a busy 32-bit counter would wrap
 * within a day. The single writer needs no lock, and a reader never sees half a double on the 64-bit machines we run on;
 * it may see a record's bucket before its sum, which a scrape cannot tell from having come a moment earlier.
 */

/** Upper bound of the last finite bucket is 2^MAX_EXPONENT µs. */
const MAX_EXPONENT = 26;
/** 1, 2, 3, 4, then four for each doubling. */
const FINITE_BUCKETS = 4 * (MAX_EXPONENT - 1);
const OVERFLOW_BUCKET = FINITE_BUCKETS;
const FIRST_BUCKET_CELL = 1;
const CELLS = FIRST_BUCKET_CELL + FINITE_BUCKETS + 1;
const LONGEST_FINITE_MICROS = 2 ** MAX_EXPONENT;
/** Eleven days: no duration is longer, and a wild value must not spoil the sum for ever. */
const LONGEST_MICROS = 1e12;

/** Inclusive upper bound of each finite bucket, µs. */
export const BUCKET_BOUNDS_MICROS: readonly number[] = Array.from({ length: FINITE_BUCKETS }, (_, index) => lowestOf(index + 1));

export interface HistogramSnapshot {
  /** Records per bucket; one more than the bounds, the last for everything above them. Not cumulative. */
  readonly counts: readonly number[];
  readonly count: number;
  readonly sumMicros: number;
}

export class SharedHistogram {
  readonly #cells: Float64Array;

  /** Memory for one histogram, all zero; to be handed to the thread that records and to those that read. */
  static create(): SharedArrayBuffer {
    return new SharedArrayBuffer(CELLS * Float64Array.BYTES_PER_ELEMENT);
  }

  constructor(readonly buffer: SharedArrayBuffer) {
    if (buffer.byteLength !== CELLS * Float64Array.BYTES_PER_ELEMENT) throw new RangeError('not the memory of a histogram');
    this.#cells = new Float64Array(buffer);
  }

  /** Counts one duration. A negative one (a clock set back) or NaN counts as 0. By one thread only. */
  record(micros: number): void {
    const duration = micros > 0 ? Math.min(micros, LONGEST_MICROS) : 0;
    const cell = FIRST_BUCKET_CELL + bucketOf(duration);
    this.#cells[cell] = this.#at(cell) + 1;
    this.#cells[0] = this.#at(0) + duration;
  }

  /** A copy whose count is the sum of its buckets. */
  snapshot(): HistogramSnapshot {
    const sumMicros = this.#at(0);
    const counts = Array.from(this.#cells.subarray(FIRST_BUCKET_CELL));
    return { counts, count: counts.reduce((total, count) => total + count, 0), sumMicros };
  }

  #at(cell: number): number {
    return this.#cells[cell] ?? 0;
  }
}

/** Bucket of a duration ≥ 0. */
function bucketOf(micros: number): number {
  if (micros > LONGEST_FINITE_MICROS) return OVERFLOW_BUCKET;
  // Bounds are inclusive: with n = ceil(micros) - 1 the bucket begins at n instead of ending there.
  const n = micros > 1 ? Math.ceil(micros) - 1 : 0;
  if (n < 4) return n;
  const exponent = 31 - Math.clz32(n);
  // The exponent picks the group of four, the two bits below the leading one the place in it.
  return (exponent - 1) * 4 + ((n >>> (exponent - 2)) & 3);
}

/** Smallest n of a bucket; the bound of the bucket before it. */
function lowestOf(bucket: number): number {
  if (bucket < 4) return bucket;
  const exponent = (bucket >>> 2) + 1;
  return (4 + (bucket & 3)) * 2 ** (exponent - 2);
}
