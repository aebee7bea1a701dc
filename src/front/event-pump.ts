/** Durable events into the state, on the front's event loop: the last step of the circle. */
import type { ExchangeState } from '../core/state.js';
import type { SharedHistogram } from '../metrics/shared-histogram.js';
import { EventLoopPump, type WakePort } from '../ring/event-loop-pump.js';
import type { RingConsumer } from '../ring/ring-consumer.js';
import type { WakeSignal } from '../ring/wake-signal.js';
import { EventDecoder } from '../wire/event-decoder.js';

/** Events between two looks at the sockets: about two milliseconds of work. */
const TURN_MAX = 1024;

export class EventPump {
  private readonly decoder: EventDecoder;
  private readonly pump: EventLoopPump;
  private readonly hooks: (() => void)[] = [];

  constructor(
    private readonly events: RingConsumer,
    state: ExchangeState,
    signal: WakeSignal,
    port: WakePort,
    /** Of turns that applied events, their hooks included. */
    private readonly turnTimes?: SharedHistogram,
    idleTurns?: number,
  ) {
    this.decoder = new EventDecoder(state);
    this.pump = new EventLoopPump({ signal, port, drain: () => this.drain(), ...(idleTurns === undefined ? {} : { idleTurns }) });
  }

  start(): void {
    this.pump.start();
  }

  stop(): void {
    this.pump.stop();
  }

  /** `hook` runs after each turn that applied events. */
  afterTurn(hook: () => void): void {
    this.hooks.push(hook);
  }

  private drain(): boolean {
    const begin = performance.now();
    let count = 0;
    for (let offset = this.events.next(); offset !== -1; offset = this.events.next()) {
      this.decoder.decode(this.events, offset);
      if (++count === TURN_MAX) break;
    }
    if (count === 0) return false;
    this.events.release();
    for (const hook of this.hooks) hook();
    this.turnTimes?.record((performance.now() - begin) * 1000);
    return true;
  }
}
