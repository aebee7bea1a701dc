/** The head that every frame of the binary protocol begins with, and the text and account numbers around it. */
import * as layout from './session-layout.js';

// Bound here: constants of the module are compiled in, imported ones are looked up at every use.
const { HeadAt, TEXT_BYTES } = layout;

/** `length` in bytes, trailer included; `textLength` characters of a trailing client order id. */
export function writeHead(view: DataView, at: number, length: number, kind: number, request: number, textLength = 0): void {
  view.setUint32(at, length | (kind << 16) | (textLength << 24), true);
  view.setUint32(at + HeadAt.request, request, true);
}

export function headLength(view: DataView, at: number): number {
  return view.getUint16(at, true);
}

export function headKind(view: DataView, at: number): number {
  return view.getUint8(at + HeadAt.kind);
}

export function headTextLength(view: DataView, at: number): number {
  return view.getUint8(at + HeadAt.textLength);
}

export function headRequest(view: DataView, at: number): number {
  return view.getUint32(at + HeadAt.request, true);
}

/** Writes a client order id of at most 64 ASCII characters as a trailer at `at`. */
export function writeText(view: DataView, at: number, text: string): void {
  for (let index = 0; index < TEXT_BYTES; index += 4) view.setUint32(at + index, 0);
  for (let index = 0; index < text.length; index++) view.setUint8(at + index, text.charCodeAt(index));
}

/** The characters at `at`, one a byte. */
export function readText(view: DataView, at: number, length: number): string {
  return Buffer.from(view.buffer, view.byteOffset + at, length).toString('latin1');
}

/** Bytes of the trailer of a text. */
export function textBytes(text: string): number {
  return text === '' ? 0 : TEXT_BYTES;
}

/** Bytes of a trailer of so many 32-bit numbers. */
export function listBytes(count: number): number {
  return (count * 4 + 7) & ~7;
}
