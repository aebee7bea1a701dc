/** One writer per epoch: what a deposed leader cannot do, and what becomes of answers that were lost. Against real etcd. */
import t from 'tap';
import { numberOfKey } from '../../src/replication/cluster-keys.js';
import { decode, type Leader } from '../../src/replication/cluster-values.js';
import { afterPrefix, type KeyStore, type Outcome } from '../../src/replication/key-store.js';
import { Deposed } from '../../src/replication/leadership.js';
import { freshKeys, SKIP, standbyOf, storeOf, tempMembers, TestLeader, until } from './support.js';

/** A store that loses answers: before the call reaches etcd, or after. */
function losing(store: KeyStore, lose: () => 'before' | 'after' | 'no'): KeyStore {
  const commit: KeyStore['commit'] = async (...args): Promise<Outcome> => {
    const when = lose();
    if (when === 'before') throw new Error('lost on its way there');
    const outcome = await store.commit(...args);
    if (when === 'after') throw new Error('lost on its way back');
    return outcome;
  };
  return {
    commit,
    range: (...args) => store.range(...args),
    remove: (...args) => store.remove(...args),
    compact: (...args) => store.compact(...args),
    watch: (...args) => store.watch(...args),
    usage: () => store.usage(),
    rotate: () => store.rotate(),
    close: () => store.close(),
  };
}

t.test('with three members of etcd', { skip: SKIP }, async (t) => {
  const members = await tempMembers(t, 3);

  await t.test('of two that may lead one does, and the other takes over what it wrote', async (t) => {
    const keys = freshKeys();
    const [a, b] = [0, 1].map((i) => standbyOf(storeOf(t, members, i), keys, `n${i}`));
    t.teardown(async () => {
      await Promise.all([a.stop(), b.stop()]);
    });
    const won = [a, b].map(async (node, i) => ({ takeover: await node.takeover, other: [b, a][i] }));
    const { takeover: first, other } = await Promise.race(won);
    const leader = new TestLeader(storeOf(t, members), keys, first!);
    leader.right.start();
    for (let i = 0; i < 20; i++) await leader.write();
    await until(() => other.blocks.length === 20, 'the standby follows');
    leader.right.stop();
    const next = await other.takeover;
    t.equal(next?.epoch, first!.epoch + 1);
    t.equal(next?.position.sequence, 20);
    await t.rejects(leader.write(), Deposed);
  });

  await t.test('a leader that was paused appends nothing and never takes the new revision for its own', async (t) => {
    const keys = freshKeys();
    const store = storeOf(t, members);
    const first = standbyOf(store, keys, 'a');
    const paused = new TestLeader(store, keys, (await first.takeover)!);
    await paused.write();
    const second = standbyOf(storeOf(t, members, 1), keys, 'b');
    const leader = new TestLeader(storeOf(t, members, 1), keys, (await second.takeover)!);
    t.equal(leader.right.epoch, paused.right.epoch + 1);
    // the paused one wakes, and both write at once, again and again: it keeps trying as a bad writer would
    let refused = 0;
    for (let i = 0; i < 10; i++) {
      const [mine] = await Promise.all([
        leader.write(),
        paused.write().catch((error: unknown) => (refused += Number(error instanceof Deposed))),
      ]);
      t.equal(mine, 2 + i);
    }
    t.equal(refused, 10);
    t.ok(paused.deposed);
    const { entries } = await store.range(keys.wal, keys.walEnd);
    t.same(
      entries.map(({ key }) => numberOfKey(key)),
      Array.from({ length: 11 }, (_, i) => i + 1),
    );
    const epochs = await store.range(keys.epochs, afterPrefix(keys.epochs));
    t.same(
      epochs.entries.map((entry) => decode<Leader>(entry).node),
      ['a', 'b'],
    );
  });

  await t.test('a heartbeat finds out about a successor, and a farewell spares the standby its wait', async (t) => {
    const keys = freshKeys();
    const store = storeOf(t, members);
    const paused = new TestLeader(store, keys, (await standbyOf(store, keys, 'a').takeover)!);
    const second = standbyOf(store, keys, 'b');
    const leader = new TestLeader(store, keys, (await second.takeover)!);
    paused.right.start();
    leader.right.start();
    await until(() => paused.deposed && leader.confirmed > 1, 'the heartbeats');
    t.notOk(leader.deposed);
    const third = standbyOf(store, keys, 'c');
    await third.caughtUp;
    await leader.right.resign();
    t.equal((await third.takeover)?.epoch, leader.right.epoch + 1);
  });

  await t.test('an append whose answer was lost is in the log once, whether it had been made or not', async (t) => {
    const keys = freshKeys();
    const store = storeOf(t, members);
    const takeover = (await standbyOf(store, keys, 'a').takeover)!;
    let calls = 0;
    const pattern = ['no', 'before', 'after', 'after', 'before', 'no', 'before', 'before', 'after'] as const;
    const leader = new TestLeader(
      losing(store, () => pattern[calls++ % pattern.length]),
      keys,
      takeover,
    );
    for (let i = 1; i <= 20; i++) t.equal(await leader.write(), i);
    t.notOk(leader.deposed);
    const { entries } = await store.range(keys.wal, keys.walEnd);
    t.equal(entries.length, 20);
  });

  await t.test('an append that was made, and then overtaken by a successor, is not acknowledged', async (t) => {
    const keys = freshKeys();
    const store = storeOf(t, members);
    let isCut = false;
    const cut = losing(store, () => (isCut ? 'after' : 'no'));
    const old = new TestLeader(cut, keys, (await standbyOf(store, keys, 'a').takeover)!);
    await old.write();
    isCut = true;
    const last = old.write();
    last.catch(() => undefined);
    await until(async () => (await store.range(keys.wal, keys.walEnd)).entries.length === 2, 'the block is there');
    const next = standbyOf(storeOf(t, members), keys, 'b');
    const takeover = await next.takeover;
    t.same(next.blocks, [1, 2], 'the successor has it');
    t.equal(takeover?.position.sequence, 2);
    isCut = false;
    await t.rejects(last, Deposed);
  });
});
