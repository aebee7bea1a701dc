/**
 * How many frames a second go through a ring, and how long does each way of waiting take to notice one?
 *
 * Throughput: a second thread writes 64-byte frames, this one reads them, one publish per frame or per batch. Latency:
 * this thread writes one frame and waits, the other answers it with one; the round trip is two wake-ups. A pause before
 * each request lets the other side fall asleep in its way. The yardstick is what Node offers without rings: postMessage.
 * Every frame carries a number, and the numbers must come back complete and in order.
 */
import { once } from 'node:events';
import { type Worker } from 'node:worker_threads';
import { build, type Histogram } from 'hdr-histogram-js';
import { rowOf } from './support/figures.js';
import { Link, NUMBER_AT, SILENCE_MS, type PeerMode } from './support/ring-link.js';
import type { Row, Suite } from './support/suite.js';

const BATCHES = [1, 16, 256];
const YARDSTICK = 'postMessage';

interface Plan {
  rounds: number;
  frames: number;
  messages: number;
  /** Round trips without a pause, and with one. */
  trips: number;
  pausedTrips: number;
}

const FULL: Plan = { rounds: 5, frames: 4_000_000, messages: 50_000, trips: 20_000, pausedTrips: 500 };
const SMOKE: Plan = { rounds: 1, frames: 50_000, messages: 2_000, trips: 500, pausedTrips: 10 };

/** Longer than an event loop polls on (64 turns) and than a blocked thread spins. */
const PAUSE_MS = 1;

interface Latency {
  p50: number;
  p99: number;
}

/** A way of waiting for a frame. `paused`: the other side sleeps when it comes. */
interface Way {
  name: string;
  mode: PeerMode;
  paused: boolean;
}

const WAYS: Way[] = [
  { name: 'spinning', mode: 'spin', paused: false },
  { name: 'blocking', mode: 'blocking', paused: false },
  { name: 'blocking, asleep', mode: 'blocking', paused: true },
  { name: 'event loop, polling', mode: 'event-loop', paused: false },
  { name: 'event loop, asleep', mode: 'event-loop', paused: true },
];

export const ring: Suite = {
  name: 'ring',
  question: 'How many frames a second go through a ring, and how long does each way of waiting take to notice one?',
  run: async ({ smoke, progress }) => {
    const plan = smoke ? SMOKE : FULL;
    const rates = new Map<number, number[]>(BATCHES.map((batch) => [batch, []]));
    const messageRates: number[] = [];
    const trips = new Map<Way, Latency[]>(WAYS.map((way) => [way, []]));
    const messageTrips: Record<'paused' | 'busy', Latency[]> = { paused: [], busy: [] };
    for (let round = 1; round <= plan.rounds; round++) {
      progress(`throughput, round ${round} of ${plan.rounds}`);
      for (const batch of BATCHES) rates.get(batch)!.push(await frameRate(plan.frames, batch));
      messageRates.push(await messageRate(plan.messages));
      progress(`round trips, round ${round} of ${plan.rounds}`);
      for (const way of WAYS) trips.get(way)!.push(await roundTrips(way, way.paused ? plan.pausedTrips : plan.trips));
      messageTrips.busy.push(await messageRoundTrips(plan.trips, false));
      messageTrips.paused.push(await messageRoundTrips(plan.pausedTrips, true));
    }
    return [
      ...BATCHES.map((batch) => {
        const name = batch === 1 ? 'frames of 64 bytes, one by one' : `frames of 64 bytes, ${batch} at once`;
        return rowOf(name, '1/s', rates.get(batch)!, { name: YARDSTICK, runs: messageRates });
      }),
      ...WAYS.flatMap((way) => tripRows(way, trips.get(way)!, way.paused ? messageTrips.paused : messageTrips.busy)),
    ];
  },
};

function tripRows({ name }: Way, trips: readonly Latency[], messages: readonly Latency[]): Row[] {
  return (['p50', 'p99'] as const).map((figure) => {
    const of = (latencies: readonly Latency[]): number[] => latencies.map((latency) => latency[figure]);
    return rowOf(`round trip ${name}, ${figure}`, 'µs', of(trips), { name: YARDSTICK, runs: of(messages) });
  });
}

