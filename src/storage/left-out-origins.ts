/**
 * What was said of origins while the log was written in a version that has none. Once it may be written with them, commands go on
 * to carry numbers of then: each is explained ahead of the first command that carries it.
 */
import { FrameKind } from '../core/events.js';
import { frameKind, frameLength, frameOrigin, frameSource } from '../wire/frame-header.js';
import { frameViews, type FrameViews } from '../wire/frame-layout.js';
import { decodeRecord } from '../wire/records.js';

/** More than a header has room for. */
const ORIGINS = 1 << 16;

export class LeftOutOrigins {
  /** The last word on each number of each source. */
  private readonly frames = new Map<number, FrameViews>();

  get isEmpty(): boolean {
    return this.frames.size === 0;
  }

  keep(views: FrameViews, offset: number): void {
    const frame = frameViews(views.bytes.slice(offset, offset + frameLength(views, offset)));
    this.frames.set(placeOf(frameSource(views, offset), originSaid(views, offset)), frame);
  }

  /** What is to be said ahead of this frame, which is the first of its command; it is said once. */
  takeFor(views: FrameViews, offset: number): FrameViews | undefined {
    const source = frameSource(views, offset);
    if (frameKind(views, offset) === FrameKind.OriginNoted) {
      // the number means something else from here on
      this.frames.delete(placeOf(source, originSaid(views, offset)));
      return undefined;
    }
    const place = placeOf(source, frameOrigin(views, offset));
    const frame = this.frames.get(place);
    this.frames.delete(place);
    return frame;
  }
}

function originSaid(views: FrameViews, offset: number): number {
  return decodeRecord(FrameKind.OriginNoted, views.bytes, offset).origin;
}

function placeOf(source: number, origin: number): number {
  return source * ORIGINS + origin;
}
