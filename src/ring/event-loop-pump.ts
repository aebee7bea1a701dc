import type { WakeSignal } from './wake-signal.js';

/** Turns of the event loop without work before the thread stops polling: the last few µs of a burst are not slept through. */
const IDLE_TURNS = 64;

/** What the pump needs of a MessagePort, or of a Worker or parentPort. */
export interface WakePort {
  on(event: 'message', listener: () => void): unknown;
  off(event: 'message', listener: () => void): unknown;
  ref(): void;
  unref(): void;
}

export interface EventLoopPumpOptions {
  signal: WakeSignal;
  /** Where notifiers post one message when they took the armed flag (`messageWaker`). */
  port: WakePort;
  /** Takes a bounded amount of work from the rings; true when there was any. */
  drain: () => boolean;
  /** Turns without work before it sleeps; absent: as many as serve the exchange best. */
  idleTurns?: number;
}

/**
 * Drains rings on an event loop that must never block: once per turn while there is work, so that sockets get their
 * share, and asleep until a message comes once there has been none for a while.
 */
export class EventLoopPump {
  private readonly signal: WakeSignal;
  private readonly port: WakePort;
  private readonly drain: () => boolean;
  private readonly idleTurnsMax: number;
  private readonly turn = (): void => this.poll();
  private readonly wake = (): void => this.resume();
  private immediate: NodeJS.Immediate | null = null;
  private running = false;
  private holdsProcess = true;
  private idleTurns = 0;

  constructor({ signal, port, drain, idleTurns = IDLE_TURNS }: EventLoopPumpOptions) {
    this.signal = signal;
    this.port = port;
    this.drain = drain;
    this.idleTurnsMax = idleTurns;
  }

  start(): void {
    if (this.running) return;
    this.running = true;
    this.port.on('message', this.wake);
    if (!this.holdsProcess) this.port.unref();
    this.resume();
  }

  /** Ends polling and lets the process exit; may be started again. */
  stop(): void {
    if (!this.running) return;
    this.running = false;
    if (this.immediate !== null) clearImmediate(this.immediate);
    this.immediate = null;
    this.signal.disarm();
    this.port.off('message', this.wake);
    this.port.unref();
  }

  /** The pump no longer keeps the process alive by itself. */
  unref(): void {
    this.holdsProcess = false;
    this.immediate?.unref();
    if (this.running) this.port.unref();
  }

  /** Begins a run of polling unless one is under way; a late message of an earlier sleep changes nothing. */
  private resume(): void {
    if (!this.running || this.immediate !== null) return;
    this.idleTurns = 0;
    this.schedule();
  }

  private schedule(): void {
    this.immediate = setImmediate(this.turn);
    if (!this.holdsProcess) this.immediate.unref();
  }

  private poll(): void {
    this.immediate = null;
    this.idleTurns = this.drain() ? 0 : this.idleTurns + 1;
    // drain may have called stop.
    if (!this.running) return;
    if (this.idleTurns >= this.idleTurnsMax) {
      this.signal.arm();
      // What was published before the flag stood there has sent no message: look once more, then rely on it.
      if (!this.drain()) return;
      this.signal.disarm();
      this.idleTurns = 0;
    }
    if (this.running) this.schedule();
  }
}

/** An `onPublish` for producers of rings that an EventLoopPump drains: posts one message per sleep. */
export function messageWaker(signal: WakeSignal, port: { postMessage(value: null): void }): () => void {
  return () => {
    if (signal.notify()) port.postMessage(null);
  };
}
