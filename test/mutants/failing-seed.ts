import { spawn } from 'node:child_process';
import type { Test } from 'tap';
import type { FaultyCopy } from './faulty-copy.js';

/** What a program that plays seeds says of the copy: the first seed that fails, and why; empty when none of so many does. */
export async function failingSeed(t: Test, copy: FaultyCopy, program: string, seeds: number): Promise<string> {
  const child = spawn(process.execPath, [program], {
    cwd: copy.folder,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { PATH: process.env['PATH'], SEED: '1', SEEDS: String(seeds) },
  });
  t.teardown(() => child.kill('SIGKILL'));
  let output = '';
  child.stdout.on('data', (data: Buffer) => (output += data.toString()));
  await new Promise((resolve) => child.once('close', resolve));
  return output.trim();
}
