/** One watch: a stream of changes from one member to one node, in order, without a gap, as long as it lasts. */
import type { Change, Watch, WatchHandlers } from '../../../src/replication/key-store.js';
import type { Commit } from './sim-etcd.js';
import type { SimStoreParts } from './sim-store.js';

/** A connection from which nothing comes for so long is given up: keepalive_time_ms and keepalive_timeout_ms. */
const KEEPALIVE_US = 900_000;

export interface SimWatchParts extends SimStoreParts {
  readonly member: number;
  readonly prefix: string;
  readonly fromRevision: number;
  readonly handlers: WatchHandlers;
}

export class SimWatch implements Watch {
  /** On their way, or kept from it. */
  private readonly queue: Commit[] = [];
  private isPaused = false;
  private isOver = false;
  private isUnderWay = false;
  private isAsked = false;
  private stalledUs: number | undefined;
  private readonly leave: (() => void)[] = [];
  private readonly take = (commit: Commit): void => {
    const changes = commit.changes.filter(({ key }) => key.startsWith(this.parts.prefix));
    if (changes.length === 0) return;
    this.queue.push({ ...commit, changes });
    this.send();
  };

  constructor(private readonly parts: SimWatchParts) {
    const { time, link, members, member } = parts;
    this.leave.push(
      members.listen(member, () => this.look()),
      link.onHealed(() => this.look()),
    );
    // a request that is lost is sent again by TCP once the way is there
    if (link.isCutThere) this.leave.push(link.onHealed(() => this.ask()));
    else this.ask();
    time.after(KEEPALIVE_US, () => this.keepAlive(), time.world);
  }

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
    this.send();
  }

  close(): void {
    this.isOver = true;
    this.parts.members.etcd.unwatch(this.take);
    for (const leave of this.leave) leave();
  }

  private ask(): void {
    if (this.isAsked || this.isOver) return;
    this.isAsked = true;
    const { time, link } = this.parts;
    time.after(link.delayUs(), () => this.begin(), time.world);
  }

  private begin(): void {
    const { members, member, fromRevision } = this.parts;
    if (this.isOver) return;
    if (!members.isUp(member)) {
      this.end('14 UNAVAILABLE', false);
      return;
    }
    const past = members.etcd.watch(fromRevision, this.take);
    if (past === undefined) this.end('mvcc: required revision has been compacted', true);
    else for (const commit of past) this.take(commit);
  }

  /** The member or the way is another: goes on, or breaks. */
  private look(): void {
    if (this.isOver) return;
    if (!this.parts.members.isUp(this.parts.member)) this.end('14 UNAVAILABLE: Connection dropped', false);
    else this.send();
  }

  private keepAlive(): void {
    const { time, link, lane } = this.parts;
    if (this.isOver || lane.isOver) return;
    const isStill = !link.isWhole;
    if (!isStill) this.stalledUs = undefined;
    else if (this.stalledUs === undefined) this.stalledUs = time.nowUs;
    else {
      this.end('14 UNAVAILABLE: Keepalive timeout', false);
      return;
    }
    time.after(KEEPALIVE_US / 2, () => this.keepAlive(), time.world);
  }

  /** The next one sets off, unless something holds it up. */
  private send(): void {
    const { time, link, lane, members, member } = this.parts;
    if (this.isOver || this.isUnderWay || this.isPaused || this.queue.length === 0) return;
    if (link.isCutBack || !members.isWithOthers(member)) return;
    if (link.doesBreak()) {
      this.end('14 UNAVAILABLE: read ECONNRESET', false);
      return;
    }
    this.isUnderWay = true;
    time.after(members.spreadUs() + link.delayUs(), () => this.arrive(), lane);
  }

  private arrive(): void {
    this.isUnderWay = false;
    if (this.isPaused) return;
    // several are on their way at once and come one behind the other
    const commits = this.queue.splice(0);
    for (const { changes } of commits) this.tell(changes);
    this.send();
  }

  private tell(changes: readonly Change[]): void {
    if (!this.isOver) this.parts.handlers.changed(changes);
  }

  /** Told in the node's own time. */
  private end(reason: string, isCompacted: boolean): void {
    const { time, link, lane, handlers } = this.parts;
    if (this.isOver) return;
    this.close();
    time.after(link.delayUs(), () => handlers.ended(reason, isCompacted), lane);
  }
}
