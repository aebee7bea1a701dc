import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import t from 'tap';
import type { SuiteResult } from '../../bench/support/suite.js';

const BENCH = fileURLToPath(new URL('../../bench/main.js', import.meta.url));
const SUITES = ['order-flow', 'matching', 'query', 'fanout'];

async function bench(...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, ['--enable-source-maps', BENCH, ...args]);
  return stdout;
}

t.test('without a suite the bench lists them', async (t) => {
  const list = await bench();
  for (const suite of SUITES) t.match(list, suite);
});

t.test('suites of every kind run small, finds its answers right, and writes its figures', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'qaexchange-bench-test-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'figures.json');
  const table = await bench(...SUITES, '--smoke', '--json', file);
  const results = JSON.parse(await readFile(file, 'utf8')) as SuiteResult[];
  t.strictSame(
    results.map(({ suite }) => suite),
    SUITES,
  );
  for (const { suite, machine, commit, when, rows } of results) {
    t.match(table, suite);
    t.match(machine, { node: process.version, cores: Number });
    t.match({ commit, when }, { commit: String, when: /^\d{4}-\d\d-\d\dT/ });
    t.ok(rows.length > 0, suite);
    for (const row of rows) t.match(row, { name: String, value: Number, unit: String, runs: Number, min: Number, max: Number });
    t.ok(
      rows.some(({ yardstick, ratio }) => yardstick !== undefined && ratio !== undefined && ratio > 0),
      `${suite} is held against a yardstick`,
    );
  }
});
