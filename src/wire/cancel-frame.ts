/** CancelOrder, OrderCancelled and CancelRefused. */
import type { CancelEntry, Stamp } from '../core/events.js';
import * as frameHeader from './frame-header.js';
import * as frameLayout from './frame-layout.js';
import type { FrameViews } from './frame-layout.js';

// Bound here: constants of the module are compiled in, imported ones are looked up at every use.
const { CANCEL_BYTES, CancelAt } = frameLayout;
const { readStamp, writeHeader } = frameHeader;

/** Writes the whole frame, CANCEL_BYTES long; the header from `stamp`, but its kind from `kind`. */
export function writeCancel(views: FrameViews, offset: number, kind: number, entry: CancelEntry, stamp: Stamp = entry.stamp): void {
  writeHeader(views, offset, CANCEL_BYTES, kind, stamp);
  writeCancelBody(views, offset, entry.orderId, entry.account, entry.instrument, entry.volume, entry.request, entry.reason, entry.code);
}

/** Writes all but the header, of what need not be an object. */
export function writeCancelBody(
  views: FrameViews,
  offset: number,
  orderId: number,
  account: number,
  instrument: number,
  volume: number,
  request: number,
  reason: number,
  code: number,
): void {
  const { words, doubles } = views;
  const word = offset >>> 2;
  doubles[(offset + CancelAt.orderId) >>> 3] = orderId;
  words[word + (CancelAt.account >> 2)] = account;
  words[word + (CancelAt.instrument >> 2)] = instrument;
  words[word + (CancelAt.volume >> 2)] = volume;
  words[word + (CancelAt.request >> 2)] = request;
  words[word + (CancelAt.reasonCode >> 2)] = reason | (code << 16);
  words[word + (CancelAt.reserved >> 2)] = 0;
}

/** Fills `into` from the frame. */
export function readCancel(views: FrameViews, offset: number, into: CancelEntry): void {
  readStamp(views, offset, into.stamp);
  const { words, doubles } = views;
  const word = offset >>> 2;
  const double = offset >>> 3;
  into.orderId = doubles[double + (CancelAt.orderId >> 3)]!;
  into.account = words[word + (CancelAt.account >> 2)] >>> 0;
  into.instrument = words[word + (CancelAt.instrument >> 2)] >>> 0;
  into.volume = words[word + (CancelAt.volume >> 2)] >>> 0;
  into.request = words[word + (CancelAt.request >> 2)] >>> 0;
  const reasonCode = words[word + (CancelAt.reasonCode >> 2)];
  into.reason = reasonCode & 0xffff;
  into.code = reasonCode >>> 16;
}
