/**
 * One thread of the stress test: writes numbered records of varying length into a ring, or reads and judges them.
 * All waits are far longer than the test may take, so a lost wake-up ends in its timeout.
 */
import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { EventLoopPump, messageWaker } from '../../src/ring/event-loop-pump.js';
import { RingConsumer } from '../../src/ring/ring-consumer.js';
import { RingProducer } from '../../src/ring/ring-producer.js';
import { WakeSignal } from '../../src/ring/wake-signal.js';
import { readRecord, writeRecord } from './ring-support.js';

/** How the consumer waits: the owner of `signal` blocks, or runs a pump that `port` wakes. */
export interface WakeWay {
  signal: SharedArrayBuffer;
  port?: MessagePort;
}

export interface StressTask {
  /** A visitor joins, reads for a while and leaves, again and again until `stop` is set. */
  role: 'produce' | 'consume' | 'visit';
  ring: SharedArrayBuffer;
  records: number;
  seed: number;
  /** Producer: one per consumer. Consumer: its own. */
  wakes: WakeWay[];
  consumer: number;
  /** Becomes 1 when visitors shall end. */
  stop: SharedArrayBuffer;
}

export interface StressVerdict {
  received: number;
  /** A number jumped ahead: something between is missing. */
  lost: number;
  /** The number of the record before came again. */
  duplicated: number;
  /** An older number came. */
  reordered: number;
  /** A record with a word of another. */
  torn: number;
}

const LONG_MS = 120_000;
const task = workerData as StressTask;

/** Small and seeded (xorshift32): the same records and pauses each time. */
function randomOf(seed: number): (below: number) => number {
  let state = seed | 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

function wakeOf({ signal, port }: WakeWay): () => void {
  const wakeSignal = new WakeSignal(signal);
  return port === undefined ? () => void wakeSignal.notify() : messageWaker(wakeSignal, port);
}

function produce(): void {
  const producer = new RingProducer(task.ring);
  const wakes = task.wakes.map(wakeOf);
  producer.onPublish = () => wakes.forEach((wake) => wake());
  const random = randomOf(task.seed);
  const pause = new Int32Array(new SharedArrayBuffer(4));
  let batch = 0;
  for (let id = 0; id < task.records; id++) {
    const lengthBytes = 8 * (1 + random(24));
    let offset = producer.claim(lengthBytes);
    if (offset < 0) {
      producer.publish();
      if (!producer.waitForSpace(lengthBytes, LONG_MS)) throw new Error('no space came');
      offset = producer.claim(lengthBytes);
    }
    writeRecord(producer.words, offset, lengthBytes, id);
    if (batch-- === 0) {
      producer.publish();
      batch = random(32);
    }
    // Lets the consumer run dry and go to sleep.
    if (random(10_000) === 0) Atomics.wait(pause, 0, 0, 1);
  }
  producer.publish();
}

/** Reads records and holds each against the number that must come now. */
class Judge {
  readonly verdict: StressVerdict = { received: 0, lost: 0, duplicated: 0, reordered: 0, torn: 0 };
  /** -1: whatever comes first is right. */
  expected = 0;

  constructor(private readonly consumer: RingConsumer) {}

  /** Reads and gives back up to `limit` records; false when there was none. */
  read(limit: number): boolean {
    let count = 0;
    for (let offset = -1; count < limit && (offset = this.consumer.next()) >= 0; count++) {
      this.judge(readRecord(this.consumer.words, offset));
    }
    this.consumer.release();
    return count > 0;
  }

  private judge(id: number): void {
    const { verdict } = this;
    verdict.received++;
    if (id === -1) verdict.torn++;
    else if (this.expected === -1) this.expected = id;
    else if (id > this.expected) verdict.lost++;
    else if (id === this.expected - 1) verdict.duplicated++;
    else if (id < this.expected) verdict.reordered++;
    this.expected++;
  }
}

function consume(): void {
  const consumer = new RingConsumer(task.ring, task.consumer);
  const judge = new Judge(consumer);
  const { signal: signalBuffer, port } = task.wakes[0];
  const signal = new WakeSignal(signalBuffer);
  if (port === undefined) {
    while (judge.verdict.received < task.records) {
      if (!judge.read(64)) signal.wait(LONG_MS, () => !consumer.isEmpty());
    }
    parentPort!.postMessage(judge.verdict);
    return;
  }
  const pump = new EventLoopPump({
    signal,
    port,
    drain: () => {
      const worked = judge.read(1024);
      if (judge.verdict.received === task.records) {
        pump.stop();
        parentPort!.postMessage(judge.verdict);
      }
      return worked;
    },
  });
  pump.start();
}

function visit(): void {
  const consumer = new RingConsumer(task.ring, task.consumer);
  const judge = new Judge(consumer);
  const signal = new WakeSignal(task.wakes[0].signal);
  const stop = new Int32Array(task.stop);
  const random = randomOf(task.seed);
  // Set by the main thread, which notifies afterwards.
  const stopped = (): boolean => Atomics.load(stop, 0) !== 0;
  while (!stopped()) {
    consumer.attach();
    judge.expected = -1;
    signal.wait(LONG_MS, () => stopped() || !consumer.isEmpty());
    for (let reads = random(8); reads >= 0; reads--) judge.read(1 + random(32));
    consumer.detach();
  }
  parentPort!.postMessage(judge.verdict);
}

if (task.role === 'produce') produce();
else if (task.role === 'visit') visit();
else consume();
