/** Of a run whose requests are orders and cancels: acknowledged orders a second. */
import type { LoadResult } from '../../src/cli/load/load-run.js';

export function ordersPerSecond({ rate, acked, orders }: LoadResult): number {
  return (rate * orders.acked) / Math.max(1, acked);
}
