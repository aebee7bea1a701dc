/**
 * How the log keeps a frame: only what differs from the frame of the same kind before it in the same block. Events of one kind have
 * times, instruments, accounts and numbers that are alike, and are zero in the same places; more than half of an order or a trade need
 * not be written. Fewer bytes mean less work for LevelDB, which copies each of them five times and sums it up twice, and for etcd.
 *
 *   kind u8, length of the frame in words u24 | for every 16 words a u32 with a bit for each half of them, lowest first: it differs |
 *   those halves, u16 | zeros up to a multiple of 4
 *
 * What the frame before does not have counts as 0 there, and so does all of the frame before the first of a kind. Halves of words are
 * where it pays: single bytes take a quarter less room and twice the time, whole words twice the room and a third less time.
 */
import { assert } from '../core/assert.js';

const KINDS = 256;
/** The kind stands in the second word of a frame. */
const KIND_WORD = 1;
const WORDS_MAX = 0xff_ffff;
const WORDS_A_MASK = 16;

/** Bytes of frames that one coded byte may stand for: a mask without a bit. */
export const CODED_SHARE_MAX = WORDS_A_MASK;

/** Coded frames, as the words and the halves that they consist of; both begin at the same byte. */
export interface CodedViews {
  readonly words: Int32Array;
  readonly halves: Uint16Array;
}

/** `bytes` begin at a multiple of 4. */
export function codedViews({ buffer, byteOffset, byteLength }: Uint8Array): CodedViews {
  return { words: new Int32Array(buffer, byteOffset, byteLength >> 2), halves: new Uint16Array(buffer, byteOffset, byteLength >> 1) };
}

/** Room that frames of so many bytes need at most, each of them at least 32. */
export function codedBytesMax(frameBytes: number): number {
  return frameBytes + (frameBytes >> 1) + 8;
}

/** Words of the frame that is coded at word `at`. */
export function codedFrameWords(coded: CodedViews, at: number): number {
  return coded.words[at] >>> 8;
}

export class FrameEncoder {
  /** Where the last frame of each kind begins, 0 for none. */
  private readonly last = new Int32Array(KINDS);

  /** A new block. */
  begin(): void {
    this.last.fill(0);
  }

  /**
   * Writes the frame at word `at` to `into` from word `to` on and returns the word behind it there. All frames of a block must lie in
   * the same `words`, none at word 0, and stay as they are.
   */
  encode(words: Int32Array, at: number, into: CodedViews, to: number): number {
    const { words: codedWords, halves } = into;
    const length = words[at] >>> 2;
    assert(length <= WORDS_MAX, 'a frame whose length fits');
    const kind = words[at + KIND_WORD] & 0xff;
    const last = this.last[kind];
    this.last[kind] = at;
    const shared = last === 0 ? 0 : Math.min(length, words[last] >>> 2);
    codedWords[to] = kind | (length << 8);
    let maskAt = to + 1;
    let end = (maskAt + masksOf(length)) * 2;
    for (let first = 0; first < length; first += WORDS_A_MASK) {
      const next = Math.min(first + WORDS_A_MASK, length);
      let mask = 0;
      for (let i = first; i < next; i++) {
        const word = words[at + i];
        const difference = i < shared ? word ^ words[last + i] : word;
        if (difference === 0) continue;
        // shifts count modulo 32
        if ((difference & 0xffff) !== 0) {
          mask |= 1 << (2 * i);
          halves[end++] = word;
        }
        if (difference >>> 16 !== 0) {
          mask |= 2 << (2 * i);
          halves[end++] = word >>> 16;
        }
      }
      codedWords[maskAt++] = mask;
    }
    if ((end & 1) !== 0) halves[end++] = 0;
    return end >> 1;
  }
}

export class FrameDecoder {
  private readonly last = new Int32Array(KINDS);

  /** A new block. */
  begin(): void {
    this.last.fill(0);
  }

  /**
   * The other way round: writes the frame that is coded at word `at` to `into` from word `to` on and returns the word behind it in
   * `coded`, or -1 where it would not fit. What is not written yet must be 0 in `into`.
   */
  decode(coded: CodedViews, at: number, into: CodedViews, to: number): number {
    const { words: codedWords, halves: codedHalves } = coded;
    const { words, halves } = into;
    const kind = codedWords[at] & 0xff;
    const length = codedFrameWords(coded, at);
    if (length > words.length - to) return -1;
    const last = this.last[kind];
    this.last[kind] = to;
    const shared = last === 0 ? 0 : Math.min(length, words[last] >>> 2);
    for (let i = 0; i < shared; i++) words[to + i] = words[last + i];
    const masksEnd = at + 1 + masksOf(length);
    let end = masksEnd * 2;
    let half = to * 2;
    for (let maskAt = at + 1; maskAt < masksEnd; maskAt++) {
      // the lowest bit that is left, again and again
      for (let mask = codedWords[maskAt]; mask !== 0; mask &= mask - 1) halves[half + 31 - Math.clz32(mask & -mask)] = codedHalves[end++];
      half += 2 * WORDS_A_MASK;
    }
    return (end + 1) >> 1;
  }
}

function masksOf(words: number): number {
  return ((words - 1) >> 4) + 1;
}
