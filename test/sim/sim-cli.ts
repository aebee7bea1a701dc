/** `npm run sim -- --seeds N --from S`: plays seeds of the simulation; a seed that fails plays the same way again. */
import { readFlags } from '../../src/cli/args.js';
import { ProgressBar } from '../../src/cli/progress-bar.js';
import { reported } from '../../src/cli/support/reported.js';
import { Simulation, type SeedResult } from './simulation.js';

const HELP = `Usage: npm run sim -- [--seeds N] [--from S] [--seed X [--verbose]] [--json]

Plays the exchange's front, matching, log, snapshots and recovery on one thread, in virtual time, on a simulated disk that
fails, with crashes at any step. After every step nothing that was acknowledged may be lost, doubled or out of order, the
books balance, and what is recovered is what the log says. Stops at the first seed that shows otherwise.

  --seeds N  how many (100)
  --from S   the first one (1)
  --seed X   this one alone
  --verbose  tells what happens
  --keep-on  goes on behind a seed that failed
  --json     the sums as one JSON object
  --help     this text
`;

const SUMS = [
  'steps',
  'lives',
  'kills',
  'powerCuts',
  'stops',
  'halts',
  'events',
  'answers',
  'snapshots',
  'trimmedBlocks',
  'writeFailures',
] as const;

async function main(args: readonly string[]): Promise<number> {
  const flags = readFlags(args, {
    ...{ seeds: 'string', from: 'string', seed: 'string' },
    ...{ verbose: 'boolean', 'keep-on': 'boolean', json: 'boolean', help: 'boolean' },
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
  const sums = new Map<string, number>(SUMS.map((name) => [name, 0]));
  const failed: SeedResult[] = [];
  let played = 0;
  for (let seed = from; seed < from + count && (failed.length === 0 || flags.has('keep-on')); seed++) {
    const say = flags.has('verbose') ? (text: string) => console.log(text) : undefined;
    const result = await new Simulation({ seed, ...(say === undefined ? {} : { say }) }).run();
    played++;
    for (const name of SUMS) sums.set(name, sums.get(name)! + result[name]);
    if (result.failure !== undefined) failed.push(result);
    bar.update(played / count);
  }
  bar.done();
  const seconds = (performance.now() - startedMs) / 1000;
  report({ seeds: played, seconds: Math.round(seconds * 10) / 10, ...Object.fromEntries(sums) }, failed, flags.has('json'));
  return failed.length === 0 ? 0 : 1;
}

function report(figures: Record<string, number>, failed: readonly SeedResult[], asJson: boolean): void {
  if (asJson) {
    const failures = failed.map(({ seed, trace, failure }) => ({ seed, trace, ...failure }));
    console.log(JSON.stringify({ ...figures, failures }));
    return;
  }
  for (const [name, value] of Object.entries(figures)) console.log(`${name.padEnd(14)} ${value}`);
  for (const { seed, failure } of failed) {
    console.log(`\nSeed ${seed} fails at step ${failure!.step}: ${failure!.message}`);
    console.log(`npm run sim -- --seed ${seed} --verbose  plays it again.`);
  }
  if (failed.length === 0) console.log('Nothing acknowledged was lost, doubled or changed.');
}

process.exitCode = await reported(() => main(process.argv.slice(2)));
