/**
 * The front's end of the market worker: its frames, its requests, and another worker when it dies. The new one goes on where
 * the frames of the old one end, so subscribers miss nothing.
 */
import type { Worker } from 'node:worker_threads';
import { EventLoopPump, type WakePort } from '../../ring/event-loop-pump.js';
import { RingBuffer } from '../../ring/ring-buffer.js';
import { RingConsumer } from '../../ring/ring-consumer.js';
import { WakeSignal } from '../../ring/wake-signal.js';
import type { MarketRequest } from '../../wire/market/market-request.js';
import type { Bar } from '../../core/market-data/bar.js';
import { newThread, type EarlyThreads } from '../early-threads.js';
import type { MarketCount, MarketThreadData, RecentTick, ThreadReport, ThreadRequest, ThreadWork } from '../thread-data.js';

/** Frames of a few hundred bytes: what a quarter of a second of the fastest load measured makes for many subscribers. */
const FRAME_RING_BYTES = 16 << 20;
/** A worker that dies is replaced after this long, a little later each time. */
const RESTART_MS = 100;

/** Who takes the frames: the front's `FrameTaker`. */
interface FrameTaker {
  take(): boolean;
  lastSequence(): number;
  requests(): MarketRequest[];
}

export interface MarketThreadOptions extends Pick<
  MarketThreadData,
  'dataDir' | 'broadcastRing' | 'reader' | 'status' | 'checkpointMs' | 'holidays' | 'factors'
> {
  /** Where the first worker waits, if it was started before. */
  early?: EarlyThreads | undefined;
  /** The worker ended that nobody had asked to, or could not begin. */
  onDeath: (message: string) => void;
  /** A write failed and is tried again, or works again (empty message). */
  onWriteFailure: (message: string) => void;
  /** Present: the worker tells what it has done. */
  onWork?: ((work: ThreadWork) => void) | undefined;
}

export interface Recent {
  ticks: readonly RecentTick[];
  bars: readonly Bar[];
}

/** Wake-up messages of whichever worker is at work. */
class WakeRelay implements WakePort {
  private readonly listeners = new Set<() => void>();

  wake(): void {
    for (const listener of this.listeners) listener();
  }

  on(_event: 'message', listener: () => void): void {
    this.listeners.add(listener);
  }

  off(_event: 'message', listener: () => void): void {
    this.listeners.delete(listener);
  }

  // The worker itself keeps the process alive, or does not.
  ref(): void {}
  unref(): void {}
}

export class MarketThread {
  readonly frames: RingConsumer;
  private readonly frameRing = RingBuffer.create(FRAME_RING_BYTES);
  private readonly wakeBuffer = WakeSignal.create();
  private readonly wake = new WakeSignal(this.wakeBuffer);
  private readonly frontSignal = WakeSignal.create();
  private readonly relay = new WakeRelay();
  private readonly pump: EventLoopPump;
  private worker: Worker | undefined;
  private readonly waiting = new Map<number, (recent: Recent) => void>();
  private nextId = 1;
  private taker: FrameTaker | undefined;
  private toldSequence = 0;
  /** Of the first worker that has come so far: until then nothing has been told. */
  private onCounted!: (counts: readonly MarketCount[]) => void;
  private readonly counts = new Promise<readonly MarketCount[]>((resolve) => (this.onCounted = resolve));
  private deaths = 0;
  private stopping = false;
  private restartTimer: NodeJS.Timeout | undefined;

  constructor(private readonly options: MarketThreadOptions) {
    this.frames = new RingConsumer(this.frameRing);
    this.pump = new EventLoopPump({
      signal: new WakeSignal(this.frontSignal),
      port: this.relay,
      drain: () => this.taker?.take() === true,
    });
  }

  /** Hands a request over. One that comes while no worker is at work is among what the next one begins with. */
  post(request: MarketRequest): void {
    this.worker?.postMessage(request);
    this.wake.notify();
  }

  /** Prints (`period` -1) or bars of an instrument that the store does not have yet; none while no worker is at work. */
  recent(instrument: number, period: number): Promise<Recent> {
    if (this.worker === undefined) return Promise.resolve({ ticks: [], bars: [] });
    const id = this.nextId++;
    return new Promise((resolve) => {
      this.waiting.set(id, resolve);
      this.post({ type: 'recent', instrument, period, id });
    });
  }

  onFrames(taker: FrameTaker): void {
    this.taker = taker;
    this.pump.start();
  }

  /** The signal that the writer of the broadcast ring notifies. */
  get signal(): SharedArrayBuffer {
    return this.wakeBuffer;
  }

  /**
   * Starts the worker; resolves once it is at the end of the log, to what had been counted up to `toldSequence`, of which nothing
   * is told. One that dies meanwhile is replaced like any other.
   */
  start(toldSequence: number): Promise<readonly MarketCount[]> {
    this.spawn(toldSequence);
    return this.counts;
  }

  private spawn(toldSequence: number): void {
    this.toldSequence = toldSequence;
    const { dataDir, broadcastRing, reader, status, checkpointMs, holidays, factors } = this.options;
    const { wakeBuffer: wake, frameRing, frontSignal } = this;
    const workerData: MarketThreadData = {
      ...{ dataDir, broadcastRing, reader, status, checkpointMs, holidays, factors },
      ...{ wake, frameRing, frontSignal, toldSequence, isTraced: this.options.onWork !== undefined },
      requests: this.taker?.requests() ?? [],
    };
    const early = this.options.early?.take('market');
    const worker = early ?? newThread('market', 'market', workerData);
    early?.postMessage(workerData);
    this.worker = worker;
    let reason = '';
    worker.on('message', (report: ThreadReport) => {
      if (report.type === 'recent') this.answered(report.id, report);
      if (report.type === 'wake') this.relay.wake();
      if (report.type === 'counted') this.onCounted(report.counts);
      if (report.type === 'failed') this.options.onWriteFailure(report.message);
      if (report.type === 'recovered') this.options.onWriteFailure('');
      if (report.type === 'worked') this.options.onWork?.(report.work);
    });
    worker.on('error', (error: Error) => (reason = error.message));
    worker.on('exit', (code) => {
      if (!this.stopping) this.replace(reason === '' ? `exit code ${code}` : reason);
    });
  }

  /** Everything that is durable is folded and stored; the worker ends. */
  async stop(): Promise<void> {
    this.stopping = true;
    clearTimeout(this.restartTimer);
    const { worker } = this;
    if (worker !== undefined && worker.threadId !== -1) {
      const ended = new Promise((resolve) => worker.once('exit', resolve));
      worker.postMessage({ type: 'stop' } satisfies ThreadRequest);
      this.wake.notify();
      await ended;
    }
    this.pump.stop();
  }

  private answered(id: number, recent: Recent): void {
    this.waiting.get(id)?.(recent);
    this.waiting.delete(id);
  }

  /** What the dead worker had told is taken, then another one begins behind it. */
  private replace(message: string): void {
    // The log must not wait for a reader that is gone.
    new RingConsumer(this.options.broadcastRing, this.options.reader).detach();
    while (this.taker?.take() === true);
    const toldSequence = Math.max(this.toldSequence, this.taker?.lastSequence() ?? 0);
    this.worker = undefined;
    for (const id of this.waiting.keys()) this.answered(id, { ticks: [], bars: [] });
    this.deaths++;
    this.options.onDeath(message);
    this.restartTimer = setTimeout(() => {
      this.spawn(toldSequence);
    }, RESTART_MS * this.deaths);
  }
}
