/**
 * `npm run cluster`: three members of etcd and three nodes on loopback addresses, one status line each.
 *
 *   --chaos [SECONDS]   kills and pauses them at random under load, then says what it did, what it cost, and whether all is there
 *   --proof             every fault as often as the promises say, which takes long
 *   --seed N            plays the same faults again
 */
import { parseArgs } from 'node:util';
import { Random } from '../../src/cli/load/random.js';
import { etcdMissing } from '../../src/cli/support/etcd-members.js';
import { ExchangeCluster } from '../../src/cli/support/exchange-cluster.js';
import { FAULTS, type Fault } from './faults.js';
import { ClusterTrial, type TrialSummary } from './trial.js';

const STATUS_MS = 1000;
const CHAOS_SECONDS = 60;
/** How often each, in the full proof. */
const PROOF: readonly (readonly [Fault, number])[] = [
  [FAULTS.killLeader, 50],
  [FAULTS.killMember, 20],
  [FAULTS.killBoth, 10],
  [FAULTS.pauseLeader, 10],
  [FAULTS.pauseMember, 10],
  [FAULTS.killStandby, 5],
  [FAULTS.killMajority, 5],
  [FAULTS.wipeStandby, 2],
];

const { values } = parseArgs({
  options: { chaos: { type: 'boolean' }, proof: { type: 'boolean' }, seconds: { type: 'string' }, seed: { type: 'string' } },
});
const missing = etcdMissing();
if (missing !== false) {
  console.error(`${missing}: a cluster needs it.`);
  process.exit(1);
}
process.exitCode = values.chaos === true || values.proof === true ? await trial() : await show();
process.exit();

/** Until Ctrl-C. */
async function show(): Promise<number> {
  const cluster = await ExchangeCluster.start();
  const stopped = new Promise((resolve) => {
    process.prependOnceListener('SIGINT', resolve);
    process.prependOnceListener('SIGTERM', resolve);
  });
  const timer = setInterval(() => void status(cluster), STATUS_MS);
  await stopped;
  clearInterval(timer);
  await cluster.stop();
  return 0;
}

async function status(cluster: ExchangeCluster): Promise<void> {
  const leader = await cluster.members.leader();
  const lines = cluster.members.endpoints.map((endpoint, i) => {
    const pid = cluster.members.pid(i);
    return `etcd ${endpoint.padEnd(24)} ${pid === undefined ? 'down' : `pid ${pid}${i === leader ? ', leads' : ''}`}`;
  });
  for (const node of cluster.nodes) {
    const health = await node.health();
    const place = health?.cluster;
    const text = place === undefined ? 'down' : `${place.role}, epoch ${place.epoch}, event ${health?.sequence ?? 0}, lag ${place.lag}`;
    lines.push(`node ${node.url.padEnd(24)} ${node.name}: ${text}`);
  }
  process.stdout.write(`${process.stdout.isTTY ? '\x1b[2J\x1b[H' : ''}${lines.join('\n')}\n\n`);
}

async function trial(): Promise<number> {
  const seed = Number(values.seed ?? Date.now() % 2 ** 31);
  console.log(`seed ${seed}`);
  const running = await ClusterTrial.start(seed, { env: { SNAPSHOT_MS: '2000' } });
  try {
    for (const fault of planOf(seed)) {
      const { fault: name, outageMs, acked } = await running.run(fault);
      console.log(`${name}: ${Math.round(outageMs)} ms without an answer, ${acked} orders acknowledged`);
    }
    return report(await running.finish());
  } finally {
    await running.stop();
  }
}

function* planOf(seed: number): Generator<Fault> {
  if (values.proof === true) {
    for (const [fault, times] of PROOF) for (let i = 0; i < times; i++) yield fault;
    return;
  }
  const endMs = performance.now() + Number(values.seconds ?? CHAOS_SECONDS) * 1000;
  const random = new Random(seed);
  const faults = Object.values(FAULTS);
  while (performance.now() < endMs) yield faults[random.between(0, faults.length - 1)];
}

function report({ rounds, faults, ...sums }: TrialSummary): number {
  for (const name of new Set(rounds.map(({ fault }) => fault))) {
    const times = rounds.filter(({ fault }) => fault === name).map(({ outageMs }) => outageMs);
    times.sort((a, b) => a - b);
    const at = (share: number): number => Math.round(times[Math.min(times.length - 1, Math.ceil(times.length * share) - 1)]);
    console.log(`${name}: ${times.length} times; without an answer p50 ${at(0.5)}, p99 ${at(0.99)}, max ${at(1)} ms`);
  }
  console.log(JSON.stringify(sums));
  for (const fault of faults) console.log(`FAULT ${fault}`);
  console.log(faults.length === 0 ? 'nothing was lost' : `${faults.length} faults`);
  return faults.length === 0 ? 0 : 1;
}
