/** One crash test of some kills, for the test files that share their number. */
import type { Test } from 'tap';
import { runCrash, type CrashOptions, type CrashSummary } from './crash.js';

/** Of each file: 30 in all. */
const KILLS = 10;
/** A quiet machine needs a third of it. */
const MS_MAX = 90_000;

export async function checkCrashes(t: Test, options: Pick<CrashOptions, 'ways' | 'startupEvery'>): Promise<CrashSummary> {
  const seed = Number(process.env['SEED'] ?? Date.now() % 2 ** 31);
  t.comment(`SEED=${seed} repeats the moments and flows of this run`);
  const summary = await runCrash({ kills: KILLS, seed, msMax: MS_MAX, say: (text) => t.comment(text), ...options });
  t.strictSame(summary.faults, []);
  t.ok(summary.ordersAcked > summary.kills, `${summary.ordersAcked} orders were acknowledged in ${summary.kills} lives and starts`);
  t.ok(summary.ordersStored >= summary.ordersAcked, `${summary.ordersStored} orders are stored`);
  const { inSnapshot, inPruning, inTrimming, inStartup, inSettlement } = summary;
  t.comment(`in snapshots ${inSnapshot}, pruning ${inPruning}, trimming ${inTrimming}, start-up ${inStartup}, settlement ${inSettlement}`);
  return summary;
}
