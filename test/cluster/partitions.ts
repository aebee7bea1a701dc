/** Partitions of every shape, under load: who is cut off from whom, and in which direction. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ExchangeCluster } from '../../src/cli/support/exchange-cluster.js';
import type { Fault } from './faults.js';
import type { Network } from './network.js';

/** Of those that nobody takes over from: longer than a leader is trusted, and than a connection waits for its keepalive. */
const CUT_MS = 1500;

interface Sides {
  readonly leader: string;
  readonly standbys: readonly string[];
  readonly etcdLeader: string;
  readonly otherMembers: readonly string[];
  readonly members: readonly string[];
}

async function sidesOf(cluster: ExchangeCluster): Promise<Sides> {
  const [{ name: leader }, index] = await Promise.all([cluster.leader(), cluster.members.leader()]);
  const members = cluster.members.endpoints.map((_, i) => `etcd${i + 1}`);
  const etcdLeader = members[Math.max(0, index)];
  return {
    leader,
    standbys: cluster.nodes.map(({ name }) => name).filter((name) => name !== leader),
    etcdLeader,
    otherMembers: members.filter((name) => name !== etcdLeader),
    members,
  };
}

export function partitions(network: Network) {
  const partition = (name: string, deposes: boolean, cut: (sides: Sides) => void): Fault => ({
    name,
    deposes,
    do: async (cluster) => {
      cut(await sidesOf(cluster));
      // what nobody takes over from may leave nobody who answers
      const healed = deposes ? undefined : sleep(CUT_MS).then(() => network.heal());
      return async () => {
        await healed;
        network.heal();
      };
    },
  });
  return {
    cutLeader: partition('leader cut off', true, ({ leader, standbys, members }) => {
      network.part([leader], [...standbys, ...members]);
    }),
    muteLeader: partition('leader not heard', true, ({ leader, members }) => {
      network.cut([leader], members);
    }),
    deafLeader: partition('leader hears nothing', true, ({ leader, members }) => {
      network.cut(members, [leader]);
    }),
    cutStandby: partition('standby cut off', false, ({ leader, standbys: [standby], members }) => {
      network.part([standby], [leader, ...members]);
    }),
    cutMember: partition("etcd's leader cut off from its members", false, ({ etcdLeader, otherMembers }) => {
      network.part([etcdLeader], otherMembers);
    }),
    muteMember: partition("etcd's leader not heard by its members", false, ({ etcdLeader, otherMembers }) => {
      network.cut([etcdLeader], otherMembers);
    }),
    deafMember: partition("etcd's leader does not hear its members", false, ({ etcdLeader, otherMembers }) => {
      network.cut(otherMembers, [etcdLeader]);
    }),
    minority: partition("leader and etcd's leader cut off together", true, ({ leader, standbys, etcdLeader, otherMembers }) => {
      network.part([leader, etcdLeader], [...standbys, ...otherMembers]);
    }),
    shattered: partition('no member of etcd hears another', false, ({ members }) => {
      for (const one of members) {
        network.cut(
          [one],
          members.filter((name) => name !== one),
        );
      }
    }),
  } as const;
}
