/** What replication asks of a replicated key-value store with revisions: etcd, or a simulated one. */

export interface Entry {
  readonly key: string;
  readonly value: Uint8Array;
  /** Of the change that gave it this value. */
  readonly revision: number;
}

export interface Range {
  readonly entries: readonly Entry[];
  /** The store as it was after this change; everything up to it is in `entries`. */
  readonly revision: number;
  /** There are entries behind the last one. */
  readonly more: boolean;
}

export interface RangeOptions {
  readonly limit?: number;
  readonly keysOnly?: boolean;
  readonly isDescending?: boolean;
}

/** The key's value stems from this revision; 0: there is no such key. */
export interface Condition {
  readonly key: string;
  readonly revision: number;
}

export interface Outcome {
  readonly succeeded: boolean;
  /** Of the change that was made; of the store when none was. */
  readonly revision: number;
  /** Of a failure: what the key that was asked for holds. */
  readonly found: Entry | undefined;
}

/** `value` undefined: the key was deleted. */
export interface Change {
  readonly key: string;
  readonly value: Uint8Array | undefined;
  readonly revision: number;
}

export interface WatchHandlers {
  /** All changes of one revision, in the order of revisions; sometimes none: then the watch is merely alive. */
  readonly changed: (changes: readonly Change[]) => void;
  /** Comes once, last. `isCompacted`: the changes behind the first revision are gone, read the range instead. */
  readonly ended: (reason: string, isCompacted: boolean) => void;
}

export interface Watch {
  /** Changes are taken no faster than they are used. */
  pause(): void;
  resume(): void;
  close(): void;
}

/** Every call is one attempt; a rejection leaves open whether a commit was made. */
export interface KeyStore {
  /** Keys from `from` up to but not including `to`, as a majority has them at this moment. */
  range(from: string, to: string, options?: RangeOptions): Promise<Range>;
  /** All of `puts` or none; `elseKey` is what a failure looks at. */
  commit(conditions: readonly Condition[], puts: readonly (readonly [string, Uint8Array | string])[], elseKey?: string): Promise<Outcome>;
  /** Returns how many keys went. */
  remove(from: string, to: string): Promise<number>;
  /** The store may forget what was before this revision. */
  compact(revision: number): Promise<void>;
  /** Changes of keys that begin with `prefix`, from a revision on. */
  watch(prefix: string, fromRevision: number, handlers: WatchHandlers): Watch;
  /** Of the members asked, the fullest: its bytes on disk and in use. */
  usage(): Promise<{ bytes: number }>;
  /** The next call goes elsewhere: this way seems to be no good. */
  rotate(): void;
  close(): void;
}

/** Exclusive upper bound of all keys with a prefix that ends in '/': '0' follows '/' in ASCII. */
export function afterPrefix(prefix: string): string {
  return `${prefix.slice(0, -1)}0`;
}
