/** Named faults of replication and failover. The simulation of a cluster must notice every one of them. `file` lies under the root. */
import type { Mutant } from './mutants.js';

export const CLUSTER_MUTANTS: readonly Mutant[] = [
  {
    name: "a deposed leader adopts its successor's revision",
    file: 'src/replication/settle',
    from: 'return found !== undefined && decode(found).uid === uid ? found.revision : undefined;',
    to: 'return found?.revision;',
  },
  {
    name: 'a block is acknowledged before etcd has committed it',
    file: 'workers/support/replicated-log',
    from: 'await right.append({ bytes: block, firstSequence, lastSequence: sequence, crc });',
    to: 'right.append({ bytes: block.slice(), firstSequence, lastSequence: sequence, crc }).catch(() => undefined);',
  },
  {
    name: 'a standby takes over while heartbeats come',
    file: 'src/replication/standby',
    from: 'const waitMs = (this.isFarewell ? 0 : this.options.timings.suspectMs)',
    to: 'const waitMs = (this.isFarewell ? 0 : this.options.timings.suspectMs / 2)',
  },
  {
    name: 'a suspicion is not held against what a majority says',
    file: 'src/replication/standby',
    from: 'if (newest <= heardRevision)',
    to: 'if (newest > 0)',
  },
  {
    name: 'a standby does not catch up before it takes over',
    file: 'src/replication/standby',
    from: 'if (head !== undefined && !(await this.catchUp(head, signal)))',
    to: 'if (head === undefined && !(await this.catchUp(head, signal)))',
  },
  {
    name: 'a takeover is not conditional',
    file: 'src/replication/standby',
    from: 'const conditions = [...read, { key: keys.epoch(epoch), revision: 0 }];',
    to: 'const conditions = [{ key: keys.epoch(epoch), revision: 0 }];',
  },
  {
    name: 'an append without an answer counts as done',
    file: 'src/replication/leadership',
    from: 'return store.commit([condition], puts, keys.head);',
    to: 'return store.commit([condition], puts, keys.head).catch(() => ({ succeeded: true, revision: this.token + 1, found: undefined }));',
  },
  {
    name: 'an append without an answer is made again, whatever has happened since',
    file: 'src/replication/leadership',
    from: 'askedMs = nowMs();\n            return store.commit([condition], puts, keys.head);',
    to: 'const isAgain = askedMs > 0; askedMs = nowMs(); return store.commit(isAgain ? [] : [condition], puts, keys.head);',
  },
  {
    name: 'a leader does not wait for an append that is slow',
    file: 'workers/support/replicated-log',
    from: 'await right.append({ bytes: block, firstSequence, lastSequence: sequence, crc });',
    to: 'await Promise.race([right.append({ bytes: block, firstSequence, lastSequence: sequence, crc }), sleep(20)]);',
  },
  {
    name: 'a request is carried out twice when it is resumed on the next leader',
    file: 'src/front/services/repeated-requests',
    from: 'const booked = this.keys.find(idempotencyKey, this.nowMs() * 1000);',
    to: 'const booked = undefined;',
  },
  {
    name: 'a heartbeat without an answer confirms the leader',
    file: 'src/replication/leadership',
    from: '// no answer: the next one asks another member, and without any our time runs out',
    to: 'this.options.onConfirmed(nowMs());',
  },
  {
    name: 'an append is not conditional on the head',
    file: 'src/replication/leadership',
    from: 'return store.commit([condition], puts, keys.head);',
    to: 'return store.commit([], puts, keys.head);',
  },
  {
    name: 'a leader answers without the word of the cluster',
    file: 'src/front/cluster-view',
    from: 'return role === ClusterRole.LEADER && monotonicMs() - heardMs < this.leaderMs;',
    to: 'return role === ClusterRole.LEADER;',
  },
  {
    name: 'a heartbeat does not ask who leads',
    file: 'src/replication/leadership',
    from: '[{ key: keys.leader, revision }], [[keys.heartbeat',
    to: '[], [[keys.heartbeat',
  },
  {
    name: 'an epoch is used again',
    file: 'src/replication/standby',
    from: 'const epoch = position.epoch + 1;',
    to: 'const epoch = Math.max(1, position.epoch);',
  },
  {
    name: 'etcd is trimmed behind the snapshot of one node',
    file: 'src/replication/housekeeping',
    from: 'return snapshots[1] ?? 0;',
    to: 'return snapshots[0] ?? 0;',
  },
  {
    name: 'a watch begins one change too late',
    file: 'src/replication/standby',
    from: 'this.revision + 1, {',
    to: 'this.revision + 2, {',
  },
  {
    name: 'a watch whose changes are compacted is merely opened again',
    file: 'src/replication/standby',
    from: 'if (isCompacted)\n                    this.isCompacted = true;\n                else {',
    to: '{',
  },
  {
    name: 'a client order id is used twice',
    file: 'src/front/gateway/gateway',
    from: 'if (first !== undefined) {',
    to: 'if (first === -1) {',
  },
  {
    name: 'a hole that a power cut left in the log is kept',
    file: 'src/storage/unsynced-tail',
    from: 'await log.cutBehind(end);',
    to: ';',
  },
  {
    name: 'a snapshot reaches further than our own disk',
    file: 'src/storage/replica-sink',
    from: 'await this.log.sync();',
    to: 'await Promise.resolve();',
  },
];
