import { spawnSync } from 'node:child_process';

/** Runs a program of the system to its end. Throws with what it says when it fails. */
export function run(program: string, ...args: readonly string[]): void {
  const { status, error, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${error?.message ?? stderr.trim()}`);
}
