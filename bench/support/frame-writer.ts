/** The WAL worker's way of a frame, without its thread: ring, block builder, log. */
import { RingBuffer } from '../../src/ring/ring-buffer.js';
import { RingConsumer } from '../../src/ring/ring-consumer.js';
import { RingProducer } from '../../src/ring/ring-producer.js';
import { BlockBuilder } from '../../src/storage/block-builder.js';
import { copyFrame } from '../../src/storage/frame-memory.js';
import type { LogStore } from '../../src/storage/log-store.js';
import { frameLength } from '../../src/wire/frame-header.js';
import type { FrameViews } from '../../src/wire/frame-layout.js';

const MIB = 1 << 20;
/** Events of one group commit under load. */
const BLOCK_EVENTS = 256;

export class FrameWriter {
  private readonly ring = RingBuffer.create(8 * MIB);
  private readonly producer = new RingProducer(this.ring);
  private readonly builder = new BlockBuilder(
    [new RingConsumer(this.ring)],
    { sequence: 0, crc: 0, epoch: 1 },
    { events: BLOCK_EVENTS, bytes: MIB },
  );

  constructor(private readonly log: LogStore) {}

  /** Everything from `from` to `to`, durable. */
  async write(views: FrameViews, from: number, to: number): Promise<void> {
    for (let at = from; at < to;) {
      const length = frameLength(views, at);
      const offset = this.producer.claim(length);
      if (offset === -1) {
        await this.drain();
        continue;
      }
      copyFrame(views, at, this.producer, offset, length);
      at += length;
    }
    await this.drain();
  }

  private async drain(): Promise<void> {
    this.producer.publish();
    while (this.builder.collect()) {
      const block = this.builder.seal();
      await this.log.append(block.bytes, block.firstSequence);
      this.builder.release(block);
    }
  }
}
