import { readFileSync } from 'node:fs';
import t from 'tap';
import { applyMutant } from './apply-mutant.js';
import { CLUSTER_MUTANTS } from './cluster-mutants.js';
import { DURABILITY_MUTANTS } from './durability-mutants.js';
import { LEDGER_MUTANTS } from './ledger-mutants.js';
import { MARKET_MUTANTS } from './market-mutants.js';
import { MUTANTS } from './mutants.js';

t.test('every fault has a name of its own and still finds its place in the code', async (t) => {
  const suites = [
    { root: 'core/', mutants: MUTANTS },
    { root: 'core/', mutants: LEDGER_MUTANTS },
    { root: '', mutants: DURABILITY_MUTANTS },
    { root: '../', mutants: CLUSTER_MUTANTS },
    { root: '', mutants: MARKET_MUTANTS },
  ];
  const names = suites.flatMap(({ mutants }) => mutants.map(({ name }) => name));
  t.equal(new Set(names).size, names.length);
  for (const { root, mutants } of suites) {
    t.ok(mutants.length >= 10);
    for (const mutant of mutants) {
      const code = readFileSync(new URL(`../../src/${root}${mutant.file}.js`, import.meta.url), 'utf8');
      t.not(applyMutant(code, mutant), code, mutant.name);
    }
  }
});
