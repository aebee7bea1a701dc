/** The log in the version of the program before, for nodes that read no other: what is left out, and how it comes again. */
import fc from 'fast-check';
import t from 'tap';
import { FrameKind, Stamp } from '../../src/core/events.js';
import { RingBuffer } from '../../src/ring/ring-buffer.js';
import { RingConsumer } from '../../src/ring/ring-consumer.js';
import { RingProducer } from '../../src/ring/ring-producer.js';
import { BlockBuilder } from '../../src/storage/block-builder.js';
import { FollowedLog } from '../../src/storage/followed-log.js';
import {
  BLOCK_HEADER_BYTES,
  LOG_VERSION,
  LOG_VERSION_UNCODED,
  LOG_VERSION_WITHOUT_ORIGINS,
  readBlock,
  type LogBlock,
} from '../../src/storage/log-block.js';
import { WalStatus } from '../../src/storage/wal-status.js';
import { frameKind, frameLength, frameOrigin, frameSource, writeHeader } from '../../src/wire/frame-header.js';
import { HEADER_BYTES } from '../../src/wire/frame-layout.js';
import { decodeRecord, encodeRecord } from '../../src/wire/records.js';
import { START, makeBlock, valueOf } from './support.js';

const SEED = Number(process.env.SEED ?? Date.now() % 2 ** 31);
const FRAME_BYTES = HEADER_BYTES + 8;

/** A ring whose commands carry origins, and what each number means at the moment. */
class Source {
  readonly consumer: RingConsumer;
  private readonly producer: RingProducer;
  private readonly places = new Map<number, number>();

  constructor(private readonly source: number) {
    const ring = RingBuffer.create(1 << 20);
    this.producer = new RingProducer(ring);
    this.consumer = new RingConsumer(ring);
  }

  /** From `place` on: every event says so besides, in what it carries. */
  command(origin: number, place: number, events: number): void {
    if (origin > 0 && this.places.get(origin) !== place) this.say(origin, place);
    const stamp = new Stamp();
    stamp.source = this.source;
    stamp.origin = origin;
    for (let left = events; left > 0; left--) {
      const at = this.producer.claim(FRAME_BYTES);
      stamp.endOfCommand = left === 1;
      writeHeader(this.producer, at, FRAME_BYTES, FrameKind.Trade, stamp);
      this.producer.doubles[(at + HEADER_BYTES) >> 3] = origin === 0 ? 0 : place;
    }
    this.producer.publish();
  }

  private say(origin: number, place: number): void {
    const stamp = new Stamp();
    stamp.source = this.source;
    const frame = encodeRecord(FrameKind.OriginNoted, { origin, address: String(place), userAgent: '' }, stamp);
    this.producer.bytes.set(frame, this.producer.claim(frame.length));
    this.places.set(origin, place);
  }
}

/** Reads blocks as a node does that knows all versions. */
class Reader {
  trades = 0;
  unsaid = 0;
  private sequence = 0;
  private crc = 0;
  private readonly said = new Map<string, string>();

  take(bytes: Uint8Array): LogBlock {
    const block = readBlock(bytes);
    if (typeof block === 'string') throw new Error(block);
    if (block.firstSequence !== this.sequence + 1 || block.previousCrc !== this.crc) throw new Error('the chain breaks');
    this.sequence = block.lastSequence;
    this.crc = block.crc;
    for (let at = BLOCK_HEADER_BYTES; at < block.endBytes; at += frameLength(block.views, at)) this.event(block, at);
    return block;
  }

  private event({ views, version }: LogBlock, at: number): void {
    const origin = frameOrigin(views, at);
    if (version === LOG_VERSION_WITHOUT_ORIGINS && (origin !== 0 || frameKind(views, at) !== FrameKind.Trade)) {
      throw new Error('something of origins in a version that has none');
    }
    if (frameKind(views, at) === FrameKind.OriginNoted) {
      const said = decodeRecord(FrameKind.OriginNoted, views.bytes, at);
      this.said.set(`${frameSource(views, at)} ${said.origin}`, said.address);
      return;
    }
    this.trades++;
    const place = valueOf(views, at);
    if (origin === 0) this.unsaid += place === 0 ? 0 : 1;
    else if (this.said.get(`${frameSource(views, at)} ${origin}`) !== String(place)) throw new Error(`origin ${origin} is not ${place}`);
  }
}

t.test('whenever the version changes: the older one says nothing of origins, the newer one what each means', async (t) => {
  t.comment(`SEED=${SEED}`);
  const step = fc.record({
    source: fc.integer({ min: 0, max: 1 }),
    origin: fc.integer({ min: 0, max: 3 }),
    place: fc.integer({ min: 1, max: 3 }),
    events: fc.integer({ min: 1, max: 4 }),
    version: fc.constantFrom(undefined, undefined, LOG_VERSION, LOG_VERSION_UNCODED, LOG_VERSION_WITHOUT_ORIGINS),
    seals: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.integer({ min: 1, max: 12 }), (steps, events) => {
      let version = LOG_VERSION_WITHOUT_ORIGINS;
      const sources = [new Source(0), new Source(1)];
      const inputs = sources.map(({ consumer }) => consumer);
      const builder = new BlockBuilder(inputs, { ...START }, { events, bytes: 4096 }, () => version);
      const reader = new Reader();
      let trades = 0;
      const seal = (): LogBlock => {
        const sealed = builder.seal();
        const block = reader.take(Uint8Array.from(sealed.bytes));
        builder.release(sealed);
        return block;
      };
      for (const each of steps) {
        version = each.version ?? version;
        sources[each.source].command(each.origin, each.place, each.events);
        trades += each.events;
        if (builder.collect() && each.seals) seal();
      }
      while (builder.collect()) seal();
      // a version is in force one block later at the latest
      sources[0].command(1, 9, 1);
      let last: LogBlock | undefined;
      while (builder.collect()) last = seal();
      if (last?.version !== version) throw new Error(`version ${last?.version} where ${version} is wanted`);
      if (reader.trades !== trades + 1) throw new Error(`${reader.trades} of ${trades + 1} events`);
    }),
    { seed: SEED, numRuns: 300 },
  );
});

t.test('in the present version nothing is left out', async (t) => {
  const source = new Source(3);
  const builder = new BlockBuilder([source.consumer], { ...START });
  const reader = new Reader();
  for (const place of [1, 2, 1]) source.command(5, place, 2);
  builder.collect();
  t.equal(reader.take(Uint8Array.from(builder.seal().bytes)).version, LOG_VERSION);
  t.same([reader.trades, reader.unsaid], [6, 0]);
});

t.test('a node whose program does not know the version of a block says so and goes no further', async (t) => {
  const appended: number[] = [];
  const followed = new FollowedLog({
    sink: { append: async (_block, firstSequence) => void appended.push(firstSequence) },
    status: new WalStatus(WalStatus.create()),
    broadcast: { tell: async () => undefined },
    start: { ...START },
    versionMax: LOG_VERSION_WITHOUT_ORIGINS,
  });
  const { block } = makeBlock(START, [1]);
  const told = /event 1: .* version 4, and this program reads versions up to 2/;
  await t.rejects(followed.take(block), { code: 'CORRUPT', message: told });
  t.same(appended, []);
});
