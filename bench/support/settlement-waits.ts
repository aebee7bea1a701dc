/**
 * How long readers wait while a day is settled: an exchange of its own on a prepared folder, an operator who settles over
 * HTTP, and clients who look at their accounts meanwhile.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { HttpClient } from '../../src/client/index.js';
import { accountId } from '../../src/front/views/ids.js';
import { MIDDLE, TICK } from './event-stream.js';
import { median, rowOf } from './figures.js';
import { prepareFolder, type PreparedFolder } from './prepared-folder.js';
import { startOn, userToken, withCopy } from './restart.js';
import type { Row } from './suite.js';

const SEED = 20_260_803;
const GET_EVERY_MS = 5;
/** Reads before the settlement, which warm the exchange up and say how long one takes otherwise, and after it. */
const QUIET_MS = 1500;

interface Waits {
  settlementMs: number;
  /** Of the reads that were sent before it, and of those sent while it ran. */
  quietMs: number[];
  duringMs: number[];
}

/** Each round settles the first day of a process that has never settled one. */
export async function settlementWaitRows(
  accounts: number,
  instruments: number,
  rounds: number,
  progress: (text: string) => void,
): Promise<Row[]> {
  const folder = await mkdtemp(join(tmpdir(), 'qaexchange-settlement-'));
  try {
    progress('preparing a data folder');
    const prepared = await prepareFolder(folder, { accounts, instruments, holdings: true, liveOrders: 0, tailEvents: 0, seed: SEED });
    const waits: Waits[] = [];
    for (let round = 1; round <= rounds; round++) {
      progress(`settlement over HTTP, round ${round} of ${rounds}`);
      waits.push(await withCopy(folder, (copy) => settleBesideReads(copy, prepared)));
    }
    return rowsOf(prepared, waits);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function settleBesideReads(folder: string, { accounts, instruments, operator: user }: PreparedFolder): Promise<Waits> {
  const server = await startOn(folder);
  try {
    const operator = new HttpClient(server.url, userToken(user));
    const prices = Array.from({ length: instruments }, (_, i) => ({
      instrument_id: `SIM.i${i + 1}`,
      settlement_price: (MIDDLE + (i + 1) * TICK) / 10_000,
    }));
    await operator.call('POST', '/admin/settlement/batch-set-prices', { prices });
    const reader = new AccountReader(server.url, accounts);
    await sleep(QUIET_MS);
    const quiet = reader.sent;
    const begunMs = performance.now();
    const day = await operator.call<{ accounts?: number }>('POST', '/admin/settlement/execute', {});
    const settlementMs = performance.now() - begunMs;
    const during = reader.sent;
    await sleep(GET_EVERY_MS * 4);
    const waits = await reader.stop();
    if (day.accounts !== undefined && day.accounts < accounts) throw new Error('accounts are missing in the settlement');
    return { settlementMs, quietMs: waits.slice(0, quiet), duringMs: waits.slice(quiet, during) };
  } finally {
    await server.kill();
  }
}

/** Asks for one account after the other at a fixed rate, however long the answers take. */
class AccountReader {
  private readonly answers: Promise<number>[] = [];
  private readonly timer: NodeJS.Timeout;

  constructor(
    private readonly url: string,
    private readonly accounts: number,
  ) {
    this.timer = setInterval(() => this.answers.push(this.read(1 + (this.sent % this.accounts))), GET_EVERY_MS);
  }

  get sent(): number {
    return this.answers.length;
  }

  /** Milliseconds that each answer took, in the order of asking. */
  async stop(): Promise<number[]> {
    clearInterval(this.timer);
    return await Promise.all(this.answers);
  }

  private async read(account: number): Promise<number> {
    const begunMs = performance.now();
    await new HttpClient(this.url, userToken(account)).call('GET', `/api/account/${accountId(account)}`);
    return performance.now() - begunMs;
  }
}

function rowsOf({ accounts, positions }: PreparedFolder, waits: readonly Waits[]): Row[] {
  const size = `${accounts} accounts, ${positions} positions`;
  const longest = (times: readonly number[]): number => Math.max(...times);
  return [
    rowOf(
      `settlement over HTTP of ${size}`,
      'ms',
      waits.map(({ settlementMs }) => settlementMs),
    ),
    rowOf(
      'longest GET of an account meanwhile',
      'ms',
      waits.map(({ duringMs }) => longest(duringMs)),
    ),
    rowOf(
      'median GET of an account before it',
      'ms',
      waits.map(({ quietMs }) => median(quietMs)),
    ),
  ];
}
