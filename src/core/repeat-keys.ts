/**
 * The keys under which clients sent movements of money, so that a repeated request gives the first answer instead of a
 * second movement: kept for a day of event time.
 */
import type { FundRecord } from './observer.js';

/** µs that a key is kept. */
export const REPEAT_KEY_LIFE_US = 24 * 3600 * 1_000_000;

export class RepeatKeys {
  /** By key, oldest first. */
  private readonly records = new Map<string, FundRecord>();
  private readonly countByUser = new Map<number, number>();

  get size(): number {
    return this.records.size;
  }

  /** Keys of accounts of one user. */
  countOf(user: number): number {
    return this.countByUser.get(user) ?? 0;
  }

  /** What was booked under the key, unless that is a day before `timeUs`. */
  find(key: string, timeUs: number): FundRecord | undefined {
    const record = this.records.get(key);
    return record !== undefined && record.timeUs + REPEAT_KEY_LIFE_US > timeUs ? record : undefined;
  }

  /** Keeps a record under its key, and forgets those that are older by a day. */
  add(record: FundRecord): void {
    this.forgetBefore(record.timeUs - REPEAT_KEY_LIFE_US);
    const replaced = this.records.get(record.idempotencyKey);
    if (replaced !== undefined) this.remove(replaced);
    this.records.set(record.idempotencyKey, record);
    this.countByUser.set(record.user, this.countOf(record.user) + 1);
  }

  /** Oldest first. */
  [Symbol.iterator](): IterableIterator<FundRecord> {
    return this.records.values();
  }

  private forgetBefore(timeUs: number): void {
    for (const record of this.records.values()) {
      if (record.timeUs > timeUs) return;
      this.remove(record);
    }
  }

  private remove(record: FundRecord): void {
    this.records.delete(record.idempotencyKey);
    const left = this.countOf(record.user) - 1;
    if (left === 0) this.countByUser.delete(record.user);
    else this.countByUser.set(record.user, left);
  }
}
