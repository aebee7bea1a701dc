import t from 'tap';
import { CancelEntry, FrameKind, OrderEntry, Stamp, Trade } from '../../src/core/events.js';
import { RingBuffer } from '../../src/ring/ring-buffer.js';
import { RingConsumer } from '../../src/ring/ring-consumer.js';
import { RingProducer } from '../../src/ring/ring-producer.js';
import { readCancel } from '../../src/wire/cancel-frame.js';
import { frameKind, isEndOfCommand, readStamp } from '../../src/wire/frame-header.js';
import { frameViews, TRADE_BYTES } from '../../src/wire/frame-layout.js';
import { MatchPublisher } from '../../src/wire/match-publisher.js';
import { readOrder } from '../../src/wire/order-frame.js';
import { decodeRecord, encodeRecord } from '../../src/wire/records.js';
import { readTrade } from '../../src/wire/trade-frame.js';

function publisherOf(capacityBytes: number): { producer: RingProducer; consumer: RingConsumer; publisher: MatchPublisher } {
  const buffer = RingBuffer.create(capacityBytes);
  const producer = new RingProducer(buffer);
  return { producer, consumer: new RingConsumer(buffer), publisher: new MatchPublisher(producer, 3) };
}

/** Kinds of all visible frames, with a dot behind the last one of a command. */
function visible(consumer: RingConsumer): string[] {
  const seen: string[] = [];
  for (let offset = consumer.next(); offset >= 0; offset = consumer.next()) {
    seen.push(`${frameKind(consumer, offset)}${isEndOfCommand(consumer, offset) ? '.' : ''}`);
  }
  consumer.release();
  return seen;
}

function fill(publisher: MatchPublisher, trades: number): void {
  const trade = new Trade();
  for (let index = 0; index < trades; index++) publisher.trade(trade);
}

t.test('stamps every event with source, time and shard sequence, and keeps the rest', async (t) => {
  const { consumer, publisher } = publisherOf(4096);
  const order = Object.assign(new OrderEntry(), { orderId: 11, side: 1, offset: 2, clientOrderId: 'abc', prioritySequence: 0, code: 0 });
  Object.assign(order.stamp, { source: 9, timeUs: 1, shardSequence: 1, sequence: 8, endOfCommand: true });
  const trade = Object.assign(new Trade(), { buyOrderId: 11, sellOrderId: 12, price: 5, volume: 6, matchIndex: 1 });
  publisher.beginCommand(777, 42, 9);
  publisher.orderAccepted(order, 41);
  publisher.trade(trade);
  publisher.orderRefused(order, 4002);
  publisher.endCommand();
  publisher.flush();

  const stamp = { source: 3, origin: 9, sequence: 0, timeUs: 777, shardSequence: 42 };
  const accepted = new OrderEntry();
  readOrder(consumer, consumer.next(), accepted);
  t.match(accepted, { orderId: 11, prioritySequence: 41, side: 1, offset: 2, code: 0, clientOrderId: 'abc' });
  t.match(accepted.stamp, { ...stamp, kind: FrameKind.OrderAccepted, endOfCommand: false });
  const traded = new Trade();
  readTrade(consumer, consumer.next(), traded);
  t.match(traded, { buyOrderId: 11, sellOrderId: 12, price: 5, volume: 6, matchIndex: 1 });
  t.match(traded.stamp, { ...stamp, kind: FrameKind.Trade, endOfCommand: false });
  const refused = new OrderEntry();
  readOrder(consumer, consumer.next(), refused);
  t.match(refused, { orderId: 11, code: 4002, side: 1, offset: 2, clientOrderId: 'abc' });
  t.match(refused.stamp, { ...stamp, kind: FrameKind.OrderRefused, endOfCommand: true });
  t.match(order.stamp, { source: 9, timeUs: 1 }, 'the command is not written to');
});

