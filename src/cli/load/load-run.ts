/**
 * Drives connections, open loop or saturated, and sums up.
 *
 * Open loop: request k is due at start + k / rate, whatever the exchange does meanwhile, and its latency counts from then;
 * a stalled exchange therefore shows in every request that fell due, not only in the one that happened to be under way.
 * Saturated: every connection keeps a window of requests unanswered; that finds the highest rate, and its latencies say
 * how long the window is, not how fast the exchange is.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { build, type Histogram } from 'hdr-histogram-js';
import { BinaryLoadSession } from './binary-load-session.js';
import { LATENCY_US_MAX, LoadSession, type LoadCounts, type SessionHooks } from './load-session.js';
import { OrderMix, type LoadInstrument } from './order-mix.js';
import { Random } from './random.js';
import { RateShape, type Shape } from './rate-shape.js';

/** Late answers are waited for this long after the last request, unless the options say otherwise. */
const GRACE_MS = 10_000;
/**
 * An event loop can sleep for whole milliseconds only, and spinning would take a core away from the exchange. So the loop
 * naps between two looks at the sockets, which puts at most this much into a latency.
 */
const NAP_MS = 0.1;
/** Requests sent before the sockets are looked at again, when many are due. */
const BURST_MAX = 512;

export interface LoadOptions {
  /** `ws://host:port/ws` */
  readonly url: string;
  /** One per connection. Without a token (an echo server) the connection does not authenticate. */
  readonly users: readonly { token: string | undefined; accounts: readonly string[] }[];
  readonly instruments: readonly LoadInstrument[];
  readonly seed: number;
  /** Speaks the binary protocol. */
  readonly binary?: boolean;
  readonly durationMs: number;
  /** Requests per second over all connections; ignored when there is a window. */
  readonly rate: number;
  /** Sleeps whole milliseconds: that costs next to no processor, and latencies are up to some milliseconds too long. Open loop only. */
  readonly coarse?: boolean;
  /** How the requests are spread over the time; evenly when left out. */
  readonly shape?: Shape;
  /** Unanswered requests per connection: the saturated mode. */
  readonly window?: number | undefined;
  /** Orders carry this and the number of their connection and request as client order id. */
  readonly clientOrderPrefix?: string | undefined;
  readonly hooks?: SessionHooks;
  readonly progress?: (elapsedMs: number) => void;
  readonly graceMs?: number;
  /** Ends the run before its time: nothing more is sent, and nothing waited for. */
  readonly signal?: AbortSignal | undefined;
}

export interface LoadResult {
  sent: number;
  acked: number;
  rejected: Record<string, number>;
  unanswered: number;
  duplicate: number;
  /** Acknowledged requests per second, of those answered before the sending ended. */
  rate: number;
  latency_us: { p50: number; p90: number; p99: number; p999: number; max: number };
  orders: { sent: number; acked: number; traded: number };
  cancels_acked: number;
  /** Connections that the exchange closed, by close code. */
  closed: Record<string, number>;
  /** Likewise of those that were told everything and read nothing. */
  slow_readers?: Record<string, number>;
}

