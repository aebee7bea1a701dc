/**
 * How the process of the history stands back behind everything else on the machine.
 *
 * On Linux it runs when nobody else wants the processor (SCHED_IDLE): a thread of the exchange that wakes up has it at once,
 * while one of a merely lower priority that is running keeps it for some milliseconds more. On a machine that is never idle it
 * would stand still; whoever started it looks whether it does, and then gives it the smallest share for some seconds instead.
 *
 * And it leaves half of the processors to others altogether. A thread that wakes up goes to one that is free; where every one is
 * busy, be it with the least important of work, it may find itself behind another for some milliseconds, and on a virtual
 * machine interrupts of the disk come late, too.
 */
import { spawn, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { constants, setPriority } from 'node:os';

const NS_PER_MS = 1e6;
/** Standing still: it could have run for so long since the last look, and has run for less than this share of that. */
const WAITED_MS = 800;
const RUN_SHARE = 0.1;
/** Looks at a process that stands still before it gets a share, and for how many it keeps that: a moment of much work is not the rule. */
const STILL_LOOKS = 2;
const SHARE_LOOKS = 8;

/** Of this process; threads that are made later take it over. */
export function standBack(): void {
  for (const thread of threadsOf(process.pid)) setPriority(thread, constants.priority.PRIORITY_LOW);
  const list = processorsBehind();
  if (list.length > 0) spawnSync('taskset', ['--all-tasks', '--cpu-list', '--pid', list.join(), String(process.pid)]);
  // where it cannot be seen to stand still, it must not
  if (timesOf(process.pid) !== undefined) spawnSync('chrt', ['--all-tasks', '--idle', '--pid', '0', String(process.pid)]);
}

/** A process that stands back, looked at about once a second. */
export class BackgroundProcess {
  private readonly watch: StandstillWatch;
  private still = 0;
  private shared = 0;

  constructor(private readonly pid: number) {
    this.watch = new StandstillWatch(pid);
  }

  /** The smallest share of the processor, also while others want it, when it stands still; and later it stands back again. */
  look(): void {
    this.still = this.watch.look() ? this.still + 1 : 0;
    if (this.shared > 0) {
      if (--this.shared === 0) this.schedule('--idle');
    } else if (this.still >= STILL_LOOKS) {
      this.shared = SHARE_LOOKS;
      this.schedule('--other');
    }
  }

  private schedule(policy: '--idle' | '--other'): void {
    spawn('chrt', ['--all-tasks', policy, '--pid', '0', String(this.pid)], { stdio: 'ignore' }).on('error', () => undefined);
  }
}

/** Looks now and then whether a process stands still though it could run. */
export class StandstillWatch {
  private last: Times | undefined;

  constructor(private readonly pid: number) {
    this.last = timesOf(pid);
  }

  look(): boolean {
    const { last } = this;
    const now = timesOf(this.pid);
    this.last = now;
    if (last === undefined || now === undefined) return false;
    const waitedMs = now.waitedMs - last.waitedMs;
    return waitedMs >= WAITED_MS && now.runMs - last.runMs < waitedMs * RUN_SHARE;
  }
}

interface Times {
  readonly runMs: number;
  /** For the processor, able to run. */
  readonly waitedMs: number;
}

/** Of all threads; undefined where the system does not tell. */
function timesOf(pid: number): Times | undefined {
  let [runMs, waitedMs] = [0, 0];
  try {
    for (const thread of readdirSync(`/proc/${pid}/task`)) {
      const [run, waited] = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'latin1').split(' ', 2).map(Number);
      runMs += run / NS_PER_MS;
      waitedMs += waited / NS_PER_MS;
    }
  } catch {
    return undefined;
  }
  return { runMs, waitedMs };
}

/** The upper half of the processors, for the first ones have most interrupts; none where there is one, or the system does not tell. */
export function processorsBehind(): number[] {
  const processors = allowedProcessors();
  return processors.slice(Math.ceil(processors.length / 2));
}

function allowedProcessors(): number[] {
  let status: string;
  try {
    status = readFileSync('/proc/self/status', 'latin1');
  } catch {
    return [];
  }
  // such as 0-3,8
  const list = /^Cpus_allowed_list:\s*(\S+)/m.exec(status)?.[1] ?? '';
  return list.split(',').flatMap((range) => {
    const [first, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}

/** Where threads have no numbers of their own, the process stands for them. */
function threadsOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).map(Number);
  } catch {
    return [pid];
  }
}
