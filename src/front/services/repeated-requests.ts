/**
 * Movements of money and conditional orders that a client sent under a key of its own: the same request under the same key gives
 * the first answer, while that is under way and for a day after; another request under the key is refused.
 */
import { createHash } from 'node:crypto';
import { Refusal } from '../../core/refusal.js';
import type { KeyedRecord, RepeatKeys } from '../../core/repeat-keys.js';
import type { Caller } from '../caller.js';
import { userId } from '../views/ids.js';
import { TooManyRequests } from './too-many-requests.js';

const KEY = /^[\x21-\x7e]{1,64}$/;
const HASH_CHARACTERS = 32;
/** Keys kept of one user's accounts, and of all; a further one is refused rather than an older one forgotten too early. */
const KEYS_PER_USER_MAX = 10_000;
const KEYS_MAX = 200_000;
const RETRY_SECONDS = 600;

/** What a repeated request is known by. */
export interface RepeatMark {
  /** The sender and the key that he chose. */
  readonly idempotencyKey: string;
  /** Of what he asked for. */
  readonly requestHash: string;
}

export const NO_MARK: RepeatMark = { idempotencyKey: '', requestHash: '' };

/** Throws 9008 for a malformed key. */
export function checkIdempotencyKey(key: string): void {
  if (!KEY.test(key)) throw new Refusal(9008, [{ field: 'Idempotency-Key', reason: 'must be 1 to 64 printable ASCII characters' }]);
}

/** `request` is all that makes the request another one, and no secret. Throws 9008 for a malformed key. */
export function repeatMark(caller: Caller, key: string, request: readonly unknown[]): RepeatMark {
  if (key === '') return NO_MARK;
  checkIdempotencyKey(key);
  const requestHash = createHash('sha256').update(JSON.stringify(request)).digest('hex').slice(0, HASH_CHARACTERS);
  return { idempotencyKey: `${userId(caller.user.user)} ${key}`, requestHash };
}

export class RepeatedRequests<R extends KeyedRecord> {
  private readonly underWay = new Map<string, { requestHash: string; outcome: Promise<R> }>();

  constructor(
    /** What is done, as it is durable. */
    private readonly keys: RepeatKeys<R>,
    /** UTC milliseconds. */
    private readonly nowMs: () => number,
  ) {}

  /** Whether a request under the mark was booked or is under way. */
  isKnown({ idempotencyKey }: RepeatMark): boolean {
    if (idempotencyKey === '') return false;
    return this.underWay.has(idempotencyKey) || this.keys.find(idempotencyKey, this.nowMs() * 1000) !== undefined;
  }

  /** What the first request under the mark gave; `action` is it when there was none. Refuses with 9009 and 9004. */
  async run({ idempotencyKey, requestHash }: RepeatMark, user: number, action: () => Promise<R>): Promise<R> {
    if (idempotencyKey === '') return action();
    const booked = this.keys.find(idempotencyKey, this.nowMs() * 1000);
    const first = booked ?? this.underWay.get(idempotencyKey);
    if (first !== undefined && first.requestHash !== requestHash) throw new Refusal(9009);
    if (booked !== undefined) return booked;
    const waiting = this.underWay.get(idempotencyKey);
    if (waiting !== undefined) return waiting.outcome;
    if (this.keys.size >= KEYS_MAX || this.keys.countOf(user) >= KEYS_PER_USER_MAX) throw new TooManyRequests(RETRY_SECONDS);
    const outcome = action();
    this.underWay.set(idempotencyKey, { requestHash, outcome });
    try {
      return await outcome;
    } finally {
      this.underWay.delete(idempotencyKey);
    }
  }
}
