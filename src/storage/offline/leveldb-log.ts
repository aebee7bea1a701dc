/**
 * LevelDB's log files (`*.log`, and manifests): records in blocks of 32 KiB, each piece with a CRC-32C.
 *
 *   piece: crc u32 | length u16 | type u8 (1 whole, 2 first, 3 middle, 4 last) | bytes
 */
import { crc32c, unmasked } from './crc32c.js';

const BLOCK_BYTES = 32 * 1024;
const HEADER_BYTES = 7;
const WHOLE = 1;
const FIRST = 2;
const LAST = 4;

export interface LogFile {
  records: Uint8Array[];
  /** Byte of a damaged piece behind which a record begins; a damaged end is a write that never finished, of which later pages may have arrived. */
  damagedAt: number | undefined;
}

export function readLogFile(bytes: Uint8Array): LogFile {
  const records: Uint8Array[] = [];
  const damagedAt = readPieces(bytes, (parts) => records.push(parts.length === 1 ? parts[0] : Buffer.concat(parts)));
  return { records, damagedAt };
}

/** `damagedAt` alone. */
export function damageOfLogFile(bytes: Uint8Array): number | undefined {
  return readPieces(bytes, () => undefined);
}

/** `onRecord` gets the pieces of each record. */
function readPieces(bytes: Uint8Array, onRecord: (parts: Uint8Array[]) => void): number | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let damagedAt: number | undefined;
  /** Of a record whose first piece has been seen. */
  let parts: Uint8Array[] | undefined;
  let suspect: number | undefined;
  for (let at = 0; at + HEADER_BYTES <= bytes.length;) {
    const roomInBlock = BLOCK_BYTES - (at % BLOCK_BYTES);
    const length = roomInBlock < HEADER_BYTES ? 0 : view.getUint16(at + 4, true);
    const type = roomInBlock < HEADER_BYTES ? 0 : bytes[at + 6];
    const end = at + HEADER_BYTES + length;
    // the rest of a block that is too short for a header, or was never written to
    if (roomInBlock < HEADER_BYTES || (type === 0 && length === 0)) {
      at += roomInBlock;
      continue;
    }
    const fits = HEADER_BYTES + length <= roomInBlock && end <= bytes.length;
    if (!fits || unmasked(view.getUint32(at, true)) !== crc32c(bytes, at + 6, end)) {
      suspect ??= at;
      parts = undefined;
      // A length that cannot be right leaves the next block only (as LevelDB goes on); one that may be is tried.
      at = fits ? end : at + roomInBlock;
      continue;
    }
    if (type === WHOLE || type === FIRST) {
      damagedAt ??= suspect;
      parts = [];
    }
    parts?.push(bytes.subarray(at + HEADER_BYTES, end));
    if (parts !== undefined && (type === WHOLE || type === LAST)) {
      onRecord(parts);
      parts = undefined;
    }
    at = end;
  }
  return damagedAt;
}
