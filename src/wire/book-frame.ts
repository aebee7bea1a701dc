/** OpenBook: a control command, never logged. */
import type { BookSpec } from '../core/events.js';
import { readStamp, writeHeader } from './frame-header.js';
import { BOOK_BYTES, BookAt, type FrameViews } from './frame-layout.js';

/** Writes the whole frame, BOOK_BYTES long; the header from `spec.stamp`, but its kind from `kind`. */
export function writeBook(views: FrameViews, offset: number, kind: number, spec: BookSpec): void {
  writeHeader(views, offset, BOOK_BYTES, kind, spec.stamp);
  const { words, doubles } = views;
  doubles[(offset + BookAt.priceTick) >> 3] = spec.priceTick;
  doubles[(offset + BookAt.lowerLimit) >> 3] = spec.lowerLimit;
  doubles[(offset + BookAt.upperLimit) >> 3] = spec.upperLimit;
  doubles[(offset + BookAt.nextShardSequence) >> 3] = spec.nextShardSequence;
  doubles[(offset + BookAt.referencePrice) >> 3] = spec.referencePrice;
  doubles[(offset + BookAt.lastPrice) >> 3] = spec.lastPrice;
  words[(offset + BookAt.instrument) >> 2] = spec.instrument;
  words[(offset + BookAt.phaseStatus) >> 2] = spec.phase | (spec.status << 8) | (spec.tradePrice << 16) | (spec.auctionTieBreak << 24);
  words[(offset + BookAt.switches) >> 2] = spec.closeFirstAtLimit | (spec.cancelInBreak << 8);
  words[(offset + BookAt.reserved) >> 2] = 0;
}

/** Fills `into` from the frame. */
export function readBook(views: FrameViews, offset: number, into: BookSpec): void {
  readStamp(views, offset, into.stamp);
  const { words, doubles } = views;
  into.priceTick = doubles[(offset + BookAt.priceTick) >> 3]!;
  into.lowerLimit = doubles[(offset + BookAt.lowerLimit) >> 3]!;
  into.upperLimit = doubles[(offset + BookAt.upperLimit) >> 3]!;
  into.nextShardSequence = doubles[(offset + BookAt.nextShardSequence) >> 3]!;
  into.referencePrice = doubles[(offset + BookAt.referencePrice) >> 3]!;
  into.lastPrice = doubles[(offset + BookAt.lastPrice) >> 3]!;
  into.instrument = words[(offset + BookAt.instrument) >> 2] >>> 0;
  const phaseStatus = words[(offset + BookAt.phaseStatus) >> 2];
  into.phase = phaseStatus & 0xff;
  into.status = (phaseStatus >>> 8) & 0xff;
  into.tradePrice = (phaseStatus >>> 16) & 0xff;
  into.auctionTieBreak = phaseStatus >>> 24;
  const switches = words[(offset + BookAt.switches) >> 2];
  into.closeFirstAtLimit = switches & 0xff;
  into.cancelInBreak = (switches >>> 8) & 0xff;
}
