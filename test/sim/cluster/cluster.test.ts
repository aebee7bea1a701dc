import t from 'tap';
import { ClusterSimulation, type ClusterSeedResult } from './cluster-simulation.js';
import { SimEtcd } from './sim-etcd.js';

/** More of them: `npm run sim -- --cluster --seeds N --from S`. */
const SEEDS = 6;

async function play(seed: number): Promise<ClusterSeedResult> {
  return await new ClusterSimulation({ seed }).run();
}

t.test('nothing that was told is lost, doubled or changed, whoever is killed, paused or cut off; a seed plays again', async (t) => {
  const sums = { takeovers: 0, depositions: 0, lives: 0, events: 0, answers: 0, faults: 0, compared: 0, trims: 0 };
  let shortest: ClusterSeedResult | undefined;
  for (let seed = 1; seed <= SEEDS; seed++) {
    const result = await play(seed);
    const { failure } = result;
    if (failure !== undefined) t.fail(`npm run sim -- --cluster --seed ${seed}: step ${failure.step}: ${failure.message}`);
    for (const name of Object.keys(sums) as (keyof typeof sums)[]) sums[name] += result[name];
    if (shortest === undefined || result.steps < shortest.steps) shortest = result;
  }
  t.comment(JSON.stringify(sums));
  t.ok(sums.takeovers > SEEDS && sums.lives > 3 * SEEDS && sums.depositions > 0, 'leaders came and went');
  t.ok(sums.events > 100 * SEEDS && sums.answers > 50 * SEEDS, 'clients were told of much');
  t.ok(sums.compared > 10 * SEEDS && sums.trims > 0, 'states were compared, and etcd was trimmed');
  t.same(await play(shortest!.seed), shortest, 'a seed plays the same run again');
});

t.test('the simulated etcd keeps what etcd promises', async (t) => {
  const seen: number[] = [];
  const etcd = new SimEtcd({ committed: ({ revision }) => seen.push(revision) });
  const put = (key: string, revision: number): ReturnType<SimEtcd['commit']> =>
    etcd.commit('a', [{ key, revision }], [[key, `${key}${etcd.revision}`]], key);
  t.match(put('k/a', 0), { succeeded: true, revision: 2 });
  t.match(put('k/a', 0), { succeeded: false, revision: 2, found: { key: 'k/a', revision: 2 } }, 'made once');
  t.match(put('k/a', 2), { succeeded: true, revision: 3 });
  t.match(put('k/b', 0), { succeeded: true, revision: 4 });
  const told: number[] = [];
  const listen = ({ revision }: { revision: number }): void => void told.push(revision);
  t.same(
    etcd.watch(3, listen)?.map(({ revision }) => revision),
    [3, 4],
    'what there was from a revision on',
  );
  t.match(etcd.range('k/', 'k0', { limit: 1 }), { entries: [{ key: 'k/a', revision: 3 }], revision: 4, more: true });
  t.match(etcd.range('k/', 'k0', { limit: 1, isDescending: true, keysOnly: true }), { entries: [{ key: 'k/b' }], more: true });
  t.equal(etcd.remove('a', 'k/a', 'k/b'), 1);
  t.equal(etcd.remove('a', 'k/a', 'k/b'), 0, 'nothing, and no revision');
  t.same(told, [5]);
  t.match(put('k/a', 0), { succeeded: true, revision: 6 }, 'a key that is gone has no revision');
  const before = etcd.bytes;
  etcd.compact(5);
  t.ok(etcd.bytes < before);
  t.equal(etcd.watch(5, listen), undefined, 'compacted');
  t.equal(etcd.watch(6, listen)?.length, 1);
  t.throws(() => etcd.compact(5), /has been compacted/);
  t.throws(() => etcd.compact(7), /future revision/);
  etcd.isFull = true;
  t.throws(() => put('k/c', 0), /space exceeded/);
  etcd.remove('a', 'k/a', 'k/b');
  etcd.isFull = false;
  t.match(put('k/c', 0), { succeeded: true, revision: 8 });
  t.same(seen, [2, 3, 4, 5, 6, 7, 8]);
});
