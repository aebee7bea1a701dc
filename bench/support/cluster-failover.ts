/** How long clients go without an answer when the leader is killed under load: nodes and clients as they are, seen from outside. */
import { setTimeout as sleep } from 'node:timers/promises';
import { loadInstruments, makeUsers, type LoadUser } from '../../src/cli/load/load-accounts.js';
import { LoadRun } from '../../src/cli/load/load-run.js';
import { ExchangeCluster, type ClusterNode } from '../../src/cli/support/exchange-cluster.js';
import { connectCluster, type ClusterClient } from '../../src/client/index.js';
import { percentile, rowOf } from './figures.js';
import type { Row } from './suite.js';

const USERS = 4;
const ACCOUNTS_PER_USER = 4;
/** Requests a second beside the client that waits. */
const RATE = 500;
const LOAD_MS = 60_000;
const PATIENCE_MS = 60_000;
/** Of load before the leader is killed, at least; at most twice that. */
const BEFORE_MS = 300;

/** From the SIGKILL to the first acceptance of an order by the next leader, `count` times, each with all three nodes there. */
export async function failoverRows(count: number, progress: (text: string) => void): Promise<Row[]> {
  progress('starting a cluster');
  const cluster = await ExchangeCluster.start({ env: { LOG_LEVEL: 'error', EXPORT_MS: '0' } });
  try {
    const users = await makeUsers((await cluster.leader()).url, USERS, ACCOUNTS_PER_USER);
    const client = await connectCluster(cluster.urls, users[0].token, PATIENCE_MS);
    const times: number[] = [];
    for (let i = 1; i <= count; i++) {
      progress(`leader killed, ${i} of ${count}`);
      times.push(await failover(cluster, client, users, i));
    }
    await client.close();
    return [0.5, 0.99].map((share) =>
      rowOf(`leader killed until the next accepts an order, p${share * 100} of ${count}`, 'ms', [percentile(times, share)]),
    );
  } finally {
    await cluster.stop();
  }
}

async function failover(cluster: ExchangeCluster, client: ClusterClient, users: readonly LoadUser[], round: number): Promise<number> {
  const leader = await cluster.leader();
  const over = new AbortController();
  const load = loadOn(leader, users, round, over.signal);
  const account = users[0].accounts[0];
  await acceptedOrder(client, account);
  await sleep(BEFORE_MS * (1 + Math.random()));
  const killedMs = performance.now();
  await leader.kill();
  // handed over when nothing of the old leader is left: only the next one can have answered
  await acceptedOrder(client, account);
  const ms = performance.now() - killedMs;
  over.abort();
  await load;
  await leader.start();
  await cluster.settled(PATIENCE_MS);
  return ms;
}

async function acceptedOrder(client: ClusterClient, account: string): Promise<void> {
  await client.submitOrder({
    ...{ account_id: account, instrument_id: 'SHFE.rb', direction: 'BUY', offset: 'OPEN', order_type: 'LIMIT' },
    ...{ volume: 1, price: 3300 },
  });
}

/** Clients that are bound to the leader, and lost with it. */
async function loadOn({ url, wsUrl }: ClusterNode, users: readonly LoadUser[], round: number, signal: AbortSignal): Promise<void> {
  const options = { url: wsUrl, users: users.slice(1), instruments: await loadInstruments(url, []) };
  await new LoadRun({ ...options, seed: round, rate: RATE, durationMs: LOAD_MS, clientOrderPrefix: `f${round}-`, signal }).run();
}
