/**
 * One block of the event log: the events of one group commit, the unit that is written, checked, cut and replicated.
 *
 *   0 magic u32 | 4 version u16 | 6 header bytes u16 | 8 epoch u32 | 12 count u32 | 16 payload bytes u32 | 20 crc u32
 *   24 previous crc u32 | 28 reserved u32 | 32 first sequence f64 | 40 last sequence f64 | 48 frames (schemas/frames.fbs)
 *   48 + payload bytes: one CRC-32 per frame, u32, then zeros up to a multiple of 8
 *
 * The block's CRC-32 covers the header but itself and the frames' CRCs, and so the frames. It starts from the previous
 * block's, which stands in the header as well: a block can be checked alone, and a chain of blocks shows that none is missing,
 * swapped or from another history. Little-endian throughout.
 *
 * Version 1, which is still read, has no CRCs of frames; its block CRC covers the frames themselves.
 */
import { crc32 } from 'node:zlib';
import { assert } from '../core/assert.js';
import { frameLength, frameSequence, isEndOfCommand } from '../wire/frame-header.js';
import { HEADER_BYTES, frameViews, type FrameViews } from '../wire/frame-layout.js';
import { crcOfWords } from './entry-crc.js';

export const BLOCK_HEADER_BYTES = 48;

/** "QBLK" */
const MAGIC = 0x4b4c4251;
/** What is written where nothing else is asked for, and the newest that can be read. */
export const LOG_VERSION = 3;
/**
 * Before frames said where their command came from: there these bits are 0, and mean the same, and there is no OriginNoted. It is
 * still written for nodes of the program before, which read no other.
 */
export const LOG_VERSION_WITHOUT_ORIGINS = 2;
/** Before the frames had CRCs of their own. */
const VERSION_WITHOUT_FRAME_CRCS = 1;
const FRAME_CRC_BYTES = 4;
/** What the header has room for. */
const VERSION_MAX = 0xffff;

const At = {
  magic: 0,
  version: 4,
  epoch: 8,
  count: 12,
  payloadBytes: 16,
  crc: 20,
  previousCrc: 24,
  firstSequence: 32,
  lastSequence: 40,
} as const;

/** A place between two blocks: everything up to `sequence` is before it. */
export interface LogPosition {
  /** 0 before the first event. */
  sequence: number;
  /** CRC of the block that ends there, 0 before the first. */
  crc: number;
  /** Of that block, 0 before the first. */
  epoch: number;
}

/** What identifies a block; the rest of the header follows from its frames. */
export interface BlockFields {
  /** Grows with every change of the writing leader. */
  epoch: number;
  /** Events in the block, at least 1. */
  count: number;
  firstSequence: number;
  /** CRC of the block before, 0 before the first of all. */
  previousCrc: number;
  /** Absent: the newest. */
  version?: number;
}

export interface LogBlock extends BlockFields {
  version: number;
  lastSequence: number;
  crc: number;
  /** The block's memory: frames from BLOCK_HEADER_BYTES up to `endBytes`, each at a multiple of 8. */
  views: FrameViews;
  endBytes: number;
}

/** Length of the sealed block when its frames end at `endBytes`. */
export function sealedLength(endBytes: number, count: number): number {
  return endBytes + ((count * FRAME_CRC_BYTES + 7) & ~7);
}

/**
 * Writes the header in front of the frames that lie in `views` up to `endBytes`, their CRCs behind them, and returns the
 * block's CRC. The block is `sealedLength` bytes long. `crcs`: `crcOfWords` of each frame.
 */
export function sealBlock(views: FrameViews, endBytes: number, fields: BlockFields, crcs: Int32Array): number {
  assert(fields.count > 0 && endBytes > BLOCK_HEADER_BYTES && endBytes % 8 === 0, 'a block of whole frames');
  const { words, doubles } = views;
  const length = sealedLength(endBytes, fields.count);
  assert(length <= views.bytes.byteLength, 'room for the CRCs of the frames');
  words[(length >> 2) - 1] = 0;
  words.set(crcs.subarray(0, fields.count), endBytes >> 2);
  words[At.magic >> 2] = MAGIC;
  words[At.version >> 2] = (fields.version ?? LOG_VERSION) | (BLOCK_HEADER_BYTES << 16);
  words[At.epoch >> 2] = fields.epoch;
  words[At.count >> 2] = fields.count;
  words[At.payloadBytes >> 2] = endBytes - BLOCK_HEADER_BYTES;
  words[At.previousCrc >> 2] = fields.previousCrc;
  words[(At.previousCrc + 4) >> 2] = 0;
  doubles[At.firstSequence >> 3] = fields.firstSequence;
  doubles[At.lastSequence >> 3] = fields.firstSequence + fields.count - 1;
  const crc = checksum(views.bytes, endBytes, length, fields.previousCrc);
  words[At.crc >> 2] = crc;
  return crc;
}

