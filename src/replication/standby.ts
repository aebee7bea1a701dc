/**
 * A node that does not lead: follows the log block by block, knows who leads, and takes over when nobody does any more.
 *
 * It hears of everything by one watch. A member of etcd that falls silent is left for another one before anybody is
 * suspected, and a suspicion is held against what a majority says, so that neither a member's death nor our own pause looks
 * like the leader's.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ClusterKeys } from './cluster-keys.js';
import { decode, encode, type Head, type Heartbeat, type Leader, type NodeReport } from './cluster-values.js';
import type { Change, Condition, Entry, KeyStore, Watch } from './key-store.js';
import { settle } from './settle.js';
import type { Timings } from './timings.js';

const LOOK_MS = 5;
const PAGE_BLOCKS = 64;
/** Blocks that wait to be applied before the watch is held back. */
const WAITING_MAX = 256;
/** A node that has not reported for so long is not there. */
const NODE_GONE_MS = 3000;
const RETRY_MS = 20;

/** The end of what this node has of the log. */
export interface Position {
  readonly sequence: number;
  readonly crc: number;
  readonly epoch: number;
}

export interface StandbyOptions {
  readonly store: KeyStore;
  readonly keys: ClusterKeys;
  readonly node: string;
  readonly url: string;
  readonly mayLead: boolean;
  readonly position: Position;
  /** Takes the next block of the log; resolves to where it ends. Throws when it does not follow. */
  readonly take: (bytes: Uint8Array) => Promise<Position>;
  /** Another node leads, as far as is known. */
  readonly onLeader: (leader: Leader) => void;
  /** The leader was heard of at this moment, and where its log ends. */
  readonly onHeard: (atMs: number, headSequence: number) => void;
  /** Everything that there was at the start has been taken. */
  readonly onCaughtUp: () => void;
  readonly timings: Timings;
  readonly nowMs: () => number;
}

export interface Takeover {
  readonly revision: number;
  readonly epoch: number;
  readonly position: Position;
  /** When the cluster was asked, which holds us for its leader since later than that. */
  readonly askedMs: number;
}

/** The log of the cluster and ours are not one history; or it begins behind the end of ours. */
export class LogMismatch extends Error {
  override readonly name = 'LogMismatch';
}

/** The cluster no longer has what follows our log. */
export class LogBehind extends Error {
  override readonly name = 'LogBehind';

  constructor(sequence: number, end: number) {
    super(`Our log ends at ${sequence}, the cluster's at ${end}, and it no longer has what is between.`);
  }
}

export class Standby {
  private position: Position;
  private readonly queue: Uint8Array[] = [];
  private pumping: Promise<void> | undefined;
  private watch: Watch | undefined;
  private watchCount = 0;
  /** All changes up to this revision are known. */
  private revision = 0;
  /** When the leader was last heard of, and by which revision; when anything was. */
  private heardMs: number;
  private heardRevision = 0;
  private anythingMs: number;
  private isFarewell = false;
  private headSequence = 0;
  private isPaused = false;
  private isCompacted = false;
  private readonly nodes = new Map<string, { report: NodeReport; seenMs: number }>();
  private failure: Error | undefined;

  constructor(private readonly options: StandbyOptions) {
    this.position = options.position;
    this.heardMs = options.nowMs();
    this.anythingMs = this.heardMs;
  }

  /** Until it has taken over, or `signal` is aborted: then undefined. Throws LogMismatch, and what `take` throws. */
  async follow(signal: AbortSignal): Promise<Takeover | undefined> {
    try {
      await this.begin(signal);
      while (!signal.aborted) {
        await sleep(LOOK_MS);
        if (this.failure !== undefined) throw this.failure;
        if (this.isCompacted) await this.begin(signal);
        this.lookAtWatch();
        const takeover = await this.lookAtLeader(signal);
        if (takeover !== undefined) return takeover;
      }
      return undefined;
    } catch (error) {
      if (signal.aborted) return undefined;
      throw error;
    } finally {
      this.watchCount++;
      this.watch?.close();
      await this.pumping?.catch(() => undefined);
    }
  }

  /** Reads what there is, then watches what comes. */
  private async begin(signal: AbortSignal): Promise<void> {
    const { keys } = this.options;
    this.isCompacted = false;
    await this.readLog(signal);
    for (const entry of await this.read(keys.now, signal)) this.note(entry, false);
    for (const entry of await this.read(keys.nodes, signal)) this.note(entry, false);
    if (this.position.sequence < this.headSequence) await this.checkReach(signal);
    this.heardMs = this.options.nowMs();
    this.openWatch();
    this.options.onCaughtUp();
  }

  /** Every block behind our end, page by page. */
  private async readLog(signal: AbortSignal): Promise<void> {
    const { store, keys } = this.options;
    await this.checkEnd(signal);
    for (;;) {
      const from = keys.block(this.position.sequence + 1);
      const page = await this.insist(() => store.range(from, keys.walEnd, { limit: PAGE_BLOCKS }), signal);
      for (const { value } of page.entries) await this.take(value);
      this.revision = page.revision;
      if (!page.more) return;
    }
  }

