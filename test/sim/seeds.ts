/** Plays `SEEDS` seeds from `SEED` on, and ends with 1 at the first that fails: for a copy of the program with a fault in it. */
import { Simulation } from './simulation.js';

const from = Number(process.env['SEED']);
for (let seed = from; seed < from + Number(process.env['SEEDS']); seed++) {
  const { failure } = await new Simulation({ seed }).run();
  if (failure === undefined) continue;
  console.log(`seed ${seed}: ${failure.message.split('\n')[0]}`);
  process.exit(1);
}
