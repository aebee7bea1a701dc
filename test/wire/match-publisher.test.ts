import t from 'tap';
import { CancelEntry, FrameKind, OrderEntry, Trade } from '../../src/core/events.js';
import { RingBuffer } from '../../src/ring/ring-buffer.js';
import { RingConsumer } from '../../src/ring/ring-consumer.js';
import { RingProducer } from '../../src/ring/ring-producer.js';
import { readCancel } from '../../src/wire/cancel-frame.js';
import { frameKind, isEndOfCommand } from '../../src/wire/frame-header.js';
import { TRADE_BYTES } from '../../src/wire/frame-layout.js';
import { MatchPublisher } from '../../src/wire/match-publisher.js';
import { readOrder } from '../../src/wire/order-frame.js';
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
  publisher.beginCommand(777, 42);
  publisher.orderAccepted(order, 41);
  publisher.trade(trade);
  publisher.orderRefused(order, 4002);
  publisher.endCommand();
  publisher.flush();

  const stamp = { source: 3, sequence: 0, timeUs: 777, shardSequence: 42 };
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
  publisher.beginCommand(1, 2);
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

t.test('shows nothing before flush, and never half a command', async (t) => {
  const { consumer, publisher } = publisherOf(4096);
  publisher.beginCommand(1, 1);
  fill(publisher, 2);
  publisher.flush();
  t.same(visible(consumer), []);
  publisher.endCommand();
  t.same(visible(consumer), []);
  publisher.beginCommand(1, 2);
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
  publisher.beginCommand(1, 1);
  fill(publisher, Math.floor(1024 / TRADE_BYTES) - 2);
  publisher.endCommand();
  publisher.beginCommand(1, 2);
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
  publisher.beginCommand(1, 1);
  t.throws(() => fill(publisher, 1 + Math.floor(1024 / TRADE_BYTES)), /fit the event ring/);
  t.same(visible(consumer), []);
});

t.test('events lie inside a command, and a command has events', async (t) => {
  const { publisher } = publisherOf(1024);
  t.throws(() => fill(publisher, 1), /between/);
  t.throws(() => publisher.endCommand(), /command under way/);
  publisher.beginCommand(1, 1);
  t.throws(() => publisher.endCommand(), /with an event/);
  t.throws(() => publisher.beginCommand(1, 2), /has ended/);
});
