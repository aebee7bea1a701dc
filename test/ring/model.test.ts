import fc from 'fast-check';
import t from 'tap';
import { checkRing } from '../../src/ring/check-ring.js';
import { RingBuffer } from '../../src/ring/ring-buffer.js';
import { RingConsumer } from '../../src/ring/ring-consumer.js';
import { RingProducer } from '../../src/ring/ring-producer.js';
import { readRecord, startAt, writeRecord } from './ring-support.js';

type Step =
  | { do: 'claim'; lengthBytes: number }
  | { do: 'publish' | 'rollback' }
  | { do: 'publishMark'; back: number }
  | { do: 'next' | 'release' | 'detach' | 'attach'; consumer: number };

interface Frame {
  id: number;
  /** Cursor behind the frame. */
  end: number;
}

const CAPACITY = 256;
const CONSUMERS = 2;

/** A queue that counts bytes as the ring must, in plain numbers that never wrap. */
class Model {
  tail = 0;
  readonly claims: Frame[] = [];
  readonly consumers = Array.from({ length: CONSUMERS }, () => ({
    attached: true,
    head: 0,
    unread: [] as Frame[],
    /** Read, and not given back. */
    held: [] as Frame[],
  }));

  constructor(private readonly start: number) {}

  get claimed(): number {
    return this.claims.at(-1)?.end ?? this.tail;
  }

  get slowest(): number {
    return Math.min(this.tail, ...this.consumers.filter((one) => one.attached).map((one) => one.head));
  }

  claim(id: number, lengthBytes: number): boolean {
    const toEnd = CAPACITY - ((this.start + this.claimed) % CAPACITY);
    const end = this.claimed + (toEnd < lengthBytes ? toEnd : 0) + lengthBytes;
    if (end - this.slowest > CAPACITY) return false;
    this.claims.push({ id, end });
    return true;
  }

  publish(count: number): void {
    const frames = this.claims.splice(0, count);
    this.tail = frames.at(-1)?.end ?? this.tail;
    for (const one of this.consumers) if (one.attached) one.unread.push(...frames);
  }
}

class Run {
  private readonly buffer = RingBuffer.create(CAPACITY, CONSUMERS);
  private readonly producer: RingProducer;
  private readonly consumers: RingConsumer[];
  private readonly offsets: number[][] = Array.from({ length: CONSUMERS }, () => []);
  private readonly marks: number[] = [];
  private readonly model: Model;
  private nextId = 1;

  constructor(start: number) {
    startAt(this.buffer, start | 0);
    this.model = new Model(start);
    this.producer = new RingProducer(this.buffer);
    this.consumers = [0, 1].map((index) => new RingConsumer(this.buffer, index));
  }

  step(step: Step): boolean {
    switch (step.do) {
      case 'claim':
        return this.claim(step.lengthBytes);
      case 'publish':
        return this.publish(this.marks.length);
      case 'publishMark':
        return this.publish(Math.max(0, this.marks.length - step.back));
      case 'rollback':
        this.producer.rollback();
        this.model.claims.length = 0;
        this.marks.length = 0;
        return true;
      default:
        return this.consume(step.do, step.consumer);
    }
  }

  agrees(): boolean {
    const { producer, model } = this;
    checkRing(this.buffer);
    return (
      producer.freeBytes() === CAPACITY - (model.claimed - model.slowest) &&
      producer.depthBytes() === model.tail - model.slowest &&
      this.consumers.every((consumer, index) => {
        const twin = model.consumers[index];
        return consumer.depthBytes() === (twin.attached ? model.tail - twin.head : 0) && consumer.isEmpty() === (twin.unread.length === 0);
      })
    );
  }

  private claim(lengthBytes: number): boolean {
    const id = this.nextId++;
    const offset = this.producer.claim(lengthBytes);
    if (offset >= 0) {
      writeRecord(this.producer.words, offset, lengthBytes, id);
      this.marks.push(this.producer.mark());
    }
    return this.model.claim(id, lengthBytes) === offset >= 0;
  }

  private publish(count: number): boolean {
    const mark = this.marks[count - 1];
    if (mark !== undefined) this.producer.publish(mark);
    this.marks.splice(0, count);
    this.model.publish(count);
    return true;
  }

  private consume(action: 'next' | 'release' | 'detach' | 'attach', index: number): boolean {
    const consumer = this.consumers[index];
    const twin = this.model.consumers[index];
    const offsets = this.offsets[index];
    if (action === 'next') {
      const offset = consumer.next();
      const frame = twin.unread.shift();
      if (frame === undefined) return offset === -1;
      twin.held.push(frame);
      offsets.push(offset);
      return readRecord(consumer.words, offset) === frame.id;
    }
    const intact = offsets.every((offset, nth) => readRecord(consumer.words, offset) === twin.held[nth].id);
    if (action === 'release') {
      consumer.release();
      twin.head = twin.held.at(-1)?.end ?? twin.head;
    } else if (action === 'detach') {
      consumer.detach();
      twin.attached = false;
      twin.unread.length = 0;
    } else {
      consumer.attach();
      if (twin.attached) return intact;
      twin.attached = true;
      twin.head = this.model.tail;
    }
    twin.held.length = 0;
    offsets.length = 0;
    return intact;
  }
}

const consumer = fc.nat(CONSUMERS - 1);
const steps = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({ do: fc.constant('claim' as const), lengthBytes: fc.integer({ min: 1, max: 16 }).map((n) => n * 8) }),
    },
    { weight: 4, arbitrary: fc.record({ do: fc.constant('publish' as const) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('rollback' as const) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('publishMark' as const), back: fc.nat(2) }) },
    { weight: 10, arbitrary: fc.record({ do: fc.constant('next' as const), consumer }) },
    { weight: 6, arbitrary: fc.record({ do: fc.constant('release' as const), consumer }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('detach' as const, 'attach' as const), consumer }) },
  ),
  { maxLength: 300, size: 'max' },
);
/** Before the wrap of the cursor at 2^32, before its sign changes, and at the beginning. */
const starts = fc.constantFrom(0, 2 ** 31 - 512, 2 ** 32 - 512);

t.test('behaves as a queue with a byte budget, whatever is done to it', async () => {
  fc.assert(
    fc.property(starts, steps, (start, list) => {
      const run = new Run(start);
      return list.every((step) => run.step(step) && run.agrees());
    }),
    { seed: Number(process.env.SEED ?? Date.now() % 2 ** 31), verbose: 1, numRuns: 500 },
  );
});
