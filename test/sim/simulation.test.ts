import t from 'tap';
import { Simulation, type SeedResult } from './simulation.js';

/** More of them: `npm run sim -- --seeds N --from S`. */
const SEEDS = 110;

async function play(seed: number): Promise<SeedResult> {
  return await new Simulation({ seed }).run();
}

t.test('nothing that was told is lost, doubled or changed by any crash', async (t) => {
  const sums = { lives: 0, kills: 0, powerCuts: 0, halts: 0, events: 0, answers: 0, snapshots: 0, trimmedBlocks: 0, writeFailures: 0 };
  for (let seed = 1; seed <= SEEDS; seed++) {
    const result = await play(seed);
    if (result.failure !== undefined) t.fail(`npm run sim -- --seed ${seed}: step ${result.failure.step}: ${result.failure.message}`);
    for (const name of Object.keys(sums) as (keyof typeof sums)[]) sums[name] += result[name];
  }
  t.comment(JSON.stringify(sums));
  t.ok(sums.kills > SEEDS && sums.powerCuts > SEEDS && sums.snapshots > SEEDS, 'there were crashes and snapshots');
  t.ok(sums.answers > 20 * SEEDS, 'clients were told of much');
  t.ok(sums.trimmedBlocks > 0 && sums.writeFailures > 0 && sums.halts > 0, 'the log was trimmed, writes failed, damage was found');
});

t.test('a seed plays the same run again', async (t) => {
  for (const seed of [1, 7]) t.same(await play(seed), await play(seed));
  t.not((await play(1)).trace, (await play(7)).trace);
});
