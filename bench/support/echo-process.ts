/** Starts and stops the echo server. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export interface EchoProcess {
  readonly wsUrl: string;
  stop(): Promise<void>;
}

/** `answerBytes`: what each message is answered with, 0 for itself. */
export async function startEcho(answerBytes = 0): Promise<EchoProcess> {
  const program = fileURLToPath(new URL('./echo-server.js', import.meta.url));
  const child = spawn(process.execPath, [program, String(answerBytes)], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdout.setEncoding('utf8');
  const [first] = (await once(child.stdout, 'data')) as [string];
  return {
    wsUrl: `ws://127.0.0.1:${Number(first)}/ws`,
    stop: async () => {
      const exited = once(child, 'exit');
      child.stdin.end();
      await exited;
    },
  };
}
