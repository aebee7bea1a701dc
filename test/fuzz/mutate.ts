/** Faults of all sorts, from a seed. */
import type { Random } from '../../src/cli/load/random.js';
import type { Message } from './corpus.js';

const BOUNDARIES = [0, 1, 7, 8, 0x22, 0x2c, 0x5c, 0x7b, 0x7d, 0x7f, 0x80, 0xc0, 0xed, 0xfe, 0xff];
const FAULTS_MAX = 4;

/** One message of `corpus` with one to four faults; now and then two of them behind each other, or as it is. */
export function mutated(random: Random, corpus: readonly Message[]): Message {
  const { bytes, isBinary } = pick(random, corpus);
  let result = bytes;
  for (let faults = random.between(0, FAULTS_MAX); faults > 0; faults--) result = withFault(random, result, corpus);
  // a message of the other kind than it is sent as
  return { bytes: result, isBinary: random.next() < 0.02 ? !isBinary : isBinary };
}

function withFault(random: Random, bytes: Uint8Array, corpus: readonly Message[]): Uint8Array {
  const at = random.between(0, Math.max(0, bytes.length - 1));
  switch (random.between(0, 6)) {
    case 0:
      return changed(bytes, at, random.between(0, 255));
    case 1:
      return changed(bytes, at, pick(random, BOUNDARIES));
    case 2:
      return changed(bytes, at, bytes[at] ^ (1 << random.between(0, 7)));
    case 3:
      return bytes.slice(0, at);
    case 4:
      return joined(bytes, pick(random, corpus).bytes);
    case 5:
      return joined(bytes.slice(0, at), bytes.slice(random.between(0, at)));
    default:
      // four bytes at once reach lengths and numbers
      return changed(changed(changed(changed(bytes, at, 0xff), at + 1, 0xff), at + 2, 0xff), at + 3, random.between(0, 255));
  }
}

function changed(bytes: Uint8Array, at: number, value: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  if (at < copy.length) copy[at] = value;
  return copy;
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

function pick<T>(random: Random, from: readonly T[]): T {
  return from[random.between(0, from.length - 1)];
}
