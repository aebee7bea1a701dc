/**
 * `npm run mutants`: switches named faults on one by one in a copy of the compiled code and runs a short suite against
 * each; prints the survivors and fails on one. With words, only the suites of these names and faults whose names contain one.
 */
import { spawn } from 'node:child_process';
import { CLUSTER_MUTANTS } from './cluster-mutants.js';
import { DURABILITY_MUTANTS } from './durability-mutants.js';
import { FaultyCopy } from './faulty-copy.js';
import { LEDGER_MUTANTS } from './ledger-mutants.js';
import { MARKET_MUTANTS } from './market-mutants.js';
import { MUTANTS, type Mutant } from './mutants.js';

interface Suite {
  name: string;
  /** Folder that the files of the mutants lie under. */
  root: string;
  mutants: readonly Mutant[];
  /** Those that notice most faults soonest come first. */
  tests: readonly string[];
  /** Seeds of models are fixed, so that a fault does not survive by chance on one day and die on another. */
  environment: Readonly<Record<string, string>>;
}

const BOOK: Suite = {
  name: 'book',
  root: 'src/core',
  mutants: MUTANTS,
  tests: [
    'test/core/book/worked-examples.test.js',
    'test/core/book/phases.test.js',
    'test/core/book/cancel.test.js',
    'test/core/book/rebase.test.js',
    'test/model/auction.test.js',
    'test/model/book.test.js',
  ],
  environment: { SEED: '20260101', COUNT: '30000', SHRINK: '0' },
};

const LEDGER: Suite = {
  name: 'ledger',
  root: 'src/core',
  mutants: LEDGER_MUTANTS,
  tests: [
    'test/core/ledger/worked-examples.test.js',
    'test/core/ledger/amend.test.js',
    'test/core/ledger/reservations.test.js',
    'test/core/units.test.js',
    'test/core/settlement/worked-examples.test.js',
    'test/core/risk/margin-groups.test.js',
    'test/front/gateway/gateway.test.js',
    'test/model/trading-days.test.js',
  ],
  environment: { SEED: '20260103' },
};

const DURABILITY: Suite = {
  name: 'durability',
  root: 'src',
  mutants: DURABILITY_MUTANTS,
  tests: ['test/sim/seeds.js'],
  environment: { SEED: '1', SEEDS: '300' },
};

const CLUSTER: Suite = {
  name: 'cluster',
  root: '',
  mutants: CLUSTER_MUTANTS,
  tests: ['test/sim/cluster/seeds.js'],
  environment: { SEED: '1', SEEDS: '100' },
};

const MARKET: Suite = {
  name: 'market',
  root: 'src',
  mutants: MARKET_MUTANTS,
  tests: [
    'test/core/market-data/bars.test.js',
    'test/core/market-data/factors.test.js',
    'test/front/websocket/market-data.test.js',
    'test/front/websocket/backpressure.test.js',
    'test/core/market-data/market-fold.test.js',
    'test/front/websocket/market-books.test.js',
  ],
  environment: { SEED: '20260105', COUNT: '25' },
};

/** Runs the tests in `folder` until one fails; its name, or undefined. */
async function failingTest(folder: string, { tests, environment }: Suite): Promise<string | undefined> {
  for (const test of tests) {
    const child = spawn(process.execPath, [test], { cwd: folder, stdio: 'ignore', env: { ...process.env, ...environment } });
    const code = await new Promise<number | null>((done) => child.once('exit', done));
    if (code !== 0) return test;
  }
  return undefined;
}

/** Names of the faults that no test noticed. */
async function survivorsOf(copy: FaultyCopy, suite: Suite): Promise<string[]> {
  const broken = await failingTest(copy.folder, suite);
  if (broken !== undefined) throw new Error(`${broken} fails without any fault`);
  const survivors: string[] = [];
  for (const mutant of suite.mutants) {
    const killer = await copy.with(suite.root, mutant, () => failingTest(copy.folder, suite));
    if (killer === undefined) survivors.push(mutant.name);
    console.log(`${killer === undefined ? 'SURVIVES' : 'dies    '}  ${mutant.name}${killer === undefined ? '' : `  (${killer})`}`);
  }
  return survivors;
}

const words = process.argv.slice(2);
const isWanted = (name: string): boolean => words.length === 0 || words.some((word) => name.includes(word));
const copy = new FaultyCopy();
try {
  const suites = [BOOK, LEDGER, DURABILITY, CLUSTER, MARKET]
    .map((suite) => ({ ...suite, mutants: suite.mutants.filter(({ name }) => isWanted(suite.name) || isWanted(name)) }))
    .filter(({ mutants }) => mutants.length > 0);
  const survivors: string[] = [];
  for (const suite of suites) survivors.push(...(await survivorsOf(copy, suite)));
  const count = suites.reduce((sum, { mutants }) => sum + mutants.length, 0);
  console.log(`${count - survivors.length} of ${count} faults are noticed`);
  if (survivors.length > 0) process.exitCode = 1;
} finally {
  copy.remove();
}
