import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import t from 'tap';
import { crcOfWords } from '../../src/storage/entry-crc.js';
import {
  BLOCK_HEADER_BYTES,
  frameCrcs,
  LOG_VERSION,
  readBlock,
  readGoodBlocks,
  sealBlock,
  sealedLength,
  type LogBlock,
} from '../../src/storage/log-block.js';
import { frameViews } from '../../src/wire/frame-layout.js';
import { START, makeBlock, putFrame, valuesIn } from './support.js';

const SEED = Number(process.env.SEED ?? Date.now() % 2 ** 31);

function good(value: Uint8Array): LogBlock {
  const block = readBlock(value);
  if (typeof block === 'string') throw new Error(block);
  return block;
}

t.test('gives back what was sealed', async (t) => {
  const { block, position } = makeBlock({ sequence: 2 ** 40, crc: 0xdeadbeef, epoch: 7 }, [5, 6, 7]);
  const read = good(block);
  t.same(valuesIn(read), [5, 6, 7]);
  t.match(read, { epoch: 7, count: 3, previousCrc: 0xdeadbeef, firstSequence: 2 ** 40 + 1, lastSequence: 2 ** 40 + 3, crc: position.crc });
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
  const { block } = makeBlock(START, [7, 8]);
  const { endBytes } = good(block);
  const old = Buffer.from(block.subarray(0, endBytes));
  const version = new Int32Array(old.buffer, old.byteOffset, endBytes >> 2);
  const at = version.indexOf(LOG_VERSION | (BLOCK_HEADER_BYTES << 16));
  version[at] = 1 | (BLOCK_HEADER_BYTES << 16);
  t.same([...readGoodBlocks(Buffer.concat([old, old]))].map(valuesIn), [
    [7, 8],
    [7, 8],
  ]);
});

t.test('notices every flipped bit', async (t) => {
  const { block } = makeBlock({ sequence: 9, crc: 77, epoch: 1 }, [1, 2]);
  const missed: number[] = [];
  for (let bit = 0; bit < block.byteLength * 8; bit++) {
    block[bit >> 3] ^= 1 << (bit & 7);
    if (typeof readBlock(block) !== 'string') missed.push(bit);
    block[bit >> 3] ^= 1 << (bit & 7);
  }
  t.same(missed, []);
  t.not(typeof readBlock(block), 'string');
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

t.test('has a CRC of each event, the same as that of zlib', async (t) => {
  const { block } = makeBlock(START, [1, 2, 3]);
  const { views, endBytes } = good(block);
  const frameBytes = (endBytes - BLOCK_HEADER_BYTES) / 3;
  const crcs = [0, 1, 2].map((index) => {
    const at = BLOCK_HEADER_BYTES + index * frameBytes;
    return crc32(block.subarray(at, at + frameBytes)) | 0;
  });
  t.same([...views.words.subarray(endBytes >> 2)], [...crcs, 0]);
  const words = fc.array(fc.integer(), { maxLength: 60 }).filter(({ length }) => length % 2 === 0);
  fc.assert(
    fc.property(words, (values) => {
      const array = Int32Array.from(values);
      return crcOfWords(array, 0, array.length) === (crc32(new Uint8Array(array.buffer)) | 0);
    }),
    { seed: SEED, verbose: 1 },
  );
});

t.test('names the damaged event', async (t) => {
  const { block } = makeBlock({ sequence: 9, crc: 77, epoch: 1 }, [1, 2, 3]);
  const frameBytes = (good(block).endBytes - BLOCK_HEADER_BYTES) / 3;
  for (const [index, event] of [10, 11, 12].entries()) {
    const copy = Uint8Array.from(block);
    copy[BLOCK_HEADER_BYTES + (index + 1) * frameBytes - 1] ^= 1;
    t.equal(readBlock(copy), `a wrong checksum of event ${event}`);
  }
});

t.test('notices a block that was cut short at any length', async (t) => {
  const { block } = makeBlock(START, [1, 2, 3]);
  for (let length = 0; length < block.byteLength; length++) t.type(readBlock(block.slice(0, length)), 'string');
});

t.test('refuses frames that contradict a header with a right checksum', async (t) => {
  const seal = (frames: Parameters<typeof putFrame>[2][], sequences: number[], count: number): LogBlock | string => {
    const views = frameViews(new Uint8Array(1024));
    let end = BLOCK_HEADER_BYTES;
    frames.forEach((frame, index) => (end += putFrame(views, end, frame, sequences[index])));
    sealBlock(views, end, { epoch: 1, count, firstSequence: 1, previousCrc: 0 }, frameCrcs(views, end));
    return readBlock(views.bytes.slice(0, sealedLength(end, count)));
  };
  t.not(typeof seal([{ value: 1 }, { value: 2 }], [1, 2], 2), 'string');
  t.match(seal([{ value: 1 }, { value: 2 }], [1, 3], 2), /event 3 where 2/);
  t.match(seal([{ value: 1 }, { value: 2 }], [1, 2], 3), /number of events/);
  t.match(seal([{ value: 1 }, { value: 2, end: false }], [1, 2], 2), /without its end/);
});
