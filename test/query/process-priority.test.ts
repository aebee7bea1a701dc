/** How the process of the history stands back: scheduled when nobody else wants the processor, and not left standing still. */
import { spawn, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { BackgroundProcess, processorsBehind, StandstillWatch } from '../../src/query/process-priority.js';

const [SCHED_OTHER, SCHED_IDLE] = [0, 5];
const DEADLINE_MS = 60_000;
const MODULE = new URL('../../src/query/process-priority.js', import.meta.url).href;
/** Stands back, says so, and wants the processor for ever, in two threads. */
const SPINNING = `
  import { Worker } from 'node:worker_threads';
  const { standBack } = await import(${JSON.stringify(MODULE)});
  standBack();
  new Worker('for (;;);', { eval: true });
  process.stdout.write('spins', () => { for (;;); });`;

const isLinux = process.platform === 'linux' && ['chrt', 'taskset'].every((name) => spawnSync(name, ['--version']).status === 0);

t.test('stands back with all threads, is seen to stand still, and gets a share for a while then', { skip: !isLinux }, async (t) => {
  // one processor for both: the second one leaves nothing to the first
  const pinned = ['--cpu-list', '0', process.execPath];
  const child = spawn('taskset', [...pinned, '--input-type=module', '-e', SPINNING], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.teardown(() => child.kill('SIGKILL'));
  await new Promise((resolve) => child.stdout.once('data', resolve));
  const pid = child.pid!;
  t.same(policiesOf(pid), [SCHED_IDLE], 'every thread of it stands back');

  const greedy = spawn('taskset', [...pinned, '-e', 'for (;;);'], { stdio: 'ignore' });
  t.teardown(() => greedy.kill('SIGKILL'));
  const background = new BackgroundProcess(pid);
  const lookUntil = (policy: number): Promise<void> =>
    until(() => {
      background.look();
      return policiesOf(pid).join() === String(policy);
    });
  await lookUntil(SCHED_OTHER);
  t.pass('it could run, and did not: every thread of it has a share');
  await lookUntil(SCHED_IDLE);
  t.pass('for a while');
});

t.test('leaves half of the processors to others', { skip: !isLinux || processorsBehind().length === 0 }, async (t) => {
  const child = spawn(process.execPath, ['--input-type=module', '-e', SPINNING], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.teardown(() => child.kill('SIGKILL'));
  await new Promise((resolve) => child.stdout.once('data', resolve));
  const list = processorsBehind().join();
  for (const thread of readdirSync(`/proc/${child.pid!}/task`)) {
    const { stdout } = spawnSync('taskset', ['--cpu-list', '--pid', thread], { encoding: 'utf8' });
    t.equal(expanded(/list: (\S+)/.exec(stdout)![1]), list, `thread ${thread} runs on nothing else`);
  }
});

t.test('a process that waits for something else than the processor does not stand still', { skip: !isLinux }, async (t) => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  t.teardown(() => child.kill('SIGKILL'));
  const watch = new StandstillWatch(child.pid!);
  child.kill('SIGSTOP');
  await sleep(1000);
  // until it was stopped it may have waited for its start
  watch.look();
  await sleep(1000);
  t.equal(watch.look(), false);
});

t.test('nobody stands still who is not there', async (t) => {
  const child = spawn(process.execPath, ['-e', ''], { stdio: 'ignore' });
  await new Promise((resolve) => child.once('exit', resolve));
  const watch = new StandstillWatch(child.pid!);
  t.equal(watch.look(), false);
  t.doesNotThrow(() => new BackgroundProcess(child.pid!).look());
});

/** 2-4 as 2,3,4. */
function expanded(list: string): string {
  return list.replace(/(\d+)-(\d+)/g, (_, from: string, to: string) => {
    return Array.from({ length: Number(to) - Number(from) + 1 }, (_, i) => Number(from) + i).join();
  });
}

/** The scheduling classes of all threads, each once. */
function policiesOf(pid: number): number[] {
  const policies = readdirSync(`/proc/${pid}/task`).map((thread) => {
    const stat = readFileSync(`/proc/${pid}/task/${thread}/stat`, 'latin1');
    // the 41st field; the name before may hold anything
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[38]);
  });
  return [...new Set(policies)];
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error('it did not happen');
    await sleep(1000);
  }
}
