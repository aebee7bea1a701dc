import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import t from 'tap';
import { crcOfWords } from '../../src/storage/entry-crc.js';
import { codedBytesMax, codedViews, FrameDecoder, FrameEncoder } from '../../src/storage/frame-coding.js';
import {
  BLOCK_HEADER_BYTES,
  LOG_VERSION,
  LOG_VERSION_UNCODED,
  LOG_VERSION_WITHOUT_ORIGINS,
  readBlock,
  readGoodBlocks,
  sealBlock,
  sealedLength,
  type LogBlock,
} from '../../src/storage/log-block.js';
import { frameViews } from '../../src/wire/frame-layout.js';
import { START, makeBlock, putFrame, sealFrames, valuesIn } from './support.js';

const SEED = Number(process.env.SEED ?? Date.now() % 2 ** 31);

function good(value: Uint8Array): LogBlock {
  const block = readBlock(value);
  if (typeof block === 'string') throw new Error(block);
  return block;
}

const VERSIONS = [LOG_VERSION, LOG_VERSION_UNCODED, LOG_VERSION_WITHOUT_ORIGINS];

t.test('gives back what was sealed', async (t) => {
  for (const version of VERSIONS) {
    const { block, position } = makeBlock({ sequence: 2 ** 40, crc: 0xdeadbeef, epoch: 7 }, [5, 6, 7], version);
    const read = good(block);
    t.same(valuesIn(read), [5, 6, 7]);
    t.match(read, { version, epoch: 7, count: 3, previousCrc: 0xdeadbeef, crc: position.crc });
    t.match(read, { firstSequence: 2 ** 40 + 1, lastSequence: 2 ** 40 + 3 });
  }
});

t.test('reads a block wherever it lies in memory', async (t) => {
  const { block } = makeBlock(START, [1, 2]);
  const shifted = new Uint8Array(block.byteLength + 3).subarray(3);
  shifted.set(block);
  t.same(valuesIn(good(shifted)), [1, 2]);
});

t.test('reads blocks that lie one behind the other, wherever they begin', async (t) => {
  const first = makeBlock(START, [1, 2]);
  const second = makeBlock(first.position, [3]);
  const third = makeBlock(second.position, [4, 5, 6]);
  const bytes = Buffer.concat([new Uint8Array(3), first.block, second.block, third.block]).subarray(3);
  const read = [...readGoodBlocks(bytes)];
  t.same(read.map(valuesIn), [[1, 2], [3], [4, 5, 6]]);
  t.same(
    read.map(({ crc, lastSequence }) => [crc, lastSequence]),
    [first, second, third].map(({ position: { crc, sequence } }) => [crc, sequence]),
  );
  // blocks of the first version have no CRCs of their frames
  const { block } = makeBlock(START, [7, 8], LOG_VERSION_UNCODED);
  const old = Buffer.from(block.subarray(0, good(block).endBytes));
  old.writeUInt16LE(1, 4);
  t.same([...readGoodBlocks(Buffer.concat([old, old]))].map(valuesIn), [
    [7, 8],
    [7, 8],
  ]);
});

t.test('notices every flipped bit', async (t) => {
  for (const version of VERSIONS) {
    const { block } = makeBlock({ sequence: 9, crc: 77, epoch: 1 }, [1, 2], version);
    const missed: number[] = [];
    for (let bit = 0; bit < block.byteLength * 8; bit++) {
      block[bit >> 3] ^= 1 << (bit & 7);
      if (typeof readBlock(block) !== 'string') missed.push(bit);
      block[bit >> 3] ^= 1 << (bit & 7);
    }
    t.same(missed, [], `version ${version}`);
    t.not(typeof readBlock(block), 'string');
  }
});

t.test('notices flipped bits in big blocks', async () => {
  const { block } = makeBlock(
    START,
    Array.from({ length: 2000 }, (_, index) => index),
  );
  fc.assert(
    fc.property(fc.nat(block.byteLength * 8 - 1), (bit) => {
      const copy = Uint8Array.from(block);
      copy[bit >> 3] ^= 1 << (bit & 7);
      return typeof readBlock(copy) === 'string';
    }),
    { seed: SEED, verbose: 1 },
  );
});

t.test('has a CRC of each event as it is stored, the same as that of zlib', async (t) => {
  for (const version of VERSIONS) {
    const { block } = makeBlock(START, [1, 2, 3], version);
    const stored = new DataView(block.buffer, block.byteOffset, block.byteLength);
    const ends = storedEnds(block);
    const starts = [BLOCK_HEADER_BYTES, ...ends];
    t.same(
      ends.map((_, index) => stored.getUint32(ends[2] + 4 * index, true)),
      ends.map((end, index) => crc32(block.subarray(starts[index], end))),
    );
  }
  fc.assert(
    fc.property(fc.array(fc.integer(), { maxLength: 60 }), (values) => {
      const array = Int32Array.from(values);
      return crcOfWords(array, 0, array.length) === (crc32(new Uint8Array(array.buffer)) | 0);
    }),
    { seed: SEED, verbose: 1 },
  );
});

t.test('names the damaged event', async (t) => {
  for (const version of VERSIONS) {
    const { block } = makeBlock({ sequence: 9, crc: 77, epoch: 1 }, [1, 2, 3], version);
    for (const [index, end] of storedEnds(block).entries()) {
      const copy = Uint8Array.from(block);
      copy[end - 1] ^= 1;
      t.equal(readBlock(copy), `a wrong checksum of event ${10 + index}`);
    }
  }
});

