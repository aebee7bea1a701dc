/** Memory of tables: columns that grow by copying, and records of which each field reads like a column. */
type TypedArray = Float64Array | Int32Array | Uint32Array | Uint16Array | Uint8Array;

/** A copy of `column` with room for `length` elements; new ones are 0. */
export function grown<C extends TypedArray>(column: C, length: number): C {
  const larger = new (column.constructor as new (length: number) => C)(length);
  larger.set(column);
  return larger;
}

/**
 * One field of records that lie one behind the other: a typed array over the memory of all fields that begins at this one,
 * so that index + n names the field n places further on. Indexes are the places of records, multiples of their length; so
 * a table reads like columns, and what one event touches lies in one or two cache lines.
 */
export interface Field {
  [place: number]: number;
}

/** Large blocks come 16 bytes behind a page from the allocator. So far on, records of 64 bytes fill cache lines. */
const LEAD_BYTES = 48;

/** Zeroed memory for records of `bytes` in all, with the contents of `before`. */
export function recordMemory(bytes: number, before?: ArrayBuffer): ArrayBuffer {
  const memory = new ArrayBuffer(LEAD_BYTES + bytes);
  if (before !== undefined) new Uint8Array(memory).set(new Uint8Array(before));
  return memory;
}

/** Records as doubles, words or bytes, or one field of them: the one `place` elements behind the beginning of a record. */
export function doublesOf(memory: ArrayBuffer, place = 0): Float64Array {
  return new Float64Array(memory, LEAD_BYTES + place * 8);
}

export function wordsOf(memory: ArrayBuffer, place = 0): Uint32Array {
  return new Uint32Array(memory, LEAD_BYTES + place * 4);
}

export function bytesOf(memory: ArrayBuffer, place = 0): Uint8Array {
  return new Uint8Array(memory, LEAD_BYTES + place);
}

const DOUBLED_BELOW = 1 << 16;

/** The next capacity of a table: twice as much, a quarter more once it is large, where unused room costs more than a copy. */
export function nextCapacity(capacity: number): number {
  return capacity < DOUBLED_BELOW ? capacity * 2 : capacity + (capacity >>> 2);
}
