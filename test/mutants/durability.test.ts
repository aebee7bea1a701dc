import { spawn } from 'node:child_process';
import t from 'tap';
import { DURABILITY_MUTANTS } from './durability-mutants.js';
import { FaultyCopy } from './faulty-copy.js';

/** Those that a few seeds find; `npm run mutants -- durability` looks for all of them. */
const SOON_FOUND = [
  'sync is off',
  'acknowledged before it is durable',
  'a failed write counts as done',
  'a block is put twice',
  'half a command is committed',
  'the log is trimmed up to the newest snapshot',
  'history is written after the snapshot',
  'the epoch of an earlier process is used again',
];
const SEEDS = 40;

const copy = new FaultyCopy();
t.teardown(() => copy.remove());

/** What the simulation says of the copy: the seed that fails, and why; empty when none does. */
async function played(): Promise<string> {
  const child = spawn(process.execPath, ['test/sim/seeds.js'], {
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
  t.test(`the simulation notices when ${name}`, async (t) => {
    const mutant = DURABILITY_MUTANTS.find((candidate) => candidate.name === name)!;
    const [first, ...again] = await copy.with('src', mutant, async () =>
      name === SOON_FOUND[0] ? [await played(), await played()] : [await played()],
    );
    t.match(first, /^seed \d+: /);
    for (const second of again) t.equal(second, first, 'a seed that fails fails the same way again');
  });
}
