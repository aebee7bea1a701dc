/** Reads Snappy's block format (google/snappy, format_description.txt): LevelDB compresses the index of a table with it. */

/** Undefined for bytes that are no Snappy block. */
export function unsnappy(input: Uint8Array): Uint8Array | undefined {
  let at = 0;
  let length = 0;
  for (let shift = 0; ; shift += 7) {
    if (shift > 28 || at >= input.length) return undefined;
    const byte = input[at++];
    length += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) break;
  }
  const output = new Uint8Array(length);
  let filled = 0;
  while (at < input.length) {
    const tag = input[at++];
    if ((tag & 3) === 0) {
      // a literal: short lengths in the tag, longer ones in the 1 to 4 bytes behind it
      const short = tag >>> 2;
      const lengthBytes = short < 60 ? 0 : short - 59;
      const count = (lengthBytes === 0 ? short : littleEndian(input, at, lengthBytes)) + 1;
      at += lengthBytes;
      if (at + count > input.length || filled + count > length) return undefined;
      output.set(input.subarray(at, at + count), filled);
      at += count;
      filled += count;
      continue;
    }
    // a copy of what was written before
    const kind = tag & 3;
    const count = kind === 1 ? ((tag >>> 2) & 7) + 4 : (tag >>> 2) + 1;
    const offsetBytes = kind === 1 ? 1 : kind === 2 ? 2 : 4;
    const offset = littleEndian(input, at, offsetBytes) + (kind === 1 ? (tag >>> 5) * 256 : 0);
    at += offsetBytes;
    if (!(offset > 0 && offset <= filled) || filled + count > length) return undefined;
    // byte by byte: a copy may overlap itself
    for (let i = 0; i < count; i++, filled++) output[filled] = output[filled - offset]!;
  }
  return filled === length ? output : undefined;
}

/** NaN beyond the end: it fits no bound. */
function littleEndian(bytes: Uint8Array, at: number, count: number): number {
  let value = 0;
  for (let i = 0; i < count; i++) value += (bytes[at + i] ?? NaN) * 256 ** i;
  return value;
}
