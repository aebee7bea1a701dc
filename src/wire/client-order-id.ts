/** The optional trailer of an OrderFrame: up to 64 characters of ASCII, the rest zero. */
import { assert } from '../core/assert.js';
import { CLIENT_ORDER_ID_BYTES, type FrameViews } from './frame-layout.js';

/** Writes the whole trailer at byte `offset`. */
export function writeClientOrderId(views: FrameViews, offset: number, id: string): void {
  assert(id.length <= CLIENT_ORDER_ID_BYTES, 'a client order id of at most 64 characters');
  const { bytes, words } = views;
  for (let word = offset >> 2, end = word + CLIENT_ORDER_ID_BYTES / 4; word < end; word++) words[word] = 0;
  let seen = 0;
  for (let index = 0; index < id.length; index++) {
    const character = id.charCodeAt(index);
    seen |= character;
    bytes[offset + index] = character;
  }
  assert(seen < 0x80, 'a client order id of ASCII characters');
}

/** Unshared, so that any decoder takes it; longer than eight characters, a decoder beats a loop over characters. */
const scratch = Buffer.alloc(CLIENT_ORDER_ID_BYTES);

/** The one allocation of a hot frame. `length` is the field of the frame before the trailer. */
export function readClientOrderId(views: FrameViews, offset: number, length: number): string {
  assert(length <= CLIENT_ORDER_ID_BYTES, 'a client order id of at most 64 characters');
  const { bytes } = views;
  for (let index = 0; index < length; index++) scratch[index] = bytes[offset + index]!;
  return scratch.toString('latin1', 0, length);
}
