import t from 'tap';
import { CLUSTER_MUTANTS } from './cluster-mutants.js';
import { failingSeed } from './failing-seed.js';
import { FaultyCopy } from './faulty-copy.js';

/** Those that the first seeds find; `npm run mutants -- cluster` looks for all of them. */
const SOON_FOUND = [
  "a deposed leader adopts its successor's revision",
  'a block is acknowledged before etcd has committed it',
  'a standby takes over while heartbeats come',
  'etcd is trimmed behind the snapshot of one node',
];
const SEEDS = 20;

const copy = new FaultyCopy();
t.teardown(() => copy.remove());

const played = (): Promise<string> => failingSeed(t, copy, 'test/sim/cluster/seeds.js', SEEDS);

for (const name of SOON_FOUND) {
  t.test(`the simulation of a cluster notices when ${name}`, async (t) => {
    const mutant = CLUSTER_MUTANTS.find((candidate) => candidate.name === name)!;
    t.match(await copy.with('', mutant, played), /^seed \d+: /);
  });
}
