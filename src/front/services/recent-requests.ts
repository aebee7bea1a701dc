/**
 * What a client asked for under a key of its own and got, for requests whose key is not in the log: the same request under the
 * same key gives the first answer, while that is under way and for a day after, as long as the exchange runs.
 */
import { Refusal } from '../../core/refusal.js';
import type { RepeatMark } from './repeated-requests.js';
import { TooManyRequests } from './too-many-requests.js';

const LIFE_MS = 24 * 3600 * 1000;
/** A further one is refused rather than an older one forgotten too early. */
const KEYS_PER_USER_MAX = 10_000;
const KEYS_MAX = 50_000;
const RETRY_SECONDS = 600;

interface Remembered<T> {
  readonly requestHash: string;
  readonly atMs: number;
  readonly outcome: Promise<T>;
}

export class RecentRequests<T> {
  /** By user and key, oldest first. */
  private readonly users = new Map<number, Map<string, Remembered<T>>>();
  private count = 0;

  /** `nowMs`: UTC milliseconds. */
  constructor(private readonly nowMs: () => number) {}

  /** What the first request under the mark gave; `action` is it when there was none. Refuses with 9009 and 9004. */
  async run({ idempotencyKey, requestHash }: RepeatMark, user: number, action: () => Promise<T>): Promise<T> {
    if (idempotencyKey === '') return action();
    const keys = this.keysOf(user);
    const first = keys.get(idempotencyKey);
    if (first !== undefined) {
      if (first.requestHash !== requestHash) throw new Refusal(9009);
      return first.outcome;
    }
    if (keys.size >= KEYS_PER_USER_MAX || this.count >= KEYS_MAX) throw new TooManyRequests(RETRY_SECONDS);
    const outcome = action();
    const remembered = { requestHash, atMs: this.nowMs(), outcome };
    keys.set(idempotencyKey, remembered);
    this.count++;
    try {
      return await outcome;
    } catch (error) {
      // what came to nothing may be tried again
      this.forget(keys, idempotencyKey);
      throw error;
    }
  }

  private keysOf(user: number): Map<string, Remembered<T>> {
    const known = this.users.get(user) ?? new Map<string, Remembered<T>>();
    this.users.set(user, known);
    for (const [key, { atMs }] of known) {
      if (atMs + LIFE_MS > this.nowMs()) break;
      this.forget(known, key);
    }
    return known;
  }

  private forget(keys: Map<string, Remembered<T>>, key: string): void {
    if (keys.delete(key)) this.count--;
  }
}
