/**
 * A few whole numbers (0 to 2^53) that one thread writes and any thread reads, always as they were together.
 *
 * A sequence lock: the version is odd while the writer is at work, and a reader that saw it odd or changed looks again.
 * Version and halves of numbers are all accessed by Atomics, which keeps them in program order on every processor.
 */
const WORD = 2 ** 32;

export class SharedNumbers {
  /** words[0] is the version; number i lies in words 2 + 2i (low half) and 3 + 2i (high half). */
  private readonly words: Int32Array<SharedArrayBuffer>;
  readonly count: number;

  static create(count: number): SharedArrayBuffer {
    return new SharedArrayBuffer(8 + count * 8);
  }

  constructor(buffer: SharedArrayBuffer) {
    this.words = new Int32Array(buffer);
    this.count = this.words.length / 2 - 1;
  }

  /** Only ever called by one thread. */
  write(values: Float64Array): void {
    const version = Atomics.load(this.words, 0);
    Atomics.store(this.words, 0, version + 1);
    for (let index = 0; index < this.count; index++) {
      const value = values[index];
      Atomics.store(this.words, 2 + 2 * index, (value % WORD) | 0);
      Atomics.store(this.words, 3 + 2 * index, Math.floor(value / WORD));
    }
    Atomics.store(this.words, 0, version + 2);
  }

  /** Another one whenever the numbers may be others: whoever reads often can see that nothing has changed. */
  get version(): number {
    return Atomics.load(this.words, 0);
  }

  read(into: Float64Array): Float64Array {
    for (;;) {
      const version = Atomics.load(this.words, 0);
      for (let index = 0; index < this.count; index++) {
        const low = Atomics.load(this.words, 2 + 2 * index) >>> 0;
        into[index] = Atomics.load(this.words, 3 + 2 * index) * WORD + low;
      }
      if ((version & 1) === 0 && Atomics.load(this.words, 0) === version) return into;
    }
  }
}
