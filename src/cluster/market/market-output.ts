/** The worker's end of the ring to the front: events become frames. */
import type { RingProducer } from '../../ring/ring-producer.js';
import { MARKET_HEADER_BYTES, marketFrameBytes, writeMarketFrame, type MarketFrame } from '../../wire/market/market-frame.js';

/** How long a full ring is waited for before the thread looks whether it should stop. */
const SPACE_WAIT_MS = 100;

export class MarketOutput {
  private readonly buffer: Buffer<SharedArrayBuffer>;
  /** Frames written since the start. */
  count = 0;

  /** `isStopping` ends the wait for a front that is gone: what does not fit then is dropped. */
  constructor(
    private readonly ring: RingProducer,
    private readonly isStopping: () => boolean = () => false,
  ) {
    const { bytes } = ring;
    this.buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Writes a frame; nobody sees it before `publish`, unless the ring is full. */
  write(frame: MarketFrame, text: string): void {
    const textBytes = Buffer.byteLength(text);
    const bytes = marketFrameBytes(textBytes);
    let offset = this.ring.claim(bytes);
    while (offset === -1) {
      this.ring.publish();
      if (!this.ring.waitForSpace(bytes, SPACE_WAIT_MS) && this.isStopping()) return;
      offset = this.ring.claim(bytes);
    }
    writeMarketFrame(this.ring, offset, frame, textBytes);
    // one byte a character: almost every text is ASCII
    this.buffer.write(text, offset + MARKET_HEADER_BYTES, textBytes === text.length ? 'latin1' : 'utf8');
    this.count++;
  }

  publish(): void {
    this.ring.publish();
  }
}
