/**
 * Time of a simulation: a queue of things to do, each at a moment of its own; the next one is done as soon as the one before
 * is, whatever the clocks on the wall say. While it is installed, timers, immediates and clocks of the process are its.
 *
 * What happens at the same place of the code may take longer or shorter; a seeded generator decides, and with it who of
 * several comes first. Nothing else decides anything, so a seed plays the same run again.
 *
 * Several processes share it: whatever somebody begins while a thing of his is done is his too, so that a process can be held
 * up, or end, with all that it had yet to do.
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

/** A process of its own. */
export class Lane {
  /** Its wall clock is ahead by so much. */
  skewUs = 0;
  /** It gets no turn before. */
  pausedUntilUs = 0;
  isOver = false;
}

export interface Task {
  atUs: number;
  run: (() => void) | undefined;
  readonly lane: Lane;
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
  hrtime: process.hrtime,
};

export class VirtualTime {
  nowUs = START_US;
  /** Things done so far. */
  steps = 0;
  /** Everything that is no process's. */
  readonly world = new Lane();
  /** Whose thing is being done. */
  lane = this.world;
  private queue: Task[] = [];
  private held: { delayUs: number; task: Task | undefined } | undefined;

  constructor(private readonly random: Random) {}

  /** Does the next thing and all that follows from it at once. False when there is nothing to do. Throws what it throws. */
  async step(): Promise<boolean> {
    // what has just begun may not have come to its first wait yet
    if (this.queue.length === 0) await new Promise((resolve) => real.setImmediate(resolve));
    const task = this.takeNext();
    if (task === undefined) return false;
    this.nowUs = Math.max(this.nowUs, task.atUs);
    this.lane = task.lane;
    this.steps++;
    const { run } = task;
    task.run = undefined;
    run?.();
    await new Promise((resolve) => real.setImmediate(resolve));
    this.lane = this.world;
    return true;
  }

  after(delayUs: number, run: () => void, lane = this.lane): Task {
    const task: Task = { atUs: this.nowUs + delayUs, run, lane, ref: () => task, unref: () => task, hasRef: () => true };
    if (!lane.isOver) this.queue.push(task);
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

  /** Likewise one of several. */
  end(lane: Lane): void {
    lane.isOver = true;
    this.queue = this.queue.filter((task) => task.lane !== lane);
  }

  /** The task is due now. */
  hasten(task: Task): void {
    task.atUs = Math.min(task.atUs, this.nowUs + this.turnUs());
  }

  /**
   * The thread is about to sleep: its next turn comes after `delayUs`, or sooner when the function that is returned is
   * called.
   */
  holdNextTurn(delayUs: number): () => void {
    const held: { delayUs: number; task: Task | undefined } = { delayUs, task: undefined };
    this.held = held;
    return () => {
      if (held.task !== undefined) this.hasten(held.task);
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

  private takeNext(): Task | undefined {
    for (;;) {
      let first = -1;
      for (let i = 0; i < this.queue.length; i++) if (first === -1 || this.queue[i].atUs < this.queue[first].atUs) first = i;
      if (first === -1) return undefined;
      const task = this.queue[first];
      const { pausedUntilUs } = task.lane;
      if (pausedUntilUs <= task.atUs) return this.queue.splice(first, 1)[0];
      task.atUs = pausedUntilUs + this.turnUs();
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
    Date.now = () => Math.floor((this.nowUs + this.lane.skewUs) / 1000);
    process.hrtime = Object.assign(
      (): [number, number] => {
        const us = Math.floor(this.nowUs - START_US);
        return [Math.floor(us / 1e6), (us % 1e6) * 1000];
      },
      { bigint: (): bigint => BigInt(Math.floor(this.nowUs - START_US)) * 1000n },
    );
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
  process.hrtime = real.hrtime;
  const clock = performance as unknown as Record<string, unknown>;
  delete clock['now'];
  delete clock['timeOrigin'];
}
