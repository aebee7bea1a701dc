/**
 * The data of a simulated etcd, as its documentation promises them: one order of all changes, a revision for each, transactions
 * that are made as a whole or not at all, watches that show every change behind a revision until that is compacted.
 *
 * It is one thing here however many members there are: what a majority has agreed upon. How to reach it, and when there is no
 * majority, is the matter of `sim-members.ts`.
 */
import type { Change, Condition, Entry, Outcome, Range, RangeOptions } from '../../../src/replication/key-store.js';
import { SortedEntries } from '../sorted-entries.js';

export type Puts = readonly (readonly [string, Uint8Array | string])[];

/** All changes of one transaction. */
export interface Commit {
  readonly revision: number;
  readonly changes: readonly Change[];
}

/** etcd's own words begin so. */
export class EtcdError extends Error {
  override readonly name = 'EtcdError';
}

export interface EtcdWitness {
  /** About to become true for everybody: throws when it must not. `origin` is the node that asked for it. */
  committed(commit: Commit, origin: string): void;
}

/** Bytes that a key costs besides its name and value. */
const KEY_BYTES = 64;

export class SimEtcd {
  revision = 1;
  compacted = 0;
  /** Of everything that is not compacted. */
  bytes = 0;
  /** Its quota is used up: nothing is put until somebody makes room. */
  isFull = false;
  private readonly entries = new SortedEntries();
  private readonly revisions = new Map<string, number>();
  /** Behind `compacted`, in order. */
  private commits: Commit[] = [];
  private readonly listeners = new Set<(commit: Commit) => void>();

  constructor(private readonly witness: EtcdWitness) {}

  range(from: string, to: string, { limit = 0, keysOnly = false, isDescending = false }: RangeOptions = {}): Range {
    const found = this.entries.range({ gte: from, lt: to, reverse: isDescending });
    const shown = limit > 0 ? found.slice(0, limit) : found;
    const entries = shown.map(([key, value]): Entry => this.entry(key, keysOnly ? new Uint8Array(0) : value));
    return { entries, revision: this.revision, more: found.length > shown.length };
  }

  commit(origin: string, conditions: readonly Condition[], puts: Puts, elseKey?: string): Outcome {
    if (this.isFull && puts.length > 0) throw new EtcdError('8 RESOURCE_EXHAUSTED: etcdserver: mvcc: database space exceeded');
    const holds = conditions.every(({ key, revision }) => (this.revisions.get(key) ?? 0) === revision);
    if (!holds) {
      const value = elseKey === undefined ? undefined : this.entries.get(elseKey);
      return { succeeded: false, revision: this.revision, found: value === undefined ? undefined : this.entry(elseKey!, value) };
    }
    const revision = this.revision + 1;
    this.make(
      puts.map(([key, value]) => ({ key, value: Buffer.from(value), revision })),
      origin,
    );
    return { succeeded: true, revision, found: undefined };
  }

  remove(origin: string, from: string, to: string): number {
    const revision = this.revision + 1;
    const gone = this.entries.range({ gte: from, lt: to }).map(([key]): Change => ({ key, value: undefined, revision }));
    if (gone.length > 0) this.make(gone, origin);
    return gone.length;
  }

  compact(revision: number): void {
    if (revision <= this.compacted) throw new EtcdError('etcdserver: mvcc: required revision has been compacted');
    if (revision > this.revision) throw new EtcdError('etcdserver: mvcc: required revision is a future revision');
    this.compacted = revision;
    this.commits = this.commits.filter((commit) => commit.revision > revision);
    this.bytes = this.entries.range({}).reduce((sum, [key, value]) => sum + costOf(key, value), 0);
    for (const { changes } of this.commits) this.bytes += sizeOf(changes);
  }

  /** What there was from a revision on; undefined when that is compacted. Everything that comes later goes to `listener`. */
  watch(fromRevision: number, listener: (commit: Commit) => void): readonly Commit[] | undefined {
    if (fromRevision <= this.compacted) return undefined;
    this.listeners.add(listener);
    return this.commits.filter(({ revision }) => revision >= fromRevision);
  }

  unwatch(listener: (commit: Commit) => void): void {
    this.listeners.delete(listener);
  }

  private make(changes: readonly Change[], origin: string): void {
    const commit = { revision: this.revision + 1, changes };
    this.witness.committed(commit, origin);
    this.revision = commit.revision;
    for (const { key, value } of changes) {
      this.entries.apply([value === undefined ? { type: 'del', key } : { type: 'put', key, value }]);
      if (value === undefined) this.revisions.delete(key);
      else this.revisions.set(key, commit.revision);
    }
    this.commits.push(commit);
    this.bytes += sizeOf(changes);
    for (const listener of this.listeners) listener(commit);
  }

  private entry(key: string, value: Uint8Array): Entry {
    return { key, value: Buffer.from(value), revision: this.revisions.get(key)! };
  }
}

function sizeOf(changes: readonly Change[]): number {
  return changes.reduce((sum, { key, value }) => sum + costOf(key, value), 0);
}

function costOf(key: string, value: Uint8Array | undefined): number {
  return KEY_BYTES + key.length + (value?.byteLength ?? 0);
}
