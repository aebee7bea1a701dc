import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { generate } from '../../schemas/generate.js';

/** Other versions write other code. */
const FLATC = 'flatc version 2.0.8';

function flatcVersion(): string {
  try {
    return execFileSync('flatc', ['--version'], { encoding: 'utf8' }).trim();
  } catch {
    return 'no flatc';
  }
}

function contents(folder: string): Record<string, string> {
  return Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
}

const found = flatcVersion();
const skip = found === FLATC || process.env.CI === 'true' ? false : `needs ${FLATC}, found ${found}`;

t.test('the committed accessors are what flatc makes of the schemas', { skip }, async (t) => {
  t.equal(found, FLATC);
  const folder = join(t.testdir(), 'generated');
  generate('schemas', folder);
  const made = contents(folder);
  t.ok(Object.keys(made).length > 10);
  t.same(contents(join('src', 'wire', 'generated')), made, 'run `npm run schemas`');
});
