/**
 * `npm test`: every test, two files at a time.
 *
 * Files of the folders below start whole exchanges, browsers and clusters, with deadlines by the clock: what else the
 * machine does may break one. Few of them that fail are run once more with nothing beside them, and named; what fails then
 * has failed. A failure anywhere else, or of many, is final at once.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const BY_THE_CLOCK = /^dist\/test\/(bench|cli|cluster|e2e|replication|web)\//;
const AGAIN_MAX = 2;

const folder = mkdtempSync(join(tmpdir(), 'qaexchange-test-'));
/** tap writes the files that failed into it, and runs those that stand there. */
const failedFile = join(folder, 'failed');
const UNFOLLOWED = new URL('./support/unfollowed.js', import.meta.url).href;
const TAP = join('node_modules', '.bin', 'tap');

async function run(args: readonly string[]): Promise<number> {
  const tap = spawn(process.execPath, ['--import', UNFOLLOWED, TAP, 'run', `--save=${failedFile}`, ...args], { stdio: 'inherit' });
  const [code] = (await once(tap, 'exit')) as [number | null];
  return code ?? 1;
}

function failedFiles(): string[] {
  return existsSync(failedFile) ? readFileSync(failedFile, 'utf8').split('\n').filter(Boolean) : [];
}

let code = await run(process.argv.slice(2));
const failed = failedFiles();
if (code !== 0 && failed.length > 0 && failed.length <= AGAIN_MAX && failed.every((file) => BY_THE_CLOCK.test(file))) {
  console.log(`\n# failed, and run once more with nothing beside: ${failed.join(' ')}\n`);
  code = await run(['--jobs=1']);
}
rmSync(folder, { recursive: true });
process.exitCode = code;
