/** SetPhase and PhaseChanged. */
import type { PhaseEntry, Stamp } from '../core/events.js';
import { readStamp, writeHeader } from './frame-header.js';
import { PHASE_BYTES, PhaseAt, type FrameViews } from './frame-layout.js';

/** Writes the whole frame, PHASE_BYTES long; the header from `stamp`, but its kind from `kind`. */
export function writePhase(views: FrameViews, offset: number, kind: number, entry: PhaseEntry, stamp: Stamp = entry.stamp): void {
  writeHeader(views, offset, PHASE_BYTES, kind, stamp);
  const { words } = views;
  words[(offset + PhaseAt.instrument) >> 2] = entry.instrument;
  words[(offset + PhaseAt.request) >> 2] = entry.request;
  words[(offset + PhaseAt.phaseStatusReason) >> 2] = entry.phase | (entry.status << 8) | (entry.reason << 16);
  words[(offset + PhaseAt.reserved) >> 2] = 0;
}

/** Fills `into` from the frame. */
export function readPhase(views: FrameViews, offset: number, into: PhaseEntry): void {
  readStamp(views, offset, into.stamp);
  const { words } = views;
  into.instrument = words[(offset + PhaseAt.instrument) >> 2] >>> 0;
  into.request = words[(offset + PhaseAt.request) >> 2] >>> 0;
  const phaseStatusReason = words[(offset + PhaseAt.phaseStatusReason) >> 2];
  into.phase = phaseStatusReason & 0xff;
  into.status = (phaseStatusReason >>> 8) & 0xff;
  into.reason = (phaseStatusReason >>> 16) & 0xff;
}
