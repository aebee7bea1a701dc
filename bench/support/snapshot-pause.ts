/**
 * What a snapshot costs those who trade: two exchanges on the same state, one that takes a snapshot every other second and
 * one that takes none, get the same steady flow of orders in turns. The longest time that an order waited is the pause.
 */
import { loadInstruments } from '../../src/cli/load/load-accounts.js';
import { LoadRun, type LoadResult } from '../../src/cli/load/load-run.js';
import type { ChildServer } from '../../src/cli/support/child-server.js';
import { HttpClient } from '../../src/client/index.js';
import { accountId } from '../../src/front/views/ids.js';
import { median, rowOf } from './figures.js';
import { TRADERS } from './prepared-folder.js';
import { startOn, userToken, withCopy } from './restart.js';
import type { Row } from './suite.js';

const YARDSTICK = 'without snapshots';
/** Longer than any bench. */
const NEVER_MS = 3_600_000;

export interface PausePlan {
  /** Orders and cancels a second. */
  rate: number;
  roundMs: number;
  rounds: number;
  snapshotMs: number;
}

export async function pauseRows(folder: string, accounts: number, plan: PausePlan, progress: (text: string) => void): Promise<Row[]> {
  return await withCopy(folder, (first) =>
    withCopy(folder, async (second) => {
      const withSnapshots = await startOn(first, { SNAPSHOT_MS: String(plan.snapshotMs) });
      try {
        const without = await startOn(second, { SNAPSHOT_MS: String(NEVER_MS) });
        try {
          return await rows([withSnapshots, without], accounts, plan, progress);
        } finally {
          await without.kill();
        }
      } finally {
        await withSnapshots.kill();
      }
    }),
  );
}

async function rows(
  [withSnapshots, without]: readonly [ChildServer, ChildServer],
  accounts: number,
  plan: PausePlan,
  progress: (text: string) => void,
): Promise<Row[]> {
  const ours: LoadResult[] = [];
  const theirs: LoadResult[] = [];
  const before = await snapshotAgeOf(withSnapshots);
  // the first round warms up
  for (let round = 0; round <= plan.rounds; round++) {
    progress(`orders with and without snapshots, round ${round} of ${plan.rounds}`);
    const results = [await load(withSnapshots, accounts, plan, round), await load(without, accounts, plan, round)];
    if (round === 0) continue;
    ours.push(results[0]);
    theirs.push(results[1]);
  }
  const after = await snapshotAgeOf(withSnapshots);
  if (after === undefined || (before !== undefined && after > before + plan.roundMs)) throw new Error('no snapshot was taken');
  const figure = (pick: (result: LoadResult) => number): [number[], number[]] => [ours.map(pick), theirs.map(pick)];
  const [longest, longestWithout] = figure(({ latency_us }) => latency_us.max / 1000);
  const [p99, p99Without] = figure(({ latency_us }) => latency_us.p99 / 1000);
  return [
    rowOf(`longest wait for an answer, a snapshot every ${plan.snapshotMs / 1000} s, ${plan.rate} requests/s`, 'ms', longest, {
      name: YARDSTICK,
      runs: longestWithout,
    }),
    rowOf('p99 of the same', 'ms', p99, { name: YARDSTICK, runs: p99Without }),
    rowOf('pause caused by a snapshot', 'ms', [Math.max(0, median(longest) - median(longestWithout))]),
  ];
}

async function load(server: ChildServer, accounts: number, { rate, roundMs }: PausePlan, round: number): Promise<LoadResult> {
  const users = Array.from({ length: TRADERS }, (_, index) => {
    return { token: userToken(index + 1), accounts: [accountId(index + 1), accountId(accounts + index + 1)] };
  });
  const instruments = await loadInstruments(server.url, []);
  const result = await new LoadRun({ url: server.wsUrl, users, instruments, seed: round + 1, durationMs: roundMs, rate }).run();
  if (result.acked === 0 || result.unanswered > 0) throw new Error(`${result.acked} requests were answered, ${result.unanswered} were not`);
  return result;
}

/** Seconds since the newest snapshot, undefined before the first. */
async function snapshotAgeOf(server: ChildServer): Promise<number | undefined> {
  const { body } = await new HttpClient(server.url).text('/metrics');
  const found = /^\S*snapshot_age\S* (\S+)$/m.exec(body);
  return found === null ? undefined : Number(found[1]);
}
