/** `npm run crash -- --kills N [--seed N]`: the crash test as long as one likes. */
import { readFlags } from '../../src/cli/args.js';
import { reported } from '../../src/cli/support/reported.js';
import { runCrash } from './crash.js';

const HELP = `Usage: npm run crash -- [--kills N] [--seed N]

Starts a private exchange, kills it with SIGKILL at random moments under load, restarts it on the same folder, and checks
that every acknowledged order, cancel and fill is there, none twice, and that the money adds up.

  --kills N  how often (50)
  --seed N   repeats the moments and flows of an earlier run (default: the time)
  --help     this text
`;

async function main(args: readonly string[]): Promise<number> {
  const flags = readFlags(args, { kills: 'string', seed: 'string', help: 'boolean' });
  if (flags.has('help')) {
    process.stdout.write(HELP);
    return 0;
  }
  const seed = flags.wholeNumber('seed', Date.now() % 2 ** 31, 0, 2 ** 32 - 1);
  console.log(`seed ${seed}`);
  const { faults, ...figures } = await runCrash({
    kills: flags.wholeNumber('kills', 50, 1, 100_000),
    seed,
    say: (text) => console.log(text),
  });
  for (const [name, value] of Object.entries(figures)) console.log(`${name.padEnd(18)} ${value}`);
  for (const fault of faults) console.log(`FAULT: ${fault}`);
  console.log(faults.length === 0 ? 'Every acknowledged order is present, none twice.' : `${faults.length} faults.`);
  return faults.length === 0 ? 0 : 1;
}

process.exitCode = await reported(() => main(process.argv.slice(2)));
