import { spawn } from 'node:child_process';
import t from 'tap';
import { CLUSTER_MUTANTS } from './cluster-mutants.js';
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

/** What the simulation says of the copy: the seed that fails, and why; empty when none does. */
async function played(): Promise<string> {
  const child = spawn(process.execPath, ['test/sim/cluster/seeds.js'], {
    cwd: copy.folder,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { PATH: process.env['PATH'], SEED: '1', SEEDS: String(SEEDS) },
  });
  t.teardown(() => child.kill('SIGKILL'));
  let output = '';
  child.stdout.on('data', (data: Buffer) => (output += data.toString()));
  await new Promise((resolve) => child.once('close', resolve));
  return output.trim();
}

for (const name of SOON_FOUND) {
  t.test(`the simulation of a cluster notices when ${name}`, async (t) => {
    const mutant = CLUSTER_MUTANTS.find((candidate) => candidate.name === name)!;
    t.match(await copy.with('', mutant, played), /^seed \d+: /);
  });
}
