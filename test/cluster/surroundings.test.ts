/**
 * What kills and pauses do not show: a leader that is cut off, one that hears nothing, and the power gone from everything at
 * once. In a network of its own, so as a program of its own: `npm run cluster -- --faults ...`.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { SKIP } from '../replication/support.js';
import { networkMissing } from './network.js';

const TIMEOUT_MS = 240_000;
const PROGRAM = fileURLToPath(new URL('./main.js', import.meta.url));
const FAULTS = 'cutLeader,deafLeader,powerCut';
/** Other tests keep the machine busy: nobody is suspected for that. */
const PATIENT = { CLUSTER_SUSPECT_MS: '3000' };

t.test(
  'a cluster whose surroundings fail loses nothing',
  { skip: SKIP || (process.env['CI'] !== 'true' && networkMissing()) },
  async (t) => {
    t.setTimeout(TIMEOUT_MS);
    const child = spawn(process.execPath, ['--enable-source-maps', PROGRAM, '--faults', FAULTS], {
      env: { ...process.env, ...PATIENT },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    t.teardown(() => void child.kill('SIGTERM'));
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (said += text));
    const [code] = (await once(child, 'close')) as [number | null];
    t.equal(code, 0, said);
    for (const fault of ['leader cut off', 'leader hears nothing', 'power cut of all']) t.match(said, fault);
  },
);
