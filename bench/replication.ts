/**
 * What does it cost that a cluster has a block before it is told of, and how long is nobody there when its leader is killed?
 *
 * Three members of etcd on this machine, and what is measured beside them. Commits go through the leader's own path
 * (conditional on the head, fenced); the yardstick is a bare transaction of etcd that puts the same bytes. Everything else is
 * seen from outside, by clients of nodes that are processes of their own.
 */
import { EtcdMembers, etcdMissing } from '../src/cli/support/etcd-members.js';
import { commitRows, takeoverRow } from './support/bare-commits.js';
import { failoverRows } from './support/cluster-failover.js';
import { flowRows } from './support/cluster-flow.js';
import { joinRows } from './support/cluster-join.js';
import type { FolderPlan } from './support/prepared-folder.js';
import type { Row, Suite } from './support/suite.js';

const SIZES = [16 << 10, 64 << 10, 128 << 10] as const;

interface Plan {
  commits: { rounds: number; blocks: number };
  takeovers: number;
  failovers: number;
  flow: { connections: number; window: number; warmUpMs: number; roundMs: number; rounds: number; lagRate: number; looks: number };
  join: { folder: FolderPlan; rounds: number };
}

const SEED = 20_261_123;
const FULL: Plan = {
  commits: { rounds: 5, blocks: 300 },
  takeovers: 20,
  failovers: 50,
  flow: { connections: 32, window: 64, warmUpMs: 3000, roundMs: 4000, rounds: 5, lagRate: 1000, looks: 1000 },
  join: { folder: { accounts: 10_000, instruments: 10, holdings: false, liveOrders: 100_000, tailEvents: 850_000, seed: SEED }, rounds: 5 },
};
const SMOKE: Plan = {
  commits: { rounds: 1, blocks: 20 },
  takeovers: 2,
  failovers: 1,
  flow: { connections: 2, window: 8, warmUpMs: 100, roundMs: 300, rounds: 1, lagRate: 100, looks: 10 },
  join: { folder: { accounts: 40, instruments: 3, holdings: false, liveOrders: 200, tailEvents: 2000, seed: SEED }, rounds: 1 },
};

export const replication: Suite = {
  name: 'replication',
  question: 'What does it cost that a majority has a block before it is told of, and how long is nobody there when the leader dies?',
  run: async ({ smoke, progress }) => {
    const missing = etcdMissing();
    if (missing !== false) throw new Error(missing);
    const plan = smoke ? SMOKE : FULL;
    const rows = await withMembers(async (members) => {
      const commits: Row[] = [];
      for (const bytes of SIZES) {
        progress(`blocks of ${bytes >> 10} KiB`);
        commits.push(...(await commitRows(members, bytes, plan.commits.rounds, plan.commits.blocks)));
      }
      progress('takeovers');
      return [...commits, await takeoverRow(members, plan.takeovers)];
    });
    rows.push(...(await failoverRows(plan.failovers, progress)));
    rows.push(...(await flowRows(plan.flow, progress)));
    rows.push(...(await joinRows(plan.join.folder, plan.join.rounds, progress)));
    return rows;
  },
};

async function withMembers<T>(use: (members: EtcdMembers) => Promise<T>): Promise<T> {
  const members = await EtcdMembers.start(3);
  try {
    return await use(members);
  } finally {
    await members.stop();
  }
}
