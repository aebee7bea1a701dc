/**
 * The name that a client gave an order: up to 64 characters of ASCII, kept as the bytes that frames carry. Most of those who
 * pass an order on never look at it, and a text for each order is what the garbage collector would be busy with.
 */
import { assert } from './assert.js';

export const CLIENT_ORDER_ID_BYTES = 64;

export class ClientOrderId {
  /** Characters, 0 of an order without a name. */
  length = 0;
  readonly words = new Int32Array(CLIENT_ORDER_ID_BYTES / 4);
  private readonly bytes = new Uint8Array(this.words.buffer);

  get text(): string {
    return asciiText(this.bytes, 0, this.length);
  }

  set text(text: string) {
    const { bytes } = this;
    const { length } = text;
    assert(length <= CLIENT_ORDER_ID_BYTES, 'a client order id of at most 64 characters');
    this.clearLastWord(length);
    let seen = 0;
    for (let at = 0; at < length; at++) {
      const character = text.charCodeAt(at);
      seen |= character;
      bytes[at] = character;
    }
    assert(seen < 0x80, 'a client order id of ASCII characters');
    this.length = length;
  }

  /** Takes `length` characters over from words that begin at `from`. */
  take(words: Int32Array, from: number, length: number): void {
    assert(length <= CLIENT_ORDER_ID_BYTES, 'a client order id of at most 64 characters');
    const own = this.words;
    for (let word = 0, end = (length + 3) >> 2; word < end; word++) own[word] = words[from + word];
    this.length = length;
  }

  /** Takes characters over that begin at any byte. */
  takeBytes(bytes: Uint8Array, from: number, length: number): void {
    assert(length <= CLIENT_ORDER_ID_BYTES, 'a client order id of at most 64 characters');
    this.clearLastWord(length);
    for (let at = 0; at < length; at++) this.bytes[at] = bytes[from + at];
    this.length = length;
  }

  /** It is copied whole. */
  private clearLastWord(length: number): void {
    if (length > 0) this.words[(length - 1) >> 2] = 0;
  }

  /** Writes the characters into words that begin at `at`, up to the end of the last word. */
  put(words: Int32Array, at: number): void {
    const own = this.words;
    for (let word = 0, end = (this.length + 3) >> 2; word < end; word++) words[at + word] = own[word];
  }
}

export function asciiText(bytes: Uint8Array, from: number, length: number): string {
  let text = '';
  for (let at = from; at < from + length; at++) text += String.fromCharCode(bytes[at]);
  return text;
}