t.test('writes cancellations and refused cancels', async (t) => {
  const { consumer, publisher } = publisherOf(4096);
  publisher.beginCommand(1, 2, 0);
  publisher.orderCancelled(11, 12, 13, 14, 1, 4010, 15);
  publisher.cancelRefused(Object.assign(new CancelEntry(), { orderId: 21, account: 22, instrument: 23, volume: 24, request: 25 }), 5001);
  publisher.endCommand();
  publisher.flush();
  const entry = new CancelEntry();
  readCancel(consumer, consumer.next(), entry);
  t.match(entry, { orderId: 11, account: 12, instrument: 13, volume: 14, reason: 1, code: 4010, request: 15 });
  t.match(entry.stamp, { kind: FrameKind.OrderCancelled, source: 3, timeUs: 1, shardSequence: 2, endOfCommand: false });
  readCancel(consumer, consumer.next(), entry);
  t.match(entry, { orderId: 21, account: 22, instrument: 23, volume: 24, reason: 0, code: 5001, request: 25 });
  t.match(entry.stamp, { kind: FrameKind.CancelRefused, endOfCommand: true });
});

t.test('an event of the front is passed on as it is, but for its source, as a command of its own', async (t) => {
  const { consumer, publisher } = publisherOf(4096);
  const note = { origin: 0x7fff, address: '10.0.0.1', userAgent: 'tests' };
  const frame = encodeRecord(FrameKind.OriginNoted, note, Object.assign(new Stamp(), { timeUs: 5 }));
  publisher.passOn(frameViews(frame), 0);
  publisher.beginCommand(6, 1, note.origin);
  fill(publisher, 1);
  publisher.endCommand();
  publisher.flush();
  const stamp = new Stamp();
  const offset = consumer.next();
  readStamp(consumer, offset, stamp);
  t.match(stamp, { kind: FrameKind.OriginNoted, source: 3, origin: 0, endOfCommand: true, timeUs: 5, shardSequence: 0 });
  t.same(decodeRecord(FrameKind.OriginNoted, consumer.bytes, offset), note);
  readStamp(consumer, consumer.next(), stamp);
  t.match(stamp, { kind: FrameKind.Trade, source: 3, origin: note.origin, endOfCommand: true, shardSequence: 1 });
  t.equal(consumer.next(), -1);
});

t.test('shows nothing before flush, and never half a command', async (t) => {
  const { consumer, publisher } = publisherOf(4096);
  publisher.beginCommand(1, 1, 0);
  fill(publisher, 2);
  publisher.flush();
  t.same(visible(consumer), []);
  publisher.endCommand();
  t.same(visible(consumer), []);
  publisher.beginCommand(1, 2, 0);
  fill(publisher, 1);
  publisher.flush();
  t.same(visible(consumer), ['34', '34.'], 'the command under way stays hidden');
  publisher.endCommand();
  publisher.flush();
  t.same(visible(consumer), ['34.']);
});

t.test('shows complete commands when the ring is full, and goes on when there is space', async (t) => {
  const { producer, consumer, publisher } = publisherOf(1024);
  let shown: string[] = [];
  // The reader runs whenever something becomes visible, which here is only when the publisher has to wait.
  producer.onPublish = () => (shown = [...shown, ...visible(consumer)]);
  publisher.beginCommand(1, 1, 0);
  fill(publisher, Math.floor(1024 / TRADE_BYTES) - 2);
  publisher.endCommand();
  publisher.beginCommand(1, 2, 0);
  fill(publisher, 1);
  t.same(shown, []);
  fill(publisher, 4);
  t.same(shown, [...Array<string>(9).fill('34'), '34.']);
  publisher.endCommand();
  publisher.flush();
  t.same(shown.slice(10), ['34', '34', '34', '34', '34.']);
});

t.test('a command that does not fit the ring is a broken invariant, not a wait without end', async (t) => {
  const { consumer, publisher } = publisherOf(1024);
  publisher.beginCommand(1, 1, 0);
  t.throws(() => fill(publisher, 1 + Math.floor(1024 / TRADE_BYTES)), /fit the event ring/);
  t.same(visible(consumer), []);
});

t.test('events lie inside a command, and a command has events', async (t) => {
  const { publisher } = publisherOf(1024);
  t.throws(() => fill(publisher, 1), /between/);
  t.throws(() => publisher.endCommand(), /command under way/);
  publisher.beginCommand(1, 1, 0);
  t.throws(() => publisher.endCommand(), /with an event/);
  t.throws(() => publisher.beginCommand(1, 2, 0), /has ended/);
});
