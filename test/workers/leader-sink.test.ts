import t from 'tap';
import { StorageError } from '../../src/storage/storage-error.js';
import { HandsOver, LeaderSink } from '../../workers/support/leader-sink.js';
import { START, makeBlock } from '../storage/support.js';

const FULL = new StorageError('WRITE_FAILED', 'Writing failed.', undefined, new Error('No space left on device'));

/** A leader whose disk and standbys are as they are told to be. */
class Leader {
  standby = 0;
  disk: Error | undefined;
  readonly committed: number[] = [];
  readonly stored: number[] = [];
  readonly appended: number[] = [];
  readonly reasons: string[] = [];
  readonly sink = new LeaderSink({
    right: { append: async ({ lastSequence }) => void this.committed.push(lastSequence) },
    disk: {
      append: async (_block, firstSequence) => {
        if (this.disk !== undefined) throw this.disk;
        this.stored.push(firstSequence);
      },
    },
    hasStandbyAt: (sequence) => this.standby >= sequence,
    onAppended: (sequence) => this.appended.push(sequence),
    onHandOver: (reason) => this.reasons.push(reason),
  });
}

const first = makeBlock(START, [1, 2]);
const second = makeBlock(first.position, [3]);

t.test('a block comes to the own disk once the cluster has it', async (t) => {
  const leader = new Leader();
  await leader.sink.append(first.block, 1);
  t.same([leader.committed, leader.stored, leader.appended], [[2], [1], [2]]);
  t.notOk(leader.sink.isHandingOver);
});

t.test('without a standby that has everything a leader whose disk fails tries again', async (t) => {
  const leader = new Leader();
  leader.disk = FULL;
  leader.standby = 1;
  await t.rejects(leader.sink.append(first.block, 1), FULL);
  t.same([leader.appended, leader.reasons], [[], []]);
  leader.disk = undefined;
  await leader.sink.append(first.block, 1);
  t.same([leader.stored, leader.appended, leader.sink.isHandingOver], [[1], [2], false]);
});

t.test('with one it tells of what the cluster has, and takes nothing more', async (t) => {
  const leader = new Leader();
  leader.disk = FULL;
  leader.standby = 2;
  await leader.sink.append(first.block, 1);
  t.same([leader.appended, leader.reasons], [[2], ['Writing failed.: No space left on device']]);
  t.ok(leader.sink.isHandingOver);
  leader.disk = undefined;
  await t.rejects(leader.sink.append(second.block, 3), HandsOver);
  t.same(leader.committed, [2], 'nothing behind it comes to the cluster');
});

t.test('what is wrong with the cluster or with the program is not the matter of the disk', async (t) => {
  const leader = new Leader();
  leader.standby = 2;
  leader.disk = new TypeError('a fault');
  await t.rejects(leader.sink.append(first.block, 1), TypeError);
  t.notOk(leader.sink.isHandingOver);
});
