/** Where and on what a figure was taken. */
import { execFileSync } from 'node:child_process';
import { availableParallelism, cpus, release, totalmem } from 'node:os';

export function machineFacts(): Record<string, string | number> {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memory_gb: Math.round(totalmem() / 1e9),
    os: `${process.platform} ${release()}`,
    node: process.version,
  };
}

/** Short hash of the commit, with `-dirty` when files differ from it; `unknown` outside a repository. */
export function commitName(): string {
  try {
    return git('describe', '--always', '--dirty', '--abbrev=9', '--exclude=*');
  } catch {
    return 'unknown';
  }
}

function git(...args: string[]): string {
  return execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
}
