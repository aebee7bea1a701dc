/** What can happen to a simulated cluster, by name: each is done, lasts a while, and is undone. */
import type { Random } from '../../../src/cli/load/random.js';
import type { SimMembers } from './sim-members.js';
import { MEMBERS } from './sim-members.js';
import type { SimNode } from './sim-node.js';

export interface Stage {
  readonly random: Random;
  readonly nodes: readonly SimNode[];
  readonly members: SimMembers;
  /** Who leads, as etcd has it. */
  readonly leader: () => SimNode | undefined;
}

export interface ClusterFault {
  readonly name: string;
  readonly weight: number;
  /** Returns what undoes it. */
  do(stage: Stage): () => void;
}

const nothing = (): void => undefined;

function anyNode({ random, nodes }: Stage): SimNode {
  return nodes[random.between(0, nodes.length - 1)];
}

/** The leader more often than not. */
function leaderOrAny(stage: Stage): SimNode {
  return stage.random.between(1, 3) > 1 ? (stage.leader() ?? anyNode(stage)) : anyNode(stage);
}

function ended(node: SimNode, end: () => void): () => void {
  end();
  return () => node.start();
}

function onLink(stage: Stage, change: (link: SimNode['link']) => void): () => void {
  const { link } = leaderOrAny(stage);
  change(link);
  return () => link.heal();
}

function onMember({ members, random }: Stage, member: number, condition: 'down' | 'isolated' = 'down'): () => void {
  members.set(member, random.between(1, 4) === 1 ? 'isolated' : condition);
  return () => members.set(member, 'up');
}

export const CLUSTER_FAULTS: readonly ClusterFault[] = [
  { name: 'nothing', weight: 1, do: () => nothing },
  {
    name: 'a node is killed',
    weight: 6,
    do: (stage) => {
      const node = leaderOrAny(stage);
      return ended(node, () => node.kill(false));
    },
  },
  {
    name: 'a node loses its power',
    weight: 3,
    do: (stage) => {
      const node = leaderOrAny(stage);
      return ended(node, () => node.kill(true));
    },
  },
  {
    name: 'all nodes lose their power',
    weight: 1,
    do: ({ nodes }) => {
      for (const node of nodes) node.kill(true);
      return () => nodes.forEach((node) => node.start());
    },
  },
  {
    name: 'a node stops in order',
    weight: 2,
    do: (stage) => {
      const node = leaderOrAny(stage);
      return ended(node, () => node.stop());
    },
  },
  {
    name: 'a node is upgraded',
    weight: 3,
    do: (stage) => {
      const node = leaderOrAny(stage);
      return ended(node, () => node.upgrade());
    },
  },
  {
    name: 'a node is paused',
    weight: 6,
    do: (stage) => {
      const node = leaderOrAny(stage);
      node.pause(stage.random.between(20_000, 1_500_000));
      return nothing;
    },
  },
  { name: 'a node is cut from etcd', weight: 4, do: (stage) => onLink(stage, (link) => (link.isCutThere = link.isCutBack = true)) },
  { name: 'nothing of a node reaches etcd', weight: 3, do: (stage) => onLink(stage, (link) => (link.isCutThere = true)) },
  { name: 'nothing of etcd reaches a node', weight: 4, do: (stage) => onLink(stage, (link) => (link.isCutBack = true)) },
  {
    name: 'connections break',
    weight: 4,
    do: (stage) => onLink(stage, (link) => (link.breaks = 0.02 + stage.random.next() * 0.3)),
  },
  {
    name: 'messages are slow',
    weight: 3,
    do: (stage) => onLink(stage, (link) => (link.slowUsMax = stage.random.between(5000, 300_000))),
  },
  { name: "etcd's leader is lost", weight: 4, do: (stage) => onMember(stage, stage.members.leaderIndex) },
  { name: 'a member of etcd is lost', weight: 2, do: (stage) => onMember(stage, stage.random.between(0, MEMBERS - 1)) },
  {
    name: 'etcd has no majority',
    weight: 2,
    do: (stage) => {
      const undo = [0, 1].map((member) => onMember(stage, member));
      return () => undo.forEach((each) => each());
    },
  },
  {
    name: 'etcd is full',
    weight: 2,
    do: ({ members: { etcd } }) => {
      etcd.isFull = true;
      return () => (etcd.isFull = false);
    },
  },
  {
    name: 'a clock jumps',
    weight: 1,
    do: (stage) => {
      const node = leaderOrAny(stage);
      node.setClock(stage.random.between(-3_600_000_000, 3_600_000_000));
      return () => node.setClock(0);
    },
  },
  {
    name: 'a disk is full',
    weight: 3,
    do: (stage) => {
      const { disk } = leaderOrAny(stage);
      disk.setFull(true);
      return () => disk.setFull(false);
    },
  },
  {
    name: 'a folder is lost',
    weight: 1,
    do: (stage) => {
      const node = anyNode(stage);
      // two nodes hold what etcd has no more, and no more than that is promised
      if (stage.nodes.some(({ isLost }) => isLost)) return nothing;
      return ended(node, () => node.wipe());
    },
  },
];

export function faultOf({ random }: Stage): ClusterFault {
  let pick = random.between(
    1,
    CLUSTER_FAULTS.reduce((sum, { weight }) => sum + weight, 0),
  );
  for (const fault of CLUSTER_FAULTS) {
    pick -= fault.weight;
    if (pick <= 0) return fault;
  }
  throw new Error('weights that add up');
}
