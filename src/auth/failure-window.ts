/** Counts the failures of each key over a sliding window of time, and the attempts that are still being decided. */
export interface FailureWindowOptions {
  /** Failures after which a key is blocked; 0 blocks nobody. */
  readonly failuresMax: number;
  readonly windowMs: number;
  /** Keys remembered; the one that failed longest ago is forgotten first. */
  readonly keysMax: number;
}

interface Entry {
  /** Times of the latest failures, oldest first, at most `failuresMax`. */
  readonly failuresMs: number[];
  pendingCount: number;
}

export class FailureWindow {
  readonly #failuresMax: number;
  readonly #windowMs: number;
  readonly #keysMax: number;
  readonly #entries = new Map<string, Entry>();

  constructor(options: FailureWindowOptions) {
    this.#failuresMax = options.failuresMax;
    this.#windowMs = options.windowMs;
    this.#keysMax = options.keysMax;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** 0 when `key` may try, else the milliseconds after which it may. */
  retryAfterMs(key: string, nowMs: number): number {
    const entry = this.#entries.get(key);
    if (!entry || this.#failuresMax === 0) return 0;
    const { failuresMs } = entry;
    while (failuresMs[0] !== undefined && failuresMs[0] + this.#windowMs <= nowMs) failuresMs.shift();
    if (failuresMs.length + entry.pendingCount < this.#failuresMax) {
      if (failuresMs.length + entry.pendingCount === 0) this.#entries.delete(key);
      return 0;
    }
    const oldestMs = failuresMs[0];
    // Attempts under way are decided soon; only failures block for the window. A clock set back must not block longer.
    if (oldestMs === undefined || failuresMs.length < this.#failuresMax) return 1000;
    return Math.min(oldestMs + this.#windowMs - nowMs, this.#windowMs);
  }

  /** Counts an attempt of which the outcome is not known yet, so that many at once cannot pass the limit. */
  begin(key: string): void {
    this.#touch(key).pendingCount += 1;
  }

  /** The attempt failed. */
  fail(key: string, nowMs: number): void {
    const entry = this.#touch(key);
    entry.pendingCount = Math.max(0, entry.pendingCount - 1);
    entry.failuresMs.push(nowMs);
    if (entry.failuresMs.length > this.#failuresMax) entry.failuresMs.shift();
  }

  /** The attempt ended without telling anything about the key. */
  abandon(key: string): void {
    const entry = this.#entries.get(key);
    if (!entry) return;
    entry.pendingCount = Math.max(0, entry.pendingCount - 1);
    if (entry.pendingCount === 0 && entry.failuresMs.length === 0) this.#entries.delete(key);
  }

  /** The attempt succeeded: earlier failures of the key are forgiven. */
  clear(key: string): void {
    const entry = this.#entries.get(key);
    if (!entry) return;
    entry.failuresMs.length = 0;
    this.abandon(key);
  }

  /** The entry of `key`, made if need be and moved to the young end. */
  #touch(key: string): Entry {
    const entry = this.#entries.get(key) ?? { failuresMs: [], pendingCount: 0 };
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= this.#keysMax) break;
      this.#entries.delete(oldest);
    }
    return entry;
  }
}