/** Frames per second. */
async function frameRate(frames: number, batch: number): Promise<number> {
  const link = new Link('produce', frames, batch);
  const { answers, signal } = link;
  const exited = once(link.worker, 'exit');
  const isReady = (): boolean => !answers.isEmpty();
  let deadlineMs = performance.now() + SILENCE_MS;
  let start = 0;
  for (let expected = 1; expected <= frames;) {
    const first = expected;
    for (let offset = answers.next(); offset !== -1; offset = answers.next()) {
      const number = answers.doubles[(offset + NUMBER_AT) >> 3];
      if (number !== expected++) throw new Error(`frame ${number} came where ${expected - 1} was due`);
    }
    if (expected === first) {
      signal.wait(100, isReady);
      if (performance.now() > deadlineMs) throw new Error('the other thread writes nothing');
      continue;
    }
    // The thread takes its time to start; the clock runs from the first frame.
    if (start === 0) start = performance.now();
    answers.release();
    deadlineMs = performance.now() + SILENCE_MS;
  }
  const rate = (frames / (performance.now() - start)) * 1000;
  await exited;
  return rate;
}

/** Round trips in µs, one at a time. */
async function roundTrips({ mode, paused }: Way, trips: number): Promise<Latency> {
  const link = new Link(mode);
  await link.ready();
  const histogram = tripTimes();
  const warmUp = paused ? 1 : Math.ceil(trips / 10);
  for (let number = 1; number <= warmUp + trips; number++) {
    if (paused) sleep(PAUSE_MS);
    const start = performance.now();
    link.send(number);
    const answer = link.receive(mode === 'spin');
    if (number > warmUp) record(histogram, start);
    if (answer !== number) throw new Error(`request ${number} was answered with ${answer}`);
  }
  await link.stop();
  return latencyOf(histogram);
}

async function messageRate(messages: number): Promise<number> {
  const { worker, stop } = await messagePeer();
  let received = 0;
  const start = performance.now();
  await new Promise<void>((resolve) => {
    worker.on('message', () => {
      if (++received === messages) resolve();
    });
    for (let number = 1; number <= messages; number++) worker.postMessage({ number });
  });
  // Each message came back as well: two were carried.
  const rate = ((2 * messages) / (performance.now() - start)) * 1000;
  await stop();
  return rate;
}

async function messageRoundTrips(trips: number, paused: boolean): Promise<Latency> {
  const { worker, stop } = await messagePeer();
  const histogram = tripTimes();
  const warmUp = Math.ceil(trips / 10);
  let resume: () => void = () => undefined;
  worker.on('message', () => resume());
  for (let number = 1; number <= warmUp + trips; number++) {
    if (paused) sleep(PAUSE_MS);
    const answered = new Promise<void>((resolve) => (resume = resolve));
    const start = performance.now();
    worker.postMessage({ number });
    await answered;
    if (number > warmUp) record(histogram, start);
  }
  await stop();
  return latencyOf(histogram);
}

async function messagePeer(): Promise<{ worker: Worker; stop: () => Promise<void> }> {
  const { worker } = new Link('message');
  await once(worker, 'message');
  const stop = async (): Promise<void> => {
    const exited = once(worker, 'exit');
    worker.postMessage({ number: 0 });
    await exited;
  };
  return { worker, stop };
}

function sleep(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

/** Nanoseconds; no trip is longer than SILENCE_MS. */
function tripTimes(): Histogram {
  return build({ lowestDiscernibleValue: 1, highestTrackableValue: 1e11, numberOfSignificantValueDigits: 3 });
}

function record(histogram: Histogram, startMs: number): void {
  histogram.recordValue(Math.round((performance.now() - startMs) * 1e6));
}

function latencyOf(histogram: Histogram): Latency {
  return { p50: histogram.getValueAtPercentile(50) / 1000, p99: histogram.getValueAtPercentile(99) / 1000 };
}
