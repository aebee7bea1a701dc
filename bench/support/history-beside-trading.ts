/** What the history costs those who trade, and how fast it is written meanwhile: an exchange under a steady flow of orders. */
import { setTimeout as sleep } from 'node:timers/promises';
import { loadInstruments } from '../../src/cli/load/load-accounts.js';
import { LoadRun, type LoadOptions, type LoadResult } from '../../src/cli/load/load-run.js';
import type { ChildServer } from '../../src/cli/support/child-server.js';
import { HttpClient } from '../../src/client/index.js';
import { accountId } from '../../src/front/views/ids.js';
import { historyFolder, readManifest } from '../../src/query/manifest.js';
import { median, rowOf } from './figures.js';
import { TRADERS } from './prepared-folder.js';
import { startOn, userToken } from './restart.js';
import type { Row } from './suite.js';
import type { TradedFolder } from './traded-folder.js';

/** Longer than any export. */
const EXPORT_MS_MAX = 600_000;
const EXPORT_EVERY_MS = 500;
/** Longer than a moment: it would take both cores if it were given them. */
const SCAN = `SELECT buy_account_id, count(*), sum(price + n), sum(volume) FROM trades, range(8) r(n) GROUP BY 1`;

export interface TradingPlan {
  /** Orders and cancels a second. */
  rate: number;
  roundMs: number;
  rounds: number;
}

export async function besideTradingRows(
  dataDir: string,
  traded: TradedFolder,
  plan: TradingPlan,
  progress: (text: string) => void,
): Promise<Row[]> {
  progress('starting an exchange on the folder');
  const server = await startOn(dataDir, { EXPORT_MS: String(EXPORT_EVERY_MS), RATE_LIMIT_RPS: '0' });
  try {
    const trading = new Trading(server, traded, plan);
    progress('exporting beside orders');
    const exported = await exportRows(server, traded, trading);
    const [quiet, scanned]: [LoadResult[], LoadResult[]] = [[], []];
    const scans: number[] = [];
    // the first round warms up
    for (let round = 0; round <= plan.rounds; round++) {
      progress(`orders beside scans, round ${round} of ${plan.rounds}`);
      const alone = await trading.run();
      const beside = await besideScans(server, traded, trading);
      if (round === 0) continue;
      quiet.push(alone);
      scanned.push(beside.result);
      scans.push(beside.scans);
    }
    const p99 = ({ latency_us }: LoadResult): number => latency_us.p99 / 1000;
    const p50 = ({ latency_us }: LoadResult): number => latency_us.p50 / 1000;
    const yardstick = (pick: (result: LoadResult) => number) => ({ name: 'nobody asks', runs: quiet.map(pick) });
    return [
      ...exported,
      rowOf(`p99 of ${plan.rate} requests/s during a full scan`, 'ms', scanned.map(p99), yardstick(p99)),
      rowOf('p50 of the same', 'ms', scanned.map(p50), yardstick(p50)),
      rowOf('full scans meanwhile', '1/s', [(median(scans) * 1000) / plan.roundMs]),
    ];
  } finally {
    await server.kill();
  }
}

/** A steady flow of orders to one exchange. */
class Trading {
  private seed = 1;

  constructor(
    private readonly server: ChildServer,
    private readonly traded: TradedFolder,
    private readonly plan: TradingPlan,
  ) {}

  /** Until it is enough. Nobody looks at its latencies: the processor belongs to the exchange. */
  background(enough: AbortSignal): Promise<LoadResult> {
    return this.run({ durationMs: EXPORT_MS_MAX, signal: enough, coarse: true });
  }

  async run(options: Partial<LoadOptions> = {}): Promise<LoadResult> {
    const users = Array.from({ length: TRADERS }, (_, index) => {
      return { token: userToken(index + 1), accounts: [accountId(index + 1), accountId(this.traded.accounts + index + 1)] };
    });
    const instruments = await loadInstruments(this.server.url, []);
    const { rate, roundMs: durationMs } = this.plan;
    const result = await new LoadRun({ url: this.server.wsUrl, users, instruments, seed: this.seed++, durationMs, rate, ...options }).run();
    const isCutShort = options.signal?.aborted === true;
    if (result.acked === 0 || (result.unanswered > 0 && !isCutShort))
      throw new Error(`${result.acked} requests were answered, ${result.unanswered} were not`);
    return result;
  }
}

/**
 * Until everything that the exchange found in the log is in files: from its start on, and from when the first part is in a file
 * on, when everything has warmed up.
 */
async function exportRows(server: ChildServer, { events }: TradedFolder, trading: Trading): Promise<Row[]> {
  const enough = new AbortController();
  const load = trading.background(enough.signal);
  const [begin, first] = [
    { sequence: 0, ms: performance.now() },
    { sequence: 0, ms: 0 },
  ];
  const now = { ...begin };
  while (now.sequence < events) {
    await Promise.race([sleep(20), load]);
    Object.assign(now, { sequence: readManifest(historyFolder(server.dataDir))?.sequence ?? 0, ms: performance.now() });
    if (first.sequence === 0) Object.assign(first, now);
    if (now.ms - begin.ms > EXPORT_MS_MAX) throw new Error(`only ${now.sequence} of ${events} events were exported`);
  }
  enough.abort();
  await load;
  const rate = (from: typeof begin): number => ((now.sequence - from.sequence) * 1000) / (now.ms - from.ms);
  return [
    rowOf(`export of ${now.sequence} events beside orders, from the start of the exchange on`, 'events/s', [rate(begin)]),
    // a log of a moment is one part
    ...(first.sequence < now.sequence ? [rowOf('the same, behind its first part', 'events/s', [rate(first)])] : []),
  ];
}

/** The same flow while one scan follows the other. */
async function besideScans(
  server: ChildServer,
  { trades, operator }: TradedFolder,
  trading: Trading,
): Promise<{ result: LoadResult; scans: number }> {
  const admin = new HttpClient(server.url, userToken(operator));
  let isOver = false;
  let scans = 0;
  const scanning = (async () => {
    while (!isOver) {
      const { rows } = await admin.call<{ rows: [unknown, number][] }>('POST', '/api/data/query/sql', { sql: SCAN });
      const counted = rows.reduce((sum, [, count]) => sum + count, 0);
      if (counted < trades) throw new Error(`a scan saw ${counted} rows of ${trades}`);
      scans++;
    }
  })();
  try {
    return { result: await trading.run(), scans };
  } finally {
    isOver = true;
    await scanning;
  }
}
