/** A thread with one book and nothing else: its own heap, its own compiled code, measured when it is asked. */
import { readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { parentPort, workerData } from 'node:worker_threads';
import { build } from 'hdr-histogram-js';
import type { BookFlow } from './book-flow.js';
import { openEngine, type EngineName } from './book-engine.js';

export interface BookThread {
  engine: EngineName;
  flow: BookFlow;
  /** How many commands of the flow the book will be given, filling included. */
  commands: number;
  /** Commands after filling between two notes of the trades so far: equal books have equal notes, however far each got. */
  noteEvery: number;
}

export interface BookRequest {
  commands: number;
  /** Take the time of every command instead of all of them together. */
  each: boolean;
}

export interface BookAnswer {
  /** Commands per second that this thread was running; 0 when each was timed. */
  rate: number;
  p50: number;
  p99: number;
  p999: number;
  /** Nanoseconds that two looks at the clock take; they are taken off the latencies. */
  clock: number;
  /** Bytes of heap and buffers that filling the book took, after a collection; of the first answer only. */
  bytes: number;
  /** All notes so far. */
  notes: string[];
}

/** Commands between two looks at what they have said, as in a matching worker. */
const BATCH = 256;
/** Pairs of looks at the clock. */
const CLOCK_PAIRS = 20_001;

const { engine: name, flow, commands: commandsMax, noteEvery } = workerData as BookThread;
const notes: string[] = [];
let at = 0;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;
const engine = openEngine(name, flow, commandsMax);

const nothing: BookAnswer = { rate: 0, p50: 0, p99: 0, p999: 0, clock: 0, bytes: 0, notes };

/** Executes the next commands in batches; `execute` takes the index behind the last of a batch. */
function run(commands: number, execute: (end: number) => void): void {
  const end = Math.min(at + commands, commandsMax);
  while (at < end) {
    const noteAt = at < flow.live ? flow.live : at + noteEvery - ((at - flow.live) % noteEvery);
    execute(Math.min(at + BATCH, end, noteAt));
    engine.collect();
    if (at === noteAt) notes.push(engine.digest.value);
  }
}

function executeAll(end: number): void {
  for (let command = at; command < end; command++) engine.execute(command);
  at = end;
}

function usedBytes(): number {
  // Twice: buffers that the first collection finds dead are given back by the next.
  collectGarbage();
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

function fill(): BookAnswer {
  const before = usedBytes();
  run(flow.live, executeAll);
  return { ...nothing, bytes: usedBytes() - before };
}

function runTogether(commands: number): BookAnswer {
  const [start, startMs] = [runningMs(), performance.now()];
  run(commands, executeAll);
  const wallMs = performance.now() - startMs;
  // the system counts in steps of a few milliseconds: a run of a smoke test may lie within one
  const ranMs = runningMs() - start || wallMs;
  return { ...nothing, rate: (commands / ranMs) * 1000 };
}

/** How long this thread has been running. Linux knows, give or take 4 ms, so that a busy machine takes nothing off a book. */
function runningMs(): number {
  try {
    return Number(readFileSync('/proc/thread-self/schedstat', 'latin1').split(' ')[0]) / 1e6;
  } catch {
    return performance.now();
  }
}

function runEach(commands: number): BookAnswer {
  // Nanoseconds, without the two looks at the clock.
  const clock = clockNs();
  const histogram = build({ lowestDiscernibleValue: 1, highestTrackableValue: 1e10, numberOfSignificantValueDigits: 3 });
  run(commands, (end) => {
    for (; at < end; at++) {
      const start = performance.now();
      engine.execute(at);
      histogram.recordValue(Math.max(0, Math.round((performance.now() - start) * 1e6 - clock)));
    }
  });
  const of = (percentile: number): number => histogram.getValueAtPercentile(percentile);
  return { ...nothing, p50: of(50), p99: of(99), p999: of(99.9), clock };
}

/** What looking at the clock twice costs, the median of many. */
function clockNs(): number {
  const gaps = new Float64Array(CLOCK_PAIRS);
  for (let pair = 0; pair < CLOCK_PAIRS; pair++) {
    const start = performance.now();
    gaps[pair] = performance.now() - start;
  }
  return gaps.sort()[CLOCK_PAIRS >> 1] * 1e6;
}

parentPort!.on('message', ({ commands, each }: BookRequest) => {
  parentPort!.postMessage(each ? runEach(commands) : runTogether(commands));
});
parentPort!.postMessage(fill());
