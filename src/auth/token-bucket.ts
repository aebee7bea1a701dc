/** Rate limits: each key may spend `burst` at once and regains `ratePerSecond` of it a second. */
export interface TokenBucketsOptions {
  /** 0 lifts the limit. */
  readonly ratePerSecond: number;
  readonly burst: number;
  /** Keys remembered. Default 100 000, about 15 MB. */
  readonly keysMax?: number;
}

interface Bucket {
  level: number;
  timeMs: number;
}

/** How many unfilled buckets at the old end may be passed over to find one that may be forgotten at no loss. */
const SECOND_CHANCES = 8;

export class TokenBuckets {
  readonly #ratePerMs: number;
  readonly #burst: number;
  readonly #keysMax: number;
  readonly #buckets = new Map<string | number, Bucket>();

  constructor(options: TokenBucketsOptions) {
    if (!(options.ratePerSecond >= 0 && options.burst >= 1)) throw new RangeError('rate must be at least 0 and burst at least 1');
    this.#ratePerMs = options.ratePerSecond / 1000;
    this.#burst = options.burst;
    this.#keysMax = options.keysMax ?? 100_000;
  }

  get size(): number {
    return this.#buckets.size;
  }

  /**
   * Spends `cost` (at most the burst) of `key`. Returns 0 when granted; otherwise nothing is spent and the result is the
   * time in milliseconds after which it would be.
   */
  take(key: string | number, nowMs: number, cost = 1): number {
    if (this.#ratePerMs === 0) return 0;
    const bucket = this.#buckets.get(key) ?? this.#add(key, nowMs);
    // A clock set back gives nothing and takes nothing.
    const elapsedMs = Math.max(0, nowMs - bucket.timeMs);
    bucket.level = Math.min(this.#burst, bucket.level + elapsedMs * this.#ratePerMs);
    bucket.timeMs = nowMs;
    if (bucket.level < cost) return (cost - bucket.level) / this.#ratePerMs;
    bucket.level -= cost;
    return 0;
  }

  #add(key: string | number, nowMs: number): Bucket {
    if (this.#buckets.size >= this.#keysMax) this.#forgetOne(nowMs);
    const bucket: Bucket = { level: this.#burst, timeMs: nowMs };
    this.#buckets.set(key, bucket);
    return bucket;
  }

  /**
   * Forgets an old bucket. A full one is as good as none, so it is preferred: otherwise a caller with many keys could
   * have his empty buckets forgotten and start anew with full ones.
   */
  #forgetOne(nowMs: number): void {
    let chances = SECOND_CHANCES;
    for (const [key, bucket] of this.#buckets) {
      this.#buckets.delete(key);
      const isFull = bucket.level + (nowMs - bucket.timeMs) * this.#ratePerMs >= this.#burst;
      if (isFull || chances === 0) return;
      chances -= 1;
      this.#buckets.set(key, bucket);
    }
  }
}
