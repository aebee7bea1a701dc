/**
 * How fast does the history answer, what does it cost those who trade, and how fast is it written?
 *
 * A log of a million trades is made once. Its history answers queries in this process, through everything that a query goes
 * through but HTTP; the yardstick is DuckDB alone on the same files, asked the same, round by round. Finished orders are
 * looked up one by one. Then an exchange starts on a folder of its own: it exports the whole log while orders come in, and
 * the same orders are timed with and without a scan of the history beside them, in turns.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lookupRows } from './support/history-lookups.js';
import { queryRows } from './support/history-queries.js';
import { besideTradingRows, type TradingPlan } from './support/history-beside-trading.js';
import type { Row, Suite, SuiteOptions } from './support/suite.js';
import { tradedFolder, type TradedPlan } from './support/traded-folder.js';

interface Plan {
  folder: TradedPlan;
  /** Of the exchange that is started: dense, so that its market data are soon read again, and long, for the export to be under way. */
  busyFolder: TradedPlan;
  rounds: number;
  /** Copies of the day, which are scanned. */
  scannedDays: number;
  lookups: number;
  trading: TradingPlan;
}

const SEED = 20_260_901;
const FULL: Plan = {
  // a day of about four hours
  folder: { trades: 1_000_000, accounts: 200, instruments: 10, stepUs: 4000, seed: SEED },
  busyFolder: { trades: 1_000_000, accounts: 200, instruments: 10, stepUs: 50, seed: SEED },
  rounds: 15,
  scannedDays: 10,
  // a round reads most pages of a million orders: the first one fills the cache
  lookups: 60_000,
  trading: { rate: 2000, roundMs: 5000, rounds: 7 },
};
const SMOKE: Plan = {
  folder: { trades: 1000, accounts: 20, instruments: 3, stepUs: 100_000, seed: SEED },
  busyFolder: { trades: 500, accounts: 20, instruments: 3, stepUs: 100_000, seed: SEED },
  rounds: 1,
  scannedDays: 2,
  lookups: 100,
  trading: { rate: 200, roundMs: 200, rounds: 1 },
};

export const query: Suite = {
  name: 'query',
  question: 'How fast does the history answer beside DuckDB alone, what does that cost orders, and how fast is it written?',
  run: async (options) => {
    const folder = await mkdtemp(join(tmpdir(), 'qaexchange-query-'));
    try {
      return await runIn(folder, options.smoke ? SMOKE : FULL, options);
    } finally {
      // the history of an exchange that was killed may still be writing for a moment
      await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
    }
  },
};

async function runIn(folder: string, plan: Plan, { progress }: SuiteOptions): Promise<Row[]> {
  const dataDir = join(folder, 'data');
  const traded = await tradedFolder(dataDir, plan.folder, progress);
  const rows = await queryRows(dataDir, join(folder, 'history'), traded, plan, progress);
  rows.push(...(await lookupRows(dataDir, traded, plan.lookups, plan.rounds, progress)));
  const busyDir = join(folder, 'busy');
  const busy = await tradedFolder(busyDir, plan.busyFolder, progress);
  return rows.concat(await besideTradingRows(busyDir, busy, plan.trading, progress));
}
