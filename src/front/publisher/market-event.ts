/**
 * Market events on their way to subscribers: encoded once by the market worker, gathered into batches, shared by everybody
 * who wants exactly these events.
 */
export { BINARY_CHANNELS, Channel, Keeping, MARKET_CHANNELS, STATE_CHANNELS, type ChannelName } from '../../wire/market/channels.js';

/** Events in one frame at most. */
export const BATCH_EVENTS_MAX = 100;

const OPEN = 0x5b;
const COMMA = 0x2c;
const CLOSE = 0x5d;

/** One encoded event. Immutable: many queues refer to it. */
export interface MarketEvent {
  readonly instrument: number;
  /** Bits of `Channel`: whoever wants one of them gets it. */
  readonly channels: number;
  /** Tells events of a channel apart: levels of a book, place of a period plus 1; 0 for none. */
  readonly detail: number;
  /** `Keeping` */
  readonly keeping: number;
  /** Last event of the log that is in it, and its event time, µs. */
  readonly sequence: number;
  readonly timeUs: number;
  /** Whether it is a frame of the binary protocol, else a JSON object. */
  readonly isBinary: boolean;
  readonly bytes: Uint8Array;
}

/** 1..100 events of one form in one message: a JSON array, or frames of the binary protocol one behind the other. */
export class MarketBatch {
  readonly isBinary: boolean;
  /** Bytes of the message. */
  readonly size: number;
  private encoded: Uint8Array | undefined;

  /** `instrument` is that of all events, or 0 for a mixture. `isPicture`: a whole book, asked for by who gets it. */
  constructor(
    readonly instrument: number,
    readonly events: readonly MarketEvent[],
    readonly isPicture = false,
  ) {
    this.isBinary = events[0].isBinary;
    const around = this.isBinary ? 0 : 1;
    let size = around;
    for (const event of events) size += event.bytes.length + around;
    this.size = size;
  }

  get frame(): Uint8Array {
    return (this.encoded ??= this.isBinary ? this.joined() : this.array());
  }

  private joined(): Uint8Array {
    return this.events.length === 1
      ? this.events[0].bytes
      : Buffer.concat(
          this.events.map(({ bytes }) => bytes),
          this.size,
        );
  }

  private array(): Uint8Array {
    const frame = Buffer.allocUnsafe(this.size);
    let at = 0;
    for (const { bytes } of this.events) {
      frame[at] = at === 0 ? OPEN : COMMA;
      frame.set(bytes, at + 1);
      at += bytes.length + 1;
    }
    frame[at] = CLOSE;
    return frame;
  }
}

/** Splits events into batches of at most `BATCH_EVENTS_MAX`. */
export function batchesOf(events: readonly MarketEvent[]): MarketBatch[] {
  const batches: MarketBatch[] = [];
  for (let first = 0; first < events.length; first += BATCH_EVENTS_MAX) {
    batches.push(new MarketBatch(0, events.slice(first, first + BATCH_EVENTS_MAX)));
  }
  return batches;
}
