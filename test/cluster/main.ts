/** `npm run cluster`: a cluster on this machine, to look at or to break. */
import { fileURLToPath } from 'node:url';
import { readFlags } from '../../src/cli/args.js';
import { Random } from '../../src/cli/load/random.js';
import { opensslMissing, type Authority } from '../../src/cli/support/authority.js';
import { etcdMissing } from '../../src/cli/support/etcd-members.js';
import { ExchangeCluster } from '../../src/cli/support/exchange-cluster.js';
import type { Fault } from './faults.js';
import { inNetwork, Network, networkMissing } from './network.js';
import { currentAuthority, withAuthority } from './secured.js';
import { Surroundings } from './surroundings.js';
import { reported } from '../../src/cli/support/reported.js';
import { ClusterTrial, type TrialSummary } from './trial.js';

const HELP = `Usage: npm run cluster [-- --chaos | --proof]

Starts three members of etcd and three nodes on loopback addresses and shows a status line of each until Ctrl-C.

  --chaos        kills, pauses and cuts them at random under load; says what it did, what it cost, and whether all is there
  --seconds N    of chaos (60)
  --proof        every fault as often as the promises say, which takes long
  --faults LIST  these, one after the other: names with commas between (killLeader, cutLeader, powerCut ...: test/cluster)
  --tls          everybody speaks TLS: etcd with certificates of its clients, the nodes with one each
  --seed N       plays the same faults again
  --help         this text
`;

const PATH = fileURLToPath(import.meta.url);
const STATUS_MS = 1000;
const CHAOS_SECONDS = 60;
/** How often each, in the full proof. */
const PROOF: Readonly<Record<string, number>> = {
  killLeader: 50,
  killMember: 20,
  killBoth: 10,
  pauseLeader: 10,
  pauseMember: 10,
  killStandby: 5,
  killMajority: 5,
  slowDisk: 5,
  cutLeader: 10,
  muteLeader: 5,
  deafLeader: 5,
  cutStandby: 5,
  cutMember: 5,
  muteMember: 5,
  deafMember: 5,
  minority: 5,
  shattered: 5,
  leaderAhead: 3,
  leaderBehind: 3,
  standbyAhead: 2,
  powerCut: 5,
  wipeStandby: 2,
};

process.exitCode = await reported(async () => {
  const flags = readFlags(process.argv.slice(2), {
    chaos: 'boolean',
    proof: 'boolean',
    faults: 'string',
    seconds: 'string',
    seed: 'string',
    tls: 'boolean',
    help: 'boolean',
  });
  if (flags.has('help')) {
    process.stdout.write(HELP);
    return 0;
  }
  const missing = etcdMissing();
  if (missing !== false) throw new Error(`${missing}: a cluster needs it.`);
  if (flags.has('tls') && currentAuthority() === undefined) {
    const noCertificates = opensslMissing();
    if (noCertificates !== false) throw new Error(`${noCertificates}: --tls needs it.`);
    return await withAuthority(PATH, process.argv.slice(2));
  }
  const named = flags.has('faults') ? flags.string('faults', '').split(',') : undefined;
  if (named === undefined && !flags.has('chaos') && !flags.has('proof')) return await show();
  const cannotCut = networkMissing();
  if (cannotCut === false && Network.current() === undefined) {
    return await inNetwork(PATH, process.argv.slice(2));
  }
  const seed = flags.wholeNumber('seed', Date.now() % 2 ** 31, 0, 2 ** 32 - 1);
  const endMs = performance.now() + flags.number('seconds', CHAOS_SECONDS, 1, 1_000_000) * 1000;
  const surroundings = new Surroundings();
  try {
    const plan =
      named !== undefined ? surroundings.named(named) : flags.has('proof') ? proof(surroundings) : chaos(surroundings, seed, endMs);
    for (const reason of surroundings.missing) console.log(`left out: ${reason}`);
    return await trial(seed, surroundings, plan);
  } finally {
    surroundings.remove();
  }
});
process.exit();

/** Until Ctrl-C. */
async function show(): Promise<number> {
  const cluster = await ExchangeCluster.start(securely());
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

async function trial(seed: number, { options }: Surroundings, plan: Iterable<Fault>): Promise<number> {
  console.log(`seed ${seed}`);
  const running = await ClusterTrial.start(seed, { ...options, ...securely(), env: { SNAPSHOT_MS: '2000' } });
  try {
    for (const fault of plan) {
      const { fault: name, outageMs, acked } = await running.run(fault);
      console.log(`${name}: ${Math.round(outageMs)} ms without an answer, ${acked} orders acknowledged`);
    }
    return report(await running.finish());
  } finally {
    await running.stop();
  }
}

function securely(): { authority?: Authority } {
  const authority = currentAuthority();
  return authority === undefined ? {} : { authority };
}

function* proof({ faults }: Surroundings): Generator<Fault> {
  for (const [name, times] of Object.entries(PROOF)) {
    const fault = faults.get(name);
    for (let i = 0; fault !== undefined && i < times; i++) yield fault;
  }
}

function* chaos({ faults }: Surroundings, seed: number, endMs: number): Generator<Fault> {
  const random = new Random(seed);
  const all = [...faults.values()];
  while (performance.now() < endMs) yield all[random.between(0, all.length - 1)];
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