  /** Of an empty range nothing can be seen; the head says where the log ends. */
  private async checkReach(signal: AbortSignal): Promise<void> {
    const { store, keys } = this.options;
    const { entries } = await this.insist(() => store.range(keys.block(this.position.sequence + 1), keys.walEnd, { limit: 1 }), signal);
    if (entries.length === 0 && this.position.sequence < this.headSequence) throw new LogBehind(this.position.sequence, this.headSequence);
  }

  /** A folder of another cluster, or of a history that never was, must not go on from here. */
  private async checkEnd(signal: AbortSignal): Promise<void> {
    const { sequence, crc } = this.position;
    const head = await this.readHead(signal);
    if (head === undefined) return;
    const { sequence: end, crc: endCrc } = decode<Head>(head);
    if (sequence > end || (sequence === end && crc !== endCrc)) {
      throw new LogMismatch(
        `The data folder reaches event ${sequence}, the cluster's log ends otherwise at ${end}: it is of another history.`,
      );
    }
  }

  private async readHead(signal: AbortSignal): Promise<Entry | undefined> {
    const { keys } = this.options;
    return (await this.read(keys.now, signal)).find(({ key }) => key === keys.head);
  }

  private async read(prefix: string, signal: AbortSignal): Promise<readonly Entry[]> {
    const { entries } = await this.insist(() => this.options.store.range(prefix, `${prefix.slice(0, -1)}0`), signal);
    return entries;
  }

