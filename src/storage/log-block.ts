/**
 * One block of the event log: the events of one group commit, the unit that is written, checked, cut and replicated.
 *
 *   0 magic u32 | 4 version u16 | 6 header bytes u16 | 8 epoch u32 | 12 count u32 | 16 payload bytes u32 | 20 crc u32
 *   24 previous crc u32 | 28 coded bytes u32 | 32 first sequence f64 | 40 last sequence f64 | 48 coded frames (frame-coding.ts)
 *   48 + coded bytes: one CRC-32 per coded frame, u32, then zeros up to a multiple of 8
 *
 * `payload bytes` are those of the frames (schemas/frames.fbs) as everybody reads them. The block's CRC-32 covers the header but
 * itself and the frames' CRCs, and so the frames. It starts from the previous block's, which stands in the header as well: a block
 * can be checked alone, and a chain of blocks shows that none is missing, swapped or from another history. Little-endian
 * throughout.
 *
 * Up to version 3 the frames stand there as they are, and `coded bytes` are 0. Version 1 has no CRCs of frames; its block CRC covers
 * the frames themselves.
 */
import { crc32 } from 'node:zlib';
import { assert } from '../core/assert.js';
import { frameLength, frameSequence, isEndOfCommand } from '../wire/frame-header.js';
import { HEADER_BYTES, frameViews, type FrameViews } from '../wire/frame-layout.js';
import { crcOfWords } from './entry-crc.js';
import { CODED_SHARE_MAX, codedFrameWords, codedViews, FrameDecoder } from './frame-coding.js';

export const BLOCK_HEADER_BYTES = 48;

/** "QBLK" */
const MAGIC = 0x4b4c4251;
/** What is written where nothing else is asked for, and the newest that can be read. */
export const LOG_VERSION = 4;
/** Before frames were coded. It is still written for nodes of the program before, which read no other. */
export const LOG_VERSION_UNCODED = 3;
/**
 * Before frames said where their command came from: there these bits are 0, and mean the same, and there is no OriginNoted. It is
 * still written as well.
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
  codedBytes: 28,
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
  /** Frames from BLOCK_HEADER_BYTES up to `endBytes`, each at a multiple of 8; what lies around them is nobody's business. */
  views: FrameViews;
  endBytes: number;
  /** All of it as it is stored, at a multiple of 8 in memory. */
  stored: Uint8Array;
}

/** What a block's header says, and where the parts of the block lie. */
interface Header extends BlockFields {
  version: number;
  lastSequence: number;
  crc: number;
  /** Where the frames end once they are decoded. */
  endBytes: number;
  /** Where the frames end in the block; there their CRCs begin. */
  storedEndBytes: number;
  /** Of the whole block. */
  bytes: number;
}

/** Length of the sealed block when what it stores of its frames ends at `storedEndBytes`. */
export function sealedLength(storedEndBytes: number, count: number): number {
  return (storedEndBytes + count * FRAME_CRC_BYTES + 7) & ~7;
}

/**
 * Writes the header in front of what is stored of frames up to `storedEndBytes`, and their CRCs behind it, and returns the block's
 * CRC. The block is `sealedLength` bytes long. `endBytes`: where the frames end in `LogBlock.views`.
 */
export function sealBlock(stored: FrameViews, storedEndBytes: number, crcs: Int32Array, endBytes: number, fields: BlockFields): number {
  const { count, version = LOG_VERSION } = fields;
  assert(count > 0 && endBytes > BLOCK_HEADER_BYTES && endBytes % 8 === 0, 'a block of whole frames');
  const { words, doubles } = stored;
  const length = sealedLength(storedEndBytes, count);
  assert(length <= stored.bytes.byteLength, 'room for the CRCs of the frames');
  words[(length >> 2) - 1] = 0;
  words.set(crcs.subarray(0, count), storedEndBytes >> 2);
  words[At.magic >> 2] = MAGIC;
  words[At.version >> 2] = version | (BLOCK_HEADER_BYTES << 16);
  words[At.epoch >> 2] = fields.epoch;
  words[At.count >> 2] = count;
  words[At.payloadBytes >> 2] = endBytes - BLOCK_HEADER_BYTES;
  words[At.previousCrc >> 2] = fields.previousCrc;
  words[At.codedBytes >> 2] = version > LOG_VERSION_UNCODED ? storedEndBytes - BLOCK_HEADER_BYTES : 0;
  doubles[At.firstSequence >> 3] = fields.firstSequence;
  doubles[At.lastSequence >> 3] = fields.firstSequence + count - 1;
  const crc = checksum(stored.bytes, storedEndBytes, length, fields.previousCrc);
  words[At.crc >> 2] = crc;
  return crc;
}

/**
 * Checks a block by itself and returns it, or says what is wrong with it. Whether it is the block that should stand
 * there (sequence, previous CRC) is for the reader of the chain to decide. `versionMax`: the newest version that may be read.
 */
