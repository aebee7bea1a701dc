/**
 * What a node does for its cluster about once a second: says of itself where it is, and, leading, drops what nobody needs any
 * more and looks how full etcd is.
 *
 * All look at what the others say: whoever comes to lead must know what they can read.
 *
 * A block goes only when two nodes hold a snapshot behind it: then no single loss takes what a fresh node begins with.
 */
import { numberOfKey, type ClusterKeys } from './cluster-keys.js';
import { decode, encode, type NodeReport } from './cluster-values.js';
import { afterPrefix, type KeyStore } from './key-store.js';
import type { Peers } from './peers.js';

const REPORT_MS = 1000;
/** Blocks that are fewer than this are not worth a compaction. */
const TRIM_EVERY = 5;
const HASHES_KEPT = 100;
/** Whoever copies a snapshot may take his time. */
const SNAPSHOTS_KEPT = 1000;

export interface HousekeepingOptions {
  readonly store: KeyStore;
  readonly keys: ClusterKeys;
  readonly node: string;
  readonly quotaBytes: number;
  /** Absent: once a second. */
  readonly reportMs?: number;
  readonly report: () => NodeReport;
  readonly peers: Peers;
  readonly isLeading: () => boolean;
  /** Where a node is, again with every look at them. */
  readonly onNode: (url: string) => void;
  readonly onUsage: (bytes: number, quotaPpm: number) => void;
  /** The state of this node is not that of others behind this event. */
  readonly onDiverged: (sequence: number) => void;
  /** Another folder's node reports by our name: two that joined at the same moment, or one that slept while the other came. */
  readonly onTwin: () => void;
}

export class Housekeeping {
  private timer: NodeJS.Timeout | undefined;
  private turns = 0;
  private isBusy = false;
  private trimmed = 0;
  /** Of our last report. */
  private reported: number | undefined;
  /** Keys of snapshots that are not recorded yet. */
  private readonly made = new Set<string>();

  constructor(private readonly options: HousekeepingOptions) {}

  start(): void {
    void this.turn();
    this.timer = setInterval(() => void this.turn(), this.options.reportMs ?? REPORT_MS);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** The first node that comes to an event says what its state hashes to; all others compare. */
  async compare(sequence: number, hash: string): Promise<void> {
    const { store, keys, node, onDiverged } = this.options;
    const key = keys.hash(sequence);
    try {
      const { succeeded, found } = await store.commit([{ key, revision: 0 }], [[key, encode({ hash, node })]], key);
      if (!succeeded && found !== undefined && decode<{ hash: string }>(found).hash !== hash) onDiverged(sequence);
    } catch {
      // without an answer this one is left out: another follows
    }
  }

  /** This node has made a snapshot of this content: it is recorded with the next report. */
  noteSnapshot(sequence: number, hash: string): void {
    this.made.add(this.options.keys.snapshot(sequence, hash));
  }

  private async turn(): Promise<void> {
    if (this.isBusy) return;
    this.isBusy = true;
    const { store, keys, peers, isLeading, onNode } = this.options;
    try {
      // an etcd without room takes none of it, and is trimmed all the same
      await this.report().catch(() => undefined);
      peers.look((await store.range(keys.nodes, afterPrefix(keys.nodes))).entries);
      peers.urls.forEach(onNode);
      if (++this.turns % TRIM_EVERY === 0) {
        const { bytes } = await store.usage();
        this.options.onUsage(bytes, (bytes / this.options.quotaBytes) * 1e6);
        if (isLeading()) await this.trim();
      }
    } catch {
      // the next turn asks another member
    } finally {
      this.isBusy = false;
    }
  }

  /** Every report but the first goes on from the one before: so of two nodes of one name one finds out. */
  private async report(): Promise<void> {
    const { store, keys, node, report, onTwin } = this.options;
    const key = keys.node(node);
    const own = report();
    const made = [...this.made];
    const records = made.map((each) => [each, encode({ node })] as const);
    const conditions = this.reported === undefined ? [] : [{ key, revision: this.reported }];
    const { succeeded, revision, found } = await store.commit(conditions, [[key, encode(own)], ...records], key);
    if (succeeded) {
      this.reported = revision;
      for (const each of made) this.made.delete(each);
    }
    // one of ours whose answer was lost, or one that somebody has removed
    else if (found === undefined || decode<NodeReport>(found).id === own.id) this.reported = found?.revision;
    else onTwin();
  }

  /** Drops blocks wholly below the snapshots of two nodes, then what etcd keeps of them. */
  private async trim(): Promise<void> {
    const { store, keys } = this.options;
    const below = this.options.peers.twiceHeld;
    if (below <= this.trimmed) return;
    // the block that holds the event stays: a log never begins in the middle of one
    const { entries, revision } = await store.range(keys.wal, keys.block(below + 1), { keysOnly: true, isDescending: true, limit: 1 });
    const kept = entries[0];
    this.trimmed = below;
    if (kept === undefined || (await store.remove(keys.wal, keys.block(numberOfKey(kept.key)))) === 0) return;
    await this.dropOldest(keys.hashes, HASHES_KEPT);
    await this.dropOldest(keys.snapshots, SNAPSHOTS_KEPT);
    await store.compact(revision);
  }

  private async dropOldest(prefix: string, kept: number): Promise<void> {
    const { store } = this.options;
    const { entries } = await store.range(prefix, afterPrefix(prefix), { keysOnly: true, isDescending: true, limit: kept });
    const oldest = entries.at(-1);
    if (oldest !== undefined) await store.remove(prefix, oldest.key);
  }
}
