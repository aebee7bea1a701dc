/**
 * What the other nodes say of themselves, as we have seen it by looking again and again: who is there, and what he can do.
 *
 * Time is counted in looks that were answered: while we are paused or cut off we know nothing of anybody, and nobody is gone.
 */
import type { NodeReport } from './cluster-values.js';
import { decode } from './cluster-values.js';
import type { Entry } from './key-store.js';

/** The log that nodes write and read who say nothing of it: those of the program before there was more than one. */
const VERSION_UNSAID = 2;
/** A node reports with every look; one that has missed several is not there. */
const AWAY_LOOKS = 4;
/** So long it may come back, and must find a log that it can read: ten minutes. */
const GONE_LOOKS = 600;

interface Peer {
  readonly report: NodeReport;
  readonly revision: number;
  /** Looks since its last report came. */
  readonly looks: number;
}

export class Peers {
  private peers: ReadonlyMap<string, Peer> | undefined;

  constructor(private readonly goneLooks = GONE_LOOKS) {}

  /** All reports that there are, under their keys. */
  look(entries: readonly Entry[]): void {
    const before = this.peers;
    this.peers = new Map(
      entries.map((entry) => {
        const { key, revision } = entry;
        const peer = before?.get(key);
        const looks = peer?.revision === revision ? peer.looks + 1 : 0;
        return [key, { report: decode<NodeReport>(entry), revision, looks }];
      }),
    );
  }

  /** The newest version of the log that every node reads that is there or may come back. Before the first look: the oldest. */
  get logVersion(): number {
    if (this.peers === undefined) return VERSION_UNSAID;
    const present = [...this.peers.values()].filter(({ looks }) => looks < this.goneLooks);
    return Math.min(Infinity, ...present.map(({ report }) => report.logVersion ?? VERSION_UNSAID));
  }

  /** Another node is there that may lead, and has on its disk what the log has up to this event. */
  hasStandbyAt(sequence: number, ownId: string): boolean {
    return [...(this.peers?.values() ?? [])].some(
      ({ report, looks }) => report.id !== ownId && report.role === 'auto' && report.sequence >= sequence && looks < AWAY_LOOKS,
    );
  }

  /** Where they are. */
  get urls(): string[] {
    return [...(this.peers?.values() ?? [])].map(({ report }) => report.url);
  }

  /** The newest snapshot that two nodes hold; 0 while there is none. */
  get twiceHeld(): number {
    const snapshots = [...(this.peers?.values() ?? [])].map(({ report }) => report.snapshot).sort((a, b) => b - a);
    return snapshots[1] ?? 0;
  }
}
