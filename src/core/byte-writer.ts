/**
 * Little-endian writing and reading of numbers, texts and whole arrays, one after the other: the alphabet of state
 * snapshots. Arrays are memory copied: the processors that we run on are little-endian, as frames and rings take for granted.
 */
import { assert } from './assert.js';

/** What can be written as a whole. */
export type Values = Float64Array | Uint32Array | Uint8Array;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Up to here a text of ASCII is read faster character by character. */
const SHORT_BYTES = 24;

export class ByteWriter {
  private bytes = new Uint8Array(1 << 16);
  private view = new DataView(this.bytes.buffer);
  private at = 0;

  u32(value: number): void {
    this.room(4);
    this.view.setUint32(this.at, value, true);
    this.at += 4;
  }

  f64(value: number): void {
    this.room(8);
    this.view.setFloat64(this.at, value, true);
    this.at += 8;
  }

  text(value: string): void {
    // A UTF-16 unit becomes at most three bytes.
    this.room(4 + value.length * 3);
    const { written } = encoder.encodeInto(value, this.bytes.subarray(this.at + 4));
    this.u32(written);
    this.at += written;
  }

  /** Their length in bytes and their memory. */
  values(values: Values): void {
    this.u32(values.byteLength);
    this.room(values.byteLength);
    this.bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), this.at);
    this.at += values.byteLength;
  }

  /** Many texts at once: their lengths in UTF-16 units, then all of them as one. */
  texts(texts: readonly string[]): void {
    this.values(Uint32Array.from(texts, (text) => text.length));
    this.text(texts.join(''));
  }

  finish(): Uint8Array {
    return this.bytes.subarray(0, this.at);
  }

  private room(bytes: number): void {
    if (this.at + bytes <= this.bytes.length) return;
    const larger = new Uint8Array(Math.max(this.bytes.length * 2, this.at + bytes));
    larger.set(this.bytes);
    this.bytes = larger;
    this.view = new DataView(larger.buffer);
  }
}

export class ByteReader {
  private readonly view: DataView;
  private at = 0;

  constructor(private readonly bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  u32(): number {
    const value = this.view.getUint32(this.at, true);
    this.at += 4;
    return value;
  }

  f64(): number {
    const value = this.view.getFloat64(this.at, true);
    this.at += 8;
    return value;
  }

  text(): string {
    const length = this.u32();
    const from = this.at;
    this.at += length;
    return this.shortAscii(from, length) ?? decoder.decode(this.bytes.subarray(from, this.at));
  }

  /** Fills `into`, which must be of the type and length that were written, and returns it. */
  values<V extends Values>(into: V): V {
    const length = this.u32();
    assert(length === into.byteLength, 'as many values as were written');
    new Uint8Array(into.buffer, into.byteOffset, length).set(this.bytes.subarray(this.at, this.at + length));
    this.at += length;
    return into;
  }

  texts(count: number): string[] {
    const lengths = this.values(new Uint32Array(count));
    const all = this.text();
    let from = 0;
    return Array.from(lengths, (length) => all.slice(from, (from += length)));
  }

  /** The same of ASCII alone, as it lies there: one text behind the other, of these lengths. */
  asciiTexts(count: number): { lengths: Uint32Array; bytes: Uint8Array } {
    const lengths = this.values(new Uint32Array(count));
    const length = this.u32();
    assert(length === lengths.reduce((sum, each) => sum + each, 0), 'texts of ASCII characters');
    this.at += length;
    return { lengths, bytes: this.bytes.subarray(this.at - length, this.at) };
  }

  end(): void {
    assert(this.at === this.bytes.length, 'a snapshot is read to its last byte');
  }

  private shortAscii(from: number, length: number): string | undefined {
    if (length > SHORT_BYTES) return undefined;
    let text = '';
    for (let at = from; at < from + length; at++) {
      const byte = this.bytes[at];
      if (byte >= 128) return undefined;
      text += String.fromCharCode(byte);
    }
    return text;
  }
}
