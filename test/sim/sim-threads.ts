/** The threads of a process as one thread plays them: whoever would block gives its turn away instead. */
import { Shard } from '../../src/cluster/shard.js';
import { RingBuffer } from '../../src/ring/ring-buffer.js';
import { RingConsumer } from '../../src/ring/ring-consumer.js';
import { RingProducer } from '../../src/ring/ring-producer.js';
import { WakeSignal } from '../../src/ring/wake-signal.js';
import type { VirtualTime } from './virtual-time.js';

/** A batch of commands of a matching thread, µs. */
const MATCHING_US_MAX = 300;
const MESSAGE_US_MAX = 100;

/** A signal whose owner does not block: its next turn of the loop comes when it is woken, or when its time is over. */
export class SimSignal extends WakeSignal {
  private wake: (() => void) | undefined;

  constructor(private readonly time: VirtualTime) {
    super(WakeSignal.create());
  }

  override wait(timeoutMs: number, ready: () => boolean): void {
    if (!ready()) this.wake = this.time.holdNextTurn(timeoutMs * 1000);
  }

  override waitAsync(timeoutMs: number, ready: () => boolean): Promise<void> {
    if (ready()) return Promise.resolve();
    return new Promise((resolve) => {
      const task = this.time.after(timeoutMs * 1000, resolve);
      this.wake = () => this.time.hasten(task);
    });
  }

  override notify(): boolean {
    this.wake?.();
    this.wake = undefined;
    return super.notify();
  }
}

/** A producer that looks for room and does not wait for it. */
export class SimProducer extends RingProducer {
  override waitForSpace(lengthBytes: number): boolean {
    return super.waitForSpace(lengthBytes, 0);
  }
}

/** Shows every frame that is taken from the ring. */
export class WatchedConsumer extends RingConsumer {
  constructor(
    buffer: SharedArrayBuffer,
    private readonly onFrame: (ring: RingConsumer, offset: number) => void,
  ) {
    super(buffer);
  }

  override next(): number {
    const offset = super.next();
    if (offset >= 0) this.onFrame(this, offset);
    return offset;
  }
}

/** What wakes an event loop. */
export class SimPort {
  private readonly listeners = new Set<() => void>();

  constructor(private readonly time: VirtualTime) {}

  on(_event: 'message', listener: () => void): void {
    this.listeners.add(listener);
  }

  off(_event: 'message', listener: () => void): void {
    this.listeners.delete(listener);
  }

  ref(): void {
    // nothing here keeps a process alive
  }

  unref(): void {
    // as above
  }

  post(): void {
    this.time.after(this.time.someTime(MESSAGE_US_MAX), () => {
      for (const listener of this.listeners) listener();
    });
  }
}

/** A matching thread: one batch of commands at a time. */
export class SimShard {
  readonly commands: SimProducer;
  readonly events: RingConsumer;
  private readonly shard: Shard;
  private isAwake = false;

  constructor(
    private readonly time: VirtualTime,
    source: number,
    commandBytes: number,
    eventBytes: number,
    wal: WakeSignal,
  ) {
    const commandRing = RingBuffer.create(commandBytes);
    const eventRing = RingBuffer.create(eventBytes);
    this.commands = new SimProducer(commandRing);
    this.commands.onPublish = () => this.wake();
    this.events = new RingConsumer(eventRing);
    const events = new SimProducer(eventRing);
    events.onPublish = () => void wal.notify();
    this.shard = new Shard(new RingConsumer(commandRing), events, source);
  }

  /** Executes what waits, as a thread does that is asked to stop. */
  finish(): void {
    while (this.shard.drain());
  }

  private wake(): void {
    if (this.isAwake) return;
    this.isAwake = true;
    this.time.after(this.time.someTime(MATCHING_US_MAX), () => this.work());
  }

  private work(): void {
    this.isAwake = false;
    if (this.shard.drain()) this.wake();
  }
}
