import { RingBuffer, TAIL_WORD, headWord } from '../../src/ring/ring-buffer.js';

/** Lets an unused ring begin at another cursor, for example shortly before 2^32. */
export function startAt(buffer: SharedArrayBuffer, cursor: number): void {
  const { header, consumers } = RingBuffer.parts(buffer);
  header[TAIL_WORD] = cursor;
  for (let index = 0; index < consumers; index++) header[headWord(index)] = cursor;
}

/** What word `index` of record `id` must be. */
export function wordOf(id: number, index: number): number {
  return Math.imul(id + 1, 0x9e3779b1) ^ Math.imul(index, 0x85ebca6b);
}

/** Fills a claimed frame: length, id, then words that depend on both. */
export function writeRecord(words: Int32Array, offset: number, lengthBytes: number, id: number): void {
  const first = offset >> 2;
  const count = lengthBytes >> 2;
  words[first] = lengthBytes;
  words[first + 1] = id;
  for (let index = 2; index < count; index++) words[first + index] = wordOf(id, index);
}

/** The id of a whole record, or -1 when any of its words is another's. */
export function readRecord(words: Int32Array, offset: number): number {
  const first = offset >> 2;
  const count = words[first] >> 2;
  const id = words[first + 1];
  for (let index = 2; index < count; index++) if (words[first + index] !== wordOf(id, index)) return -1;
  return id;
}
