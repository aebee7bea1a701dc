import * as assertions from './ring-assert.js';
import * as ringBuffer from './ring-buffer.js';
import { RingBuffer } from './ring-buffer.js';

// Bound here: constants of the module are compiled in, imported ones are looked up at every use.
const ringAssert: typeof assertions.ringAssert = assertions.ringAssert;
const { ConsumerState, SPACE_WANTED_WORD, TAIL_WORD, headWord, stateWord } = ringBuffer;

/** The only writer of a ring. Used by one thread at a time. */
export class RingProducer {
  readonly capacityBytes: number;
  /** Views of the data area; offsets returned by `claim` are bytes from their start. */
  readonly bytes: Uint8Array<SharedArrayBuffer>;
  /** u32 through `>>> 0`. */
  readonly words: Int32Array<SharedArrayBuffer>;
  readonly doubles: Float64Array<SharedArrayBuffer>;
  /** Called after every publish that made something visible: wakes the consumers. */
  onPublish: (() => void) | null = null;

  private readonly header: Int32Array<SharedArrayBuffer>;
  private readonly consumers: number;
  private readonly mask: number;
  /** The tail as this thread last stored it. */
  private published: number;
  /** End of what has been claimed; at or after `published`. */
  private claimed: number;
  /** A head that the slowest consumer had reached when we last looked; the real one can only be further. */
  private slowest: number;
  /** Bytes that may be claimed at once: no filler needed, nobody to look at. What more there is `claimBeyond` finds out. */
  private room = 0;

  constructor(buffer: SharedArrayBuffer) {
    const parts = RingBuffer.parts(buffer);
    this.header = parts.header;
    this.consumers = parts.consumers;
    this.capacityBytes = parts.capacityBytes;
    this.mask = parts.capacityBytes - 1;
    this.bytes = parts.bytes;
    this.words = parts.words;
    this.doubles = parts.doubles;
    // Written by the producer only, so this reads what an earlier producer object of this ring has stored.
    this.published = Atomics.load(this.header, TAIL_WORD);
    this.claimed = this.published;
    // A full ring is the cautious start: the first claim looks at the real heads.
    this.slowest = (this.published - this.capacityBytes) | 0;
    this.refreshSlowest();
  }

  /**
   * Byte offset (a multiple of 8) into the data where a frame of `lengthBytes` may be written, or -1 when there is no
   * room. Several claims may precede one publish. Its first u32 must be `lengthBytes` by the time it is published.
   */
  claim(lengthBytes: number): number {
    const left = this.room - lengthBytes;
    // Here and where else a rare call joins the common path, `| 0` tells the compiler that what comes back is an int32 too.
    if (left < 0 || lengthBytes < 8 || (lengthBytes & 7) !== 0) return this.claimBeyond(lengthBytes) | 0;
    const offset = this.claimed & this.mask;
    this.room = left;
    this.claimed = (this.claimed + lengthBytes) | 0;
    return offset;
  }

  /** A place between two claims, for `publish` and `rollback`. Good until the next publish or rollback beyond it. */
  mark(): number {
    return this.claimed;
  }

  /** Makes everything claimed so far (or up to a `mark`) visible and wakes the consumers. */
  publish(upTo = this.claimed): void {
    if (upTo === this.published) return;
    this.assertUnpublished(upTo);
    this.published = upTo;
    // Written here, read by consumers. The frames are plain writes before this store, and a consumer reads them after
    // loading the tail: the pair of sequentially consistent operations makes the frames visible before the tail is.
    Atomics.store(this.header, TAIL_WORD, upTo);
    if (this.onPublish !== null) this.onPublish();
  }

  /** Forgets everything claimed since the last publish, or since a `mark`. */
  rollback(to = this.published): void {
    this.assertUnpublished(to);
    this.claimed = to;
    this.room = 0;
  }

  /** Bytes that may still be claimed, against the slowest consumer; a frame at the end of the lap may need a filler too. */
  freeBytes(): number {
    this.refreshSlowest();
    return this.capacityBytes - ((this.claimed - this.slowest) | 0);
  }

