import { ringAssert } from './ring-assert.js';
import { ConsumerState, RingBuffer, TAIL_WORD, headWord, stateWord } from './ring-buffer.js';

/** Walks a ring and throws when it is not well formed. For tests: nobody may write to the ring meanwhile. */
export function checkRing(buffer: SharedArrayBuffer): void {
  const { header, words, capacityBytes, consumers } = RingBuffer.parts(buffer);
  const tail = Atomics.load(header, TAIL_WORD);
  ringAssert((tail & 7) === 0, 'a tail at a multiple of 8');
  for (let index = 0; index < consumers; index++) {
    if (Atomics.load(header, stateWord(index)) !== ConsumerState.ATTACHED) continue;
    const head = Atomics.load(header, headWord(index));
    const depthBytes = (tail - head) | 0;
    ringAssert((head & 7) === 0 && depthBytes >= 0 && depthBytes <= capacityBytes, 'a head at most one lap behind the tail');
    for (let cursor = head; cursor !== tail;) {
      const offset = cursor & (capacityBytes - 1);
      const length = Math.abs(words[offset >> 2]);
      ringAssert(length >= 8 && (length & 7) === 0 && length <= (tail - cursor) >>> 0, 'frames that end at the tail');
      ringAssert(offset + length <= capacityBytes, 'frames that do not wrap');
      cursor = (cursor + length) | 0;
    }
  }
}
