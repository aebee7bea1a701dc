import t from 'tap';
import { Offset, Side, TimeCondition } from '../../../src/core/enums.js';
import { FrameKind, OrderEntry } from '../../../src/core/events.js';
import { EventClock } from '../../../src/front/clock.js';
import { DeclinedOrders, NOTES_PER_SECOND } from '../../../src/front/gateway/declined-orders.js';
import { OrderRequest } from '../../../src/front/gateway/order-request.js';
import { RingBuffer } from '../../../src/ring/ring-buffer.js';
import { RingConsumer } from '../../../src/ring/ring-consumer.js';
import { RingProducer } from '../../../src/ring/ring-producer.js';
import { frameKind, isEndOfCommand } from '../../../src/wire/frame-header.js';
import { readOrder } from '../../../src/wire/order-frame.js';

class Bench {
  nowMs = 1000;
  private readonly ring = RingBuffer.create(1 << 20);
  readonly producer = new RingProducer(this.ring);
  private readonly consumer = new RingConsumer(this.ring);
  readonly declined = new DeclinedOrders(
    this.producer,
    new EventClock(
      0,
      () => this.nowMs,
      () => this.nowMs,
    ),
    { numberFor: (_source, origin) => origin?.number ?? 0 },
  );

  /** The notes that lie in the ring. */
  notes(): OrderEntry[] {
    const found: OrderEntry[] = [];
    for (let offset = this.consumer.next(); offset !== -1; offset = this.consumer.next()) {
      const isNote = frameKind(this.consumer, offset) === FrameKind.OrderDeclined && isEndOfCommand(this.consumer, offset);
      if (!isNote) throw new Error('a frame that is no note, or no command of its own');
      const entry = new OrderEntry();
      readOrder(this.consumer, offset, entry);
      found.push(entry);
    }
    this.consumer.release();
    return found;
  }
}

function request(fields: Partial<OrderRequest> = {}): OrderRequest {
  const plain = { account: 3, instrument: 2, side: Side.SELL, offset: Offset.OPEN, price: 1_000_000, volume: 5, clientOrderId: 'mine' };
  return Object.assign(new OrderRequest(), plain, fields);
}

t.test('a note says what was asked for, why it was refused, and when', async (t) => {
  const bench = new Bench();
  bench.declined.note(1001, request(), { address: '10.0.0.1', userAgent: '', number: 77 });
  const [note] = bench.notes();
  t.equal(note.stamp.origin, 77);
  t.match(note, {
    account: 3,
    instrument: 2,
    side: Side.SELL,
    price: 1_000_000,
    volume: 5,
    clientOrderId: 'mine',
    code: 1001,
    orderId: 0,
    leaves: 0,
  });
  t.equal(note.timeCondition, TimeCondition.GFD, 'what LIMIT means when nothing is said');
  t.equal(note.stamp.timeUs, 1_000_000);
  t.equal(note.stamp.source, 0);
});

t.test('refusals of the moment, of strangers and of nonsense are not noted', async (t) => {
  const bench = new Bench();
  for (const code of [1006, 1007, 1008, 3003, 4001, 5002, 9005, 9006]) bench.declined.note(code, request());
  const odd: Partial<OrderRequest>[] = [
    ...[{ account: 0 }, { instrument: 0 }, { side: -1 }, { offset: -1 }, { timeCondition: -1 }, { price: 0.5 }, { price: NaN }],
    ...[{ volume: -1 }, { volume: 1.5 }, { volume: 2 ** 40 }, { maxSlippageTicks: -1 }, { priceType: -1 }],
  ];
  for (const fields of odd) bench.declined.note(1011, request(fields));
  t.strictSame(bench.notes(), []);
});

t.test('beyond the rate they are counted, and the next note tells how many', async (t) => {
  const bench = new Bench();
  for (let i = 0; i < NOTES_PER_SECOND + 7; i++) bench.declined.note(1001, request());
  t.equal(bench.notes().length, NOTES_PER_SECOND);
  bench.nowMs += 1000;
  bench.declined.note(1001, request());
  bench.declined.note(1001, request());
  t.strictSame(
    bench.notes().map(({ leaves }) => leaves),
    [7, 0],
  );
});

t.test('a full ring gets no half note; what was left out is told by the next', async (t) => {
  const bench = new Bench();
  let offset = bench.producer.claim(1 << 12);
  while (offset !== -1) offset = bench.producer.claim(1 << 12);
  bench.declined.note(1001, request());
  // nothing of it was published, so all of it can be given back
  bench.producer.rollback();
  bench.declined.note(1001, request());
  t.strictSame(
    bench.notes().map(({ leaves }) => leaves),
    [1],
  );
});
