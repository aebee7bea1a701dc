/** Numbers and texts of LevelDB's files, one after another. Throws RangeError beyond the end. */
export class ByteCursor {
  constructor(
    private readonly bytes: Uint8Array,
    public at = 0,
  ) {}

  get isAtEnd(): boolean {
    return this.at >= this.bytes.length;
  }

  /** Seven bits a byte, least first; below 2^53. */
  varint(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      if (this.at >= this.bytes.length || scale > Number.MAX_SAFE_INTEGER) throw new RangeError('a number that does not end');
      const byte = this.bytes[this.at++];
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  }

  take(length: number): Uint8Array {
    if (this.at + length > this.bytes.length) throw new RangeError('fewer bytes than there should be');
    return this.bytes.subarray(this.at, (this.at += length));
  }

  /** A length and as many bytes. */
  text(): Uint8Array {
    return this.take(this.varint());
  }
}
