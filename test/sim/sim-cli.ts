/** `npm run sim -- --seeds N --from S`: plays seeds of the simulation; a seed that fails plays the same way again. */
import { readFlags } from '../../src/cli/args.js';
import { ProgressBar } from '../../src/cli/progress-bar.js';
import { reported } from '../../src/cli/support/reported.js';
import { ClusterSimulation } from './cluster/cluster-simulation.js';
import { Simulation } from './simulation.js';

const HELP = `Usage: npm run sim -- [--cluster] [--seeds N] [--from S] [--seed X [--verbose]] [--json]

Plays the exchange's front, matching, log, snapshots and recovery on one thread, in virtual time, on a simulated disk that
fails, with crashes at any step. After every step nothing that was acknowledged may be lost, doubled or out of order, the
books balance, and what is recovered is what the log says. Stops at the first seed that shows otherwise.

With --cluster: three nodes and a simulated etcd of three members, of which any may be killed, paused, cut off in either
direction or slow, so that answers are lost before or after what they tell of has happened. One writer per epoch, no takeover
while the leader is heard of, what every node has applied is the beginning of the one log, and nobody shows what is past.

  --cluster  the nodes of a cluster
  --seeds N  how many (100)
  --from S   the first one (1)
  --seed X   this one alone
  --verbose  tells what happens
  --keep-on  goes on behind a seed that failed
  --json     the sums as one JSON object
  --help     this text
`;

interface Played {
  readonly trace: number;
  readonly failure: { readonly step: number; readonly message: string } | undefined;
}

/** Name and figure of whatever the results sum up. */
function figuresOf(result: Played): [string, number][] {
  const figures = Object.entries(result).filter(([name, value]) => typeof value === 'number' && !['seed', 'trace'].includes(name));
  return figures as [string, number][];
}

async function main(args: readonly string[]): Promise<number> {
  const flags = readFlags(args, {
    ...{ seeds: 'string', from: 'string', seed: 'string' },
    ...{ cluster: 'boolean', verbose: 'boolean', 'keep-on': 'boolean', json: 'boolean', help: 'boolean' },
  });
  if (flags.has('help')) {
    process.stdout.write(HELP);
    return 0;
  }
  const only = flags.has('seed');
  const from = only ? flags.wholeNumber('seed', 1, 0, 2 ** 32 - 1) : flags.wholeNumber('from', 1, 0, 2 ** 32 - 1);
  const count = only ? 1 : flags.wholeNumber('seeds', 100, 1, 1e9);
  const bar = new ProgressBar('seeds', process.stderr);
  const startedMs = performance.now();
  const sums = new Map<string, number>();
  const failed: Failed[] = [];
  let played = 0;
  for (let seed = from; seed < from + count && (failed.length === 0 || flags.has('keep-on')); seed++) {
    const say = flags.has('verbose') ? (text: string) => console.log(text) : undefined;
    const options = { seed, ...(say === undefined ? {} : { say }) };
    const result: Played = await (flags.has('cluster') ? new ClusterSimulation(options) : new Simulation(options)).run();
    played++;
    for (const [name, value] of figuresOf(result)) sums.set(name, Math.round((sums.get(name) ?? 0) + value));
    if (result.failure !== undefined) failed.push({ seed, trace: result.trace, ...result.failure });
    bar.update(played / count);
  }
  bar.done();
  const seconds = (performance.now() - startedMs) / 1000;
  const figures = { seeds: played, tookSeconds: Math.round(seconds * 10) / 10, ...Object.fromEntries(sums) };
  if (flags.has('json')) console.log(JSON.stringify({ ...figures, failures: failed }));
  else report(figures, failed, flags.has('cluster') ? '--cluster ' : '');
  return failed.length === 0 ? 0 : 1;
}

interface Failed {
  readonly seed: number;
  readonly trace: number;
  readonly step: number;
  readonly message: string;
}

function report(figures: Record<string, number>, failed: readonly Failed[], mode: string): void {
  for (const [name, value] of Object.entries(figures)) console.log(`${name.padEnd(14)} ${value}`);
  for (const { seed, step, message } of failed) {
    console.log(`\nSeed ${seed} fails at step ${step}: ${message}`);
    console.log(`npm run sim -- ${mode}--seed ${seed} --verbose  plays it again.`);
  }
  if (failed.length === 0) console.log('Nothing acknowledged was lost, doubled or changed.');
}

process.exitCode = await reported(() => main(process.argv.slice(2)));