  /** Bytes published and not yet given back by the slowest consumer. */
  depthBytes(): number {
    this.refreshSlowest();
    return (this.published - this.slowest) | 0;
  }

  /**
   * Sleeps until `claim(lengthBytes)` would succeed; false when that took longer than `timeoutMs`. Blocks the thread:
   * workers only. What is claimed and not published cannot be given back by anybody, so publish first.
   */
  waitForSpace(lengthBytes: number, timeoutMs: number): boolean {
    const deadlineMs = performance.now() + timeoutMs;
    const needed = (): number => this.fillerBefore(lengthBytes) + lengthBytes;
    while (this.freeBytes() < needed()) {
      // Set here, taken back by a consumer that gives back space. We announce the wish, then look at the heads again;
      // a consumer stores its head, then looks at the wish. All four are sequentially consistent, so at least one of
      // the two sees the other and no wake-up is lost.
      Atomics.store(this.header, SPACE_WANTED_WORD, 1);
      const leftMs = deadlineMs - performance.now();
      if (this.freeBytes() < needed() && leftMs > 0) Atomics.wait(this.header, SPACE_WANTED_WORD, 1, leftMs);
      Atomics.store(this.header, SPACE_WANTED_WORD, 0);
      if (leftMs <= 0) return this.freeBytes() >= needed();
    }
    return true;
  }

  /** A claim that goes beyond what was known to be free: over the end of the lap, or up to where the consumers are by now. */
  private claimBeyond(lengthBytes: number): number {
    ringAssert(lengthBytes >= 8 && (lengthBytes & 7) === 0 && lengthBytes <= this.capacityBytes >>> 1, 'a frame length that fits the ring');
    const offset = this.claimed & this.mask;
    const fillerBytes = this.fillerBefore(lengthBytes);
    const end = (this.claimed + fillerBytes + lengthBytes) | 0;
    if (((end - this.slowest) | 0) > this.capacityBytes) {
      this.refreshSlowest();
      if (((end - this.slowest) | 0) > this.capacityBytes) return -1;
    }
    this.claimed = end;
    const free = this.capacityBytes - ((end - this.slowest) | 0);
    this.room = Math.min(free, this.capacityBytes - (end & this.mask));
    if (fillerBytes === 0) return offset;
    this.words[offset >> 2] = -fillerBytes;
    this.words[(offset >> 2) + 1] = 0;
    return 0;
  }

  private assertUnpublished(mark: number): void {
    ringAssert(((mark - this.published) | 0) >= 0 && ((this.claimed - mark) | 0) >= 0, 'a mark between the tail and the last claim');
  }

  /** Bytes from the claim cursor to the end of the lap if a frame of that length does not fit before it, else 0. */
  private fillerBefore(lengthBytes: number): number {
    const toEnd = this.capacityBytes - (this.claimed & this.mask);
    return toEnd < lengthBytes ? toEnd : 0;
  }

  /**
   * Looks at the consumers' heads. Heads are written by consumers after their last read of what lies before, and loaded
   * here before it is overwritten. With nobody attached everything published counts as given back.
   *
   * A consumer that attaches sets ATTACHING, loads the tail, stores it as its head, and sets ATTACHED. What we knew
   * before ATTACHING was at most the tail of that moment, hence at most its head; so whoever sees ATTACHING keeps what
   * it knew, and whoever saw DETACHED may use what it learned even if the consumer attaches right afterwards.
   */
  private refreshSlowest(): void {
    let depth = 0;
    for (let index = 0; index < this.consumers; index++) {
      const state = Atomics.load(this.header, stateWord(index));
      if (state === ConsumerState.DETACHED) continue;
      if (state === ConsumerState.ATTACHING) return;
      const behind = (this.published - Atomics.load(this.header, headWord(index))) | 0;
      if (behind > depth) depth = behind;
    }
    this.slowest = (this.published - depth) | 0;
  }
}
