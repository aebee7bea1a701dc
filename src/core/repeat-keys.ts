/**
 * The keys under which clients sent requests, so that a repeated one gives the first answer instead of a second deed: kept for a
 * day of event time.
 */
import type { Conditional } from './conditionals/conditional.js';

/** µs that a key is kept. */
export const REPEAT_KEY_LIFE_US = 24 * 3600 * 1_000_000;

/** What was done under a key. */
export interface KeyedRecord {
  /** The sender and the key that he chose. */
  readonly idempotencyKey: string;
  /** Of what he asked for. */
  readonly requestHash: string;
  readonly user: number;
  readonly timeUs: number;
}

/** A conditional order that was placed under a key. */
export interface PlacedUnderKey extends KeyedRecord {
  /** As it was then. */
  readonly placed: Conditional;
}

export class RepeatKeys<R extends KeyedRecord> {
  /** By key, oldest first. */
  private readonly records = new Map<string, R>();
  private readonly countByUser = new Map<number, number>();

  get size(): number {
    return this.records.size;
  }

  /** Keys of accounts of one user. */
  countOf(user: number): number {
    return this.countByUser.get(user) ?? 0;
  }

  /** What was done under the key, unless that is a day before `timeUs`. */
  find(key: string, timeUs: number): R | undefined {
    const record = this.records.get(key);
    return record !== undefined && record.timeUs + REPEAT_KEY_LIFE_US > timeUs ? record : undefined;
  }

  /** Keeps a record under its key, and forgets those that are older by a day. */
  add(record: R): void {
    this.forgetBefore(record.timeUs - REPEAT_KEY_LIFE_US);
    const replaced = this.records.get(record.idempotencyKey);
    if (replaced !== undefined) this.remove(replaced);
    this.records.set(record.idempotencyKey, record);
    this.countByUser.set(record.user, this.countOf(record.user) + 1);
  }

  /** Oldest first. */
  [Symbol.iterator](): IterableIterator<R> {
    return this.records.values();
  }

  private forgetBefore(timeUs: number): void {
    for (const record of this.records.values()) {
      if (record.timeUs > timeUs) return;
      this.remove(record);
    }
  }

  private remove(record: R): void {
    this.records.delete(record.idempotencyKey);
    const left = this.countOf(record.user) - 1;
    if (left === 0) this.countByUser.delete(record.user);
    else this.countByUser.set(record.user, left);
  }
}
