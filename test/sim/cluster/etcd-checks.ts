/**
 * Looks at everything that is about to be committed in etcd. What is committed there is the log, whoever knows of it; so one
 * writer per epoch, takeovers in time and a log that is not cut too short are a matter of what etcd is asked to do.
 */
import { type ClusterKeys, numberOfKey } from '../../../src/replication/cluster-keys.js';
import { decode, type Head, type Heartbeat, type Leader } from '../../../src/replication/cluster-values.js';
import type { Change, Entry } from '../../../src/replication/key-store.js';
import { headOf, type CommittedLog } from '../committed-log.js';
import { demand } from '../violation.js';
import type { VirtualTime } from '../virtual-time.js';
import type { Commit, EtcdWitness } from './sim-etcd.js';

export interface EtcdChecksParts {
  readonly time: VirtualTime;
  readonly log: CommittedLog;
  readonly keys: ClusterKeys;
  readonly suspectMs: number;
  /** What the oldest program of any node reads, whether it runs at this moment or not. */
  readonly readVersion: () => number;
  /** The newest snapshot that each node has, or has had. */
  readonly snapshots: () => readonly number[];
  readonly say: (text: string) => void;
}

export class EtcdChecks implements EtcdWitness {
  takeovers = 0;
  trims = 0;
  epoch = 0;
  /** Of the log's last block. */
  logVersion = 0;
  /** Who leads, as etcd has it; '' for nobody yet. */
  leader = '';
  /** When it was last confirmed. */
  private heardUs = -Infinity;
  private isFarewell = false;

  constructor(private readonly parts: EtcdChecksParts) {}

  committed({ changes }: Commit, origin: string): void {
    const { keys } = this.parts;
    const epoch = changes.find(({ key }) => key.startsWith(keys.epochs));
    if (epoch !== undefined) this.checkTakeover(entryOf(epoch), changes, origin);
    for (const change of changes) {
      const { key, value } = change;
      if (value === undefined) this.checkRemoval(key);
      else if (key.startsWith(keys.wal)) this.checkBlock(entryOf(change), changes, origin);
      else if (key === keys.heartbeat) this.noteHeartbeat(entryOf(change), origin);
    }
    if (changes.some(({ key }) => key === keys.head)) this.heardUs = this.parts.time.nowUs;
  }

  private checkTakeover(entry: Entry, changes: readonly Change[], origin: string): void {
    const { time, log, keys, suspectMs, say } = this.parts;
    const { node, epoch, since } = decode<Leader>(entry);
    say(`${origin} takes over: epoch ${epoch} behind event ${since}`);
    demand(node === origin, `${origin} takes over in the name of ${node}`);
    demand(epoch === numberOfKey(entry.key) && epoch > this.epoch, `epoch ${epoch} of ${origin} follows epoch ${this.epoch}`);
    const last = log.blockEnds.get(log.lastSequence)!;
    const head = headIn(changes, keys);
    const isEnd = since === log.lastSequence && head?.sequence === since && head.crc === last.crc && head.epoch === epoch;
    demand(isEnd, `${origin} takes over behind event ${since}, and the log ends at ${log.lastSequence}`);
    const silentMs = (time.nowUs - this.heardUs) / 1000;
    demand(this.isFarewell || silentMs >= suspectMs, `${origin} takes over ${silentMs.toFixed(1)} ms after ${this.leader} was heard of`);
    this.epoch = epoch;
    this.leader = origin;
    this.isFarewell = false;
    this.takeovers++;
  }

  private checkBlock({ key, value }: Entry, changes: readonly Change[], origin: string): void {
    const { log, keys, readVersion } = this.parts;
    demand(origin === this.leader, `${origin} writes a block while ${this.leader} leads`);
    log.add(value, false);
    const block = headOf(value)!;
    demand(numberOfKey(key) === block.first, `block ${block.first} was put under ${key}`);
    demand(block.epoch === this.epoch, `block ${block.first} of ${origin} has epoch ${block.epoch}, and epoch ${this.epoch} is its own`);
    const head = headIn(changes, keys);
    const isRight = head?.sequence === block.last && head.crc === block.crc && head.epoch === block.epoch;
    demand(block.version <= readVersion(), `${origin} writes block ${block.first} in version ${block.version}, which a node does not read`);
    this.logVersion = block.version;
    demand(isRight, `the head behind block ${block.first} says ${JSON.stringify(head)}`);
  }

  private noteHeartbeat(entry: Entry, origin: string): void {
    const { epoch, isFarewell } = decode<Heartbeat>(entry);
    demand(origin === this.leader && epoch === this.epoch, `a heartbeat of ${origin} in epoch ${epoch}, and ${this.leader} leads`);
    this.heardUs = this.parts.time.nowUs;
    this.isFarewell = isFarewell === true;
  }

  private checkRemoval(key: string): void {
    const { keys, log, snapshots } = this.parts;
    if (!key.startsWith(keys.wal)) return;
    const last = log.lastOf.get(numberOfKey(key))!;
    const holders = snapshots().filter((sequence) => sequence >= last).length;
    demand(holders >= 2, `the block up to ${last} was dropped, and ${holders} nodes hold a snapshot behind it`);
    this.trims++;
  }
}

function headIn(changes: readonly Change[], keys: ClusterKeys): Head | undefined {
  const head = changes.find(({ key }) => key === keys.head);
  return head === undefined ? undefined : decode<Head>(entryOf(head));
}

function entryOf({ key, value, revision }: Change): Entry {
  return { key, value: value!, revision };
}