t.test('notices a block that was cut short at any length', async (t) => {
  const { block } = makeBlock(START, [1, 2, 3]);
  for (let length = 0; length < block.byteLength; length++) t.type(readBlock(block.slice(0, length)), 'string');
});

t.test('refuses frames that contradict a header with a right checksum', async (t) => {
  const seal = (frames: Parameters<typeof putFrame>[2][], sequences: number[], version: number): LogBlock | string => {
    const views = frameViews(new Uint8Array(1024));
    let end = BLOCK_HEADER_BYTES;
    frames.forEach((frame, index) => (end += putFrame(views, end, frame, sequences[index])));
    return readBlock(sealFrames(views, end, { epoch: 1, sequence: 0, crc: 0 }, version).block);
  };
  for (const version of VERSIONS) {
    t.not(typeof seal([{ value: 1 }, { value: 2 }], [1, 2], version), 'string');
    t.match(seal([{ value: 1 }, { value: 2 }], [1, 3], version), /event 3 where 2/);
    t.match(seal([{ value: 1 }, { value: 2, end: false }], [1, 2], version), /without its end/);
  }
});

t.test('refuses a header that contradicts the frames, though its checksum is right', async (t) => {
  const said = (count: number, change: (words: Int32Array) => void = () => undefined): LogBlock | string => {
    const stored = frameViews(new Uint8Array(1024));
    stored.bytes.set(makeBlock(START, [1, 2]).block);
    const end = storedEnds(stored.bytes)[1];
    const crcs = Int32Array.from(stored.words.subarray(end >> 2, (end >> 2) + 4));
    change(stored.words);
    const endBytes = BLOCK_HEADER_BYTES + stored.words[4];
    sealBlock(stored, end, crcs, endBytes, { epoch: 1, count, firstSequence: 1, previousCrc: 0 });
    return readBlock(stored.bytes.slice(0, sealedLength(end, count)));
  };
  t.not(typeof said(2), 'string');
  t.match(said(1), /number of events/);
  t.match(said(3), /checksum of event 3/);
  t.match(
    said(2, (words) => (words[4] += 8)),
    /broken frame where event 3/,
  );
  t.match(
    said(2, (words) => (words[4] -= 8)),
    /checksum of event 2/,
    'a frame that does not fit is not written',
  );
  t.match(
    said(2, (words) => (words[4] = 0x7fff_ff00)),
    /wrong length/,
    'and no such memory is asked for',
  );
});

t.test('any frames come back as they were, whatever came before', async () => {
  const word = fc.oneof(fc.constantFrom(0, 0, 0, 1, 0x0100, 0x7f0000, 0x80000000 | 0, -1), fc.integer());
  const wordPairs = fc
    .oneof(
      fc.array(word, { maxLength: 40 }),
      fc.tuple(fc.nat(700), word).map(([zeros, last]) => [...new Array<number>(zeros).fill(0), last]),
    )
    .map((words) => words.slice(0, words.length & ~1));
  const frame = fc.record({
    kind: fc.constantFrom(1, 2, 255),
    words: wordPairs,
  });
  const encoder = new FrameEncoder();
  const decoder = new FrameDecoder();
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 20 }), (frames) => {
      const plain = [0, ...frames.flatMap(({ kind, words }) => [(words.length + 8) * 4, kind, 0, 0, 0, 0, 0, 0, ...words])];
      const words = Int32Array.from(plain);
      const coded = codedViews(new Uint8Array(codedBytesMax(plain.length * 4) & ~3));
      encoder.begin();
      let end = 0;
      for (let at = 1; at < words.length; at += words[at] >> 2) end = encoder.encode(words, at, coded, end);
      if (end > coded.words.length) return false;
      const back = codedViews(new Uint8Array(words.byteLength));
      decoder.begin();
      let [from, to] = [0, 1];
      for (; from < end; to += back.words[to] >> 2) from = decoder.decode(coded, from, back, to);
      return from === end && to === words.length && words.every((word, index) => word === back.words[index]);
    }),
    { seed: SEED, verbose: 1, numRuns: 1000 },
  );
});

t.test('events that resemble each other take half of their room', async (t) => {
  const values = Array.from({ length: 1000 }, (_, index) => index);
  const [coded, plain] = [LOG_VERSION, LOG_VERSION_UNCODED].map((version) => makeBlock(START, values, version).block.byteLength);
  t.ok(coded < plain / 2, `${coded} of ${plain} bytes`);
});

/** Where each frame ends in a block, by what it says of itself; worked out without the decoder. */
function storedEnds(block: Uint8Array): number[] {
  const stored = new DataView(block.buffer, block.byteOffset, block.byteLength);
  const isCoded = stored.getUint16(4, true) > LOG_VERSION_UNCODED;
  const ends: number[] = [];
  let at = BLOCK_HEADER_BYTES;
  for (let left = stored.getUint32(12, true); left > 0; left--) {
    const head = stored.getUint32(at, true);
    if (isCoded) at = codedEnd(block, at + 4, head >>> 8);
    else at += head;
    ends.push(at);
  }
  return ends;
}

function codedEnd(block: Uint8Array, from: number, words: number): number {
  const masks = Math.ceil(words / 16);
  let bits = 0;
  for (const byte of block.subarray(from, from + 4 * masks)) for (let left = byte; left !== 0; left &= left - 1) bits++;
  return (from + 4 * masks + 2 * bits + 3) & ~3;
}
