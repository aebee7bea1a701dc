/** Our readers and writers against the accessors that flatc generates: every field of every struct, both ways. */
import { Builder, ByteBuffer } from 'flatbuffers';
import t from 'tap';
import {
  AmendEntry,
  BookSpec,
  CancelEntry,
  FrameKind,
  MassEntry,
  OrderEntry,
  PhaseEntry,
  Trade,
  type Stamp,
} from '../../src/core/events.js';
import { readAmend, writeAmend } from '../../src/wire/amend-frame.js';
import { readBook, writeBook } from '../../src/wire/book-frame.js';
import { readCancel, writeCancel } from '../../src/wire/cancel-frame.js';
import { readStamp } from '../../src/wire/frame-header.js';
import * as layout from '../../src/wire/frame-layout.js';
import type { FrameViews } from '../../src/wire/frame-layout.js';
import * as generated from '../../src/wire/generated/frames.js';
import { readMass, writeMass } from '../../src/wire/mass-frame.js';
import { readOrder, writeOrder } from '../../src/wire/order-frame.js';
import { readPhase, writePhase } from '../../src/wire/phase-frame.js';
import { readTrade, writeTrade } from '../../src/wire/trade-frame.js';

interface StructObject {
  header: generated.FrameHeaderT | null;
  pack(builder: Builder): number;
}

interface StructView<T> {
  __init(offset: number, buffer: ByteBuffer): { unpack(): T };
}

interface Codec<T extends StructObject, E> {
  name: string;
  kind: number;
  bytes: number;
  sizeOf: () => number;
  object: new () => T;
  view: () => StructView<T>;
  entry: () => E;
  read: (views: FrameViews, offset: number, into: E) => void;
  write: (views: FrameViews, offset: number, kind: number, entry: E) => void;
}

/** Our frame does not begin where the memory does. */
const OFFSET = 40;
/** Fields that the entry has no counterpart for. */
const OWN_FIELDS = ['header', 'clientOrderIdLength'];

function fieldsOf(object: object): string[] {
  return Object.keys(object).filter((name) => !name.startsWith('reserved') && !OWN_FIELDS.includes(name));
}

function dirtyViews(): FrameViews {
  return layout.frameViews(new Uint8Array(256).fill(0xa5));
}

/** The bytes of a struct as flatc's own code writes them. */
function pack(object: StructObject): Uint8Array {
  const builder = new Builder(256);
  const offset = object.pack(builder);
  const all = builder.dataBuffer().bytes();
  return all.slice(all.length - offset);
}

function unpack<T extends StructObject, E>(codec: Codec<T, E>, views: FrameViews): T {
  return codec.view().__init(OFFSET, new ByteBuffer(views.bytes)).unpack();
}

/** An object with another value in every field, each near the top of its range: 2^53 - 1 - n loses only its high bits. */
function distinct<T extends StructObject, E>(codec: Codec<T, E>): T {
  const object = new codec.object();
  const header = new generated.FrameHeaderT();
  let next = Number.MAX_SAFE_INTEGER;
  for (const part of [header, object] as unknown as Record<string, number>[]) {
    for (const field of Object.keys(part)) if (field !== 'header') part[field] = next--;
  }
  header.length = codec.bytes;
  header.kind = codec.kind;
  header.flags |= layout.END_OF_COMMAND;
  object.header = header;
  for (const name of Object.keys(object)) {
    if (name.startsWith('reserved') || name === 'clientOrderIdLength') (object as unknown as Record<string, number>)[name] = 0;
  }
  const views = dirtyViews();
  views.bytes.set(pack(object), OFFSET);
  return unpack(codec, views);
}

function stampFields(stamp: Stamp): Record<string, unknown> {
  const { kind, source, origin, endOfCommand, sequence, timeUs, shardSequence } = stamp;
  const flags = ((origin >>> 8) << 1) | (endOfCommand ? layout.END_OF_COMMAND : 0);
  return { kind, originLow: origin & 0xff, source, flags, sequence, timeUs, shardSequence };
}

