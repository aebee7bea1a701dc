/** Right after a start md_seq is not known yet: who asks for it waits, but not for ever. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Refusal } from '../../core/refusal.js';
import type { Exchange } from '../exchange.js';

const WAIT_MS = 10_000;

/** The view as soon as `depth` goes on from the count before the start. Refuses with 9005 when that takes too long. */
export function whenCounted<T>({ marketCounted }: Pick<Exchange, 'marketCounted'>, view: () => T): T | Promise<T> {
  if (marketCounted === undefined) return view();
  const tooLong = sleep(WAIT_MS, undefined, { ref: false }).then(() => {
    throw new Refusal(9005);
  });
  return Promise.race([marketCounted.then(view), tooLong]);
}
