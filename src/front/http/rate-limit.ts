/** How often a user, and an address that logs in or registers, may ask (rest.md 1). */
import { TokenBuckets } from '../../auth/token-bucket.js';
import type { Config } from '../config.js';
import { TooManyRequests } from '../services/too-many-requests.js';

const LOGINS_PER_SECOND = 10;

export class RateLimits {
  /** By user number; bursts of twice the rate. Times are those of `performance.now()`, here and wherever it is shared. */
  readonly perUser: TokenBuckets;
  /** By address: logins and registrations. */
  private readonly perAddress: TokenBuckets;

  /** A rate of 0 lifts every limit. */
  constructor(config: Pick<Config, 'rateLimitRps'>) {
    const rate = config.rateLimitRps;
    this.perUser = new TokenBuckets({ ratePerSecond: rate, burst: Math.max(1, rate * 2) });
    this.perAddress = new TokenBuckets({ ratePerSecond: rate === 0 ? 0 : LOGINS_PER_SECOND, burst: LOGINS_PER_SECOND });
  }

  /** Throws 9004 when the user asks too often. */
  spendUser(user: number): void {
    spend(this.perUser, user);
  }

  /** Throws 9004 when the address asks too often. */
  spendAddress(address: string): void {
    spend(this.perAddress, address);
  }
}

function spend(buckets: TokenBuckets, key: string | number): void {
  const waitMs = buckets.take(key, performance.now());
  if (waitMs > 0) throw new TooManyRequests(Math.ceil(waitMs / 1000));
}
