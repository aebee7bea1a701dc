import t from 'tap';
import { checkRing } from '../../src/ring/check-ring.js';
import { ConsumerState, RingBuffer, headWord, stateWord } from '../../src/ring/ring-buffer.js';
import { RingConsumer } from '../../src/ring/ring-consumer.js';
import { RingProducer } from '../../src/ring/ring-producer.js';
import { readRecord, writeRecord } from './ring-support.js';

function put(producer: RingProducer, id: number): boolean {
  const offset = producer.claim(16);
  if (offset < 0) return false;
  writeRecord(producer.words, offset, 16, id);
  producer.publish();
  return true;
}

function take(consumer: RingConsumer): number[] {
  const ids: number[] = [];
  for (let offset = consumer.next(); offset >= 0; offset = consumer.next()) ids.push(readRecord(consumer.words, offset));
  consumer.release();
  return ids;
}

t.test('shows every frame to every consumer', async (t) => {
  const buffer = RingBuffer.create(64, 3);
  const producer = new RingProducer(buffer);
  const consumers = [0, 1, 2].map((index) => new RingConsumer(buffer, index));
  for (let id = 0; id < 10; id++) {
    t.ok(put(producer, id));
    checkRing(buffer);
    for (const consumer of consumers) t.same(take(consumer), [id]);
  }
});

t.test('is held back by the slowest consumer', async (t) => {
  const buffer = RingBuffer.create(64, 2);
  const producer = new RingProducer(buffer);
  const fast = new RingConsumer(buffer, 0);
  const slow = new RingConsumer(buffer, 1);
  for (let id = 0; id < 4; id++) t.ok(put(producer, id));
  t.same(take(fast), [0, 1, 2, 3]);
  t.notOk(put(producer, 4));
  t.equal(producer.depthBytes(), 64);
  t.equal(fast.depthBytes(), 0);
  t.equal(slow.depthBytes(), 64);
  slow.next();
  slow.release();
  t.ok(put(producer, 4));
  t.notOk(put(producer, 5));
  t.same(take(fast), [4]);
  t.same(take(slow), [1, 2, 3, 4]);
});

t.test('is not held back by a detached consumer, which sees nothing', async (t) => {
  const buffer = RingBuffer.create(64, 2);
  const producer = new RingProducer(buffer);
  const stays = new RingConsumer(buffer, 0);
  const leaves = new RingConsumer(buffer, 1);
  for (let id = 0; id < 4; id++) put(producer, id);
  take(stays);
  t.notOk(put(producer, 4));
  leaves.detach();
  t.equal(leaves.next(), -1);
  t.equal(leaves.depthBytes(), 0);
  t.ok(put(producer, 4));
  t.equal(leaves.next(), -1);
  t.same(take(stays), [4]);
});

t.test('lets a consumer join at the current tail', async (t) => {
  const buffer = RingBuffer.create(64, 2);
  const producer = new RingProducer(buffer);
  const stays = new RingConsumer(buffer, 0);
  const joins = new RingConsumer(buffer, 1);
  joins.detach();
  for (let id = 0; id < 7; id++) {
    put(producer, id);
    take(stays);
  }
  joins.attach();
  t.equal(joins.next(), -1);
  for (let id = 7; id < 11; id++) t.ok(put(producer, id));
  t.same(take(stays), [7, 8, 9, 10]);
  t.notOk(put(producer, 11), 'the one who joined holds the producer back');
  joins.attach();
  t.same(take(joins), [7, 8, 9, 10], 'attaching twice changes nothing');
  checkRing(buffer);
});

t.test('throws everything away while nobody is attached', async (t) => {
  const buffer = RingBuffer.create(64);
  const producer = new RingProducer(buffer);
  new RingConsumer(buffer).detach();
  for (let id = 0; id < 20; id++) t.ok(put(producer, id));
  t.equal(producer.depthBytes(), 0);
  const later = new RingConsumer(buffer);
  t.equal(later.next(), -1, 'whoever takes the place of a detached consumer is detached');
  later.attach();
  put(producer, 20);
  t.same(take(later), [20]);
});

t.test('learns nothing from a consumer that is about to join', async (t) => {
  const buffer = RingBuffer.create(64, 2);
  const { header } = RingBuffer.parts(buffer);
  const producer = new RingProducer(buffer);
  const stays = new RingConsumer(buffer, 0);
  const joins = new RingConsumer(buffer, 1);
  joins.detach();
  put(producer, 0);
  take(stays);
  t.equal(producer.freeBytes(), 64);
  // The joining thread has announced itself and read the tail, but not yet stored it: its place is cursor 16.
  header[stateWord(1)] = ConsumerState.ATTACHING;
  for (let id = 1; id < 5; id++) {
    t.ok(put(producer, id), 'up to a lap behind the tail that the producer knew before');
    take(stays);
  }
  t.notOk(put(producer, 5), 'another frame would overwrite what the joining consumer is to read');
  header[headWord(1)] = 16;
  header[stateWord(1)] = ConsumerState.ATTACHED;
  t.notOk(put(producer, 5));
  t.same(take(new RingConsumer(buffer, 1)), [1, 2, 3, 4]);
  t.ok(put(producer, 5));
});
