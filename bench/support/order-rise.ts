/** How much later are orders acknowledged when many subscribers hear of each? */
import { fork, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { httpUrlOf, loadInstruments, makeUsers } from '../../src/cli/load/load-accounts.js';
import type { LoadInstrument } from '../../src/cli/load/order-mix.js';
import { LoadRun, type LoadResult } from '../../src/cli/load/load-run.js';
import { startChildServer, type ChildServer } from '../../src/cli/support/child-server.js';

const SEED = 20_260_102;
const CONNECTIONS = 4;
/** Of a connection: one that makes and one that takes. */
const ACCOUNTS = 2;

export interface RisePlan {
  readonly subscribers: number;
  readonly rounds: number;
  /** Orders a second, and for how long. */
  readonly rate: number;
  readonly roundMs: number;
}

/** µs by round: p99 of the acknowledgement of orders with the subscribers less that without them, of a whole exchange. */
export async function orderRise(plan: RisePlan, progress: (text: string) => void): Promise<number[]> {
  const dataDir = await mkdtemp(join(tmpdir(), 'qaexchange-bench-'));
  let server: ChildServer | undefined;
  let clients: ChildProcess | undefined;
  try {
    progress('starting an exchange');
    server = await startChildServer({ dataDir, env: { LOG_LEVEL: 'warn', RATE_LIMIT_RPS: '0' } });
    clients = fork(fileURLToPath(new URL('./fanout-clients.js', import.meta.url)), [server.wsUrl, String(plan.subscribers)]);
    await heard(clients, 'open');
    return await rounds(plan, server.wsUrl, clients, progress);
  } finally {
    clients?.kill();
    await server?.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function rounds(plan: RisePlan, url: string, clients: ChildProcess, progress: (text: string) => void): Promise<number[]> {
  const httpUrl = httpUrlOf(url);
  const [instrument, quiet] = await loadInstruments(httpUrl, []);
  const users = await makeUsers(httpUrl, CONNECTIONS, ACCOUNTS);
  let seed = SEED;
  const load = async (): Promise<number> => {
    const { rate, roundMs: durationMs } = plan;
    const result = await new LoadRun({ url, users, instruments: [instrument], seed: seed++, binary: true, durationMs, rate }).run();
    check(result);
    return result.latency_us.p99;
  };
  const say = async (type: string, { instrumentId }: LoadInstrument): Promise<void> => {
    const isAnswered = heard(clients, 'answered');
    clients.send({ say: JSON.stringify({ type, channels: ['orderbook', 'ticker'], instruments: [instrumentId] }) });
    await isAnswered;
  };
  // a connection that wants nothing for long is closed
  await say('subscribe', quiet);
  const rises: number[] = [];
  // the first round warms up
  for (let round = 0; round <= plan.rounds; round++) {
    progress(`orders beside ${plan.subscribers} subscribers, round ${round} of ${plan.rounds}`);
    await say('unsubscribe', instrument);
    const alone = await load();
    await say('subscribe', instrument);
    const beside = await load();
    if (round > 0) rises.push(beside - alone);
  }
  return rises;
}

function check({ unanswered, acked }: LoadResult): void {
  if (unanswered > 0 || acked === 0) throw new Error(`${unanswered} requests stayed unanswered, ${acked} were acknowledged`);
}

function heard(child: ChildProcess, type: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const lost = (): void => reject(new Error('the subscribers have lost their connections'));
    const listen = (message: { type: string }): void => {
      if (message.type !== type) return;
      child.off('message', listen);
      child.off('exit', lost);
      resolve();
    };
    child.on('message', listen);
    child.once('exit', lost);
  });
}
