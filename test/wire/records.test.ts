import { Builder } from 'flatbuffers';
import fc from 'fast-check';
import { isDeepStrictEqual } from 'node:util';
import t from 'tap';
import { FrameKind, PLAIN_MOVE, Stamp, type RareEvents, type RareKind } from '../../src/core/events.js';
import { frameLength, readStamp } from '../../src/wire/frame-header.js';
import { HEADER_BYTES, frameViews } from '../../src/wire/frame-layout.js';
import { FundsMovedRecordT } from '../../src/wire/generated/records.js';
import { decodeRecord, encodeRecord, isRareKind } from '../../src/wire/records.js';
import { rareArbitraries, rareKinds } from './rare-arbitraries.js';

/** Encodes, puts the frame somewhere else in shared memory (as a ring does), and decodes. */
function roundTrip<K extends RareKind>(kind: K, event: RareEvents[K]): RareEvents[K] {
  const frame = encodeRecord(kind, event);
  const memory = new Uint8Array(new SharedArrayBuffer(frame.length + 48)).fill(0xa5);
  memory.set(frame, 24);
  return decodeRecord(kind, memory, 24);
}

for (const kind of rareKinds) {
  const name = Object.entries(FrameKind).find(([, number]) => number === kind)![0];
  t.test(`${name} comes back with every field, strings in any script`, async () => {
    fc.assert(
      fc.property(rareArbitraries[kind] as fc.Arbitrary<RareEvents[RareKind]>, (event) =>
        // fast-check may make records without a prototype.
        isDeepStrictEqual(roundTrip(kind, event), { ...event }),
      ),
      { seed: Number(process.env.SEED ?? Date.now() % 2 ** 31), verbose: 1 },
    );
  });
}

t.test('a record is a whole frame and the end of its command', async (t) => {
  const stamp = Object.assign(new Stamp(), { source: 3, timeUs: 17, shardSequence: 4 });
  for (const tokenId of ['', 'a', 'ab', 'abcdefgh', 'x'.repeat(5000)]) {
    const frame = encodeRecord(FrameKind.TokenRevoked, { tokenId, expiresAt: 5 }, stamp);
    const views = frameViews(frame);
    t.equal(frame.length % 8, 0);
    t.equal(frameLength(views, 0), frame.length);
    const read = new Stamp();
    readStamp(views, 0, read);
    t.match(read, { kind: FrameKind.TokenRevoked, source: 3, endOfCommand: true, sequence: 0, timeUs: 17, shardSequence: 4 });
  }
  t.equal(stamp.endOfCommand, false, 'the caller’s stamp is left alone');
});

t.test('earlier frames stay as they are when another is encoded', async (t) => {
  const first = encodeRecord(FrameKind.VenueOpened, { tradingDay: 20260105 });
  encodeRecord(FrameKind.VenueOpened, { tradingDay: 20260106 });
  t.same(decodeRecord(FrameKind.VenueOpened, first, 0), { tradingDay: 20260105 });
});

t.test('strings that a table lacks are empty', async (t) => {
  const builder = new Builder();
  builder.finish(new FundsMovedRecordT(1, 1, 250).pack(builder));
  const table = builder.asUint8Array();
  const frame = encodeRecord(FrameKind.VenueOpened, { tradingDay: 0 });
  const whole = new Uint8Array(HEADER_BYTES + table.length);
  whole.set(frame.subarray(0, HEADER_BYTES));
  whole.set(table, HEADER_BYTES);
  new DataView(whole.buffer).setUint32(0, whole.length, true);
  t.same(decodeRecord(FrameKind.FundsMoved, whole, 0), { account: 1, kind: 1, amount: 250, method: '', remark: '', ...PLAIN_MOVE });
});

t.test('a lone surrogate is written as the replacement character', async (t) => {
  t.same(roundTrip(FrameKind.TokenRevoked, { tokenId: 'a\ud800b', expiresAt: 1 }), { tokenId: 'a\ufffdb', expiresAt: 1 });
});

t.test('only rare kinds have a record', async (t) => {
  const rare = Object.values(FrameKind).filter((kind) => isRareKind(kind));
  t.same(rare, rareKinds);
  t.equal(isRareKind(0), false);
});
