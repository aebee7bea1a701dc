/** Helpers of the replication tests: real members of etcd, leaders and standbys over them, and ways to lose an answer. */
import type { Test } from 'tap';
import { EtcdMembers, etcdMissing } from '../../src/cli/support/etcd-members.js';
import { ClusterKeys } from '../../src/replication/cluster-keys.js';
import { EtcdStore } from '../../src/replication/etcd-store.js';
import type { KeyStore } from '../../src/replication/key-store.js';
import { Leadership, type LeadershipOptions } from '../../src/replication/leadership.js';
import { monotonicMs } from '../../src/replication/monotonic.js';
import { Standby, type StandbyOptions, type Takeover } from '../../src/replication/standby.js';
import { timingsOf } from '../../src/replication/timings.js';
import { readBlock, type LogPosition } from '../../src/storage/log-block.js';
import { makeBlock, START } from '../storage/support.js';

/** With CI=true a missing etcd is a failure, elsewhere a reason to skip. */
export const SKIP = process.env['CI'] === 'true' ? false : etcdMissing();

export async function tempMembers(t: Test, count: number): Promise<EtcdMembers> {
  const members = await EtcdMembers.start(count);
  t.teardown(() => members.stop());
  return members;
}

/** What the tests are about is order, not time: a machine that is busy with other tests is no dead leader. */
const PATIENT = timingsOf(1500);

export function storeOf(t: Test, members: EtcdMembers, first = 0): EtcdStore {
  const store = new EtcdStore({ endpoints: members.endpoints, deadlineMs: PATIENT.deadlineMs }, first);
  t.teardown(() => store.close());
  return store;
}

let clusters = 0;

export function freshKeys(): ClusterKeys {
  return new ClusterKeys(`test-${process.pid}-${++clusters}`);
}

/** What a node has taken, in order. */
export interface TestNode {
  readonly blocks: number[];
  readonly takeover: Promise<Takeover | undefined>;
  readonly caughtUp: Promise<void>;
  stop(): Promise<void>;
}

export function standbyOf(store: KeyStore, keys: ClusterKeys, node: string, options: Partial<StandbyOptions> = {}): TestNode {
  const blocks: number[] = [];
  const stopping = new AbortController();
  let end: LogPosition = { ...START, epoch: 0 };
  let caught!: () => void;
  const caughtUp = new Promise<void>((resolve) => (caught = resolve));
  const standby = new Standby({
    store,
    keys,
    node,
    url: `http://${node}`,
    mayLead: true,
    position: end,
    take: async (bytes) => {
      const block = readBlock(Uint8Array.from(bytes));
      if (typeof block === 'string') throw new Error(block);
      if (block.lastSequence <= end.sequence) return end;
      if (block.firstSequence !== end.sequence + 1 || block.previousCrc !== end.crc) throw new Error(`a gap at ${end.sequence + 1}`);
      blocks.push(block.firstSequence);
      end = { sequence: block.lastSequence, crc: block.crc, epoch: block.epoch };
      return end;
    },
    onLeader: () => undefined,
    onHeard: () => undefined,
    onCaughtUp: caught,
    nowMs: monotonicMs,
    timings: PATIENT,
    ...options,
  });
  const takeover = standby.follow(stopping.signal);
  takeover.catch(() => undefined);
  return {
    blocks,
    takeover,
    caughtUp,
    stop: async () => {
      stopping.abort();
      await takeover.catch(() => undefined);
    },
  };
}

/** A leader that writes blocks of one event each. */
export class TestLeader {
  deposed = false;
  confirmed = 0;
  readonly right: Leadership;
  private position: LogPosition;

  constructor(store: KeyStore, keys: ClusterKeys, takeover: Takeover, options: Partial<LeadershipOptions> = {}) {
    this.position = takeover.position;
    this.right = new Leadership({
      store,
      keys,
      epoch: takeover.epoch,
      revision: takeover.revision,
      sequence: takeover.position.sequence,
      nowMs: monotonicMs,
      onConfirmed: () => this.confirmed++,
      onDeposed: () => (this.deposed = true),
      timings: PATIENT,
      ...options,
    });
  }

  /** Resolves to the sequence of the event, once a majority has it. */
  async write(): Promise<number> {
    const { block, position } = makeBlock(this.position, [this.position.sequence + 1]);
    await this.right.append({ bytes: block, firstSequence: position.sequence, lastSequence: position.sequence, crc: position.crc });
    this.position = position;
    return position.sequence;
  }
}

export async function until(condition: () => boolean | Promise<boolean>, what: string, ms = 20_000): Promise<void> {
  const endMs = performance.now() + ms;
  while (!(await condition())) {
    if (performance.now() > endMs) throw new Error(`${what}: not within ${ms} ms`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
