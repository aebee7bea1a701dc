/** What a run has given, as text. */
import type { LoadFlags } from './load.js';
import type { LoadResult, ReconnectResult } from './load-totals.js';

export function printLoad(result: LoadResult, options: LoadFlags): void {
  const mode = options.window === undefined ? `${options.rate} requests/s` : `window of ${options.window}`;
  const traded = result.orders.acked === 0 ? 0 : Math.round((result.orders.traded / result.orders.acked) * 100);
  const { p50, p90, p99, p999, max } = result.latency_us;
  const rejected = Object.entries(result.rejected);
  console.log(`${options.url}, ${options.connections} connections, ${mode}, ${options.durationMs / 1000} s, seed ${options.seed}`);
  console.log(`  sent          ${result.sent}`);
  console.log(`  acknowledged  ${result.acked} (${result.rate}/s), of them ${result.orders.acked} orders, ${traded} % of which traded`);
  console.log(`  rejected      ${rejected.length === 0 ? '0' : rejected.map(([code, count]) => `${count} with ${code}`).join(', ')}`);
  console.log(`  unanswered    ${result.unanswered}`);
  console.log(`  duplicate     ${result.duplicate}`);
  console.log(`  latency       p50 ${p50} µs, p90 ${p90}, p99 ${p99}, p99.9 ${p999}, max ${max}`);
  for (const [code, count] of Object.entries(result.slow_readers ?? {})) console.log(`  slow readers  ${count} closed, code ${code}`);
  for (const [code, count] of Object.entries(result.closed)) console.log(`  closed        ${count} connections, code ${code}`);
  if (result.reconnect !== undefined) printReconnect(result.reconnect);
  if (result.rejected['9004'] !== undefined)
    console.log('  The exchange limits the rate of a user: start it with RATE_LIMIT_RPS=0 for load.');
}

function printReconnect(result: ReconnectResult): void {
  const { p50, p99, max } = result.trading_again_us;
  const found = result.cancels_found_done === 0 ? '' : ` (${result.cancels_found_done} of them carried out before)`;
  console.log(`  storms        ${result.storms}, ${result.connections_cut} connections cut`);
  console.log(`  trading again p50 ${p50} µs, p99 ${p99}, max ${max}`);
  console.log(`  replayed      ${result.reports_replayed} reports, ${result.reports_missed} missed, ${result.reports_repeated} twice`);
  console.log(`  sent again    ${result.orders_sent_again} orders, ${result.cancels_sent_again} cancels${found}`);
}