function proves<T extends StructObject, E extends { stamp: Stamp }>(codec: Codec<T, E>): void {
  t.test(`${codec.name} has the size of the schema`, async (t) => {
    t.equal(codec.bytes, codec.sizeOf());
    t.equal(codec.bytes % 8, 0);
  });

  t.test(`${codec.name} written by the generated code is read by ours`, async (t) => {
    const expected = distinct(codec);
    const fields = fieldsOf(expected);
    const values = fields.map((name) => expected[name as keyof T]);
    t.equal(new Set(values).size, fields.length, 'no two fields are alike');
    const views = dirtyViews();
    views.bytes.set(pack(expected), OFFSET);
    const entry = codec.entry();
    codec.read(views, OFFSET, entry);
    for (const name of fields) t.equal(entry[name as keyof E], expected[name as keyof T], name);
    t.equal(expected.header!.length, codec.bytes);
    t.match(expected.header, stampFields(entry.stamp));
  });

  t.test(`${codec.name} written by ours is read by the generated code`, async (t) => {
    const expected = distinct(codec);
    const entry = codec.entry();
    for (const name of fieldsOf(expected)) (entry as Record<string, unknown>)[name] = expected[name as keyof T];
    entry.stamp.source = expected.header!.source;
    entry.stamp.origin = expected.header!.originLow | ((expected.header!.flags >>> 1) << 8);
    entry.stamp.endOfCommand = true;
    entry.stamp.sequence = expected.header!.sequence;
    entry.stamp.timeUs = expected.header!.timeUs;
    entry.stamp.shardSequence = expected.header!.shardSequence;
    const views = dirtyViews();
    codec.write(views, OFFSET, codec.kind, entry);
    const found = unpack(codec, views);
    t.same(found, expected, 'reserved fields are zero');
    t.ok(views.bytes.subarray(0, OFFSET).every((byte) => byte === 0xa5));
    t.ok(
      views.bytes.subarray(OFFSET + codec.bytes).every((byte) => byte === 0xa5),
      'nothing else is touched',
    );
  });

  t.test(`${codec.name} has a field for everything that its object knows`, async (t) => {
    const known = Object.keys(codec.entry()).filter((name) => !['stamp', 'clientId', 'clientOrderId'].includes(name));
    t.same(
      fieldsOf(new codec.object())
        .filter((name) => name !== 'clientId')
        .sort(),
      known.sort(),
    );
  });
}

proves({
  name: 'OrderFrame',
  kind: FrameKind.OrderAccepted,
  bytes: layout.ORDER_BYTES,
  sizeOf: () => generated.OrderFrame.sizeOf(),
  object: generated.OrderFrameT,
  view: () => new generated.OrderFrame(),
  entry: () => new OrderEntry(),
  read: readOrder,
  write: writeOrder,
});

proves({
  name: 'TradeFrame',
  kind: FrameKind.Trade,
  bytes: layout.TRADE_BYTES,
  sizeOf: () => generated.TradeFrame.sizeOf(),
  object: generated.TradeFrameT,
  view: () => new generated.TradeFrame(),
  entry: () => new Trade(),
  read: readTrade,
  write: writeTrade,
});

proves({
  name: 'CancelFrame',
  kind: FrameKind.CancelOrder,
  bytes: layout.CANCEL_BYTES,
  sizeOf: () => generated.CancelFrame.sizeOf(),
  object: generated.CancelFrameT,
  view: () => new generated.CancelFrame(),
  entry: () => new CancelEntry(),
  read: readCancel,
  write: writeCancel,
});

proves({
  name: 'BookFrame',
  kind: FrameKind.OpenBook,
  bytes: layout.BOOK_BYTES,
  sizeOf: () => generated.BookFrame.sizeOf(),
  object: generated.BookFrameT,
  view: () => new generated.BookFrame(),
  entry: () => new BookSpec(),
  read: readBook,
  write: writeBook,
});

proves({
  name: 'AmendFrame',
  kind: FrameKind.OrderAmended,
  bytes: layout.AMEND_BYTES,
  sizeOf: () => generated.AmendFrame.sizeOf(),
  object: generated.AmendFrameT,
  view: () => new generated.AmendFrame(),
  entry: () => new AmendEntry(),
  read: readAmend,
  write: writeAmend,
});

proves({
  name: 'MassFrame',
  kind: FrameKind.MassCancelled,
  bytes: layout.MASS_BYTES,
  sizeOf: () => generated.MassFrame.sizeOf(),
  object: generated.MassFrameT,
  view: () => new generated.MassFrame(),
  entry: () => new MassEntry(),
  read: readMass,
  write: writeMass,
});

proves({
  name: 'PhaseFrame',
  kind: FrameKind.PhaseChanged,
  bytes: layout.PHASE_BYTES,
  sizeOf: () => generated.PhaseFrame.sizeOf(),
  object: generated.PhaseFrameT,
  view: () => new generated.PhaseFrame(),
  entry: () => new PhaseEntry(),
  read: readPhase,
  write: writePhase,
});

t.test('the header and the trailer have the sizes of the schema', async (t) => {
  t.equal(layout.HEADER_BYTES, generated.FrameHeader.sizeOf());
  t.equal(layout.CLIENT_ORDER_ID_BYTES, generated.ClientOrderId.sizeOf());
  t.equal(layout.OrderAt.clientOrderId, layout.ORDER_BYTES);
});

t.test('a stamp without the flag is not the end of its command', async (t) => {
  const views = dirtyViews();
  const trade = new Trade();
  trade.stamp.source = 255;
  writeTrade(views, OFFSET, FrameKind.Trade, trade);
  const stamp = new Trade().stamp;
  readStamp(views, OFFSET, stamp);
  t.equal(stamp.endOfCommand, false);
  t.equal(stamp.source, 255);
});
