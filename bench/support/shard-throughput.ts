/**
 * Commands per second through real matching threads: this thread writes command frames into one ring per shard and reads
 * the event frames out of another, as front and log do around a shard.
 */
import { Worker } from 'node:worker_threads';
import { once } from 'node:events';
import type { MatchingThread, ThreadReport, ThreadRequest } from '../../src/cluster/thread-data.js';
import { CancelEntry, FrameKind, OrderEntry } from '../../src/core/events.js';
import { RingBuffer } from '../../src/ring/ring-buffer.js';
import { SharedHistogram } from '../../src/metrics/shared-histogram.js';
import { RingConsumer } from '../../src/ring/ring-consumer.js';
import { RingProducer } from '../../src/ring/ring-producer.js';
import { WakeSignal } from '../../src/ring/wake-signal.js';
import { writeBook } from '../../src/wire/book-frame.js';
import { writeCancel } from '../../src/wire/cancel-frame.js';
import { BOOK_BYTES, CANCEL_BYTES, ORDER_BYTES } from '../../src/wire/frame-layout.js';
import { writeOrder } from '../../src/wire/order-frame.js';
import { digestFrames } from './book-engine.js';
import { bookSpec, fillCancel, fillOrder, Kind, type BookFlow } from './book-flow.js';
import { TradeDigest } from './trade-digest.js';

const RING_BYTES = 1 << 22;
/** Commands written between two publishes, and shards get their share in turn. */
const BATCH = 128;
/** A thread that says nothing for so long is lost. */
const SILENCE_MS = 10_000;

/** One shard, fed with the flow from its beginning. */
class Lane {
  readonly digest = new TradeDigest();
  answered = 0;
  private sent = 0;
  private readonly worker: Worker;
  private readonly signal: WakeSignal;
  private readonly commands: RingProducer;
  private readonly events: RingConsumer;
  private readonly order = new OrderEntry();
  private readonly cancel = new CancelEntry();

  constructor(
    source: number,
    private readonly flow: BookFlow,
    wake: SharedArrayBuffer,
  ) {
    const commandRing = RingBuffer.create(RING_BYTES);
    const eventRing = RingBuffer.create(RING_BYTES);
    const signal = WakeSignal.create();
    const data: MatchingThread = { source, commandRing, eventRing, signal, walSignal: wake, matchTimes: SharedHistogram.create() };
    this.worker = new Worker(new URL('../../workers/matching.js', import.meta.url), { workerData: data });
    this.signal = new WakeSignal(signal);
    this.commands = new RingProducer(commandRing);
    this.commands.onPublish = () => void this.signal.notify();
    this.events = new RingConsumer(eventRing);
  }

  async ready(): Promise<void> {
    for (;;) {
      const [{ type }] = (await once(this.worker, 'message')) as [ThreadReport];
      if (type === 'ready') break;
      if (type !== 'warm') throw new Error(`the matching thread said ${type} instead of ready`);
    }
    writeBook(this.commands, this.commands.claim(BOOK_BYTES), FrameKind.OpenBook, bookSpec());
    this.commands.publish();
  }

  /** Writes a batch of commands up to `end`, as far as there is room; how many. */
  send(end: number): number {
    const start = this.sent;
    const batchEnd = Math.min(start + BATCH, end);
    for (; this.sent < batchEnd; this.sent++) {
      const cancels = this.flow.kind[this.sent] === Kind.CANCEL;
      const offset = this.commands.claim(cancels ? CANCEL_BYTES : ORDER_BYTES);
      if (offset === -1) break;
      if (cancels) {
        fillCancel(this.cancel, this.flow, this.sent);
        writeCancel(this.commands, offset, FrameKind.CancelOrder, this.cancel);
      } else {
        fillOrder(this.order, this.flow, this.sent);
        writeOrder(this.commands, offset, FrameKind.NewOrder, this.order);
      }
    }
    this.commands.publish();
    return this.sent - start;
  }

  /** Reads what the shard has answered; how many commands. */
  receive(): number {
    const answered = digestFrames(this.events, this.digest);
    this.answered += answered;
    return answered;
  }

  hasEvents(): boolean {
    return !this.events.isEmpty();
  }

  async stop(): Promise<void> {
    const exited = once(this.worker, 'exit');
    this.worker.postMessage({ type: 'stop' } satisfies ThreadRequest);
    this.signal.notify();
    await exited;
  }
}

export interface ShardRun {
  /** Commands per second of each shard, by round. */
  rates: number[];
  digest: string;
}

/** Fills each shard's book, then runs the rest of the flow in `rounds` equal parts. */
export async function throughShards(shards: number, flow: BookFlow, rounds: number): Promise<ShardRun> {
  const wakeBuffer = WakeSignal.create();
  const wake = new WakeSignal(wakeBuffer);
  const lanes = Array.from({ length: shards }, (_, index) => new Lane(index + 1, flow, wakeBuffer));
  try {
    for (const lane of lanes) await lane.ready();
    pump(lanes, flow.live, wake);
    const share = Math.floor((flow.commands - flow.live) / rounds);
    const rates: number[] = [];
    for (let round = 1; round <= rounds; round++) {
      const start = performance.now();
      pump(lanes, flow.live + share * round, wake);
      rates.push((share / (performance.now() - start)) * 1000);
    }
    const digests = new Set(lanes.map(({ digest }) => digest.value));
    if (digests.size !== 1) throw new Error(`shards with the same commands disagree: ${[...digests].join(' / ')}`);
    return { rates, digest: [...digests][0] };
  } finally {
    for (const lane of lanes) await lane.stop();
  }
}

/** Sends everything up to command `end` and waits until all of it is answered; blocks this thread when nothing moves. */
function pump(lanes: readonly Lane[], end: number, wake: WakeSignal): void {
  const hasEvents = (): boolean => lanes.some((lane) => lane.hasEvents());
  let deadlineMs = performance.now() + SILENCE_MS;
  while (lanes.some((lane) => lane.answered < end)) {
    let moved = 0;
    for (const lane of lanes) moved += lane.send(end) + lane.receive();
    if (moved > 0) continue;
    wake.wait(100, hasEvents);
    if (hasEvents()) deadlineMs = performance.now() + SILENCE_MS;
    else if (performance.now() > deadlineMs) throw new Error('a matching thread does not answer');
  }
}
