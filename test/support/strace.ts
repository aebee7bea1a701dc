/** Makes system calls of a running process fail, by strace. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';

/** Why it cannot be used here, or false. */
export function straceMissing(): string | false {
  const { status, error, stderr } = spawnSync('strace', ['-qq', '-e', 'trace=none', 'true']);
  if (status === 0) return false;
  return `strace cannot be used here: ${error?.message ?? stderr.toString().trim()}`;
}

/** `call` fails with `error` on the file at `path`, from the `nth` time on; resolves once it does. Call what it resolves to, to end that. */
export async function failCalls(
  pid: number,
  call: 'write' | 'fdatasync',
  path: string,
  error: string,
  when: string,
): Promise<() => Promise<void>> {
  return await inject(pid, ['-P', path, '-e', `trace=${call}`, '-e', `inject=${call}:error=${error}:when=${when}`]);
}

/** Every sync of the process takes so much longer; resolves once it does. Call what it resolves to, to end that. */
export async function delaySyncs(pid: number, delayMs: number): Promise<() => Promise<void>> {
  return await inject(pid, ['-e', 'trace=fsync,fdatasync', '-e', `inject=fsync,fdatasync:delay_exit=${delayMs * 1000}`]);
}

async function inject(pid: number, what: readonly string[]): Promise<() => Promise<void>> {
  const args = ['-f', '-p', String(pid), ...what, '-o', '/dev/null'];
  const strace = spawn('strace', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const gone = once(strace, 'close');
  let said = '';
  await new Promise<void>((resolve, reject) => {
    strace.stderr.on('data', (text: Buffer) => {
      said += text.toString();
      if (said.includes('attached')) resolve();
    });
    strace.once('error', reject);
    strace.once('close', () => reject(new Error(`strace ended: ${said}`)));
  });
  return async () => {
    strace.kill('SIGINT');
    await gone;
  };
}
