/**
 * Collects frames of the event rings into the next block, in the block's own memory.
 *
 *   | header | whole commands ... | what does not go into this block |
 *            48             cutBytes                      filledBytes
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
import { crcOfWords } from './entry-crc.js';
import { LeftOutOrigins } from './left-out-origins.js';
import { BLOCK_HEADER_BYTES, LOG_VERSION, LOG_VERSION_WITHOUT_ORIGINS, sealBlock, sealedLength, type LogPosition } from './log-block.js';

/** Above both caps a block would hold up the answers of its first events for longer than it saves fsyncs. */
export const BLOCK_CAPS = { events: 4096, bytes: 1 << 20 } as const;

/** While one block grows, one is written and one is told of: with a rest in between, both come back before the next is begun. */
const SPARES_MAX = 2;

/** A command has at most as many events as a book has orders; this only tells a runaway from a big one. */
const BUFFER_BYTES_MAX = 1 << 30;

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
  /** What is stored: header, frames and their CRCs. */
  bytes: Uint8Array;
  /** The frames lie here, from BLOCK_HEADER_BYTES up to `endBytes`. */
  views: FrameViews;
  endBytes: number;
}

export class BlockBuilder {
  private views: FrameViews;
  /** One CRC per frame in `views`. */
  private crcs: Int32Array;
  /** Memory that was given back, for the blocks after this one. */
  private readonly spares: FrameViews[] = [];
  /** End of the whole commands that make the block; BLOCK_HEADER_BYTES when there are none. */
  private cutBytes = BLOCK_HEADER_BYTES;
  /** Events before the cut. */
  private cutCount = 0;
  private filledBytes = BLOCK_HEADER_BYTES;
  private filledCount = 0;
  /** The ring whose last command has not ended yet, or -1. Nothing else is taken until it has: a command is never interleaved. */
  private openInput = -1;
  /** The ring that is looked at first; moves on so that a busy one does not starve the rest. */
  private firstInput = 0;
  /** Of the frames behind `BLOCK_HEADER_BYTES`, and so of the block that they make. */
  private version = LOG_VERSION;
  private wantedVersion = LOG_VERSION;
  private readonly leftOut = new LeftOutOrigins();

  /** Blocks follow `position`; the first event gets the sequence behind it. `versionToWrite` may change at any time. */
  constructor(
    private readonly inputs: readonly RingConsumer[],
    private position: LogPosition,
    private readonly caps: BlockCaps = BLOCK_CAPS,
    private readonly versionToWrite: () => number = () => LOG_VERSION,
  ) {
    this.views = this.newMemory();
    this.crcs = new Int32Array(2 * caps.events);
  }

  /** Takes what lies in the rings, up to the caps. True when there is a block to write. */
  collect(): boolean {
    this.wantedVersion = this.versionToWrite();
    if (this.openInput >= 0) this.take(this.openInput);
    for (let turn = 0; turn < this.inputs.length && this.openInput < 0 && !this.isFull(); turn++) {
      this.take((this.firstInput + turn) % this.inputs.length);
    }
    this.firstInput = (this.firstInput + 1) % this.inputs.length;
    return this.cutCount > 0;
  }

  /** True when some ring has something to take. Allocates nothing: it is asked right before sleeping. */
  hasInput(): boolean {
    for (const input of this.inputs) if (!input.isEmpty()) return true;
    return false;
  }

  /** The block up to the cut; the next one begins behind it. */
  seal(): SealedBlock {
    const { views, cutBytes, cutCount, position, version } = this;
    const { sequence, crc, epoch } = position;
    const sealed = { firstSequence: sequence + 1, lastSequence: sequence + cutCount, count: cutCount, endBytes: cutBytes };
    this.moveRest();
    // what lay behind the cut has gone: the CRCs come there
    const memory = withRoomFor(views, sealedLength(cutBytes, cutCount), cutBytes);
    const fields = { epoch, count: cutCount, firstSequence: sealed.firstSequence, previousCrc: crc, version };
    this.position = { sequence: sealed.lastSequence, crc: sealBlock(memory, cutBytes, fields, this.crcs), epoch };
    this.crcs.copyWithin(0, cutCount, cutCount + this.filledCount);
    return { ...sealed, views: memory, bytes: memory.bytes.subarray(0, sealedLength(cutBytes, cutCount)) };
  }

