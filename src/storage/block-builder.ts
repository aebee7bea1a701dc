/**
 * Collects frames of the event rings into the next block.
 *
 *   | room for a header | whole commands ... | what does not go into this block |
 *                       48             cutBytes                      filledBytes
 *
 * They lie there as everybody will be told them; a BlockWriter makes of the whole commands what is stored.
 *
 * A block ends behind a frame with END_OF_COMMAND. Behind the cut lies at most one command: one that would break the caps,
 * or one whose end has not been published yet. It opens the next block, which lies in memory of its own: it grows while
 * the one before is written.
 *
 * A block is of one version. Where it is to be an older one, what that does not have is left out here, before events get their
 * numbers: so whoever reads the log, in whatever version, reads the same events.
 */
import { assert } from '../core/assert.js';
import type { RingConsumer } from '../ring/ring-consumer.js';
import { FrameKind } from '../core/events.js';
import { clearOrigin, frameKind, frameLength, isEndOfCommand, setSequence } from '../wire/frame-header.js';
import { HEADER_BYTES, frameViews, type FrameViews } from '../wire/frame-layout.js';
import { BlockWriter } from './block-writer.js';
import { copyFrame, withRoomFor } from './frame-memory.js';
import { LeftOutOrigins } from './left-out-origins.js';
import { BLOCK_HEADER_BYTES, LOG_VERSION, LOG_VERSION_WITHOUT_ORIGINS, type LogPosition } from './log-block.js';

/** Above both caps a block would hold up the answers of its first events for longer than it saves fsyncs. */
export const BLOCK_CAPS = { events: 4096, bytes: 1 << 20 } as const;

/** While one block grows, one is written and one is told of: with a rest in between, both come back before the next is begun. */
const SPARES_MAX = 2;

/** From here on a bulk copy is faster than `copyFrame`. */
const BULK_BYTES = 512;

export interface BlockCaps {
  events: number;
  /** Of the whole block. */
  bytes: number;
}

/** A block that is complete. Its memory stays as it is until it is given back. */
export interface SealedBlock {
  firstSequence: number;
  lastSequence: number;
  count: number;
  /** What is stored. */
  bytes: Uint8Array;
  /** The frames lie here, from BLOCK_HEADER_BYTES up to `endBytes`. */
  views: FrameViews;
  endBytes: number;
  /** Made `bytes`, and holds them. */
  writer: BlockWriter;
}

/** Where one block grows. */
type BlockMemory = Pick<SealedBlock, 'views' | 'writer'>;

export class BlockBuilder {
  private views: FrameViews;
  /** Has what lies before the cut. */
  private writer: BlockWriter;
  /** Memory that was given back, for the blocks after this one. */
  private readonly spares: BlockMemory[] = [];
  /** End of the whole commands that make the block; BLOCK_HEADER_BYTES when there are none. */
  private cutBytes = BLOCK_HEADER_BYTES;
  /** Events before the cut. */
  private cutCount = 0;
  private filledBytes = BLOCK_HEADER_BYTES;
  private filledCount = 0;
  /** Frames that lie one behind the other in a ring and are copied at once: up to `filledBytes` they have their place already. */
  private runFrom: FrameViews | undefined;
  private runStart = 0;
  private runEnd = 0;
  /** The ring whose last command has not ended yet, or -1. Nothing else is taken until it has: a command is never interleaved. */
  private openInput = -1;
  /** The ring that is looked at first; moves on so that a busy one does not starve the rest. */
  private firstInput = 0;
  /** Sequence of the last frame that was copied. */
  private lastTaken: number;
  /** Of what is taken now, and of what lies before the cut. */
  private version = LOG_VERSION;
  private cutVersion = LOG_VERSION;
  private wantedVersion = LOG_VERSION;
  private readonly leftOut = new LeftOutOrigins();

  /** Blocks follow `position`; the first event gets the sequence behind it. `versionToWrite` may change at any time. */
  constructor(
    private readonly inputs: readonly RingConsumer[],
    private position: LogPosition,
    private readonly caps: BlockCaps = BLOCK_CAPS,
    private readonly versionToWrite: () => number = () => LOG_VERSION,
  ) {
    ({ views: this.views, writer: this.writer } = this.newMemory());
    this.writer.begin(this.version);
    this.lastTaken = position.sequence;
  }

  /** Takes what lies in the rings, up to the caps. True when there is a block to write. */
  collect(): boolean {
    this.wantedVersion = this.versionToWrite();
    if (this.openInput >= 0) this.take(this.openInput);
    for (let turn = 0; turn < this.inputs.length && this.openInput < 0 && !this.isFull(); turn++) {
      this.take((this.firstInput + turn) % this.inputs.length);
    }
    this.firstInput = (this.firstInput + 1) % this.inputs.length;
    this.writeCut();
    return this.cutCount > 0;
  }

  /** True when some ring has something to take. Allocates nothing: it is asked right before sleeping. */
  hasInput(): boolean {
    for (const input of this.inputs) if (!input.isEmpty()) return true;
    return false;
  }

