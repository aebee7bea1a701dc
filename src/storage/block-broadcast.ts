/** Copies durable blocks to the broadcast ring, in whole commands, as fast as its readers take them. */
import type { RingProducer } from '../ring/ring-producer.js';
import { frameLength, isEndOfCommand } from '../wire/frame-header.js';
import type { FrameViews } from '../wire/frame-layout.js';
import type { SealedBlock } from './block-builder.js';
import { copyFrame } from './frame-memory.js';
import { BLOCK_HEADER_BYTES } from './log-block.js';

/** A reader of the broadcast ring that is behind is looked at again after this at the latest. */
const SPACE_WAIT_MS = 20;
/** Copied to the broadcast ring at once, if there are so many: its readers begin with the first while the rest is copied. */
const RUN_BYTES = 32 << 10;

export class BlockBroadcast {
  constructor(private readonly output: RingProducer) {}

  /** Resolves when everything is in the ring. */
  async tell({ views, endBytes }: Pick<SealedBlock, 'views' | 'endBytes'>): Promise<void> {
    const { output } = this;
    for (let start = BLOCK_HEADER_BYTES; start < endBytes;) {
      const end = this.runEnd(views, start, endBytes);
      if (end - start <= output.capacityBytes >> 1) await this.copyRun(views, start, end);
      else await this.publishByFrame(views, start, end);
      start = end;
    }
    output.publish();
  }

  /** Where a run of whole commands ends that is copied at once: before RUN_BYTES, or behind the only one. */
  private runEnd(views: FrameViews, start: number, endBytes: number): number {
    const most = start + Math.min(RUN_BYTES, this.output.capacityBytes >> 3);
    let end = start;
    for (let at = start; at < endBytes;) {
      const ends = isEndOfCommand(views, at);
      at += frameLength(views, at);
      if (at > most && end > start) break;
      if (ends) end = at;
    }
    return end;
  }

  /** Frames one behind the other, as the ring has them too. */
  private async copyRun(views: FrameViews, start: number, end: number): Promise<void> {
    const { output } = this;
    let offset = output.claim(end - start);
    if (offset < 0) {
      output.publish();
      do await this.waitForSpace(end - start);
      while ((offset = output.claim(end - start)) < 0);
    }
    output.bytes.set(views.bytes.subarray(start, end), offset);
  }

  /** A command as large as the ring: its readers get it in pieces and wait for its end themselves. */
  private async publishByFrame(views: FrameViews, start: number, end: number): Promise<void> {
    const { output } = this;
    for (let at = start; at < end;) {
      const length = frameLength(views, at);
      const offset = output.claim(length);
      if (offset < 0) {
        output.publish();
        await this.waitForSpace(length);
        continue;
      }
      copyFrame(views, at, output, offset, length);
      at += length;
    }
  }

  private async waitForSpace(bytes: number): Promise<void> {
    while (!this.output.waitForSpace(bytes, SPACE_WAIT_MS)) await new Promise((resolve) => setImmediate(resolve));
  }
}
