/**
 * The right to append, and its end.
 *
 * The token is the revision of the head as we ourselves have last written it; it moves by our own acknowledgements and by
 * nothing else. A leader that learned the revision from the log, which it also follows, would take its successor's for its own
 * after a pause and go on writing while deposed.
 */
import { randomUUID } from 'node:crypto';
import type { ClusterKeys } from './cluster-keys.js';
import { encode, type Head, type Heartbeat } from './cluster-values.js';
import type { KeyStore } from './key-store.js';
import { settle } from './settle.js';
import type { Timings } from './timings.js';

/** Somebody else leads: nothing that was not acknowledged until now ever will be. */
export class Deposed extends Error {
  override readonly name = 'Deposed';

  constructor() {
    super('Another node leads now.');
  }
}

/** A block as the log has it, and where it ends. */
export interface Appended {
  readonly bytes: Uint8Array;
  readonly firstSequence: number;
  readonly lastSequence: number;
  readonly crc: number;
}

export interface LeadershipOptions {
  readonly store: KeyStore;
  readonly keys: ClusterKeys;
  readonly epoch: number;
  /** Where the log ended at the takeover. */
  readonly sequence: number;
  /** Of the takeover: of the head and of the leader's key. */
  readonly revision: number;
  readonly nowMs: () => number;
  /** The cluster held us for its leader at this moment. */
  readonly onConfirmed: (atMs: number) => void;
  readonly timings: Timings;
  /** Called once. */
  readonly onDeposed: () => void;
}

export class Leadership {
  private token: number;
  private committed: number;
  private isUnderWay = false;
  private readonly uid = randomUUID();
  private count = 0;
  private readonly over = new AbortController();
  private timer: NodeJS.Timeout | undefined;
  private beating: Promise<void> | undefined;

  constructor(private readonly options: LeadershipOptions) {
    this.token = options.revision;
    this.committed = options.sequence;
  }

  get epoch(): number {
    return this.options.epoch;
  }

  get isDeposed(): boolean {
    return this.over.signal.aborted;
  }

  /**
   * Resolves when a majority has the block; one at a time. The same block again, after something else about it has failed,
   * resolves at once. Throws Deposed.
   */
  async append(block: Appended): Promise<void> {
    if (block.lastSequence <= this.committed) return;
    if (this.isUnderWay || block.firstSequence !== this.committed + 1) throw new Error('blocks one at a time and in order');
    this.isUnderWay = true;
    try {
      await this.commit(block);
    } finally {
      this.isUnderWay = false;
    }
  }

  /** Heartbeats from now on. */
  start(): void {
    this.timer = setInterval(() => this.beatOnce(), this.options.timings.heartbeatMs);
  }

  /** Ends it without a word to the cluster. */
  stop(): void {
    clearInterval(this.timer);
    this.over.abort(new Deposed());
  }

  /** Tells the standbys that they need not wait. Everything has been appended. */
  async resign(): Promise<void> {
    clearInterval(this.timer);
    await this.beating;
    if (!this.isDeposed) await this.beat({ epoch: this.options.epoch, isFarewell: true });
    this.stop();
  }

  private async commit(block: Appended): Promise<void> {
    const { store, keys, epoch, nowMs } = this.options;
    const uid = `${this.uid}/${++this.count}`;
    const head: Head = { sequence: block.lastSequence, crc: block.crc, epoch, uid };
    const puts = [
      [keys.head, encode(head)],
      [keys.block(block.firstSequence), block.bytes],
    ] as const;
    const condition = { key: keys.head, revision: this.token };
    let askedMs = 0;
    const attempt = (): ReturnType<KeyStore['commit']> => {
      askedMs = nowMs();
      return store.commit([condition], puts, keys.head);
    };
    const revision = await settle(attempt, uid, this.over.signal);
    if (revision === undefined) {
      this.depose();
      throw new Deposed();
    }
    this.token = revision;
    this.committed = block.lastSequence;
    this.options.onConfirmed(askedMs);
  }

  /** One at a time. */
  private beatOnce(): void {
    this.beating ??= this.beat({ epoch: this.options.epoch }).finally(() => (this.beating = undefined));
  }

  /** Conditional on the leader's key, which only a takeover writes: it need not wait for blocks that are on their way. */
  private async beat(heartbeat: Heartbeat): Promise<void> {
    if (this.isDeposed) return;
    const { store, keys, revision, nowMs } = this.options;
    const askedMs = nowMs();
    try {
      const { succeeded } = await store.commit([{ key: keys.leader, revision }], [[keys.heartbeat, encode(heartbeat)]]);
      if (succeeded) this.options.onConfirmed(askedMs);
      else this.depose();
    } catch {
      // no answer: the next one asks another member, and without any our time runs out
    }
  }

  private depose(): void {
    if (this.isDeposed) return;
    this.stop();
    this.options.onDeposed();
  }
}
