import * as assertions from './ring-assert.js';
import * as ringBuffer from './ring-buffer.js';
import { RingBuffer } from './ring-buffer.js';

// Bound here: constants of the module are compiled in, imported ones are looked up at every use.
const ringAssert: typeof assertions.ringAssert = assertions.ringAssert;
const { ConsumerState, SPACE_WANTED_WORD, TAIL_WORD, headWord, stateWord } = ringBuffer;

/** One reader of a ring. Frames stay where they are until `release`. Used by one thread at a time. */
export class RingConsumer {
  /** Views of the data area; offsets returned by `next` are bytes from their start. */
  readonly bytes: Uint8Array<SharedArrayBuffer>;
  /** u32 through `>>> 0`. */
  readonly words: Int32Array<SharedArrayBuffer>;
  readonly doubles: Float64Array<SharedArrayBuffer>;

  private readonly header: Int32Array<SharedArrayBuffer>;
  private readonly mask: number;
  private readonly headWord: number;
  private readonly stateWord: number;
  private attached: boolean;
  /** End of the frames returned by `next`. */
  private position: number;
  /** The head as this thread last stored it. */
  private released: number;
  /** A tail that had been reached when we last looked; the real one can only be further. */
  private tail: number;

  /** Looks only: making a consumer changes nothing in shared memory, so it also serves to watch a ring from outside. */
  constructor(buffer: SharedArrayBuffer, index = 0) {
    const parts = RingBuffer.parts(buffer);
    ringAssert(index >= 0 && index < parts.consumers, 'an index below the number of consumers');
    this.header = parts.header;
    this.mask = parts.capacityBytes - 1;
    this.bytes = parts.bytes;
    this.words = parts.words;
    this.doubles = parts.doubles;
    this.headWord = headWord(index);
    this.stateWord = stateWord(index);
    // Written by this consumer only: these read what an earlier object of the same index has stored.
    this.attached = Atomics.load(this.header, this.stateWord) === ConsumerState.ATTACHED;
    this.position = Atomics.load(this.header, this.headWord);
    this.released = this.position;
    this.tail = this.position;
  }

  /** Offset of the next published frame, or -1 when there is none or the consumer is detached. */
  next(): number {
    if (this.position === this.tail && this.isEmpty()) return -1;
    const offset = this.position & this.mask;
    const length = this.words[offset >>> 2];
    if (length > 0) {
      this.position = (this.position + length) | 0;
      return offset;
    }
    // The filler of a lap that has ended; it was published with the frame behind it, or before that.
    this.position = (this.position - length) | 0;
    return this.next();
  }

  /** True when `next` would return -1. Looks at the shared tail each time, so it serves as the last look before sleeping. */
  isEmpty(): boolean {
    if (this.position !== this.tail) return false;
    if (!this.attached) return true;
    // Written by the producer after the frames, loaded here before them: what lies before it is complete.
    this.tail = Atomics.load(this.header, TAIL_WORD);
    return this.position === this.tail;
  }

  /** Gives back all frames returned by `next` so far. */
  release(): void {
    if (this.position === this.released) return;
    this.released = this.position;
    // Written here after the last read of the frames, loaded by the producer before it overwrites them.
    Atomics.store(this.header, this.headWord, this.released);
    this.wakeProducer();
  }

  /** Bytes published and not yet given back by this consumer. */
  depthBytes(): number {
    if (Atomics.load(this.header, this.stateWord) !== ConsumerState.ATTACHED) return 0;
    // Head first: the tail only grows, so the difference is never negative.
    const head = Atomics.load(this.header, this.headWord);
    return (Atomics.load(this.header, TAIL_WORD) - head) | 0;
  }

  /** Joins at the current tail; does nothing when attached already. */
  attach(): void {
    if (this.attached) return;
    // The order of these four is what RingProducer relies on; see there.
    Atomics.store(this.header, this.stateWord, ConsumerState.ATTACHING);
    const tail = Atomics.load(this.header, TAIL_WORD);
    Atomics.store(this.header, this.headWord, tail);
    Atomics.store(this.header, this.stateWord, ConsumerState.ATTACHED);
    this.position = tail;
    this.released = tail;
    this.tail = tail;
    this.attached = true;
    this.wakeProducer();
  }

  /** Leaves: unread frames are forgotten and the producer is no longer held back by this consumer. */
  detach(): void {
    this.attached = false;
    this.position = this.released;
    this.tail = this.released;
    // Written here after the last read of any frame, loaded by the producer before it overwrites.
    Atomics.store(this.header, this.stateWord, ConsumerState.DETACHED);
    this.wakeProducer();
  }

  /** The other half of RingProducer.waitForSpace: our head is stored already, now look whether somebody waits for it. */
  private wakeProducer(): void {
    if (Atomics.load(this.header, SPACE_WANTED_WORD) === 0) return;
    Atomics.store(this.header, SPACE_WANTED_WORD, 0);
    Atomics.notify(this.header, SPACE_WANTED_WORD);
  }
}
