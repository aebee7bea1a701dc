/** As `../seeds.ts`, for clusters. */
import { ClusterSimulation } from './cluster-simulation.js';

const from = Number(process.env['SEED']);
for (let seed = from; seed < from + Number(process.env['SEEDS']); seed++) {
  const { failure } = await new ClusterSimulation({ seed }).run();
  if (failure === undefined) continue;
  console.log(`seed ${seed}: ${failure.message.split('\n')[0]}`);
  process.exit(1);
}
