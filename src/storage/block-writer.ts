/**
 * A block as it will be stored, while it grows: whole commands are added as they are complete, so little is left to do when the
 * block is sealed. Its memory serves one block after the other.
 */
import { frameLength } from '../wire/frame-header.js';
import { frameViews, type FrameViews } from '../wire/frame-layout.js';
import { crcOfWords } from './entry-crc.js';
import { codedBytesMax, codedViews, FrameEncoder, type CodedViews } from './frame-coding.js';
import { BLOCK_HEADER_BYTES, LOG_VERSION, LOG_VERSION_UNCODED, sealBlock, sealedLength, type BlockFields } from './log-block.js';
import { copyFrame, withRoomFor } from './frame-memory.js';

export class BlockWriter {
  private stored: FrameViews;
  /** The same memory. */
  private coded: CodedViews;
  /** One per frame. */
  private crcs: Int32Array;
  private count = 0;
  /** Where the frames that were added end in the memory that they came from. */
  private endBytes = BLOCK_HEADER_BYTES;
  private storedEndBytes = BLOCK_HEADER_BYTES;
  private versionNow = LOG_VERSION;
  private readonly encoder = new FrameEncoder();

  /** Room for so many bytes and frames at first. */
  constructor(bytes: number, frames: number) {
    this.stored = frameViews(new Uint8Array(sealedLength(BLOCK_HEADER_BYTES + codedBytesMax(bytes), frames)));
    this.coded = codedViews(this.stored.bytes);
    this.crcs = new Int32Array(frames);
  }

  get version(): number {
    return this.versionNow;
  }

  /** A new block. */
  begin(version: number): void {
    this.versionNow = version;
    this.count = 0;
    this.endBytes = BLOCK_HEADER_BYTES;
    this.storedEndBytes = BLOCK_HEADER_BYTES;
    this.encoder.begin();
  }

  /** The frames of `views` that lie behind those that were added before, up to `endBytes`. They must stay as they are until then. */
  add(views: FrameViews, endBytes: number): void {
    this.reserve(this.storedEndBytes + codedBytesMax(endBytes - this.endBytes));
    const { stored, coded } = this;
    const isCoded = this.versionNow > LOG_VERSION_UNCODED;
    let to = this.storedEndBytes;
    let at = this.endBytes;
    while (at < endBytes) {
      const length = frameLength(views, at);
      let end = to + length;
      if (isCoded) end = this.encoder.encode(views.words, at >> 2, coded, to >> 2) << 2;
      else copyFrame(views, at, stored, to, length);
      if (this.count === this.crcs.length) this.growCrcs();
      this.crcs[this.count++] = crcOfWords(stored.words, to >> 2, end >> 2);
      to = end;
      at += length;
    }
    this.endBytes = endBytes;
    this.storedEndBytes = to;
  }

  /** What has been added, as a block. Its memory stays as it is until the next `begin`. */
  seal(fields: Omit<BlockFields, 'count' | 'version'>): { bytes: Uint8Array; crc: number } {
    const { count, versionNow: version, storedEndBytes, endBytes } = this;
    const length = sealedLength(storedEndBytes, count);
    this.reserve(length);
    const crc = sealBlock(this.stored, storedEndBytes, this.crcs, endBytes, { ...fields, count, version });
    return { bytes: this.stored.bytes.subarray(0, length), crc };
  }

  private reserve(bytes: number): void {
    if (bytes <= this.stored.bytes.byteLength) return;
    this.stored = withRoomFor(this.stored, bytes, this.storedEndBytes);
    this.coded = codedViews(this.stored.bytes);
  }

  private growCrcs(): void {
    const { crcs } = this;
    this.crcs = new Int32Array(Math.max(16, crcs.length * 2));
    this.crcs.set(crcs);
  }
}
