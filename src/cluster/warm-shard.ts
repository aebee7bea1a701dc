/** Compiles the code of a shard before its first command, along the way that real ones take: frames in, frames out. */
import { warmUp, type WarmUpTarget } from '../core/book/warm-up.js';
import { FrameKind, type BookSpec, type CancelEntry, type OrderEntry } from '../core/events.js';
import { RingBuffer } from '../ring/ring-buffer.js';
import { RingConsumer } from '../ring/ring-consumer.js';
import { RingProducer } from '../ring/ring-producer.js';
import { writeBook } from '../wire/book-frame.js';
import { writeCancel } from '../wire/cancel-frame.js';
import { BOOK_BYTES, CANCEL_BYTES, ORDER_BYTES } from '../wire/frame-layout.js';
import { writeOrder } from '../wire/order-frame.js';
import { Shard } from './shard.js';

const RING_BYTES = 1 << 20;
/** Commands written between two looks of the shard: more than it takes at once. */
const BATCH = 600;

class ThrowAwayShard implements WarmUpTarget {
  private readonly commands: RingProducer;
  private readonly shard: Shard;
  private waiting = 0;

  constructor() {
    const commands = RingBuffer.create(RING_BYTES);
    const events = RingBuffer.create(RING_BYTES);
    // Nobody reads what it answers.
    new RingConsumer(events).detach();
    this.commands = new RingProducer(commands);
    this.shard = new Shard(new RingConsumer(commands), new RingProducer(events), 0);
  }

  openBook(spec: BookSpec): void {
    writeBook(this.commands, this.commands.claim(BOOK_BYTES), FrameKind.OpenBook, spec);
    this.count();
  }

  submit(order: OrderEntry): void {
    writeOrder(this.commands, this.commands.claim(ORDER_BYTES), FrameKind.NewOrder, order);
    this.count();
  }

  cancel(command: CancelEntry): void {
    writeCancel(this.commands, this.commands.claim(CANCEL_BYTES), FrameKind.CancelOrder, command);
    this.count();
  }

  private count(): void {
    if (++this.waiting < BATCH) return;
    this.waiting = 0;
    this.commands.publish();
    while (this.shard.drain());
  }
}

/** Comes before the thread makes its own shard, so that V8 knows what the objects of one look like. */
export function warmShard(): void {
  warmUp(new ThrowAwayShard());
}
