/** MassCancel and MassCancelled. */
import type { MassEntry, Stamp } from '../core/events.js';
import { readStamp, writeHeader } from './frame-header.js';
import { MASS_BYTES, MassAt, type FrameViews } from './frame-layout.js';

/** Writes the whole frame, MASS_BYTES long; the header from `stamp`, but its kind from `kind`. */
export function writeMass(views: FrameViews, offset: number, kind: number, entry: MassEntry, stamp: Stamp = entry.stamp): void {
  writeHeader(views, offset, MASS_BYTES, kind, stamp);
  const { words } = views;
  words[(offset + MassAt.account) >> 2] = entry.account;
  words[(offset + MassAt.instrument) >> 2] = entry.instrument;
  words[(offset + MassAt.count) >> 2] = entry.count;
  words[(offset + MassAt.request) >> 2] = entry.request;
  words[(offset + MassAt.codeSide) >> 2] = entry.code | (entry.side << 16) | (entry.reason << 24);
  words[(offset + MassAt.reserved) >> 2] = 0;
}

/** Fills `into` from the frame. */
export function readMass(views: FrameViews, offset: number, into: MassEntry): void {
  readStamp(views, offset, into.stamp);
  const { words } = views;
  into.account = words[(offset + MassAt.account) >> 2] >>> 0;
  into.instrument = words[(offset + MassAt.instrument) >> 2] >>> 0;
  into.count = words[(offset + MassAt.count) >> 2] >>> 0;
  into.request = words[(offset + MassAt.request) >> 2] >>> 0;
  const codeSide = words[(offset + MassAt.codeSide) >> 2];
  into.code = codeSide & 0xffff;
  into.side = (codeSide >>> 16) & 0xff;
  into.reason = codeSide >>> 24;
}
