/** What a disk does to data that it had promised to keep: bits turn over, blocks vanish, change places, or come from another history. */
import { crc32 } from 'node:zlib';
import type { Random } from '../../src/cli/load/random.js';
import { wideKeyOf } from '../../src/storage/keys.js';
import { storedEnd } from './committed-log.js';
import type { SimEngine } from './sim-engine.js';

type Entry = [key: string, value: Uint8Array];

const MANIFESTS = 'snapmeta/';

export interface Rot {
  readonly what: string;
  readonly kind: 'block' | 'snapshot';
  /** First event of the block, or the event of the snapshot. */
  readonly sequence: number;
  /** Where recovery must say that the log is damaged, when it comes to that block: one of these. */
  readonly reported: readonly number[];
  readonly repair: () => void;
}

/** Damages the log but for its last two blocks, or the newest snapshot; undefined when there is nothing to damage. */
export function rot(log: SimEngine, store: SimEngine, random: Random): Rot | undefined {
  const newest = newestSnapshot(store);
  if (newest !== undefined && random.between(1, 4) === 1) return rotSnapshot(newest, store, random);
  // the next start comes to what lies behind the newest snapshot only
  const behind = newest === undefined || random.between(1, 4) === 1 ? 'wal/' : `wal/${newest[0].slice(MANIFESTS.length)}`;
  return rotLog(log.peek({ gt: behind, lt: 'wal0' }), log, random);
}

function newestSnapshot(store: SimEngine): Entry | undefined {
  return store.peek({ gte: MANIFESTS, lt: `${MANIFESTS}~`, reverse: true, limit: 1 })[0];
}

function rotSnapshot(newest: Entry, store: SimEngine, random: Random): Rot {
  const prefix = `snap/${newest[0].slice(MANIFESTS.length)}/`;
  const parts = [newest, ...store.peek({ gte: prefix, lt: `${prefix}~` })];
  const [key, value] = parts[random.between(0, parts.length - 1)];
  const sequence = wideKeyOf(newest[0]);
  const repair = replace(store, [[key, flipped(value, random)]]);
  return { what: `a bit of snapshot ${sequence} turns over`, kind: 'snapshot', sequence, reported: [], repair };
}

function rotLog(blocks: readonly Entry[], log: SimEngine, random: Random): Rot | undefined {
  if (blocks.length < 3) return undefined;
  const at = random.between(0, blocks.length - 3);
  const [key, value] = blocks[at];
  const [nextKey, next] = blocks[at + 1];
  const sequence = wideKeyOf(key);
  const block = { kind: 'block', sequence, reported: [sequence] } as const;
  switch (random.between(1, 6)) {
    case 1:
      return { ...block, what: `block ${sequence} vanishes`, repair: replace(log, [[key, undefined]], nextKey) };
    case 2: {
      const entries: Entry[] = [
        [key, next],
        [nextKey, value],
      ];
      const reported = [sequence, wideKeyOf(nextKey)];
      return { ...block, reported, what: `block ${sequence} and the next change places`, repair: replace(log, entries) };
    }
    case 3: {
      const reported = [wideKeyOf(nextKey)];
      return { ...block, reported, what: `block ${sequence} becomes another one`, repair: replace(log, [[key, forged(value)]]) };
    }
    default:
      return { ...block, what: `a bit of block ${sequence} turns over`, repair: replace(log, [[key, flipped(value, random)]]) };
  }
}

/** Puts these in place of what is there, and returns what takes that back unless the entry `witness` has been dropped meanwhile. */
function replace(engine: SimEngine, entries: readonly [key: string, value: Uint8Array | undefined][], witness = entries[0][0]): () => void {
  const before = entries.map(([key]): Entry => [key, engine.peekOne(key)!]);
  for (const [key, value] of entries) engine.overwrite(key, value);
  return () => {
    if (engine.peekOne(witness) !== undefined) for (const [key, value] of before) engine.overwrite(key, value);
  };
}

/** The beginning, where everything has a meaning of its own, is hit as often as all the rest. */
function flipped(value: Uint8Array, random: Random): Uint8Array {
  const damaged = Uint8Array.from(value);
  const bytes = random.between(0, 1) === 0 ? Math.min(48, value.length) : value.length;
  damaged[random.between(0, bytes - 1)] ^= 1 << random.between(0, 7);
  return damaged;
}

/** A block that is right by itself, with another time of its first event, and of those that follow it in that. */
function forged(value: Uint8Array): Uint8Array {
  const block = value.slice();
  const view = new DataView(block.buffer);
  const [frame, mask] = [48, 52];
  const crcsAt = frame + view.getUint32(28, true);
  const masks = Math.ceil((view.getUint32(frame, true) >>> 8) / 16);
  const isStored = (half: number): boolean => ((view.getUint32(mask, true) >>> half) & 1) === 1;
  // eight halves before it, four of it; the first of an event is as it is written, without one before
  let at = mask + 4 * masks;
  for (let half = 0; half < 8 || !isStored(half); half++) if (isStored(half)) at += 2;
  view.setUint16(at, view.getUint16(at, true) ^ 4, true);
  view.setUint32(crcsAt, crc32(block.subarray(frame, storedEnd(view, frame))), true);
  const header = crc32(block.subarray(24, frame), crc32(block.subarray(0, 20), view.getUint32(24, true)));
  view.setUint32(20, crc32(block.subarray(crcsAt), header), true);
  return block;
}
