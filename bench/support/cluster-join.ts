/** How long a standby with an empty folder takes until it has everything that the leader has. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ExchangeCluster, type ClusterNode } from '../../src/cli/support/exchange-cluster.js';
import { HttpClient } from '../../src/client/index.js';
import { rowOf } from './figures.js';
import { prepareFolder, type FolderPlan } from './prepared-folder.js';
import type { Row } from './suite.js';

const LOOK_MS = 10;
const LATE_MS = 120_000;
/** By this the cluster knows a node again; without it a used name is watched for a while. */
const NODE_ID = 'node-id';

/** `b` loses its folder again and again; the leader's is that of a single node which joins a cluster. */
export async function joinRows(plan: FolderPlan, rounds: number, progress: (text: string) => void): Promise<Row[]> {
  const folder = await mkdtemp(join(tmpdir(), 'qaexchange-join-'));
  try {
    progress('preparing a data folder');
    await mkdir(join(folder, 'a'));
    const { accounts, snapshotEvents, tailEvents } = await prepareFolder(join(folder, 'a'), plan);
    const instruments = join(folder, 'no-instruments.json');
    await writeFile(instruments, '[]');
    const env = { INSTRUMENTS_FILE: instruments, LOG_LEVEL: 'error', EXPORT_MS: '0' };
    const cluster = await ExchangeCluster.start({ folder, env, nodes: [{ name: 'a' }, { name: 'b', startsLater: true }] });
    try {
      const [leader, standby] = cluster.nodes;
      progress('the leader takes a snapshot');
      await snapshotOf(leader);
      const times: number[] = [];
      for (let round = 1; round <= rounds; round++) {
        progress(`a fresh standby, round ${round} of ${rounds}`);
        times.push(await joinMs(leader, standby));
        await standby.kill();
        standby.loseData(NODE_ID);
      }
      return [
        rowOf(
          `fresh standby caught up, ${accounts} accounts, ${snapshotEvents + tailEvents} events`,
          's',
          times.map((ms) => ms / 1000),
        ),
      ];
    } finally {
      await cluster.stop();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Resolves when the leader has taken one of its own, as one that trades does twice a minute. */
async function snapshotOf({ url }: ClusterNode): Promise<void> {
  const begunMs = performance.now();
  for (;;) {
    const { body } = await new HttpClient(url).text('/metrics');
    const age = Number(/^qaexchange_snapshot_age_seconds (\S+)$/m.exec(body)?.[1] ?? Infinity);
    const waitedMs = performance.now() - begunMs;
    if (age * 1000 < waitedMs) return;
    if (waitedMs > LATE_MS) throw new Error('the leader takes no snapshot');
    await sleep(LOOK_MS * 10);
  }
}

/** From starting the process until it stands by where the leader is. */
async function joinMs(leader: ClusterNode, standby: ClusterNode): Promise<number> {
  const begunMs = performance.now();
  await standby.start();
  for (;;) {
    const [ours, theirs] = await Promise.all([standby.health(), leader.health()]);
    const ms = performance.now() - begunMs;
    if (ours?.status === 'ok' && ours.cluster?.role === 'standby' && ours.sequence >= (theirs?.sequence ?? Infinity)) return ms;
    if (ms > LATE_MS) throw new Error(`the standby does not catch up: ${JSON.stringify(ours)}`);
    await sleep(LOOK_MS);
  }
}
