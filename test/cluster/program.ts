/** `npm run cluster` as a test runs it: a program of its own, for the network that it stands in and the authority that it trusts. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Test } from 'tap';

const PROGRAM = fileURLToPath(new URL('./main.js', import.meta.url));
/** Other tests keep the machine busy: nobody is suspected for that. */
const PATIENT = { CLUSTER_SUSPECT_MS: '3000' };

interface Sums {
  readonly epoch: number;
  readonly reportsFollowed: number;
}

/** Does to a cluster what `args` name, under load. `names`: what is told of it, each with orders that were acknowledged. */
export async function nothingIsLost(t: Test, args: readonly string[], names: readonly string[]): Promise<void> {
  const { SEED } = process.env;
  const seed = SEED === undefined ? [] : ['--seed', SEED];
  const child = spawn(process.execPath, ['--enable-source-maps', PROGRAM, ...args, ...seed], {
    env: { ...process.env, ...PATIENT },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.teardown(() => void child.kill('SIGTERM'));
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (said += text));
  const [code] = (await once(child, 'close')) as [number | null];
  t.equal(code, 0, said);
  for (const name of names) t.match(said, new RegExp(`^${name}: .* [1-9]\\d* orders acknowledged$`, 'm'));
  const sums = JSON.parse(/^\{.*\}$/m.exec(said)?.[0] ?? '{}') as Partial<Sums>;
  t.ok((sums.epoch ?? 0) >= 2, 'leaders came and went');
  t.ok((sums.reportsFollowed ?? 0) > 0, 'reports followed the leader');
}
