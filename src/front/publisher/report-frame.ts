/** A kept report as a frame of a message: its client order id is added. */
import type { FrameBuffer } from '../../wire/frame-buffer.js';
import { headLength, textBytes, writeText } from '../../wire/session-head.js';
import { HeadAt } from '../../wire/session-layout.js';

/** The report at `at` in `view`; `clientOrderId` is that of its order, '' for none. */
export function addReport(out: FrameBuffer, view: DataView, at: number, clientOrderId: string): void {
  const length = headLength(view, at);
  const offset = out.add(view, at, length);
  if (clientOrderId === '') return;
  // the frame goes on: claimed apart, because the memory may have moved
  const textAt = out.extend(textBytes(clientOrderId));
  out.view.setUint16(offset + HeadAt.length, length + textBytes(clientOrderId), true);
  writeText(out.view, textAt, clientOrderId);
}
