import t from 'tap';
import { encode, type NodeReport } from '../../src/replication/cluster-values.js';
import type { Entry } from '../../src/replication/key-store.js';
import { Peers } from '../../src/replication/peers.js';

function entry(key: string, revision: number, report: Partial<NodeReport> = {}): Entry {
  const whole = { id: `id-${key}`, role: 'auto', url: '', sequence: 0, snapshot: 0, ...report };
  return { key, revision, value: Buffer.from(encode(whole)) };
}

t.test('the log is written in the newest version that all read who are there or may come back', async (t) => {
  const peers = new Peers(3);
  t.equal(peers.logVersion, 2, 'nothing is known yet');
  const [a, b, old] = [entry('a', 1, { logVersion: 3 }), entry('b', 2, { logVersion: 4 }), entry('c', 3)];
  peers.look([a, b]);
  t.equal(peers.logVersion, 3);
  peers.look([a, b, old]);
  t.equal(peers.logVersion, 2, 'a node of a program that says nothing of versions');
  for (const revision of [4, 5]) peers.look([entry('a', revision, { logVersion: 3 }), old]);
  t.equal(peers.logVersion, 2, 'it has been silent, but not for long');
  peers.look([entry('a', 6, { logVersion: 3 }), old]);
  t.equal(peers.logVersion, 3, 'it is gone');
  peers.look([entry('a', 7, { logVersion: 3 }), entry('c', 8)]);
  t.equal(peers.logVersion, 2, 'it is there again');
  peers.look([entry('a', 9, { logVersion: 3 }), entry('c', 10, { logVersion: 3 })]);
  t.equal(peers.logVersion, 3, 'upgraded');
});

t.test('a standby that could lead is another node that reports, may lead, and has everything', async (t) => {
  const peers = new Peers();
  t.notOk(peers.hasStandbyAt(0, 'id-a'));
  peers.look([entry('a', 1, { sequence: 9 }), entry('b', 2, { sequence: 7 }), entry('r', 3, { sequence: 9, role: 'replica' })]);
  t.notOk(peers.hasStandbyAt(8, 'id-a'));
  t.ok(peers.hasStandbyAt(7, 'id-a'));
  for (let look = 0; look < 4; look++) peers.look([entry('a', 10 + look, { sequence: 9 }), entry('b', 2, { sequence: 7 })]);
  t.notOk(peers.hasStandbyAt(7, 'id-a'), 'one that has not reported for a while');
});

t.test('a snapshot counts when two nodes hold it', async (t) => {
  const peers = new Peers();
  t.equal(peers.twiceHeld, 0);
  peers.look([entry('a', 1, { snapshot: 90 })]);
  t.equal(peers.twiceHeld, 0);
  peers.look([entry('a', 1, { snapshot: 90 }), entry('b', 2, { snapshot: 40 }), entry('c', 3, { snapshot: 60 })]);
  t.equal(peers.twiceHeld, 60);
});
