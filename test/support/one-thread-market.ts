/** The market worker's engine on the thread of a test: the same frames through a real ring, without a thread between. */
import { deserialize, serialize } from 'node:v8';
import { MarketEngine } from '../../src/cluster/market/market-engine.js';
import { restoreEngine } from '../../src/cluster/market/market-checkpoint.js';
import { MarketOutput } from '../../src/cluster/market/market-output.js';
import { TradingCalendar } from '../../src/core/sessions.js';
import type { MarketLink } from '../../src/front/publisher/market-publisher.js';
import { RingBuffer } from '../../src/ring/ring-buffer.js';
import { RingConsumer } from '../../src/ring/ring-consumer.js';
import { RingProducer } from '../../src/ring/ring-producer.js';
import { frameSequence } from '../../src/wire/frame-header.js';
import { frameViews } from '../../src/wire/frame-layout.js';
import type { MarketRequest } from '../../src/wire/market/market-request.js';

export class OneThreadMarket implements MarketLink {
  readonly frames: RingConsumer;
  readonly output: MarketOutput;
  engine: MarketEngine;
  private read = 0;

  /** `journal`: frames of the log in order, to which the exchange adds. */
  constructor(private readonly journal: readonly Uint8Array[]) {
    const buffer = RingBuffer.create(1 << 23);
    this.frames = new RingConsumer(buffer);
    this.output = new MarketOutput(new RingProducer(buffer));
    this.engine = new MarketEngine(this.output, new TradingCalendar());
  }

  /** As if the thread had died and another one had begun from a checkpoint: nothing up to `told` is told again. */
  restart(checkpoint: unknown, told: number, requests: readonly MarketRequest[]): void {
    this.engine = new MarketEngine(this.output, new TradingCalendar());
    restoreEngine(this.engine, deserialize(serialize(checkpoint)));
    for (const request of requests) if (request.type === 'interest') this.engine.handle(request);
    for (const frame of this.journal.slice(0, this.read)) {
      const views = frameViews(frame);
      this.engine.isMuted = frameSequence(views, 0) <= told;
      this.engine.apply(views, 0);
    }
    this.engine.isMuted = false;
    for (const request of requests) if (request.type !== 'interest') this.engine.handle(request);
  }

  post(request: MarketRequest): void {
    this.engine.handle(structuredClone(request));
  }

  /** The test takes the frames itself. */
  onFrames(): void {}

  /** Applies up to `limit` events more; what came of them is in the ring. */
  follow(nowMs = 0, limit = Infinity): void {
    for (let count = 0; count < limit && this.read < this.journal.length; count++)
      this.engine.apply(frameViews(this.journal[this.read++]), 0);
    this.engine.endTurn(nowMs);
  }
}
