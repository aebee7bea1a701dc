import t from 'tap';
import { checkRing } from '../../src/ring/check-ring.js';
import { RingBuffer } from '../../src/ring/ring-buffer.js';
import { RingConsumer } from '../../src/ring/ring-consumer.js';
import { RingProducer } from '../../src/ring/ring-producer.js';
import { readRecord, startAt, writeRecord } from './ring-support.js';

function ringOf(capacityBytes: number, cursor = 0): { buffer: SharedArrayBuffer; producer: RingProducer; consumer: RingConsumer } {
  const buffer = RingBuffer.create(capacityBytes);
  startAt(buffer, cursor);
  return { buffer, producer: new RingProducer(buffer), consumer: new RingConsumer(buffer) };
}

/** Claims and fills one frame; its offset or -1. */
function put(producer: RingProducer, lengthBytes: number, id: number): number {
  const offset = producer.claim(lengthBytes);
  if (offset >= 0) writeRecord(producer.words, offset, lengthBytes, id);
  return offset;
}

/** Ids of all frames that are there now. */
function take(consumer: RingConsumer): number[] {
  const ids: number[] = [];
  for (let offset = consumer.next(); offset >= 0; offset = consumer.next()) ids.push(readRecord(consumer.words, offset));
  return ids;
}

t.test('shows frames in order, and only what is published', async (t) => {
  const { buffer, producer, consumer } = ringOf(256);
  t.equal(put(producer, 24, 1), 0);
  t.equal(put(producer, 16, 2), 24);
  t.equal(consumer.next(), -1);
  t.ok(consumer.isEmpty());
  producer.publish();
  t.notOk(consumer.isEmpty());
  t.equal(producer.depthBytes(), 40);
  t.equal(consumer.depthBytes(), 40);
  t.same(take(consumer), [1, 2]);
  t.equal(producer.depthBytes(), 40, 'still the consumer’s until it gives them back');
  consumer.release();
  t.equal(producer.depthBytes(), 0);
  t.equal(producer.freeBytes(), 256);
  checkRing(buffer);
});

t.test('gives the same memory as bytes, words and doubles', async (t) => {
  const { producer, consumer } = ringOf(64);
  producer.words[0] = 16;
  producer.doubles[1] = 1.5;
  t.equal(consumer.bytes[0], 16);
  t.equal(consumer.doubles[1], 1.5);
  t.equal(consumer.bytes.length, 64);
  t.equal(producer.capacityBytes, 64);
});

t.test('is full at exactly its capacity and takes frames again once some are given back', async (t) => {
  const { producer, consumer } = ringOf(64);
  for (let id = 0; id < 4; id++) t.not(put(producer, 16, id), -1);
  t.equal(producer.claim(8), -1);
  t.equal(producer.freeBytes(), 0);
  producer.publish();
  t.equal(producer.claim(8), -1);
  consumer.next();
  t.equal(producer.claim(8), -1, 'read, but not given back');
  consumer.release();
  t.equal(put(producer, 16, 4), 0);
  t.equal(producer.claim(8), -1);
  producer.publish();
  t.same(take(consumer), [1, 2, 3, 4]);
});

t.test('fills the rest of the lap when a frame would wrap', async (t) => {
  const { buffer, producer, consumer } = ringOf(64);
  put(producer, 24, 1);
  put(producer, 24, 2);
  producer.publish();
  t.same(take(consumer), [1, 2]);
  consumer.release();
  t.equal(put(producer, 24, 3), 0, '16 bytes are left of the lap');
  t.equal(producer.freeBytes(), 64 - 16 - 24);
  producer.publish();
  checkRing(buffer);
  t.same(take(consumer), [3]);
  consumer.release();
  t.equal(producer.depthBytes(), 0, 'the filler is given back as well');
});

t.test('claims nothing when filler and frame do not fit together', async (t) => {
  const { producer, consumer } = ringOf(64);
  put(producer, 24, 1);
  put(producer, 24, 2);
  producer.publish();
  t.equal(producer.claim(24), -1);
  t.equal(put(producer, 16, 3), 48, 'the rest of the lap is as free as before');
  producer.publish();
  t.same(take(consumer), [1, 2, 3]);
});

