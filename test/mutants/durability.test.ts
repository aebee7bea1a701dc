import t from 'tap';
import { DURABILITY_MUTANTS } from './durability-mutants.js';
import { failingSeed } from './failing-seed.js';
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

const played = (): Promise<string> => failingSeed(t, copy, 'test/sim/seeds.js', SEEDS);

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