/** The CRC of each frame in `views` up to `endBytes`. */
export function frameCrcs(views: FrameViews, endBytes: number): Int32Array {
  const crcs: number[] = [];
  for (let offset = BLOCK_HEADER_BYTES; offset < endBytes;) {
    const end = offset + frameLength(views, offset);
    crcs.push(crcOfWords(views.words, offset >> 2, end >> 2));
    offset = end;
  }
  return Int32Array.from(crcs);
}

/**
 * Checks a block by itself and returns it, or says what is wrong with it. Whether it is the block that should stand
 * there (sequence, previous CRC) is for the reader of the chain to decide. `versionMax`: the newest version that may be read.
 */
export function readBlock(value: Uint8Array, versionMax = LOG_VERSION): LogBlock | string {
  if (value.byteLength <= BLOCK_HEADER_BYTES || value.byteLength % 8 !== 0) return `a block of ${value.byteLength} bytes`;
  const views = frameViews(value);
  const { words } = views;
  if (words[At.magic >> 2] !== MAGIC) return 'no block magic';
  const version = versionIn(views);
  if (version > versionMax && version <= VERSION_MAX) return `version ${version}, and this program reads versions up to ${versionMax}`;
  if (version < VERSION_WITHOUT_FRAME_CRCS || version > versionMax) return 'unknown block version';
  const block = blockIn(views, version);
  const { endBytes, crc, previousCrc } = block;
  const hasFrameCrcs = version >= LOG_VERSION_WITHOUT_ORIGINS;
  if (blockLength(block) !== value.byteLength) return 'a wrong length';
  if (checksum(views.bytes, hasFrameCrcs ? endBytes : BLOCK_HEADER_BYTES, value.byteLength, previousCrc) !== crc) return 'a wrong checksum';
  return framesFault(block, hasFrameCrcs) ?? block;
}

/** Blocks one behind the other that `readBlock` has found good a moment ago, in another process of this machine: they are not checked again. */
export function* readGoodBlocks(value: Uint8Array): Generator<LogBlock, void, void> {
  const { bytes } = frameViews(value);
  for (let rest = bytes; rest.byteLength > 0;) {
    const views = frameViews(rest);
    const block = blockIn(views, versionIn(views));
    yield block;
    rest = rest.subarray(blockLength(block));
  }
}

/** Of all that is stored of a block: header, frames and, but in the first version, their CRCs. */
function blockLength({ version, endBytes, count }: LogBlock): number {
  return version >= LOG_VERSION_WITHOUT_ORIGINS ? sealedLength(endBytes, count) : endBytes;
}

function versionIn({ words }: FrameViews): number {
  return words[At.version >> 2] ^ (BLOCK_HEADER_BYTES << 16);
}

/** What the header says. */
function blockIn(views: FrameViews, version: number): LogBlock {
  const { words, doubles } = views;
  return {
    version,
    epoch: words[At.epoch >> 2] >>> 0,
    count: words[At.count >> 2] >>> 0,
    crc: words[At.crc >> 2] >>> 0,
    previousCrc: words[At.previousCrc >> 2] >>> 0,
    firstSequence: doubles[At.firstSequence >> 3],
    lastSequence: doubles[At.lastSequence >> 3],
    views,
    endBytes: BLOCK_HEADER_BYTES + (words[At.payloadBytes >> 2] >>> 0),
  };
}

/** Why the frames are not what header and CRCs say. */
function framesFault(block: LogBlock, hasFrameCrcs: boolean): string | undefined {
  const { views, endBytes } = block;
  const { words } = views;
  let crcAt = endBytes >> 2;
  let sequence = block.firstSequence;
  let offset = BLOCK_HEADER_BYTES;
  let whole = true;
  while (offset < endBytes) {
    const length = frameLength(views, offset);
    if (length < HEADER_BYTES || length % 8 !== 0 || length > endBytes - offset) return `a broken frame where event ${sequence} should be`;
    if (hasFrameCrcs && crcOfWords(words, offset >> 2, (offset + length) >> 2) !== words[crcAt++])
      return `a wrong checksum of event ${sequence}`;
    if (frameSequence(views, offset) !== sequence) return `event ${frameSequence(views, offset)} where ${sequence} should be`;
    whole = isEndOfCommand(views, offset);
    sequence++;
    offset += length;
  }
  if (sequence - block.firstSequence !== block.count || sequence - 1 !== block.lastSequence) return 'a wrong number of events';
  return whole ? undefined : 'a command without its end';
}

/** Where a sealed block ends, by its header: its last event and its CRC. */
export function blockEnd(block: Uint8Array): { sequence: number; crc: number } {
  const view = new DataView(block.buffer, block.byteOffset, BLOCK_HEADER_BYTES);
  return { sequence: view.getFloat64(At.lastSequence, true), crc: view.getUint32(At.crc, true) };
}

/** Over the header and what lies between the two offsets. */
function checksum(bytes: Uint8Array, fromBytes: number, endBytes: number, previousCrc: number): number {
  const head = crc32(bytes.subarray(0, At.crc), previousCrc);
  const rest = crc32(bytes.subarray(At.previousCrc, BLOCK_HEADER_BYTES), head);
  return crc32(bytes.subarray(fromBytes, endBytes), rest);
}
