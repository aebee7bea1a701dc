/** The optional trailer of an OrderFrame: up to 64 characters of ASCII, the rest zero. */
import type { ClientOrderId } from '../core/client-order-id.js';
import { CLIENT_ORDER_ID_BYTES, type FrameViews } from './frame-layout.js';

/** Writes the whole trailer at byte `offset`. */
export function writeClientOrderId({ words }: FrameViews, offset: number, id: ClientOrderId): void {
  const from = offset >> 2;
  for (let word = from, end = from + CLIENT_ORDER_ID_BYTES / 4; word < end; word++) words[word] = 0;
  id.put(words, from);
}

/** `length` is the field of the frame before the trailer. */
export function readClientOrderId({ words }: FrameViews, offset: number, length: number, into: ClientOrderId): void {
  into.take(words, offset >> 2, length);
}
