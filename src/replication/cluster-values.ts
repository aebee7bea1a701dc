/** What lies under the keys of a cluster: JSON with the version of its form. A form that is not known is refused. */
import type { Entry } from './key-store.js';

export const CLUSTER_FORMAT = 1;

/** The end of the log. */
export interface Head {
  readonly sequence: number;
  /** Of the block that ends there. */
  readonly crc: number;
  readonly epoch: number;
  /** Of the transaction that wrote this: nobody else ever uses it. */
  readonly uid: string;
}

export interface Leader {
  readonly node: string;
  readonly epoch: number;
  /** Where clients find it. */
  readonly url: string;
  /** The last event before its own. */
  readonly since: number;
}

export interface Heartbeat {
  readonly epoch: number;
  /** The leader goes in order: nobody need wait. */
  readonly isFarewell?: boolean;
}

/** What a node says of itself. */
export interface NodeReport {
  /** Of the data folder: two nodes of one name have two. */
  readonly id: string;
  readonly role: 'auto' | 'replica';
  readonly url: string;
  readonly sequence: number;
  /** The newest snapshot that it holds, 0 for none. */
  readonly snapshot: number;
  /** The newest version of the log that it reads; absent: the program before this one, which says nothing of it. */
  readonly logVersion?: number;
}

export function encode(value: object): string {
  return JSON.stringify({ v: CLUSTER_FORMAT, ...value });
}

/** Throws with one sentence for what this version cannot read. */
export function decode<T>(entry: Entry): T {
  let value: { v?: unknown } | null;
  try {
    value = JSON.parse(Buffer.from(entry.value).toString('utf8')) as { v?: unknown } | null;
  } catch {
    throw new Error(`The key ${entry.key} of etcd holds no JSON.`);
  }
  if (value?.v !== CLUSTER_FORMAT) {
    throw new Error(`The key ${entry.key} of etcd has the form ${String(value?.v)}; this program knows ${CLUSTER_FORMAT}.`);
  }
  return value as T;
}
