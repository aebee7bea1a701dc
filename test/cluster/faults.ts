/** What can happen to a cluster, by name. Each is done to it under load, and undone before the next. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ExchangeCluster } from '../../src/cli/support/exchange-cluster.js';
import { delaySyncs } from '../support/strace.js';

export interface Fault {
  readonly name: string;
  /** Whether another node must lead afterwards, and how soon is measured. */
  readonly deposes: boolean;
  /** Done while nobody sends anything: what it takes is long. */
  readonly isQuiet?: boolean;
  /** Resolves to what undoes it. */
  do(cluster: ExchangeCluster): Promise<() => Promise<void>>;
}

/** Long enough that a standby takes over, and the paused node wakes as a leader that is none. */
const PAUSE_MS = 1000;

const killLeader: Fault = {
  name: 'leader killed',
  deposes: true,
  do: async (cluster) => {
    const leader = await cluster.leader();
    await leader.kill();
    return () => leader.start();
  },
};

const killStandby: Fault = {
  name: 'standby killed',
  deposes: false,
  do: async (cluster) => {
    const leader = await cluster.leader();
    const standby = cluster.nodes.find((node) => node !== leader && node.server !== undefined)!;
    await standby.kill();
    return () => standby.start();
  },
};

const killMember: Fault = {
  name: "etcd's leader killed",
  deposes: false,
  do: async ({ members }) => {
    const index = Math.max(0, await members.leader());
    await members.kill(index);
    return async () => {
      members.restart(index);
      await members.ready(index);
    };
  },
};

const killBoth: Fault = {
  name: "leader and etcd's leader killed",
  deposes: true,
  do: async (cluster) => {
    const [member, node] = await Promise.all([cluster.members.leader(), cluster.leader()]);
    const index = Math.max(0, member);
    await Promise.all([cluster.members.kill(index), node.kill()]);
    return async () => {
      cluster.members.restart(index);
      await Promise.all([cluster.members.ready(index), node.start()]);
    };
  },
};

const pauseLeader: Fault = {
  name: 'leader paused',
  deposes: true,
  do: async (cluster) => {
    const leader = await cluster.leader();
    leader.signal('SIGSTOP');
    const woken = sleep(PAUSE_MS).then(() => leader.signal('SIGCONT'));
    return () => woken;
  },
};

const pauseMember: Fault = {
  name: "etcd's leader paused",
  deposes: false,
  do: async ({ members }) => {
    const index = Math.max(0, await members.leader());
    members.signal(index, 'SIGSTOP');
    const woken = sleep(PAUSE_MS).then(() => members.signal(index, 'SIGCONT'));
    return () => woken;
  },
};

/** Of a disk that is worn out, ms. */
const SLOW_SYNC_MS = 30;

/** The member that all writes go through, on a disk that takes its time; the others have their own. */
const slowDisk: Fault = {
  name: "a slow disk of etcd's leader",
  deposes: false,
  do: async ({ members }) => {
    const stop = await delaySyncs(members.pid(Math.max(0, await members.leader()))!, SLOW_SYNC_MS);
    const over = sleep(PAUSE_MS).then(stop);
    return () => over;
  },
};

/** No quorum: nothing may be acknowledged, and everything goes on by itself when two members are back. */
const killMajority: Fault = {
  name: 'two members of etcd killed',
  deposes: false,
  do: async ({ members }) => {
    await Promise.all([members.kill(0), members.kill(1)]);
    const back = sleep(PAUSE_MS).then(async () => {
      members.restart(0);
      members.restart(1);
      await Promise.all([members.ready(0), members.ready(1)]);
    });
    return () => back;
  },
};

/** A node that comes back with nothing, when the log that it would need is no longer kept. */
const wipeStandby: Fault = {
  name: 'a standby lost its folder',
  deposes: false,
  isQuiet: true,
  do: async (cluster) => {
    const leader = await cluster.leader();
    const standby = cluster.nodes.find((node) => node !== leader && node.server !== undefined)!;
    await standby.kill();
    standby.loseData();
    await cluster.trimmed();
    return () => standby.start();
  },
};

export const FAULTS = {
  wipeStandby,
  killLeader,
  killStandby,
  killMember,
  killBoth,
  pauseLeader,
  pauseMember,
  killMajority,
  slowDisk,
} as const;
