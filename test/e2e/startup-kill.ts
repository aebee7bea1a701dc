/** An exchange that is killed while it starts: recovers, warms up, opens its books. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { ADMIN_PASSWORD, PROGRAM_PATH } from '../../src/cli/support/child-server.js';

/** Kills it `afterMs` after its process began. True when that came before it was ready. */
export async function killStarting(dataDir: string, env: Record<string, string>, afterMs: number): Promise<boolean> {
  const child = spawn(process.execPath, [PROGRAM_PATH, 'start', '--simulation-mode', '--json'], {
    env: {
      ...process.env,
      HTTP_HOST: '127.0.0.1',
      HTTP_PORT: '0',
      DATA_DIR: dataDir,
      BCRYPT_COST: '4',
      BOOTSTRAP_ADMIN_PASSWORD: ADMIN_PASSWORD,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  let complaint = '';
  child.stdout.on('data', (text: Buffer) => (said += text.toString()));
  child.stderr.on('data', (text: Buffer) => (complaint += text.toString()));
  const gone = once(child, 'close');
  const timer = setTimeout(() => child.kill('SIGKILL'), afterMs);
  const [code] = (await gone) as [number | null];
  clearTimeout(timer);
  if (code !== null) throw new Error(`the exchange ended by itself (code ${code}) while it started:\n${complaint}`);
  return said === '';
}
