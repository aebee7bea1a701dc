/** Commits of the leader's own path on members of etcd, and how soon a standby may append; each in this process, without an exchange. */
import { randomBytes } from 'node:crypto';
import type { EtcdMembers } from '../../src/cli/support/etcd-members.js';
import { ClusterKeys } from '../../src/replication/cluster-keys.js';
import { EtcdStore } from '../../src/replication/etcd-store.js';
import { Leadership } from '../../src/replication/leadership.js';
import { monotonicMs } from '../../src/replication/monotonic.js';
import { Standby, type Position, type Takeover } from '../../src/replication/standby.js';
import { SUSPECT_MS, timingsOf } from '../../src/replication/timings.js';
import { percentile, rowOf } from './figures.js';
import type { Row } from './suite.js';

const TIMINGS = timingsOf(SUSPECT_MS);
const START: Position = { sequence: 0, crc: 0, epoch: 0 };

/** Interleaved block by block with bare transactions that put the same bytes, so that both meet the same disk. */
export async function commitRows(members: EtcdMembers, bytes: number, rounds: number, blocks: number): Promise<Row[]> {
  // a bare transaction is tried once: it must not be given up on a busy machine
  const store = new EtcdStore({ endpoints: members.endpoints, deadlineMs: 5000 });
  const keys = new ClusterKeys(`bench-${bytes}`);
  const leader = leaderOf(store, keys, await takeover(store, keys, 'a'));
  const block = randomBytes(bytes);
  const ours: number[][] = [];
  const bare: number[][] = [];
  let sequence = 0;
  for (let round = 0; round < rounds; round++) {
    const [own, plain]: number[][] = [[], []];
    for (let i = 0; i < blocks; i++) {
      sequence++;
      own.push(await timed(() => leader.append({ bytes: block, firstSequence: sequence, lastSequence: sequence, crc: sequence })));
      const puts = [
        [`bare-${bytes}/head`, `${sequence}`],
        [`bare-${bytes}/${sequence}`, block],
      ] as const;
      plain.push(await timed(() => store.commit([], puts)));
    }
    ours.push(own);
    bare.push(plain);
  }
  const { entries } = await store.range(keys.wal, keys.walEnd, { keysOnly: true });
  if (entries.length !== sequence) throw new Error(`${entries.length} blocks in the log, ${sequence} were acknowledged`);
  leader.stop();
  store.close();
  return [0.5, 0.99].map((share) =>
    rowOf(
      `commit of ${bytes >> 10} KiB, p${share * 100}`,
      'ms',
      ours.map((times) => percentile(times, share)),
      { name: 'bare transaction of etcd', runs: bare.map((times) => percentile(times, share)) },
    ),
  );
}

/** The leader says nothing more, as one that was killed; its standby is warm. */
export async function takeoverRow(members: EtcdMembers, count: number): Promise<Row> {
  const keys = new ClusterKeys('bench-takeover');
  const stores = [0, 1].map((first) => new EtcdStore({ endpoints: members.endpoints, deadlineMs: TIMINGS.deadlineMs }, first));
  let leader = leaderOf(stores[0], keys, await takeover(stores[0], keys, 'a'));
  leader.start();
  const times: number[] = [];
  for (let i = 1; i <= count; i++) {
    const store = stores[i % 2];
    let caughtUp: () => void = () => undefined;
    const warm = new Promise<void>((resolve) => (caughtUp = resolve));
    const next = takeover(store, keys, i % 2 === 0 ? 'a' : 'b', () => caughtUp());
    await warm;
    await new Promise((resolve) => setTimeout(resolve, 100 * Math.random()));
    const startMs = performance.now();
    leader.stop();
    leader = leaderOf(store, keys, await next);
    times.push(performance.now() - startMs);
    leader.start();
  }
  leader.stop();
  for (const store of stores) store.close();
  return rowOf('leader silent until the next may append', 'ms', times);
}

async function takeover(store: EtcdStore, keys: ClusterKeys, node: string, onCaughtUp = (): void => undefined): Promise<Takeover> {
  const standby = new Standby({
    ...{ store, keys, node, url: '', mayLead: true, position: START, nowMs: monotonicMs, onCaughtUp, timings: TIMINGS },
    take: () => Promise.resolve(START),
    onLeader: () => undefined,
    onHeard: () => undefined,
  });
  return (await standby.follow(new AbortController().signal))!;
}

function leaderOf(store: EtcdStore, keys: ClusterKeys, { revision, epoch, position }: Takeover): Leadership {
  const { sequence } = position;
  const nothing = (): void => undefined;
  return new Leadership({
    store,
    keys,
    revision,
    epoch,
    sequence,
    nowMs: monotonicMs,
    timings: TIMINGS,
    onConfirmed: nothing,
    onDeposed: nothing,
  });
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startMs = performance.now();
  await work();
  return performance.now() - startMs;
}
