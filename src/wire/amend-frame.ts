/** AmendOrder, OrderAmended and AmendRefused. */
import type { AmendEntry, Stamp } from '../core/events.js';
import { readStamp, writeHeader } from './frame-header.js';
import { AMEND_BYTES, AmendAt, type FrameViews } from './frame-layout.js';

/** Writes the whole frame, AMEND_BYTES long; the header from `stamp`, but its kind from `kind`. */
export function writeAmend(views: FrameViews, offset: number, kind: number, entry: AmendEntry, stamp: Stamp = entry.stamp): void {
  writeHeader(views, offset, AMEND_BYTES, kind, stamp);
  const { words, doubles } = views;
  doubles[(offset + AmendAt.orderId) >> 3] = entry.orderId;
  doubles[(offset + AmendAt.newPrice) >> 3] = entry.newPrice;
  doubles[(offset + AmendAt.price) >> 3] = entry.price;
  doubles[(offset + AmendAt.prioritySequence) >> 3] = entry.prioritySequence;
  words[(offset + AmendAt.account) >> 2] = entry.account;
  words[(offset + AmendAt.instrument) >> 2] = entry.instrument;
  words[(offset + AmendAt.newVolume) >> 2] = entry.newVolume;
  words[(offset + AmendAt.volume) >> 2] = entry.volume;
  words[(offset + AmendAt.leaves) >> 2] = entry.leaves;
  words[(offset + AmendAt.request) >> 2] = entry.request;
  words[(offset + AmendAt.codeCloseFirst) >> 2] = entry.code | (entry.closeFirst << 16);
  words[(offset + AmendAt.reserved) >> 2] = 0;
}

/** Fills `into` from the frame. */
export function readAmend(views: FrameViews, offset: number, into: AmendEntry): void {
  readStamp(views, offset, into.stamp);
  const { words, doubles } = views;
  into.orderId = doubles[(offset + AmendAt.orderId) >> 3]!;
  into.newPrice = doubles[(offset + AmendAt.newPrice) >> 3]!;
  into.price = doubles[(offset + AmendAt.price) >> 3]!;
  into.prioritySequence = doubles[(offset + AmendAt.prioritySequence) >> 3]!;
  into.account = words[(offset + AmendAt.account) >> 2] >>> 0;
  into.instrument = words[(offset + AmendAt.instrument) >> 2] >>> 0;
  into.newVolume = words[(offset + AmendAt.newVolume) >> 2] >>> 0;
  into.volume = words[(offset + AmendAt.volume) >> 2] >>> 0;
  into.leaves = words[(offset + AmendAt.leaves) >> 2] >>> 0;
  into.request = words[(offset + AmendAt.request) >> 2] >>> 0;
  const codeCloseFirst = words[(offset + AmendAt.codeCloseFirst) >> 2];
  into.code = codeCloseFirst & 0xffff;
  into.closeFirst = (codeCloseFirst >>> 16) & 0xff;
}
