/**
 * Generates the accessors of `*.fbs` with flatc (2.0.8 from Debian) into `src/wire/generated/`. The result is committed:
 * building needs no flatc, and a test compares it when flatc is there. Run by `npm run schemas` in the repository's root.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where the namespace of the schemas puts the classes. */
const NAMESPACE_FOLDER = join('qaexchange', 'wire');
const INDEX_SUFFIX = '_generated.ts';

/** Bare flatc output as modules of one flat folder with the file extensions that Node asks for in imports. */
function flatten(source: string): string {
  return source.replace(/from '([^']+)'/g, (whole, path: string) => (path.startsWith('.') ? `from './${basename(path)}.js'` : whole));
}

/** Replaces what is in `outFolder` by one file per struct and table, and one index per schema. */
export function generate(schemaFolder: string, outFolder: string): void {
  const scratch = mkdtempSync(join(tmpdir(), 'qaexchange-flatc-'));
  try {
    const schemas = readdirSync(schemaFolder)
      .filter((name) => name.endsWith('.fbs'))
      .sort();
    for (const schema of schemas) {
      execFileSync('flatc', ['--ts', '--gen-object-api', '-o', scratch, resolve(schemaFolder, schema)], { stdio: 'pipe' });
    }
    rmSync(outFolder, { recursive: true, force: true });
    mkdirSync(outFolder, { recursive: true });
    for (const folder of [scratch, join(scratch, NAMESPACE_FOLDER)]) {
      for (const name of readdirSync(folder)) {
        if (!name.endsWith('.ts')) continue;
        const target = name.endsWith(INDEX_SUFFIX) ? `${name.slice(0, -INDEX_SUFFIX.length)}.ts` : name;
        writeFileSync(join(outFolder, target), flatten(readFileSync(join(folder, name), 'utf8')));
      }
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) generate('schemas', join('src', 'wire', 'generated'));
