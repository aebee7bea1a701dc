import { PoolBusyError } from '../../auth/password-pool.js';
import { TooManyRequests } from './too-many-requests.js';

/** What a caller is told when a password could not be checked or hashed. */
export function refusalOfPool(error: unknown): unknown {
  return error instanceof PoolBusyError ? new TooManyRequests(1) : error;
}