  /** A sealed block is needed no more: a later one may take its memory. */
  release({ views }: SealedBlock): void {
    if (this.spares.length < SPARES_MAX) this.spares.push(views);
  }

  /** Makes what lies behind the cut the beginning of the next block, in other memory. */
  private moveRest(): void {
    const rest = this.views.bytes.subarray(this.cutBytes, this.filledBytes);
    const next = withRoomFor(this.spares.pop() ?? this.newMemory(), BLOCK_HEADER_BYTES + rest.length, 0);
    next.bytes.set(rest, BLOCK_HEADER_BYTES);
    this.views = next;
    this.filledBytes = BLOCK_HEADER_BYTES + rest.length;
    this.filledCount -= this.cutCount;
    const whole = this.openInput < 0;
    this.cutBytes = whole ? this.filledBytes : BLOCK_HEADER_BYTES;
    this.cutCount = whole ? this.filledCount : 0;
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
    input.release();
  }

  /** From here on in the version that is wanted. What has been written in an older one is of the newer one as well. */
  private beginCommand(from: FrameViews, offset: number): void {
    if (this.wantedVersion > this.version || this.filledCount === 0) this.version = this.wantedVersion;
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
    if (this.cutCount > 0 && !fits) return;
    this.cutBytes = this.filledBytes;
    this.cutCount = this.filledCount;
  }

  private append(from: FrameViews, offset: number): void {
    const length = frameLength(from, offset);
    assert(length >= HEADER_BYTES && length % 8 === 0, 'frames of whole words in event rings');
    const at = this.filledBytes;
    const end = at + length;
    if (end > this.views.bytes.byteLength) this.views = withRoomFor(this.views, end, at);
    if (this.filledCount === this.crcs.length) this.growCrcs();
    copyFrame(from, offset, this.views, at, length);
    if (!this.hasOrigins) clearOrigin(this.views, at);
    setSequence(this.views, at, this.position.sequence + this.filledCount + 1);
    this.crcs[this.filledCount++] = crcOfWords(this.views.words, at >> 2, end >> 2);
    this.filledBytes = end;
  }

  private growCrcs(): void {
    const { crcs } = this;
    this.crcs = new Int32Array(crcs.length * 2);
    this.crcs.set(crcs);
  }

  private newMemory(): FrameViews {
    return frameViews(new Uint8Array(2 * this.caps.bytes + BLOCK_HEADER_BYTES));
  }
}

/** Memory of at least so many bytes with the first `keptBytes` of `views`: the same when it is large enough. */
function withRoomFor(views: FrameViews, neededBytes: number, keptBytes: number): FrameViews {
  if (neededBytes <= views.bytes.byteLength) return views;
  assert(neededBytes <= BUFFER_BYTES_MAX, `a command of at most ${BUFFER_BYTES_MAX} bytes`);
  const larger = new Uint8Array(Math.min(2 ** Math.ceil(Math.log2(neededBytes)), BUFFER_BYTES_MAX));
  larger.set(views.bytes.subarray(0, keptBytes));
  return frameViews(larger);
}

/** Copies word by word: for frames of usual size faster than the views that a bulk copy needs, and free of garbage. */
export function copyFrame(from: FrameViews, offset: number, to: FrameViews, toOffset: number, length: number): void {
  const source = from.words;
  const target = to.words;
  const end = (offset + length) >> 2;
  for (let at = offset >> 2, into = toOffset >> 2; at < end; at++, into++) target[into] = source[at]!;
}
