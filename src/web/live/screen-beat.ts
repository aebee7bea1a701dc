/**
 * What pushes change is drawn together, at most so many times a second: nobody reads faster, and each drawing costs a layout
 * and a paint. The first change after a rest is drawn with the next frame. A hidden page draws nothing.
 */
const BEAT_MS = 100;

const due = new Set<() => void>();
let drawnMs = -Infinity;
let isSet = false;

/** Runs `draw` once with the next beat, however often it is asked for until then. */
export function withNextBeat(draw: () => void): void {
  due.add(draw);
  if (isSet) return;
  isSet = true;
  setTimeout(() => requestAnimationFrame(beat), Math.max(0, drawnMs + BEAT_MS - performance.now()));
}

/** For those who leave before. */
export function forgetBeat(draw: () => void): void {
  due.delete(draw);
}

function beat(): void {
  isSet = false;
  drawnMs = performance.now();
  const now = [...due];
  due.clear();
  for (const draw of now) draw();
}
