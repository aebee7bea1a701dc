/**
 * Collects frames of the event rings into the next block, in the block's own memory.
 *
 *   | header | whole commands ... | what does not go into this block |
 *            48             cutBytes                      filledBytes
 *
 * A block ends behind a frame with END_OF_COMMAND. Behind the cut lies at most one command: one that would break the caps,
 * or one whose end has not been published yet. It opens the next block.
 */
import { assert } from '../core/assert.js';
import type { RingConsumer } from '../ring/ring-consumer.js';
import { frameLength, isEndOfCommand, setSequence } from '../wire/frame-header.js';
import { HEADER_BYTES, frameViews, type FrameViews } from '../wire/frame-layout.js';
import { BLOCK_HEADER_BYTES, sealBlock, sealedLength, type LogPosition } from './log-block.js';

/** Above both caps a block would hold up the answers of its first events for longer than it saves fsyncs. */
export const BLOCK_CAPS = { events: 4096, bytes: 1 << 20 } as const;

/** A command has at most as many events as a book has orders; this only tells a runaway from a big one. */
const BUFFER_BYTES_MAX = 1 << 30;

export interface BlockCaps {
  events: number;
  /** Of the whole block. */
  bytes: number;
}

export class BlockBuilder {
  views: FrameViews;
  /** End of the whole commands that make the block; BLOCK_HEADER_BYTES when there are none. */
  cutBytes = BLOCK_HEADER_BYTES;
  /** Events before the cut. */
  cutCount = 0;

  private filledBytes = BLOCK_HEADER_BYTES;
  private filledCount = 0;
  /** The ring whose last command has not ended yet, or -1. Nothing else is taken until it has: a command is never interleaved. */
  private openInput = -1;
  /** The ring that is looked at first; moves on so that a busy one does not starve the rest. */
  private firstInput = 0;
  private sealedCrc = 0;
  /** Of the sealed block: what lies behind the cut has been moved there. */
  private sealedBytes = 0;

  /** Blocks follow `position`; the first event gets the sequence behind it. */
  constructor(
    private readonly inputs: readonly RingConsumer[],
    private position: LogPosition,
    private readonly caps: BlockCaps = BLOCK_CAPS,
  ) {
    this.views = frameViews(new Uint8Array(2 * caps.bytes + BLOCK_HEADER_BYTES));
  }

  get firstSequence(): number {
    return this.position.sequence + 1;
  }

  /** Last event before the cut. */
  get lastSequence(): number {
    return this.position.sequence + this.cutCount;
  }

  /** Takes what lies in the rings, up to the caps. True when there is a block to write. */
  collect(): boolean {
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

  /** The block up to the cut, with its header. Stays as it is until `next`. */
  seal(): Uint8Array {
    const { sequence, crc, epoch } = this.position;
    this.makeRoomForCrcs();
    this.sealedCrc = sealBlock(this.views, this.cutBytes, { epoch, count: this.cutCount, firstSequence: sequence + 1, previousCrc: crc });
    return this.views.bytes.subarray(0, this.sealedBytes);
  }

  /** The sealed block is durable and copied away: begins the next one behind it. */
  next(): void {
    this.position = { sequence: this.lastSequence, crc: this.sealedCrc, epoch: this.position.epoch };
    const restBytes = this.filledBytes - this.cutBytes;
    this.views.bytes.copyWithin(BLOCK_HEADER_BYTES, this.sealedBytes, this.sealedBytes + restBytes);
    this.filledBytes = BLOCK_HEADER_BYTES + restBytes;
    this.filledCount -= this.cutCount;
    const whole = this.openInput < 0;
    this.cutBytes = whole ? this.filledBytes : BLOCK_HEADER_BYTES;
    this.cutCount = whole ? this.filledCount : 0;
  }

  /** Moves what lies behind the cut, seldom more than nothing, behind the block to be sealed. */
  private makeRoomForCrcs(): void {
    this.sealedBytes = sealedLength(this.cutBytes, this.cutCount);
    const neededBytes = this.sealedBytes + this.filledBytes - this.cutBytes;
    if (neededBytes > this.views.bytes.byteLength) this.grow(neededBytes);
    this.views.bytes.copyWithin(this.sealedBytes, this.cutBytes, this.filledBytes);
  }

  private isFull(): boolean {
    return this.filledCount > this.cutCount || this.cutCount >= this.caps.events || this.cutBytes >= this.caps.bytes;
  }

  private take(index: number): void {
    const input = this.inputs[index];
    while (this.openInput === index || !this.isFull()) {
      const offset = input.next();
      if (offset < 0) break;
      const ends = isEndOfCommand(input, offset);
      this.append(input, offset);
      this.openInput = ends ? -1 : index;
      if (ends) this.endCommand();
    }
    input.release();
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
    if (this.filledBytes + length > this.views.bytes.byteLength) this.grow(this.filledBytes + length);
    copyFrame(from, offset, this.views, this.filledBytes, length);
    this.filledCount++;
    setSequence(this.views, this.filledBytes, this.position.sequence + this.filledCount);
    this.filledBytes += length;
  }

  private grow(neededBytes: number): void {
    assert(neededBytes <= BUFFER_BYTES_MAX, `a command of at most ${BUFFER_BYTES_MAX} bytes`);
    const bigger = new Uint8Array(Math.min(2 ** Math.ceil(Math.log2(neededBytes)), BUFFER_BYTES_MAX));
    bigger.set(this.views.bytes.subarray(0, this.filledBytes));
    this.views = frameViews(bigger);
  }
}

/** Copies word by word: for frames of usual size faster than the views that a bulk copy needs, and free of garbage. */
export function copyFrame(from: FrameViews, offset: number, to: FrameViews, toOffset: number, length: number): void {
  const source = from.words;
  const target = to.words;
  const end = (offset + length) >> 2;
  for (let at = offset >> 2, into = toOffset >> 2; at < end; at++, into++) target[into] = source[at]!;
}
