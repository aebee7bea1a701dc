/**
 * Layout of a byte ring in shared memory: one producer, one consumer or several that each see everything (broadcast).
 *
 *   | geometry | producer | consumer 0 | consumer 1 | ... | data: capacity bytes                          |
 *     128 B      128 B      128 B                         a power of two, at most 2^30
 *
 * Cursors count bytes since the beginning and wrap around at 2^32; a cursor modulo the capacity is a place in the data.
 * Published and not yet given back is what lies between a consumer's head and the tail: equal cursors mean empty, a
 * difference of the capacity means full. Since the capacity is at most 2^30, `(tail - head) | 0` is exact.
 *
 * A frame starts at a multiple of 8, its first u32 is its length in bytes (a multiple of 8), and it never goes over the
 * end of the data: a filler with a negative length takes the rest of the lap instead.
 *
 * Every cursor has its own 128 bytes (two cache lines: processors fetch lines in pairs), so that a thread writing its
 * cursor does not take away the line that another one polls.
 */
import { ringAssert } from './ring-assert.js';

/** Words (Int32) per line. */
const LINE_WORDS = 32;
const LINE_BYTES = LINE_WORDS * 4;

/** Written once by `create`, before the buffer is handed to anybody, and only read afterwards. */
export const MAGIC_WORD = 0;
export const CAPACITY_WORD = 1;
export const CONSUMERS_WORD = 2;
/** Written by the producer, read by consumers: everything before it is published. */
export const TAIL_WORD = LINE_WORDS;
/** 1 while the producer sleeps until space is given back; set by the producer, taken back by whoever wakes it. */
export const SPACE_WANTED_WORD = LINE_WORDS + 1;

/** Written by the consumer, read by the producer: everything before it may be overwritten. */
const HEAD = 0;
const STATE = 1;

export const ConsumerState = { ATTACHED: 0, DETACHED: 1, ATTACHING: 2 } as const;

export function headWord(index: number): number {
  return (2 + index) * LINE_WORDS + HEAD;
}

export function stateWord(index: number): number {
  return (2 + index) * LINE_WORDS + STATE;
}

const MAGIC = 0x52494e47;
/** Keeps every difference of two cursors of one ring well inside a signed word. */
const CAPACITY_BYTES_MAX = 2 ** 30;
const CAPACITY_BYTES_MIN = 64;

/** The header and the data of a ring as typed arrays; all three data views begin at the same byte. */
export interface RingParts {
  readonly header: Int32Array<SharedArrayBuffer>;
  readonly consumers: number;
  readonly capacityBytes: number;
  readonly bytes: Uint8Array<SharedArrayBuffer>;
  readonly words: Int32Array<SharedArrayBuffer>;
  readonly doubles: Float64Array<SharedArrayBuffer>;
}

export class RingBuffer {
  /**
   * Memory of an empty ring. `capacityBytes` is a power of two from 64 to 2^30; frames of up to a quarter of it always
   * find room. All `consumers` start attached at the beginning, so nothing is lost before they look for the first time.
   */
  static create(capacityBytes: number, consumers = 1): SharedArrayBuffer {
    const powerOfTwo = Number.isInteger(capacityBytes) && (capacityBytes & (capacityBytes - 1)) === 0;
    ringAssert(powerOfTwo && capacityBytes >= CAPACITY_BYTES_MIN && capacityBytes <= CAPACITY_BYTES_MAX, 'a capacity of 2^6..2^30 bytes');
    ringAssert(Number.isInteger(consumers) && consumers >= 1 && consumers <= 64, '1..64 consumers');
    const buffer = new SharedArrayBuffer((2 + consumers) * LINE_BYTES + capacityBytes);
    // Plain writes: no other thread has the buffer yet, and posting it orders them before everything the receiver does.
    const header = new Int32Array(buffer, 0, LINE_WORDS);
    header[MAGIC_WORD] = MAGIC;
    header[CAPACITY_WORD] = capacityBytes;
    header[CONSUMERS_WORD] = consumers;
    return buffer;
  }

  /** The views over a buffer made by `create`; throws on any other. */
  static parts(buffer: SharedArrayBuffer): RingParts {
    const geometry = new Int32Array(buffer, 0, LINE_WORDS);
    ringAssert(geometry[MAGIC_WORD] === MAGIC, 'a buffer made by RingBuffer.create');
    const capacityBytes = geometry[CAPACITY_WORD];
    const consumers = geometry[CONSUMERS_WORD];
    const headerBytes = (2 + consumers) * LINE_BYTES;
    return {
      header: new Int32Array(buffer, 0, headerBytes / 4),
      consumers,
      capacityBytes,
      bytes: new Uint8Array(buffer, headerBytes, capacityBytes),
      words: new Int32Array(buffer, headerBytes, capacityBytes / 4),
      doubles: new Float64Array(buffer, headerBytes, capacityBytes / 8),
    };
  }
}