/** A run against open connections. `open`, then `run` once, then `close`. */
export class LoadRun {
  readonly counts: LoadCounts = {
    sent: 0,
    acked: 0,
    ordersSent: 0,
    ordersAcked: 0,
    cancelsAcked: 0,
    ordersTraded: 0,
    rejected: new Map(),
    unanswered: 0,
    duplicate: 0,
  };
  private readonly latencyUs: Histogram = build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: LATENCY_US_MAX,
    numberOfSignificantValueDigits: 3,
  });
  private readonly sessions: readonly LoadSession[];
  private readonly napCell = new Int32Array(new SharedArrayBuffer(4));

  constructor(private readonly options: LoadOptions) {
    this.sessions = options.users.map(({ accounts }, index) => {
      const prefix = options.clientOrderPrefix === undefined ? undefined : `${options.clientOrderPrefix}${index}-`;
      const random = new Random(options.seed + index * 7919);
      const mix = new OrderMix({ random, accounts, instruments: options.instruments, clientOrderPrefix: prefix });
      return options.binary === true
        ? new BinaryLoadSession(mix, this.counts, this.latencyUs, options.hooks, accounts, options.instruments)
        : new LoadSession(mix, this.counts, this.latencyUs, options.hooks);
    });
  }

  async run(): Promise<LoadResult> {
    const { options, sessions } = this;
    await Promise.all(sessions.map((session, index) => session.open(options.url, options.users[index].token)));
    const ticker = setInterval(() => options.progress?.(performance.now() - startMs), 250);
    const startMs = performance.now();
    const elapsedMs = options.window === undefined ? await this.sendOpenLoop(startMs) : await this.sendWindow(startMs, options.window);
    const acked = this.counts.acked;
    clearInterval(ticker);
    await this.awaitAnswers();
    const result = this.resultOf((acked * 1000) / elapsedMs);
    for (const session of sessions) session.close();
    return result;
  }

  private async sendOpenLoop(startMs: number): Promise<number> {
    const { rate, durationMs, shape = 'steady', coarse = false } = this.options;
    const plan = new RateShape(shape, rate, durationMs);
    let sent = 0;
    while (sent < plan.total && !this.isOver()) {
      const due = sent + plan.dueCount(performance.now() - startMs, sent, BURST_MAX);
      for (; sent < due; sent++) this.sendNext(sent, startMs + plan.dueMs(sent));
      for (const session of this.sessions) if (!session.closed) session.flush();
      const pauseMs = startMs + plan.dueMs(sent) - performance.now();
      if (pauseMs > 0 && coarse) await sleep(pauseMs);
      else {
        if (pauseMs > 0) Atomics.wait(this.napCell, 0, 0, Math.min(NAP_MS, pauseMs));
        await turn();
      }
    }
    return performance.now() - startMs;
  }

  /** The connections take turns; a closed one leaves its turn to the next. */
  private sendNext(index: number, intendedMs: number): void {
    for (let skipped = 0; skipped < this.sessions.length; skipped++) {
      const session = this.sessions[(index + skipped) % this.sessions.length];
      if (session.closed) continue;
      session.send(intendedMs);
      return;
    }
  }

  private async sendWindow(startMs: number, window: number): Promise<number> {
    const endMs = startMs + this.options.durationMs;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, this.options.durationMs);
      const refill = (session: LoadSession): void => {
        const now = performance.now();
        if (this.isOver()) {
          clearTimeout(timer);
          resolve();
        }
        if (now >= endMs || session.closed || this.isOver()) return;
        while (session.outstanding < window) session.send(now);
        session.flush();
      };
      for (const session of this.sessions) {
        session.onReadDone = () => refill(session);
        refill(session);
      }
      this.options.signal?.addEventListener('abort', () => {
        clearTimeout(timer);
        resolve();
      });
    });
    for (const session of this.sessions) session.onReadDone = () => undefined;
    return performance.now() - startMs;
  }

  private isOver(): boolean {
    return this.options.signal?.aborted === true || this.sessions.every(({ closed }) => closed);
  }

  private async awaitAnswers(): Promise<void> {
    const deadlineMs = performance.now() + (this.options.graceMs ?? GRACE_MS);
    const waits = (): boolean => this.sessions.some(({ outstanding, closed }) => outstanding > 0 && !closed);
    while (waits() && performance.now() < deadlineMs && this.options.signal?.aborted !== true) {
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    for (const { outstanding } of this.sessions) this.counts.unanswered += outstanding;
  }

  private resultOf(rate: number): LoadResult {
    const { counts, latencyUs } = this;
    const closed: Record<string, number> = {};
    for (const session of this.sessions) {
      if (session.closed) closed[session.closeCode] = (closed[session.closeCode] ?? 0) + 1;
    }
    const max = latencyUs.totalCount === 0 ? 0 : latencyUs.maxValue;
    // A percentile is the upper end of its bucket, which may lie above the largest value in it.
    const at = (percentile: number): number => Math.min(max, latencyUs.totalCount === 0 ? 0 : latencyUs.getValueAtPercentile(percentile));
    return {
      sent: counts.sent,
      acked: counts.acked,
      rejected: Object.fromEntries([...counts.rejected].sort(([a], [b]) => a - b)),
      unanswered: counts.unanswered,
      duplicate: counts.duplicate,
      rate: Math.round(rate * 10) / 10,
      latency_us: { p50: at(50), p90: at(90), p99: at(99), p999: at(99.9), max },
      orders: { sent: counts.ordersSent, acked: counts.ordersAcked, traded: counts.ordersTraded },
      cancels_acked: counts.cancelsAcked,
      closed,
    };
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
