import { readFileSync } from 'node:fs';
import t from 'tap';
import { startServerFor } from '../support/server.js';

const WATCH_MS = 5000;
const SHARE_MAX = 0.02;
/**
 * Memory of the start is given back during the first twenty seconds, and the machine may be busy with something that wakes the
 * exchange late; apart from that it is quiet every time or never.
 */
const TRIES = 7;
/** Ticks of /proc/<pid>/stat: USER_HZ is 100 on every Linux that Node runs on. */
const TICK_MS = 10;

t.test(
  'an exchange with nothing to do uses less than 2 % of a core',
  { skip: process.platform !== 'linux' && 'needs /proc' },
  async (t) => {
    const server = await startServerFor(t);
    // The last work of the start is over when the first snapshot would have been looked at.
    await sleep(2000);
    const shares: number[] = [];
    while (shares.length < TRIES && !shares.some((share) => share < SHARE_MAX)) shares.push(await cpuShare(server.pid));
    t.ok(
      shares.some((share) => share < SHARE_MAX),
      `shares of a core: ${shares.map((share) => `${(share * 100).toFixed(2)} %`).join(', ')}`,
    );
  },
);

async function cpuShare(pid: number): Promise<number> {
  const before = cpuMs(pid);
  const startMs = performance.now();
  await sleep(WATCH_MS);
  return (cpuMs(pid) - before) / (performance.now() - startMs);
}

/** CPU time of all threads. The name of the process, in brackets, may hold blanks: fields are counted behind it. */
function cpuMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

async function sleep(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}
