/** Memory in which frames are gathered, as large as they need; and how they get there. */
import { assert } from '../core/assert.js';
import { frameViews, type FrameViews } from '../wire/frame-layout.js';

/** A command has at most as many events as a book has orders; this only tells a runaway from a big one. */
const BUFFER_BYTES_MAX = 1 << 30;

/** Memory of at least so many bytes with the first `keptBytes` of `views`: the same when it is large enough. */
export function withRoomFor(views: FrameViews, neededBytes: number, keptBytes: number): FrameViews {
  if (neededBytes <= views.bytes.byteLength) return views;
  assert(neededBytes <= BUFFER_BYTES_MAX, `a command of at most ${BUFFER_BYTES_MAX} bytes`);
  const larger = new Uint8Array(Math.min(2 ** Math.ceil(Math.log2(neededBytes)), BUFFER_BYTES_MAX));
  larger.set(views.bytes.subarray(0, keptBytes));
  return frameViews(larger);
}

/** Copies word by word: for a few frames faster than the views that a bulk copy needs, and free of garbage. */
export function copyFrame(from: FrameViews, offset: number, to: FrameViews, toOffset: number, length: number): void {
  const source = from.words;
  const target = to.words;
  const end = (offset + length) >> 2;
  for (let at = offset >> 2, into = toOffset >> 2; at < end; at++, into++) target[into] = source[at]!;
}
