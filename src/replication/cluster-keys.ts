/**
 * The keys of a cluster, under a prefix of its own:
 *
 *   now/head        where the log ends; its revision is the token of whoever may append
 *   now/leader      who that is; every heartbeat is conditional on the revision of this key
 *   now/heartbeat   written every 100 ms; a leader that goes in order says so here
 *   wal/<n>         the block whose first event is n
 *   epoch/<e>       who led from which event on: written once
 *   node/<name>     what each node says of itself, once a second
 *   hash/<n>        the hash of the state behind event n, as the first node that came there found it
 *   snapshot/<n>/<hash>   a node has made a snapshot behind event n, and its content hashes to this
 *   cluster         its id, and the secrets that all nodes share, sealed
 *
 * Numbers are hexadecimal of fixed width, so that the order of keys is the order of numbers.
 */
import { afterPrefix } from './key-store.js';

export class ClusterKeys {
  readonly all: string;
  readonly now: string;
  readonly head: string;
  readonly leader: string;
  readonly heartbeat: string;
  readonly wal: string;
  readonly epochs: string;
  readonly nodes: string;
  readonly hashes: string;
  readonly snapshots: string;
  readonly cluster: string;

  constructor(name: string) {
    this.all = `${name}/`;
    this.now = `${name}/now/`;
    this.head = `${name}/now/head`;
    this.leader = `${name}/now/leader`;
    this.heartbeat = `${name}/now/heartbeat`;
    this.wal = `${name}/wal/`;
    this.epochs = `${name}/epoch/`;
    this.nodes = `${name}/node/`;
    this.hashes = `${name}/hash/`;
    this.snapshots = `${name}/snapshot/`;
    this.cluster = `${name}/cluster`;
  }

  block(firstSequence: number): string {
    return this.wal + wide(firstSequence);
  }

  epoch(epoch: number): string {
    return this.epochs + wide(epoch);
  }

  hash(sequence: number): string {
    return this.hashes + wide(sequence);
  }

  snapshot(sequence: number, hash: string): string {
    return `${this.snapshots}${wide(sequence)}/${hash}`;
  }

  node(name: string): string {
    return this.nodes + name;
  }

  get walEnd(): string {
    return afterPrefix(this.wal);
  }
}

function wide(value: number): string {
  return value.toString(16).padStart(16, '0');
}

/** The number that a key ends with. */
export function numberOfKey(key: string): number {
  return Number.parseInt(key.slice(-16), 16);
}
