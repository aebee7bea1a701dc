/** The header that every frame begins with. `offset` is always the frame's own, in bytes and a multiple of 8. */
import type { Stamp } from '../core/events.js';
import * as frameLayout from './frame-layout.js';
import type { FrameViews } from './frame-layout.js';

// Bound here: constants of the module are compiled in, imported ones are looked up at every use.
const { END_OF_COMMAND, HeaderAt } = frameLayout;
/** In words, and in doubles. */
const KIND = HeaderAt.kind >> 2;
const SEQUENCE = HeaderAt.sequence >> 3;
const TIME_US = HeaderAt.timeUs >> 3;
const SHARD_SEQUENCE = HeaderAt.shardSequence >> 3;
/** In the word of the kind, whose second byte and the upper seven bits of the last one are the origin. */
const ENDS_COMMAND = END_OF_COMMAND << 24;
const ORIGIN_LOW = 0xff;
const ORIGIN_HIGH = 0x7f00;
const ORIGIN_BITS = (ORIGIN_LOW << 8) | (ORIGIN_HIGH << 17);
/** The largest that a header can hold. */
export const ORIGIN_MAX = ORIGIN_HIGH | ORIGIN_LOW;

export function writeHeader(views: FrameViews, offset: number, lengthBytes: number, kind: number, stamp: Stamp): void {
  const { words, doubles } = views;
  const word = offset >>> 2;
  const double = offset >>> 3;
  words[word] = lengthBytes;
  const { origin } = stamp;
  const originBits = ((origin & ORIGIN_LOW) << 8) | ((origin & ORIGIN_HIGH) << 17);
  words[word + KIND] = kind | originBits | (stamp.source << 16) | (stamp.endOfCommand ? ENDS_COMMAND : 0);
  doubles[double + SEQUENCE] = stamp.sequence;
  doubles[double + TIME_US] = stamp.timeUs;
  doubles[double + SHARD_SEQUENCE] = stamp.shardSequence;
}

export function readStamp(views: FrameViews, offset: number, into: Stamp): void {
  const { words, doubles } = views;
  const word = words[(offset >>> 2) + KIND];
  into.kind = word & 0xff;
  into.origin = originIn(word);
  into.source = (word >>> 16) & 0xff;
  into.endOfCommand = ((word >>> 24) & END_OF_COMMAND) !== 0;
  into.sequence = doubles[(offset >>> 3) + SEQUENCE]!;
  into.timeUs = doubles[(offset >>> 3) + TIME_US]!;
  into.shardSequence = doubles[(offset >>> 3) + SHARD_SEQUENCE]!;
}

/** Bytes of the whole frame: the next one begins at `offset + frameLength`. */
export function frameLength(views: FrameViews, offset: number): number {
  return views.words[offset >>> 2] >>> 0;
}

export function frameKind(views: FrameViews, offset: number): number {
  return views.words[(offset >>> 2) + KIND] & 0xff;
}

export function frameSource(views: FrameViews, offset: number): number {
  return views.bytes[offset + HeaderAt.source];
}

/** Where its command came from, 0 for nowhere. */
export function frameOrigin(views: FrameViews, offset: number): number {
  return originIn(views.words[(offset >>> 2) + KIND]);
}

export function clearOrigin(views: FrameViews, offset: number): void {
  views.words[(offset >>> 2) + KIND] &= ~ORIGIN_BITS;
}

export function frameFlags(views: FrameViews, offset: number): number {
  return views.bytes[offset + HeaderAt.flags];
}

export function isEndOfCommand(views: FrameViews, offset: number): boolean {
  return (views.words[(offset >>> 2) + KIND] & ENDS_COMMAND) !== 0;
}

export function markEndOfCommand(views: FrameViews, offset: number): void {
  views.words[(offset >>> 2) + KIND] |= ENDS_COMMAND;
}

/** Place in the log, 0 before it has one. */
export function frameSequence(views: FrameViews, offset: number): number {
  return views.doubles[(offset >>> 3) + SEQUENCE];
}

export function setSequence(views: FrameViews, offset: number, sequence: number): void {
  views.doubles[(offset >>> 3) + SEQUENCE] = sequence;
}

/** µs since the epoch. */
export function frameTimeUs(views: FrameViews, offset: number): number {
  return views.doubles[(offset >>> 3) + TIME_US];
}

export function frameShardSequence(views: FrameViews, offset: number): number {
  return views.doubles[(offset >>> 3) + SHARD_SEQUENCE];
}

function originIn(kindWord: number): number {
  return ((kindWord >>> 8) & ORIGIN_LOW) | ((kindWord >>> 17) & ORIGIN_HIGH);
}