  /** The block up to the cut; the next one begins behind it. */
  seal(): SealedBlock {
    const { views, writer, cutBytes, cutCount, position } = this;
    const { sequence, crc: previousCrc, epoch } = position;
    const firstSequence = sequence + 1;
    const lastSequence = sequence + cutCount;
    const { bytes, crc } = writer.seal({ epoch, firstSequence, previousCrc });
    this.position = { sequence: lastSequence, crc, epoch };
    this.moveRest();
    return { firstSequence, lastSequence, count: cutCount, bytes, views, endBytes: cutBytes, writer };
  }

  /** A sealed block is needed no more: a later one may take its memory. */
  release({ views, writer }: SealedBlock): void {
    if (this.spares.length < SPARES_MAX) this.spares.push({ views, writer });
  }

  /** Makes what lies behind the cut the beginning of the next block, in other memory. */
  private moveRest(): void {
    const rest = this.views.bytes.subarray(this.cutBytes, this.filledBytes);
    const next = this.spares.pop() ?? this.newMemory();
    this.views = withRoomFor(next.views, BLOCK_HEADER_BYTES + rest.length, 0);
    this.writer = next.writer;
    this.writer.begin(this.version);
    this.views.bytes.set(rest, BLOCK_HEADER_BYTES);
    this.filledBytes = BLOCK_HEADER_BYTES + rest.length;
    this.filledCount -= this.cutCount;
    this.cutBytes = BLOCK_HEADER_BYTES;
    this.cutCount = 0;
    if (this.openInput >= 0 || this.filledCount === 0) return;
    this.extendCut();
    this.writeCut();
  }

  private isFull(): boolean {
    if (this.filledCount > this.cutCount || this.cutCount >= this.caps.events || this.cutBytes >= this.caps.bytes) return true;
    // what an older version does not have may be in it already
    return this.wantedVersion < this.version && this.filledCount > 0;
  }

  private take(index: number): void {
    const input = this.inputs[index];
    while (this.openInput === index || !this.isFull()) {
      const offset = input.next();
      if (offset < 0) break;
      const ends = isEndOfCommand(input, offset);
      if (this.openInput !== index) this.beginCommand(input, offset);
      if (!this.leavesOut(input, offset)) this.append(input, offset);
      this.openInput = ends ? -1 : index;
      if (ends) this.endCommand();
    }
    this.copyRun();
    input.release();
  }

  /** From here on in the version that is wanted. What has been taken in an older one is of the newer one as well. */
  private beginCommand(from: FrameViews, offset: number): void {
    if (this.wantedVersion > this.version || (this.wantedVersion < this.version && this.filledCount === 0)) {
      this.copyRun();
      this.version = this.wantedVersion;
    }
    if (this.leftOut.isEmpty || !this.hasOrigins) return;
    const origin = this.leftOut.takeFor(from, offset);
    if (origin === undefined) return;
    this.append(origin, 0);
    this.endCommand();
  }

  private get hasOrigins(): boolean {
    return this.version > LOG_VERSION_WITHOUT_ORIGINS;
  }

  private leavesOut(from: FrameViews, offset: number): boolean {
    if (this.hasOrigins || frameKind(from, offset) !== FrameKind.OriginNoted) return false;
    this.leftOut.keep(from, offset);
    return true;
  }

  /** A command that breaks the caps waits for the next block, unless it is the only one. */
  private endCommand(): void {
    const fits = this.filledCount <= this.caps.events && this.filledBytes <= this.caps.bytes;
    if (this.cutCount === 0 || fits) this.extendCut();
  }

  /** Everything up to here goes into the block. */
  private extendCut(): void {
    this.cutBytes = this.filledBytes;
    this.cutCount = this.filledCount;
    this.cutVersion = this.version;
  }

  /** What lies before the cut and has not been written yet; all of it anew where the version has changed meanwhile. */
  private writeCut(): void {
    const { writer, cutVersion } = this;
    if (writer.version !== cutVersion) writer.begin(cutVersion);
    writer.add(this.views, this.cutBytes);
  }

  private append(from: FrameViews, offset: number): void {
    const length = frameLength(from, offset);
    assert(length >= HEADER_BYTES && length % 8 === 0, 'frames of whole words in event rings');
    if (from !== this.runFrom || offset !== this.runEnd) {
      this.copyRun();
      this.runFrom = from;
      this.runStart = offset;
      this.runEnd = offset;
    }
    this.runEnd += length;
    this.filledBytes += length;
    this.filledCount++;
  }

  /** Gives the frames of the run their sequences here. */
  private copyRun(): void {
    const { runFrom, runStart, runEnd, filledBytes, hasOrigins } = this;
    if (runFrom === undefined) return;
    this.runFrom = undefined;
    const start = filledBytes - (runEnd - runStart);
    if (filledBytes > this.views.bytes.byteLength) this.views = withRoomFor(this.views, filledBytes, start);
    const { views } = this;
    if (runEnd - runStart < BULK_BYTES) copyFrame(runFrom, runStart, views, start, runEnd - runStart);
    else views.bytes.set(runFrom.bytes.subarray(runStart, runEnd), start);
    for (let at = start; at < filledBytes; at += frameLength(views, at)) {
      if (!hasOrigins) clearOrigin(views, at);
      setSequence(views, at, ++this.lastTaken);
    }
  }

  private newMemory(): BlockMemory {
    const bytes = 2 * this.caps.bytes;
    return { views: frameViews(new Uint8Array(bytes + BLOCK_HEADER_BYTES)), writer: new BlockWriter(bytes, 2 * this.caps.events) };
  }
}
