/** The worker's end of the ring to the front: events become frames. */
import type { RingProducer } from '../../ring/ring-producer.js';
import { MARKET_HEADER_BYTES, marketFrameBytes, writeMarketFrame, type MarketFrame } from '../../wire/market/market-frame.js';

/** How long a full ring is waited for before the thread looks whether it should stop. */
const SPACE_WAIT_MS = 100;

export class MarketOutput {
  private ring!: RingProducer;
  private buffer!: Buffer<SharedArrayBuffer>;
  /** Frames written since the start. */
  count = 0;

  /** `isStopping` ends the wait for a front that is gone: what does not fit then is dropped. */
  constructor(
    ring: RingProducer,
    private readonly isStopping: () => boolean = () => false,
  ) {
    this.goTo(ring);
  }

  /** From now on frames go there: the front's ring comes last to a worker that began to read before there was one. */
  goTo(ring: RingProducer): void {
    const { bytes } = ring;
    this.ring = ring;
    this.buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Writes a frame with a JSON object; nobody sees it before `publish`, unless the ring is full. The text is ASCII, as all ids are. */
  writeText(frame: MarketFrame, text: string): void {
    const at = this.begin(frame, text.length);
    if (at !== -1) this.buffer.write(text, at, 'latin1');
  }

  /** The same with a frame of the binary protocol. */
  writeBytes(frame: MarketFrame, body: Uint8Array): void {
    const at = this.begin(frame, body.length);
    if (at !== -1) this.buffer.set(body, at);
  }

  publish(): void {
    this.ring.publish();
  }

  /** Where the body of so many bytes goes; -1 when it is dropped. */
  private begin(frame: MarketFrame, bodyBytes: number): number {
    const bytes = marketFrameBytes(bodyBytes);
    let offset = this.ring.claim(bytes);
    while (offset === -1) {
      this.ring.publish();
      if (!this.ring.waitForSpace(bytes, SPACE_WAIT_MS) && this.isStopping()) return -1;
      offset = this.ring.claim(bytes);
    }
    writeMarketFrame(this.ring, offset, frame, bodyBytes);
    this.count++;
    return offset + MARKET_HEADER_BYTES;
  }
}
