import { ByteBuffer } from 'flatbuffers';
import t from 'tap';
import { Stamp } from '../../src/core/events.js';
import * as header from '../../src/wire/frame-header.js';
import { END_OF_COMMAND, HEADER_BYTES, frameViews } from '../../src/wire/frame-layout.js';
import { FrameHeader } from '../../src/wire/generated/frames.js';

/** With bits in both of its parts, the lowest and the highest among them. */
const ORIGIN = 0x5aa5;
const FLAGS = 0x5a << 1;

function stampOf(): Stamp {
  return Object.assign(new Stamp(), { source: 7, origin: ORIGIN, sequence: 2 ** 53 - 1, timeUs: 1_700_000_000_000_001, shardSequence: 5 });
}

t.test('fields of a header are read and set one by one', async (t) => {
  const views = frameViews(new Uint8Array(64).fill(0xa5));
  header.writeHeader(views, 16, 0xfffffff8, 0xfe, stampOf());
  t.equal(header.frameLength(views, 16), 0xfffffff8);
  t.equal(header.frameKind(views, 16), 0xfe);
  t.equal(header.frameSource(views, 16), 7);
  t.equal(header.frameFlags(views, 16), FLAGS);
  t.equal(header.frameSequence(views, 16), 2 ** 53 - 1);
  t.equal(header.frameTimeUs(views, 16), 1_700_000_000_000_001);
  t.equal(header.frameShardSequence(views, 16), 5);
  t.equal(header.isEndOfCommand(views, 16), false);

  header.setSequence(views, 16, 12);
  header.markEndOfCommand(views, 16);
  t.equal(header.frameSequence(views, 16), 12);
  t.equal(header.isEndOfCommand(views, 16), true);
  const { ...fields } = new FrameHeader().__init(16, new ByteBuffer(views.bytes)).unpack();
  const { source, timeUs, shardSequence } = stampOf();
  t.same(fields, {
    length: 0xfffffff8,
    kind: 0xfe,
    originLow: 0xa5,
    source,
    flags: FLAGS | END_OF_COMMAND,
    sequence: 12,
    timeUs,
    shardSequence,
  });
  const stamp = new Stamp();
  header.readStamp(views, 16, stamp);
  t.match(stamp, { kind: 0xfe, source, origin: ORIGIN, endOfCommand: true });
});

t.test('views lie over the block itself, or over a copy when it does not begin at a multiple of 8', async (t) => {
  const memory = new Uint8Array(64);
  header.writeHeader(frameViews(memory), 8, HEADER_BYTES, 3, stampOf());
  const aligned = frameViews(memory.subarray(8));
  t.equal(aligned.bytes.buffer, memory.buffer);
  t.equal(header.frameSource(aligned, 0), 7);

  const shifted = new Uint8Array(67);
  shifted.set(memory, 3);
  const copied = frameViews(shifted.subarray(3));
  t.equal(header.frameLength(copied, 8), HEADER_BYTES);
  t.equal(header.frameTimeUs(copied, 8), 1_700_000_000_000_001);
  t.equal(frameViews(memory.subarray(0, 44)).doubles.length, 5, 'a block need not end at a multiple of 8');
});