  private async insist<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    for (;;) {
      signal.throwIfAborted();
      try {
        return await work();
      } catch {
        await sleep(RETRY_MS);
      }
    }
  }

  private openWatch(): void {
    this.watch?.close();
    const number = ++this.watchCount;
    const openedMs = this.options.nowMs();
    this.anythingMs = openedMs;
    this.isPaused = false;
    this.watch = this.options.store.watch(this.options.keys.all, this.revision + 1, {
      changed: (changes) => {
        if (number === this.watchCount) this.changed(changes);
      },
      ended: (_reason, isCompacted) => {
        if (number !== this.watchCount) return;
        // what we have not heard of is gone from the watch; the range still has it, or we are too far behind
        if (isCompacted) this.isCompacted = true;
        else {
          this.options.store.rotate();
          void this.reopenWatch(number, openedMs + RETRY_MS);
        }
      },
    });
  }

  /** At once, unless no member can be reached: then they are not asked without a break. */
  private async reopenWatch(number: number, notBeforeMs: number): Promise<void> {
    const waitMs = notBeforeMs - this.options.nowMs();
    if (waitMs > 0) await sleep(waitMs);
    if (number === this.watchCount) this.openWatch();
  }

  private changed(changes: readonly Change[]): void {
    this.anythingMs = this.options.nowMs();
    for (const { key, value, revision } of changes) {
      this.revision = Math.max(this.revision, revision);
      if (value === undefined) continue;
      try {
        this.note({ key, value, revision }, true);
      } catch (error) {
        this.fail(error);
      }
    }
  }

  private note(entry: Entry, isNews: boolean): void {
    const { keys, nowMs, onLeader, onHeard } = this.options;
    const { key, value, revision } = entry;
    if (key.startsWith(keys.wal)) {
      this.enqueue(value);
      return;
    }
    if (key.startsWith(keys.nodes)) {
      const seenMs = isNews ? nowMs() : nowMs() - NODE_GONE_MS / 2;
      this.nodes.set(key.slice(keys.nodes.length), { report: decode<NodeReport>(entry), seenMs });
      return;
    }
    if (key === keys.leader) onLeader(decode<Leader>(entry));
    else if (key === keys.head) this.headSequence = decode<Head>(entry).sequence;
    else if (key === keys.heartbeat) this.isFarewell = decode<Heartbeat>(entry).isFarewell === true;
    else return;
    this.heardRevision = Math.max(this.heardRevision, revision);
    this.heardMs = nowMs();
    onHeard(this.heardMs, this.headSequence);
  }

  private enqueue(bytes: Uint8Array): void {
    // behind a block that was not taken there is nothing to take
    if (this.failure !== undefined) return;
    this.queue.push(bytes);
    if (this.queue.length >= WAITING_MAX && !this.isPaused) {
      this.isPaused = true;
      this.watch?.pause();
    }
    this.pumping ??= this.pump();
  }

  private async pump(): Promise<void> {
    try {
      for (let bytes = this.queue.shift(); bytes !== undefined; bytes = this.queue.shift()) await this.take(bytes);
    } catch (error) {
      this.fail(error);
    }
    // at once: what is enqueued from now on is pumped anew
    this.pumping = undefined;
    if (!this.isPaused) return;
    this.isPaused = false;
    this.watch?.resume();
  }

  /** Resolves when nothing waits to be applied. Throws what stopped that. */
  private async pumped(): Promise<void> {
    while (this.pumping !== undefined) await this.pumping;
    if (this.failure !== undefined) throw this.failure;
  }

  private fail(error: unknown): void {
    this.failure ??= error instanceof Error ? error : new Error(String(error));
  }

  private async take(bytes: Uint8Array): Promise<void> {
    this.position = await this.options.take(bytes);
  }

  /** Silence of the member is not silence of the leader. */
  private lookAtWatch(): void {
    if (this.isPaused || this.options.nowMs() - this.anythingMs < this.options.timings.silenceMs) return;
    this.options.store.rotate();
    this.openWatch();
  }

  private async lookAtLeader(signal: AbortSignal): Promise<Takeover | undefined> {
    if (!this.options.mayLead) return undefined;
    const waitMs = (this.isFarewell ? 0 : this.options.timings.suspectMs) + this.options.timings.staggerMs * this.rank();
    if (this.options.nowMs() - this.heardMs < waitMs) return undefined;
    return await this.tryTakeover(signal);
  }

  /** Our place among those that may lead and are there. */
  private rank(): number {
    const nowMs = this.options.nowMs();
    let rank = 0;
    for (const [name, { report, seenMs }] of this.nodes) {
      if (name < this.options.node && report.role === 'auto' && nowMs - seenMs < NODE_GONE_MS) rank++;
    }
    return rank;
  }

  private async tryTakeover(signal: AbortSignal): Promise<Takeover | undefined> {
    const { keys } = this.options;
    const { heardRevision } = this;
    const askedMs = this.options.nowMs();
    let now = await this.read(keys.now, signal);
    if (this.isAlive(now, heardRevision)) return undefined;
    if (this.options.nowMs() - askedMs > this.options.timings.slowAnswerMs) {
      await sleep(this.options.timings.graceMs);
      now = await this.read(keys.now, signal);
      if (this.isAlive(now, heardRevision)) return undefined;
    }
    const entry = now.find(({ key }) => key === keys.head);
    const head = entry === undefined ? undefined : decode<Head>(entry);
    if (head !== undefined && !(await this.catchUp(head, signal))) return undefined;
    const position = { ...this.position, epoch: Math.max(head?.epoch ?? 0, this.position.epoch) };
    const conditions = [keys.head, keys.leader, keys.heartbeat].map((key) => ({
      key,
      revision: now.find((each) => each.key === key)?.revision ?? 0,
    }));
    return await this.claim(position, conditions, signal);
  }

  /**
   * Something was written behind `heardRevision`, where the suspicion began: then somebody leads, and it is our hearing that
   * is bad.
   */
  private isAlive(now: readonly Entry[], heardRevision: number): boolean {
    const { keys } = this.options;
    const newest = Math.max(0, ...now.map(({ revision }) => revision));
    const farewell = now.find(({ key }) => key === keys.heartbeat);
    if (newest <= heardRevision) return false;
    for (const entry of now) this.note(entry, true);
    return farewell === undefined || decode<Heartbeat>(farewell).isFarewell !== true;
  }

  /** Up to the head, whatever the watch has brought until now; false when that goes further: somebody has led since. */
  private async catchUp(head: Head, signal: AbortSignal): Promise<boolean> {
    await this.pumped();
    if (this.position.sequence < head.sequence) {
      const { store, keys } = this.options;
      const { entries } = await this.insist(() => store.range(keys.block(this.position.sequence + 1), keys.walEnd), signal);
      for (const { value } of entries) this.enqueue(value);
      await this.pumped();
    }
    const { sequence, crc } = this.position;
    if (sequence < head.sequence) throw new LogBehind(sequence, head.sequence);
    if (sequence === head.sequence && crc !== head.crc)
      throw new LogMismatch(`The log of this node and the cluster's differ at event ${sequence}.`);
    return sequence === head.sequence;
  }

  /**
   * The one transaction that makes a leader: nobody has written since we looked, and what we have is all there is. A heartbeat
   * that a slow disk of etcd has held up comes before it and makes it fail.
   */
  private async claim(position: Position, read: readonly Condition[], signal: AbortSignal): Promise<Takeover | undefined> {
    const { store, keys, node, url, nowMs } = this.options;
    const epoch = position.epoch + 1;
    const uid = randomUUID();
    const head: Head = { sequence: position.sequence, crc: position.crc, epoch, uid };
    const leader: Leader = { node, epoch, url, since: position.sequence };
    const puts = [
      [keys.head, encode(head)],
      [keys.leader, encode(leader)],
      [keys.heartbeat, encode({ epoch } satisfies Heartbeat)],
      [keys.epoch(epoch), encode({ ...leader, uid })],
    ] as const;
    const conditions = [...read, { key: keys.epoch(epoch), revision: 0 }];
    let askedMs = 0;
    const attempt = (): ReturnType<KeyStore['commit']> => {
      askedMs = nowMs();
      return store.commit(conditions, puts, keys.head);
    };
    const revision = await settle(attempt, uid, signal);
    if (revision === undefined) {
      // somebody was faster: the watch tells who
      this.heardMs = nowMs();
      return undefined;
    }
    return { revision, epoch, position: { ...position, epoch }, askedMs };
  }
}
