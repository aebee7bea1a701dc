/** Plays `SEEDS` seeds from `SEED` on, and ends with 1 at the first that fails: for a copy of the program with a fault in it. */
export async function playSeeds(play: (seed: number) => Promise<{ failure: { message: string } | undefined }>): Promise<void> {
  const from = Number(process.env['SEED']);
  for (let seed = from; seed < from + Number(process.env['SEEDS']); seed++) {
    const { failure } = await play(seed);
    if (failure === undefined) continue;
    console.log(`seed ${seed}: ${failure.message.split('\n')[0]}`);
    process.exit(1);
  }
}
