/** A node's place in its cluster as the interfaces see it: whether it may answer, and who leads. */
import { nameOf } from '../core/enums.js';
import type { RefusalDetail } from '../core/refusal.js';
import type { ClusterPlace } from '../metrics/exchange-metrics.js';
import { ClusterRole, type ClusterFigures, type ClusterStatus } from '../storage/cluster-status.js';
import { monotonicMs } from '../replication/monotonic.js';

/** A node that follows and hears nothing for so long shows what is past. */
const FOLLOWER_MS = 5000;
/** Above this share of etcd's quota nothing new is taken; at half of it the log says so. */
const QUOTA_HALT_PPM = 800_000;
export const QUOTA_ALARM_PPM = 500_000;

/** The part of an answer about health. */
export interface ClusterHealth {
  node: string;
  /** leader, standby, candidate (taking over), replica, joining or deposed. */
  role: string;
  epoch: number;
  /** Where the leader is; null while nobody is known to lead. */
  leader: string | null;
  /** Events of the cluster's log that are not applied here. */
  lag: number;
  /** Where the nodes are that are known here: pages that were served by one of them may talk to all. */
  nodes: string[];
}

/** An origin as browsers write it, and as a header may hold it. */
const ORIGIN = /^https?:\/\/[\w.:[\]-]{1,255}$/;
/** Names of nodes that are gone stay in etcd. */
const NODES_MAX = 64;

export class ClusterView {
  /** Of the leader that was last heard of. */
  leaderUrl: string | undefined;
  /** Its takeover is complete: books, clocks and services are at work. */
  isOpen = false;
  private readonly known = new Set<string>();

  constructor(
    private readonly status: ClusterStatus,
    readonly node: string,
    private readonly applied: () => number,
    /** So long after the cluster last confirmed it a leader answers; by then another node may lead. */
    private readonly leaderMs: number,
  ) {}

  /** Origins of the nodes. */
  get nodeUrls(): ReadonlySet<string> {
    return this.known;
  }

  noteNode(url: string): void {
    if (ORIGIN.test(url) && this.known.size < NODES_MAX) this.known.add(url);
  }

  figures(): ClusterFigures {
    return this.status.figures();
  }

  get isLeading(): boolean {
    return this.figures().role === ClusterRole.LEADER;
  }

  /** The cluster takes this node for its leader at this moment. */
  get isConfirmed(): boolean {
    const { role, heardMs } = this.figures();
    return role === ClusterRole.LEADER && monotonicMs() - heardMs < this.leaderMs;
  }

  /** Orders and changes may be taken. */
  get mayWrite(): boolean {
    return this.isOpen && this.isConfirmed && this.figures().quotaPpm < QUOTA_HALT_PPM;
  }

  /** What is shown is the present, or for a node that follows nearly so. */
  get mayRead(): boolean {
    const { role, heardMs } = this.figures();
    if (role === ClusterRole.LEADER) return this.isOpen && this.isConfirmed;
    return (role === ClusterRole.STANDBY || role === ClusterRole.REPLICA) && monotonicMs() - heardMs < FOLLOWER_MS;
  }

  /** What a refused caller is told. */
  get hint(): string | undefined {
    if (this.mayWrite || this.leaderUrl === undefined) return undefined;
    return this.isLeading ? undefined : `The leader is at ${this.leaderUrl}`;
  }

  /** As storage-and-cluster.md 6.1 calls it. */
  get roleName(): string {
    const { role } = this.figures();
    if (role === ClusterRole.LEADER) return this.isOpen ? 'Master' : 'Candidate';
    return role === ClusterRole.REPLICA ? 'Replica' : 'Slave';
  }

  /** What a refused caller is told by name. */
  get hintDetails(): RefusalDetail[] | undefined {
    return this.hint === undefined ? undefined : [{ field: 'leader', reason: this.leaderUrl! }];
  }

  /** What the metrics show. */
  place(): ClusterPlace {
    const { role, epoch, lag } = this.health();
    const { etcdBytes, quotaPpm } = this.figures();
    return { role, epoch, lag, etcdBytes, etcdQuotaShare: quotaPpm / 1_000_000 };
  }

  health(): ClusterHealth {
    const { role, epoch, headSequence } = this.figures();
    const name = role === ClusterRole.LEADER && !this.isOpen ? 'candidate' : nameOf(ClusterRole, role).toLowerCase();
    const lag = Math.max(0, headSequence - this.applied());
    return { node: this.node, role: name, epoch, leader: this.leaderUrl ?? null, lag, nodes: [...this.known] };
  }
}
