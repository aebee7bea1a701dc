/** The real WAL worker on a folder of its own, with this thread at both of its ends: it writes the event ring and reads the broadcast ring. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { ThreadReport, WalThread } from '../../src/cluster/thread-data.js';
import { OrderEntry } from '../../src/core/events.js';
import { FrameKind } from '../../src/core/frame-kind.js';
import { SharedHistogram } from '../../src/metrics/shared-histogram.js';
import { RingBuffer } from '../../src/ring/ring-buffer.js';
import { RingConsumer } from '../../src/ring/ring-consumer.js';
import { RingProducer } from '../../src/ring/ring-producer.js';
import { WakeSignal } from '../../src/ring/wake-signal.js';
import { SnapshotStatus } from '../../src/storage/snapshot-status.js';
import { WalStatus } from '../../src/storage/wal-status.js';
import { frameSequence } from '../../src/wire/frame-header.js';
import { frameViews, HeaderAt } from '../../src/wire/frame-layout.js';
import { writeOrder } from '../../src/wire/order-frame.js';

const MIB = 1 << 20;
/** An order with room for half a client order id. */
export const ENTRY_BYTES = 128;
/** Entries that are different from each other, and made before: what they cost is not what is measured. */
const PREPARED = 1 << 14;
const GROUP_MAX = 4096;
const ORDERS = preparedOrders(PREPARED + GROUP_MAX);
/** A worker that commits nothing for so long is lost. */
const SILENCE_MS = 60_000;

export class WalLink {
  private readonly events: RingProducer;
  private readonly broadcast: RingConsumer;
  private readonly reader: WakeSignal;
  private readonly wake: WakeSignal;
  private readonly status: WalStatus;
  private readonly snapshots: SnapshotStatus;
  private readonly worker: Worker;
  /** Entries written to the event ring, and read from the broadcast ring. */
  sent = 0;
  received = 0;

  /** `blockEntries`: the most that one commit takes. */
  constructor(dataDir: string, blockEntries: number) {
    const data: WalThread = {
      dataDir,
      eventRings: [RingBuffer.create(8 * MIB)],
      wake: WakeSignal.create(),
      broadcastRing: RingBuffer.create(16 * MIB),
      readers: [WakeSignal.create()],
      walStatus: WalStatus.create(),
      snapshotStatus: SnapshotStatus.create(),
      commitTimes: SharedHistogram.create(),
      start: { sequence: 0, crc: 0, epoch: 1 },
      caps: { events: blockEntries, bytes: MIB },
    };
    this.events = new RingProducer(data.eventRings[0]);
    this.broadcast = new RingConsumer(data.broadcastRing);
    this.reader = new WakeSignal(data.readers[0]);
    this.wake = new WakeSignal(data.wake);
    this.events.onPublish = () => void this.wake.notify();
    this.status = new WalStatus(data.walStatus);
    this.snapshots = new SnapshotStatus(data.snapshotStatus);
    this.worker = new Worker(new URL('../../workers/wal.js', import.meta.url), { workerData: data, name: 'wal' });
  }

  /** Resolves when the worker is at work. */
  async ready(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.worker.on('message', (report: ThreadReport) => {
        if (report.type === 'ready') resolve();
        if (report.type === 'failed') reject(new Error(`a write failed: ${report.message}`));
      });
      this.worker.once('error', reject);
    });
  }

  /** Blocks written so far. */
  get blocks(): number {
    return this.status.figures().blocks;
  }

  /** Shows the worker `count` entries at once, at most GROUP_MAX. False when there is no room for them. */
  send(count: number): boolean {
    const { events } = this;
    const offset = events.claim(count * ENTRY_BYTES);
    if (offset === -1) return false;
    const from = (this.sent % PREPARED) * ENTRY_BYTES;
    events.bytes.set(ORDERS.subarray(from, from + count * ENTRY_BYTES), offset);
    events.publish();
    this.sent += count;
    return true;
  }

  /** Takes what is durable; blocks this thread until there is something. Throws on an entry out of turn. */
  receive(): void {
    const deadlineMs = performance.now() + SILENCE_MS;
    while (this.broadcast.isEmpty()) {
      this.reader.wait(100, () => !this.broadcast.isEmpty());
      if (performance.now() > deadlineMs) throw new Error('the WAL worker commits nothing');
    }
    for (let offset = this.broadcast.next(); offset !== -1; offset = this.broadcast.next()) {
      if (frameSequence(this.broadcast, offset) !== ++this.received) throw new Error(`entry ${this.received} is not where it should be`);
    }
    this.broadcast.release();
  }

  /** What the snapshot worker says once the second-newest snapshot has been taken there. */
  allowTrim(sequence: number): void {
    this.snapshots.publish({ ...this.snapshots.figures(), trimSequence: sequence });
  }

  async stop(): Promise<void> {
    const exited = once(this.worker, 'exit');
    this.worker.postMessage({ type: 'stop' });
    this.wake.notify();
    await exited;
  }
}

/** As a busy venue has them. The log does not write what an order has in common with the one before, so all differ that would there. */
function preparedOrders(count: number): Uint8Array {
  const views = frameViews(new Uint8Array(count * ENTRY_BYTES));
  const order = new OrderEntry();
  const { stamp } = order;
  stamp.endOfCommand = true;
  for (let n = 0; n < count; n++) {
    const id = 2 ** 33 + n;
    stamp.timeUs = 1.79e15 + 3 * n;
    stamp.shardSequence = id;
    order.orderId = id;
    order.prioritySequence = id;
    order.price = 35_000_000 + (n % 97) * 10_000;
    order.freezePrice = order.price;
    order.account = n % 10_007;
    order.volume = 1 + (n % 10);
    order.leaves = order.volume;
    order.request = n;
    order.side = n % 2;
    order.clientOrderId = `client-${String(n).padStart(9, '0')}`;
    writeOrder(views, n * ENTRY_BYTES, FrameKind.OrderAccepted, order);
    views.words[(n * ENTRY_BYTES + HeaderAt.length) >> 2] = ENTRY_BYTES;
  }
  return views.bytes;
}
