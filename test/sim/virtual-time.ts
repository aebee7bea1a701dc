/**
 * Time of a simulation: a queue of things to do, each at a moment of its own; the next one is done as soon as the one before
 * is, whatever the clocks on the wall say. While it is installed, timers, immediates and clocks of the process are its.
 *
 * What happens at the same place of the code may take longer or shorter; a seeded generator decides, and with it who of
 * several comes first. Nothing else decides anything, so a seed plays the same run again.
 */
import { syncBuiltinESMExports } from 'node:module';
import timersPromises from 'node:timers/promises';
import type { Random } from '../../src/cli/load/random.js';

/** The moment at which every simulation begins: 2026-01-05 00:00 UTC, in µs. */
const START_US = 1_767_571_200_000_000;

/** A turn of an event loop, µs. */
const TURN_US_MAX = 40;
/** One turn in so many is held up, as by a scheduler that runs somebody else, for up to so long. */
const HELD_UP = 40;
const HELD_UP_US_MAX = 3000;

export interface Task {
  atUs: number;
  run: (() => void) | undefined;
  /** What timers of Node can do. */
  ref(): Task;
  unref(): Task;
  hasRef(): boolean;
}

type Callback = (...args: unknown[]) => void;

const real = {
  setImmediate: globalThis.setImmediate,
  clearImmediate: globalThis.clearImmediate,
  setTimeout: globalThis.setTimeout,
  clearTimeout: globalThis.clearTimeout,
  setInterval: globalThis.setInterval,
  clearInterval: globalThis.clearInterval,
  dateNow: Date.now,
  sleep: timersPromises.setTimeout,
};

export class VirtualTime {
  nowUs = START_US;
  /** Things done so far. */
  steps = 0;
  private queue: Task[] = [];
  private held: { delayUs: number; task: Task | undefined } | undefined;

  constructor(private readonly random: Random) {}

  /** Does the next thing and all that follows from it at once. False when there is nothing to do. Throws what it throws. */
  async step(): Promise<boolean> {
    // what has just begun may not have come to its first wait yet
    if (this.queue.length === 0) await new Promise((resolve) => real.setImmediate(resolve));
    let first = -1;
    for (let i = 0; i < this.queue.length; i++) if (first === -1 || this.queue[i].atUs < this.queue[first].atUs) first = i;
    if (first === -1) return false;
    const [task] = this.queue.splice(first, 1);
    this.nowUs = Math.max(this.nowUs, task.atUs);
    this.steps++;
    const { run } = task;
    task.run = undefined;
    run?.();
    await new Promise((resolve) => real.setImmediate(resolve));
    return true;
  }

  after(delayUs: number, run: () => void): Task {
    const task: Task = { atUs: this.nowUs + delayUs, run, ref: () => task, unref: () => task, hasRef: () => true };
    this.queue.push(task);
    return task;
  }

  /** Some time from 0 to `maxUs`, usually short. */
  someTime(maxUs: number): number {
    return this.random.next() ** 3 * maxUs;
  }

  cancel(task: Task | undefined): void {
    if (task === undefined) return;
    task.run = undefined;
    const index = this.queue.indexOf(task);
    if (index >= 0) this.queue.splice(index, 1);
  }

  /** A process is gone, and with it all that it had yet to do. */
  clear(): void {
    this.queue = [];
    this.held = undefined;
  }

  /**
   * The thread is about to sleep: its next turn comes after `delayUs`, or sooner when the function that is returned is
   * called.
   */
  holdNextTurn(delayUs: number): () => void {
    const held: { delayUs: number; task: Task | undefined } = { delayUs, task: undefined };
    this.held = held;
    return () => {
      const { task } = held;
      if (task !== undefined) task.atUs = Math.min(task.atUs, this.nowUs + this.turnUs());
    };
  }

  /** Runs with timers and clocks of the process replaced by this. */
  async installed<T>(run: () => Promise<T>): Promise<T> {
    this.install();
    try {
      return await run();
    } finally {
      uninstall();
    }
  }

  private turnUs(): number {
    return this.random.next() * (this.random.between(1, HELD_UP) === 1 ? HELD_UP_US_MAX : TURN_US_MAX);
  }

  private install(): void {
    const cancel = (task: unknown): void => this.cancel(task as Task | undefined);
    const scope = globalThis as unknown as Record<string, unknown>;
    scope['setImmediate'] = (run: Callback, ...args: unknown[]): Task => this.immediate(() => run(...args));
    scope['setTimeout'] = (run: Callback, ms = 0, ...args: unknown[]): Task => this.after(this.timerUs(ms), () => run(...args));
    scope['setInterval'] = (run: Callback, ms = 0, ...args: unknown[]): Task => this.interval(() => run(...args), ms);
    scope['clearImmediate'] = scope['clearTimeout'] = scope['clearInterval'] = cancel;
    const sleep = (ms: number, value?: unknown, options?: { signal?: AbortSignal }): Promise<unknown> => this.sleep(ms, value, options);
    timersPromises.setTimeout = sleep as typeof timersPromises.setTimeout;
    syncBuiltinESMExports();
    Date.now = () => Math.floor(this.nowUs / 1000);
    Object.defineProperty(performance, 'now', { configurable: true, value: () => (this.nowUs - START_US) / 1000 });
    Object.defineProperty(performance, 'timeOrigin', { configurable: true, value: START_US / 1000 });
  }

  private immediate(run: () => void): Task {
    const { held } = this;
    this.held = undefined;
    const task = this.after(held?.delayUs ?? this.turnUs(), run);
    if (held !== undefined) held.task = task;
    return task;
  }

  /** Timers are late rather than early. */
  private timerUs(ms: number): number {
    return Math.max(ms, 1) * 1000 + this.turnUs();
  }

  private interval(run: () => void, ms: number): Task {
    const task = this.after(this.timerUs(ms), () => {
      task.run = again;
      task.atUs = this.nowUs + this.timerUs(ms);
      this.queue.push(task);
      run();
    });
    const again = task.run!;
    return task;
  }

  private sleep(ms: number, value: unknown, options: { signal?: AbortSignal } = {}): Promise<unknown> {
    const { signal } = options;
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        this.cancel(task);
        reject(new Error('aborted'));
      };
      if (signal?.aborted === true) {
        reject(new Error('aborted'));
        return;
      }
      const task = this.after(this.timerUs(ms), () => {
        signal?.removeEventListener('abort', abort);
        resolve(value);
      });
      signal?.addEventListener('abort', abort, { once: true });
    });
  }
}

function uninstall(): void {
  const { setImmediate, clearImmediate, setTimeout, clearTimeout, setInterval, clearInterval } = real;
  Object.assign(globalThis, { setImmediate, clearImmediate, setTimeout, clearTimeout, setInterval, clearInterval });
  timersPromises.setTimeout = real.sleep;
  syncBuiltinESMExports();
  Date.now = real.dateNow;
  const clock = performance as unknown as Record<string, unknown>;
  delete clock['now'];
  delete clock['timeOrigin'];
}
