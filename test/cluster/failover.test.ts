/**
 * Real nodes over real members of etcd: what is lost when a leader dies, etcd itself is away, or a node comes back with an
 * empty folder. Nothing. How soon another node leads is measured elsewhere: here nobody is suspected because other tests
 * keep the machine busy.
 */
import t from 'tap';
import { SKIP } from '../replication/support.js';
import { FAULTS } from './faults.js';
import { ClusterTrial } from './trial.js';

const TIMEOUT_MS = 240_000;
const SEED = Number(process.env.SEED ?? Date.now() % 2 ** 31);

t.test('a cluster loses nothing', { skip: SKIP }, async (t) => {
  t.setTimeout(TIMEOUT_MS);
  t.comment(`SEED=${SEED}`);
  const trial = await ClusterTrial.start(SEED, { env: { SNAPSHOT_MS: '2000', CLUSTER_SUSPECT_MS: '3000' } });
  t.teardown(() => trial.stop());
  for (const fault of [FAULTS.killLeader, FAULTS.killMajority, FAULTS.wipeStandby]) {
    const { fault: name, outageMs, acked } = await trial.run(fault);
    t.comment(`${name}: ${Math.round(outageMs)} ms without an answer, ${acked} orders acknowledged`);
    t.ok(acked > 0, `orders were acknowledged: ${name}`);
  }
  const summary = await trial.finish();
  t.same(summary.faults, []);
  t.ok(summary.epoch >= 2, `epoch ${summary.epoch}: leaders came and went`);
  t.ok(summary.reportsFollowed > 0, `${summary.reportsFollowed} reports followed the leader`);
});
