import { ByteBuffer } from 'flatbuffers';
import fc from 'fast-check';
import t from 'tap';
import { FrameKind, OrderEntry } from '../../src/core/events.js';
import { frameLength } from '../../src/wire/frame-header.js';
import { CLIENT_ORDER_ID_BYTES, ORDER_BYTES, frameViews } from '../../src/wire/frame-layout.js';
import { ClientOrderId, OrderFrame } from '../../src/wire/generated/frames.js';
import { orderFrameBytes, readOrder, writeOrder } from '../../src/wire/order-frame.js';

const PRINTABLE = Array.from({ length: 64 }, (_, index) => String.fromCharCode(0x20 + index + (index >> 1))).join('');

function withId(id: string): OrderEntry {
  const order = new OrderEntry();
  order.clientOrderId = id;
  return order;
}

for (const length of [0, 1, 63, 64]) {
  t.test(`a client order id of ${length} characters comes back`, async (t) => {
    const order = withId(PRINTABLE.slice(0, length));
    const bytes = length === 0 ? ORDER_BYTES : ORDER_BYTES + CLIENT_ORDER_ID_BYTES;
    t.equal(orderFrameBytes(order), bytes);
    const views = frameViews(new Uint8Array(256).fill(0xa5));
    writeOrder(views, 8, FrameKind.NewOrder, order);
    t.equal(frameLength(views, 8), bytes);
    t.ok(views.bytes.subarray(8 + bytes).every((byte) => byte === 0xa5));
    const read = withId('of the frame before');
    readOrder(views, 8, read);
    t.equal(read.clientOrderId, order.clientOrderId);

    const buffer = new ByteBuffer(views.bytes);
    t.equal(new OrderFrame().__init(8, buffer).clientOrderIdLength(), length);
    if (length === 0) return;
    const trailer = Object.values(new ClientOrderId().__init(8 + ORDER_BYTES, buffer).unpack()) as number[];
    t.equal(Buffer.from(Uint32Array.from(trailer).buffer).toString('latin1').replace(/\0+$/, ''), order.clientOrderId);
  });
}

t.test('any ASCII id comes back, from shared memory too', async () => {
  const views = frameViews(new Uint8Array(new SharedArrayBuffer(256)));
  fc.assert(
    fc.property(fc.string({ unit: 'binary-ascii', maxLength: 64 }), (id) => {
      const read = new OrderEntry();
      writeOrder(views, 0, FrameKind.NewOrder, withId(id));
      readOrder(views, 0, read);
      return read.clientOrderId === id;
    }),
    { seed: Number(process.env.SEED ?? Date.now() % 2 ** 31), verbose: 1 },
  );
});

t.test('an id that the schema has no room for is a broken invariant', async (t) => {
  const views = frameViews(new Uint8Array(256));
  t.throws(() => writeOrder(views, 0, FrameKind.NewOrder, withId('x'.repeat(65))), /64 characters/);
  t.throws(() => writeOrder(views, 0, FrameKind.NewOrder, withId('é')), /ASCII/);
});
