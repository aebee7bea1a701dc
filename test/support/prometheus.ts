/** The programs of Prometheus, for tests that need them: without them a test is skipped, but never in continuous integration. */
import { spawnSync, type SpawnSyncReturns } from 'node:child_process';

/** The `skip` of a tap test: false when the program is there. */
export function skipWithout(program: 'promtool' | 'prometheus'): string | false {
  const isThere = spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0;
  return isThere || process.env['CI'] === 'true' ? false : `needs ${program} (Debian package prometheus)`;
}

export function promtool(args: readonly string[], input = ''): SpawnSyncReturns<string> {
  return spawnSync('promtool', args, { input, encoding: 'utf8' });
}
