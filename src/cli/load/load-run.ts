/**
 * Drives connections, open loop or saturated, and sums up.
 *
 * Open loop: request k is due at start + k / rate, whatever the exchange does meanwhile, and its latency counts from then;
 * a stalled exchange therefore shows in every request that fell due, not only in the one that happened to be under way.
 * Saturated: every connection keeps a window of requests unanswered; that finds the highest rate, and its latencies say
 * how long the window is, not how fast the exchange is.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { accountNumber, BinaryLoadSession } from './binary-load-session.js';
import { Comeback } from './comeback.js';
import { LoadSession, type SessionHooks } from './load-session.js';
import {
  newCounts,
  newHistogram,
  newReconnectTotals,
  resultOf,
  type LoadResult,
  type LoadTotals,
  type ReconnectTotals,
} from './load-totals.js';
import { OrderMix, type LoadInstrument } from './order-mix.js';
import { Random } from './random.js';
import { RateShape, type Shape } from './rate-shape.js';
import { ReconnectStorms } from './reconnect-storms.js';

/** Late answers are waited for this long after the last request, unless the options say otherwise. */
const GRACE_MS = 10_000;
/**
 * An event loop can sleep for whole milliseconds only, and spinning would take a core away from the exchange. So the loop
 * naps between two looks at the sockets, which puts at most this much into a latency.
 */
const NAP_MS = 0.1;
/** Between two looks whether it is time for a storm, where nothing is due at fixed times. */
const STORM_LOOK_MS = 5;
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
  /** All connections are cut each time so many milliseconds have passed, and come back. Orders need client order ids then. */
  readonly stormEveryMs?: number | undefined;
  readonly hooks?: SessionHooks;
  readonly progress?: (elapsedMs: number) => void;
  readonly graceMs?: number;
  /** Ends the run before its time: nothing more is sent, and nothing waited for. */
  readonly signal?: AbortSignal | undefined;
}

/** A run against open connections. `open`, then `run` once, then `close`. */
export class LoadRun {
  readonly counts = newCounts();
  private readonly latencyUs = newHistogram();
  private readonly reconnect: ReconnectTotals | undefined;
  private readonly storms: ReconnectStorms | undefined;
  private readonly sessions: readonly LoadSession[];
  private readonly napCell = new Int32Array(new SharedArrayBuffer(4));

  constructor(private readonly options: LoadOptions) {
    const { stormEveryMs, clientOrderPrefix } = options;
    if (stormEveryMs !== undefined) {
      if (clientOrderPrefix === undefined) throw new Error('orders are sent again after a storm: they need client order ids');
      this.reconnect = newReconnectTotals();
      this.storms = new ReconnectStorms(stormEveryMs, this.reconnect.counts);
    }
    this.sessions = options.users.map(({ accounts }, index) => this.newSession(accounts, index));
  }

  private newSession(accounts: readonly string[], index: number): LoadSession {
    const { clientOrderPrefix, seed, instruments, hooks, binary = false } = this.options;
    const prefix = clientOrderPrefix === undefined ? undefined : `${clientOrderPrefix}${index}-`;
    const mix = new OrderMix({ random: new Random(seed + index * 7919), accounts, instruments, clientOrderPrefix: prefix });
    const names = binary ? accounts.map(accountNumber) : accounts;
    // the binary login answers with all accounts before the missed reports, and each is told again behind them
    const states = binary ? 2 : 1;
    const comeback = this.reconnect === undefined ? undefined : new Comeback(this.reconnect, names, states);
    const parts = { mix, counts: this.counts, latencyUs: this.latencyUs, hooks, comeback };
    return binary ? new BinaryLoadSession(parts, accounts, instruments) : new LoadSession(parts);
  }

  async run(): Promise<LoadResult> {
    return resultOf(await this.runToTotals());
  }

  async runToTotals(): Promise<LoadTotals> {
    const { options, sessions } = this;
    await Promise.all(sessions.map((session, index) => session.open(options.url, options.users[index].token)));
    const ticker = setInterval(() => options.progress?.(performance.now() - startMs), 250);
    const startMs = performance.now();
    const elapsedMs = options.window === undefined ? await this.sendOpenLoop(startMs) : await this.sendWindow(startMs, options.window);
    const acked = this.counts.acked;
    clearInterval(ticker);
    await this.awaitAnswers();
    const totals = this.totalsOf((acked * 1000) / elapsedMs);
    for (const session of sessions) session.close();
    return totals;
  }

  private async sendOpenLoop(startMs: number): Promise<number> {
    const { rate, durationMs, shape = 'steady', coarse = false } = this.options;
    const plan = new RateShape(shape, rate, durationMs);
    let sent = 0;
    while (sent < plan.total && !this.isOver()) {
      const due = sent + plan.dueCount(performance.now() - startMs, sent, BURST_MAX);
      for (; sent < due; sent++) this.sendNext(sent, startMs + plan.dueMs(sent));
      for (const session of this.sessions) if (!session.closed) session.flush();
      this.storm(startMs);
      const pauseMs = startMs + plan.dueMs(sent) - performance.now();
      if (pauseMs > 0 && coarse) await sleep(pauseMs);
      else {
        if (pauseMs > 0) Atomics.wait(this.napCell, 0, 0, Math.min(NAP_MS, pauseMs));
        await turn();
      }
    }
    return performance.now() - startMs;
  }

  /** Cuts all connections when it is time to and some request is without an answer. */
  private storm(startMs: number): void {
    const elapsedMs = performance.now() - startMs;
    if (this.storms?.isDue(elapsedMs) !== true || !this.sessions.some(({ outstanding }) => outstanding > 0)) return;
    this.storms.strike(elapsedMs, this.sessions);
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
    const storming = this.storms === undefined ? undefined : setInterval(() => this.storm(startMs), STORM_LOOK_MS);
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
    clearInterval(storming);
    for (const session of this.sessions) session.onReadDone = () => undefined;
    return performance.now() - startMs;
  }

  private isOver(): boolean {
    return this.options.signal?.aborted === true || this.sessions.every(({ closed }) => closed);
  }

  private async awaitAnswers(): Promise<void> {
    const deadlineMs = performance.now() + (this.options.graceMs ?? GRACE_MS);
    const waits = (): boolean => this.sessions.some(({ isSettled }) => !isSettled);
    while (waits() && performance.now() < deadlineMs && this.options.signal?.aborted !== true) {
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    for (const { outstanding } of this.sessions) this.counts.unanswered += outstanding;
  }

  private totalsOf(rate: number): LoadTotals {
    const closed = new Map<number, number>();
    for (const session of this.sessions) {
      if (session.closed) closed.set(session.closeCode, (closed.get(session.closeCode) ?? 0) + 1);
    }
    return { counts: this.counts, latencyUs: this.latencyUs, rate, closed, reconnect: this.reconnect };
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

export type { LoadResult } from './load-totals.js';
