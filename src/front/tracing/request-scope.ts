/**
 * Which request the running code works for, so that every line of the log that comes of it can say so. Known at log level
 * debug only: keeping track makes every promise of the process a little dearer.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { randomBytes } from 'node:crypto';
import type { Logger } from 'pino';

/** Tells the ids of one process from those of another. */
const ID_PREFIX = randomBytes(5).toString('hex');
let requestCount = 0;

const scope = new AsyncLocalStorage<string>();

/** For a request that came without one. */
export function newRequestId(): string {
  return `${ID_PREFIX}-${(++requestCount).toString(36)}`;
}

/** The id of the request, or undefined when nobody asked for what is being done. */
export function currentRequest(): string | undefined {
  return scope.getStore();
}

export function isTraced(log: Logger): boolean {
  return log.isLevelEnabled('debug');
}

/** Runs `action`, and all that it starts, for a request. */
export function inRequest<T>(requestId: string, action: () => T): T {
  return scope.run(requestId, action);
}