export function readBlock(value: Uint8Array, versionMax = LOG_VERSION): LogBlock | string {
  if (value.byteLength <= BLOCK_HEADER_BYTES || value.byteLength % 8 !== 0) return `a block of ${value.byteLength} bytes`;
  const stored = frameViews(value);
  if (stored.words[At.magic >> 2] !== MAGIC) return 'no block magic';
  const version = versionIn(stored);
  if (version > versionMax && version <= VERSION_MAX) return `version ${version}, and this program reads versions up to ${versionMax}`;
  if (version < VERSION_WITHOUT_FRAME_CRCS || version > versionMax) return 'unknown block version';
  const header = headerIn(stored, version);
  const { crc, previousCrc, bytes, storedEndBytes } = header;
  if (bytes !== value.byteLength) return 'a wrong length';
  const summedFrom = version === VERSION_WITHOUT_FRAME_CRCS ? BLOCK_HEADER_BYTES : storedEndBytes;
  if (checksum(stored.bytes, summedFrom, bytes, previousCrc) !== crc) return 'a wrong checksum';
  const views = version > LOG_VERSION_UNCODED ? decodeFrames(stored, header) : stored;
  return typeof views === 'string' ? views : (framesFault(views, header) ?? blockOf(header, views, stored.bytes));
}

/** Blocks one behind the other that `readBlock` has found good a moment ago, in another process of this machine: they are not checked again. */
export function* readGoodBlocks(value: Uint8Array): Generator<LogBlock, void, void> {
  const { bytes } = frameViews(value);
  for (let rest = bytes; rest.byteLength > 0;) {
    const stored = frameViews(rest);
    const header = headerIn(stored, versionIn(stored));
    const views = header.version > LOG_VERSION_UNCODED ? decodeFrames(stored, header, true) : stored;
    assert(typeof views !== 'string', 'a good block');
    yield blockOf(header, views, stored.bytes.subarray(0, header.bytes));
    rest = rest.subarray(header.bytes);
  }
}

function versionIn({ words }: FrameViews): number {
  return words[At.version >> 2] ^ (BLOCK_HEADER_BYTES << 16);
}

function headerIn({ words, doubles }: FrameViews, version: number): Header {
  const count = words[At.count >> 2] >>> 0;
  const endBytes = BLOCK_HEADER_BYTES + (words[At.payloadBytes >> 2] >>> 0);
  const storedEndBytes = version > LOG_VERSION_UNCODED ? BLOCK_HEADER_BYTES + (words[At.codedBytes >> 2] >>> 0) : endBytes;
  return {
    version,
    epoch: words[At.epoch >> 2] >>> 0,
    count,
    crc: words[At.crc >> 2] >>> 0,
    previousCrc: words[At.previousCrc >> 2] >>> 0,
    firstSequence: doubles[At.firstSequence >> 3],
    lastSequence: doubles[At.lastSequence >> 3],
    endBytes,
    storedEndBytes,
    bytes: version === VERSION_WITHOUT_FRAME_CRCS ? endBytes : sealedLength(storedEndBytes, count),
  };
}

function blockOf(header: Header, views: FrameViews, stored: Uint8Array): LogBlock {
  const { version, epoch, count, crc, previousCrc, firstSequence, lastSequence, endBytes } = header;
  return { version, epoch, count, crc, previousCrc, firstSequence, lastSequence, views, endBytes, stored };
}

/** Of one block after the other. */
const DECODER = new FrameDecoder();

/** The frames of a coded block in memory of their own, from BLOCK_HEADER_BYTES on; or which is not what its CRC says. */
function decodeFrames(stored: FrameViews, header: Header, isGood = false): FrameViews | string {
  const { count, firstSequence, endBytes, storedEndBytes } = header;
  if (endBytes % 8 !== 0 || storedEndBytes % 4 !== 0 || endBytes > storedEndBytes * CODED_SHARE_MAX) return 'a wrong length';
  const coded = codedViews(stored.bytes);
  const views = frameViews(new Uint8Array(endBytes));
  const decoded = codedViews(views.bytes);
  DECODER.begin();
  const crcsAt = storedEndBytes >> 2;
  let at = BLOCK_HEADER_BYTES >> 2;
  let to = at;
  for (let frame = 0; frame < count; frame++) {
    const end = DECODER.decode(coded, at, decoded, to);
    const isWhole = end > at && end <= crcsAt;
    if (!isWhole || (!isGood && crcOfWords(coded.words, at, end) !== coded.words[crcsAt + frame]))
      return `a wrong checksum of event ${firstSequence + frame}`;
    to += codedFrameWords(coded, at);
    at = end;
  }
  return at === crcsAt ? views : 'a wrong number of events';
}

/** Why the frames are not what the header says, and up to version 3 their CRCs. */
function framesFault(views: FrameViews, { version, count, firstSequence, lastSequence, endBytes }: Header): string | undefined {
  const { words } = views;
  const hasCrcs = version === LOG_VERSION_WITHOUT_ORIGINS || version === LOG_VERSION_UNCODED;
  let crcAt = endBytes >> 2;
  let sequence = firstSequence;
  let offset = BLOCK_HEADER_BYTES;
  let whole = true;
  while (offset < endBytes) {
    const length = frameLength(views, offset);
    if (length < HEADER_BYTES || length % 8 !== 0 || length > endBytes - offset) return `a broken frame where event ${sequence} should be`;
    if (hasCrcs && crcOfWords(words, offset >> 2, (offset + length) >> 2) !== words[crcAt++])
      return `a wrong checksum of event ${sequence}`;
    if (frameSequence(views, offset) !== sequence) return `event ${frameSequence(views, offset)} where ${sequence} should be`;
    whole = isEndOfCommand(views, offset);
    sequence++;
    offset += length;
  }
  if (sequence - firstSequence !== count || sequence - 1 !== lastSequence) return 'a wrong number of events';
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
