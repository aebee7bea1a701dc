/**
 * LevelDB's tables (`*.ldb`): sorted blocks with a CRC-32C each, an index of them, a footer (doc/table_format.md).
 *
 * LevelDB itself looks at these checksums only when it merges tables, so a flipped bit in a block that is merely read
 * would go unnoticed; blocks of our log and snapshots have checksums of their own, history has none.
 */
import { ByteCursor } from './byte-cursor.js';
import { crc32c, unmasked } from './crc32c.js';
import { unsnappy } from './snappy.js';

const FOOTER_BYTES = 48;
/** Type of compression, and checksum. */
const TRAILER_BYTES = 5;
const PLAIN = 0;
const SNAPPY = 1;
/** 0xdb4775248b80fb57, little-endian halves. */
const MAGIC_LOW = 0x8b80fb57;
const MAGIC_HIGH = 0xdb477524;
/** Behind a key: sequence and type of the entry. */
const KEY_SUFFIX_BYTES = 8;

interface Handle {
  offset: number;
  size: number;
}

export interface TableFault {
  /** Byte in the file. */
  offset: number;
  reason: string;
  /** All keys of the damaged block are above this one; undefined for the first block of all, whose keys begin anywhere. */
  afterKey: string | undefined;
  /** No key of the damaged block is above this one. */
  lastKey: string | undefined;
}

type Keys = Pick<TableFault, 'afterKey' | 'lastKey'>;
const NOWHERE: Keys = { afterKey: undefined, lastKey: undefined };

/** Checks every block; stops at the first fault of index or footer, for nothing else can be found without them. */
export function tableFaults(bytes: Uint8Array): TableFault[] {
  const faults: TableFault[] = [];
  const footerAt = bytes.length - FOOTER_BYTES;
  if (footerAt < 0) return [{ offset: 0, reason: 'is shorter than a table can be', ...NOWHERE }];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(bytes.length - 8, true) !== MAGIC_LOW || view.getUint32(bytes.length - 4, true) !== MAGIC_HIGH)
    return [{ offset: footerAt, reason: 'has no footer', ...NOWHERE }];
  try {
    const footer = new ByteCursor(bytes, footerAt);
    const [metaIndex, index] = [readHandle(footer), readHandle(footer)];
    let afterKey: string | undefined;
    for (const { key, handle } of entriesOf(blockAt(bytes, view, index), index.offset)) {
      note(faults, bytes, view, handle, { afterKey, lastKey: key });
      afterKey = key;
    }
    for (const { handle } of entriesOf(blockAt(bytes, view, metaIndex), metaIndex.offset)) note(faults, bytes, view, handle, NOWHERE);
  } catch (error) {
    if (error instanceof BlockFault) faults.push({ offset: error.offset, reason: error.message, ...NOWHERE });
    else if (error instanceof RangeError) faults.push({ offset: footerAt, reason: `has ${error.message}`, ...NOWHERE });
    else throw error;
  }
  return faults;
}

class BlockFault extends Error {
  constructor(
    readonly offset: number,
    message: string,
  ) {
    super(message);
  }
}

function note(faults: TableFault[], bytes: Uint8Array, view: DataView, handle: Handle, keys: Keys): void {
  if (isIntact(bytes, view, handle)) return;
  faults.push({ offset: handle.offset, reason: 'has a block with a wrong checksum', ...keys });
}

function readHandle(cursor: ByteCursor): Handle {
  return { offset: cursor.varint(), size: cursor.varint() };
}

function isIntact(bytes: Uint8Array, view: DataView, { offset, size }: Handle): boolean {
  const end = offset + size;
  if (end + TRAILER_BYTES > bytes.length) return false;
  return unmasked(view.getUint32(end + 1, true)) === crc32c(bytes, offset, end + 1);
}

function blockAt(bytes: Uint8Array, view: DataView, handle: Handle): Uint8Array {
  const { offset, size } = handle;
  if (!isIntact(bytes, view, handle)) throw new BlockFault(offset, 'has an index with a wrong checksum');
  const type = bytes[offset + size];
  const stored = bytes.subarray(offset, offset + size);
  const block = type === SNAPPY ? unsnappy(stored) : type === PLAIN ? stored : undefined;
  if (block === undefined) throw new BlockFault(offset, 'has an index that cannot be read');
  return block;
}

/** Entries of an index: key shared with the one before u, rest u, value bytes u, rest of the key, value (a handle). */
function* entriesOf(block: Uint8Array, offset: number): Generator<{ key: string; handle: Handle }> {
  if (block.length < 4) throw new BlockFault(offset, 'has an index that cannot be read');
  const restarts = new DataView(block.buffer, block.byteOffset, block.byteLength).getUint32(block.length - 4, true);
  const end = block.length - 4 - restarts * 4;
  if (end < 0) throw new BlockFault(offset, 'has an index that cannot be read');
  const cursor = new ByteCursor(block.subarray(0, end));
  let key = new Uint8Array();
  while (!cursor.isAtEnd) {
    const [shared, rest, valueBytes] = [cursor.varint(), cursor.varint(), cursor.varint()];
    key = Buffer.concat([key.subarray(0, shared), cursor.take(rest)]);
    const handle = readHandle(new ByteCursor(cursor.take(valueBytes)));
    yield { key: Buffer.from(key.subarray(0, Math.max(0, key.length - KEY_SUFFIX_BYTES))).toString(), handle };
  }
}