t.test('has room for a quarter of the capacity, and for half, wherever the cursor stands', async (t) => {
  for (const lengthBytes of [32, 64]) {
    for (let cursor = 0; cursor < 128; cursor += 8) {
      const { producer, consumer } = ringOf(128, cursor);
      t.not(put(producer, lengthBytes, 7), -1);
      producer.publish();
      t.same(take(consumer), [7]);
    }
  }
});

t.test('forgets unpublished frames, filler included', async (t) => {
  const { producer, consumer } = ringOf(64);
  put(producer, 24, 1);
  put(producer, 24, 2);
  producer.publish();
  take(consumer);
  consumer.release();
  put(producer, 24, 3);
  producer.rollback();
  t.equal(producer.freeBytes(), 64);
  producer.publish();
  t.equal(consumer.next(), -1);
  t.equal(put(producer, 16, 4), 48);
  producer.publish();
  t.same(take(consumer), [4]);
});

t.test('publishes and rolls back to a mark', async (t) => {
  const { producer, consumer } = ringOf(256);
  put(producer, 16, 1);
  const mark = producer.mark();
  put(producer, 16, 2);
  const later = producer.mark();
  put(producer, 16, 3);
  producer.publish(mark);
  t.same(take(consumer), [1]);
  producer.rollback(later);
  producer.publish();
  t.same(take(consumer), [2]);
  t.throws(() => producer.rollback(mark), /mark/, 'what is published cannot be taken back');
  t.throws(() => producer.publish(mark), /mark/);
});

t.test('goes on beyond 2^31 and 2^32 bytes', async (t) => {
  for (const cursor of [2 ** 31 - 96, -96]) {
    const { buffer, producer, consumer } = ringOf(64, cursor);
    for (let id = 0; id < 20; id++) {
      t.not(put(producer, 24, id), -1);
      producer.publish();
      checkRing(buffer);
      t.equal(producer.depthBytes(), consumer.depthBytes());
      t.same(take(consumer), [id]);
      consumer.release();
    }
  }
});

t.test('tells the owner of onPublish only when something became visible', async (t) => {
  const { producer } = ringOf(64);
  let calls = 0;
  producer.onPublish = () => calls++;
  producer.publish();
  t.equal(calls, 0);
  put(producer, 16, 1);
  put(producer, 16, 2);
  producer.publish();
  t.equal(calls, 1);
});

t.test('is taken over where the former producer and consumer stopped', async (t) => {
  const { buffer, producer, consumer } = ringOf(128);
  put(producer, 16, 1);
  put(producer, 16, 2);
  producer.publish();
  consumer.next();
  consumer.release();
  const later = new RingProducer(buffer);
  t.equal(later.depthBytes(), 16);
  put(later, 16, 3);
  later.publish();
  t.same(take(new RingConsumer(buffer)), [2, 3]);
});

t.test('gives up waiting for space after the time given, and sees space at once', async (t) => {
  const { producer, consumer } = ringOf(64);
  put(producer, 32, 1);
  put(producer, 32, 2);
  producer.publish();
  t.equal(producer.waitForSpace(32, 5), false);
  t.equal(producer.waitForSpace(32, 0), false);
  consumer.next();
  consumer.release();
  t.equal(producer.waitForSpace(32, 0), true);
});

t.test('refuses capacities, lengths and buffers that it cannot work with', async (t) => {
  t.throws(() => RingBuffer.create(100), /capacity/);
  t.throws(() => RingBuffer.create(2 ** 31), /capacity/);
  t.throws(() => RingBuffer.create(32), /capacity/);
  t.throws(() => RingBuffer.create(64, 0), /consumers/);
  t.throws(() => new RingProducer(new SharedArrayBuffer(4096)), /RingBuffer.create/);
  const { buffer, producer } = ringOf(64);
  t.throws(() => new RingConsumer(buffer, 1), /index/);
  for (const lengthBytes of [0, 4, 12, 40, -8]) t.throws(() => producer.claim(lengthBytes), /length/);
});

t.test('checkRing finds a frame that ends beyond the tail', async (t) => {
  const { buffer, producer } = ringOf(64);
  const offset = put(producer, 16, 1);
  producer.publish();
  checkRing(buffer);
  producer.words[offset >> 2] = 24;
  t.throws(() => checkRing(buffer), /tail/);
  producer.words[offset >> 2] = 0;
  t.throws(() => checkRing(buffer), /tail/);
});
