/**
 * Frames from the market worker to the front: one encoded event each, with what is needed to hand it to whoever wants it.
 *
 *     byte 0       4       8         16        24     32          36        40      44     48          52       56
 *          | length | kind | sequence | md_seq | time | instrument | channels | detail | token | body bytes | (pad) | body
 *          | u32    | u32  | f64      | f64    | f64  | u32        | u32      | u32    | u32   | u32        |
 */
import type { FrameViews } from '../frame-layout.js';

export const MARKET_HEADER_BYTES = 56;
/** In the word of the kind, whose low byte is `keeping`. */
const WHOLE = 0x100;
const BINARY = 0x200;

export interface MarketFrame {
  /** Last event of the log that is in it. */
  sequence: number;
  mdSequence: number;
  /** Event time, µs. */
  timeUs: number;
  instrument: number;
  /** Bits of `Channel`: whoever wants one of them gets it. */
  channels: number;
  /** Of a book the levels it was made for, of bars and factors the place of the period in PERIODS plus 1; 0 for everybody. */
  detail: number;
  /** `Keeping` */
  keeping: number;
  /** A book shown whole. */
  isWhole: boolean;
  /** The body is a frame of the binary protocol, else a JSON object. */
  isBinary: boolean;
  /** The request that it answers; 0: it is for all subscribers. */
  token: number;
}

export function newMarketFrame(): MarketFrame {
  return {
    ...{ sequence: 0, mdSequence: 0, timeUs: 0, instrument: 0, channels: 0, detail: 0, keeping: 0 },
    ...{ isWhole: false, isBinary: false, token: 0 },
  };
}

/** Bytes of a frame with a body of so many bytes. */
export function marketFrameBytes(bodyBytes: number): number {
  return (MARKET_HEADER_BYTES + bodyBytes + 7) & ~7;
}

/** Writes all but the body, which goes to `offset + MARKET_HEADER_BYTES`. */
export function writeMarketFrame({ words, doubles }: FrameViews, offset: number, frame: MarketFrame, bodyBytes: number): void {
  const word = offset >>> 2;
  const double = offset >>> 3;
  words[word] = marketFrameBytes(bodyBytes);
  words[word + 1] = frame.keeping | (frame.isWhole ? WHOLE : 0) | (frame.isBinary ? BINARY : 0);
  doubles[double + 1] = frame.sequence;
  doubles[double + 2] = frame.mdSequence;
  doubles[double + 3] = frame.timeUs;
  words[word + 8] = frame.instrument;
  words[word + 9] = frame.channels;
  words[word + 10] = frame.detail;
  words[word + 11] = frame.token;
  words[word + 12] = bodyBytes;
  words[word + 13] = 0;
}

/** Fills `into`; the body is `marketBody`. */
export function readMarketFrame({ words, doubles }: FrameViews, offset: number, into: MarketFrame): void {
  const word = offset >>> 2;
  const double = offset >>> 3;
  const kind = words[word + 1];
  into.keeping = kind & 0xff;
  into.isWhole = (kind & WHOLE) !== 0;
  into.isBinary = (kind & BINARY) !== 0;
  into.sequence = doubles[double + 1]!;
  into.mdSequence = doubles[double + 2]!;
  into.timeUs = doubles[double + 3]!;
  into.instrument = words[word + 8] >>> 0;
  into.channels = words[word + 9] >>> 0;
  into.detail = words[word + 10] >>> 0;
  into.token = words[word + 11] >>> 0;
}

/** A copy of the body in memory of its own. */
export function marketBody({ bytes, words }: FrameViews, offset: number): Uint8Array {
  const start = offset + MARKET_HEADER_BYTES;
  return bytes.slice(start, start + words[(offset >>> 2) + 12]);
}
