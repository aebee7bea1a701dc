/** `npm run fuzz -- --count N [--seed S]`: faulty messages to the decoders, as long as one likes. */
import { readFlags } from '../../src/cli/args.js';
import { ProgressBar } from '../../src/cli/progress-bar.js';
import { reported } from '../../src/cli/support/reported.js';
import { fuzz } from './fuzz.js';

process.exitCode = await reported(async () => {
  const flags = readFlags(process.argv.slice(2), { count: 'string', seed: 'string' });
  const count = flags.wholeNumber('count', 1_000_000, 1, 1_000_000_000);
  const seed = flags.wholeNumber('seed', Math.floor(Math.random() * 2 ** 32), 0, 2 ** 32 - 1);
  const bar = new ProgressBar('fuzzing', process.stderr);
  const { messages, codes, orders } = await fuzz(seed, count, (done) => bar.update(done / count));
  bar.done();
  const refused = [...codes].filter(([code]) => code !== 0).sort(([a], [b]) => a - b);
  process.stdout.write(`seed ${seed}: ${messages} messages, ${orders} orders, no fault\n`);
  for (const [code, times] of refused) process.stdout.write(`  ${code}  ${times}\n`);
  return 0;
});
// the floor keeps a clock running
process.exit();
