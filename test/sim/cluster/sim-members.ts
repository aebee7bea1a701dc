/**
 * Three members of etcd: which of them are there, whether they have a leader, and what becomes of a request meanwhile. What a
 * majority has committed stays; a request that came while there was none may be made later, when nobody waits for it any more.
 */
import type { Random } from '../../../src/cli/load/random.js';
import type { VirtualTime } from '../virtual-time.js';
import { EtcdError, type SimEtcd } from './sim-etcd.js';

export const MEMBERS = 3;

/** Of one agreement of the majority, and of one that waits for a disk or a scheduler; one in so many does. */
const COMMIT_US = 600;
const SLOW_COMMIT_US_MAX = 60_000;
const SLOW_COMMIT = 60;
/** From the loss of its leader to the next one. */
const ELECTION_US_MIN = 100_000;
const ELECTION_US_MAX = 450_000;
/** A change reaches the other members so late, and a watch there. */
const SPREAD_US_MAX = 2000;

type Condition = 'up' | 'down' | 'isolated';

interface Waiting {
  readonly member: number;
  readonly run: () => void;
  readonly refuse: (error: Error) => void;
}

export class SimMembers {
  private readonly conditions: Condition[] = Array.from({ length: MEMBERS }, () => 'up');
  private readonly listeners: Set<() => void>[] = Array.from({ length: MEMBERS }, () => new Set());
  private leader = 0;
  /** No leader before this moment. */
  private leaderlessUntilUs = 0;
  private waiting: Waiting[] = [];
  /** Greater each time a leader is lost: agreements under way may be lost with it. */
  private term = 1;

  constructor(
    readonly etcd: SimEtcd,
    private readonly time: VirtualTime,
    private readonly random: Random,
  ) {}

  isUp(member: number): boolean {
    return this.conditions[member] !== 'down';
  }

  /** It hears of what the others agree upon. */
  isWithOthers(member: number): boolean {
    return this.conditions[member] === 'up' && this.hasQuorum;
  }

  /** `run` is called when a majority has agreed, or never; `refuse` when the member says that it cannot. */
  request(member: number, run: () => void, refuse: (error: Error) => void): void {
    if (this.conditions[member] === 'down') {
      refuse(new EtcdError('14 UNAVAILABLE: No connection established'));
      return;
    }
    if (this.conditions[member] === 'isolated' || !this.isReady) {
      this.waiting.push({ member, run, refuse });
      return;
    }
    const isSlow = this.random.between(1, SLOW_COMMIT) === 1;
    const { term } = this;
    this.time.after(
      this.time.someTime(isSlow ? SLOW_COMMIT_US_MAX : COMMIT_US),
      () => {
        // its leader may have told the others before it went, or not
        if (term === this.term || this.random.between(0, 1) === 1) this.whenReady(run);
      },
      this.time.world,
    );
  }

  /** How long a change needs to a watch at the member. */
  spreadUs(): number {
    return this.time.someTime(SPREAD_US_MAX);
  }

  /** `changed` is called whenever the member comes, goes, or is with the others again. */
  listen(member: number, changed: () => void): () => void {
    this.listeners[member].add(changed);
    return () => this.listeners[member].delete(changed);
  }

  set(member: number, condition: Condition): void {
    const had = this.hasQuorum;
    this.conditions[member] = condition;
    if ((member === this.leader && condition !== 'up') || (!had && this.hasQuorum)) this.loseLeader();
    if (condition === 'down') this.refuseWaiting(member);
    else this.resume();
    this.tell();
  }

  /** Its leader is lost, whoever it was; a majority goes on. */
  loseLeader(): void {
    this.term++;
    const candidates = this.conditions.flatMap((condition, member) => (condition === 'up' ? [member] : []));
    this.leader = candidates.length === 0 ? 0 : candidates[this.random.between(0, candidates.length - 1)];
    const electionUs = this.random.between(ELECTION_US_MIN, ELECTION_US_MAX);
    this.leaderlessUntilUs = this.time.nowUs + electionUs;
    this.time.after(electionUs + 1, () => this.resume(), this.time.world);
  }

  get leaderIndex(): number {
    return this.leader;
  }

  get hasQuorum(): boolean {
    return this.conditions.filter((condition) => condition === 'up').length * 2 > MEMBERS;
  }

  private get isReady(): boolean {
    return this.hasQuorum && this.time.nowUs >= this.leaderlessUntilUs;
  }

  private whenReady(run: () => void): void {
    if (this.isReady) run();
    else this.waiting.push({ member: this.leader, run, refuse: () => undefined });
  }

  private resume(): void {
    if (!this.isReady) return;
    const { waiting } = this;
    this.waiting = waiting.filter(({ member }) => this.conditions[member] === 'isolated');
    for (const { member, run } of waiting) {
      if (this.conditions[member] === 'isolated' || this.random.between(0, 1) === 0) continue;
      this.time.after(this.time.someTime(COMMIT_US), () => this.whenReady(run), this.time.world);
    }
    this.tell();
  }

  private refuseWaiting(member: number): void {
    const gone = this.waiting.filter((each) => each.member === member);
    this.waiting = this.waiting.filter((each) => each.member !== member);
    for (const { refuse } of gone) refuse(new EtcdError('14 UNAVAILABLE: Connection dropped'));
  }

  private tell(): void {
    for (const listeners of this.listeners) for (const changed of listeners) changed();
  }
}
