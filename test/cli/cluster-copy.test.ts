/** A node that copies another one's data: over connections that break, of peers that serve damage, and of one that is right. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pino } from 'pino';
import t, { type Test } from 'tap';
import { copyFromPeer } from '../../src/cli/cluster-copy.js';
import type { ClusterConfig } from '../../src/front/config.js';
import { HAND_OVER_PATH, registerHandOver } from '../../src/front/hand-over.js';
import { listen, newApp } from '../../src/front/server.js';
import { ClusterKeys } from '../../src/replication/cluster-keys.js';
import { encode, type NodeReport } from '../../src/replication/cluster-values.js';
import { Database, type Storage } from '../../src/storage/database.js';
import { LogStore } from '../../src/storage/log-store.js';
import { SnapshotStore } from '../../src/storage/snapshot-store.js';
import { SimEtcd } from '../sim/cluster/sim-etcd.js';
import { SimKeyStore } from '../support/sim-key-store.js';
import { appendBlocks, tempFolder, tempStorage } from '../storage/support.js';

const SECRET = 'the secret of all nodes of the cluster';
const log = pino({ level: 'silent' });
const keys = new ClusterKeys('copied');
const PART_BYTES = 50_000;
const SNAPSHOT_BYTES = 3_000_000;

function configOf(node: string): ClusterConfig {
  const files = { ca: undefined, cert: undefined, key: undefined, peerCa: undefined };
  return { ...files, name: 'copied', node, mayLead: true, url: undefined, endpoints: [], secret: SECRET, quotaBytes: 1, suspectMs: 300 };
}

interface Peer {
  readonly url: string;
  readonly storage: Storage;
  /** Of its newest snapshot. */
  readonly sequence: number;
  readonly hash: string;
}

/** A node with a snapshot, and blocks before and behind it. */
async function peer(t: Test, fill: number): Promise<Peer> {
  const storage = await tempStorage(t);
  const positions = await appendBlocks(storage, [3, 4, 5]);
  const bytes = new Uint8Array(SNAPSHOT_BYTES).fill(fill);
  const { sequence, sha256: hash } = await new SnapshotStore(storage.store).save(bytes, positions[1], 1);
  const app = newApp(undefined);
  registerHandOver(app, storage, SECRET, log, PART_BYTES);
  const { port } = await listen(app, '127.0.0.1', 0);
  t.teardown(() => app.close());
  return { url: `http://127.0.0.1:${port}`, storage, sequence, hash };
}

type Meddling = (part: Buffer, response: ServerResponse, number: number) => boolean;

/** Stands between a node and its peer; `meddle` returns whether it has answered itself. */
async function between(t: Test, { url }: Peer, meddle: Meddling): Promise<string> {
  let asked = 0;
  const pass = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const answer = await fetch(url + request.url!, { headers: { authorization: request.headers.authorization! } });
    const body = Buffer.from(await answer.arrayBuffer());
    answer.headers.forEach((value, name) => {
      if (name.startsWith('x-')) response.setHeader(name, value);
    });
    response.statusCode = answer.status;
    if (!meddle(body, response, ++asked)) response.end(body);
  };
  const server = createServer((request, response) => void pass(request, response).catch(() => response.destroy()));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

interface Listed {
  readonly url: string;
  /** Of the program before, which says nothing of versions. */
  readonly isOld?: boolean;
}

/** etcd as the cluster has left it: who is there, by how far he is, and which snapshots were made. */
function clusterOf(peers: readonly Listed[], snapshots: readonly Pick<Peer, 'sequence' | 'hash'>[]): SimKeyStore {
  const etcd = new SimEtcd({ committed: () => undefined });
  peers.forEach(({ url, isOld }, index) => {
    const version = isOld === true ? {} : { logVersion: 3 };
    const report = { id: url, role: 'auto', url, sequence: 100 - index, snapshot: 7, ...version } satisfies NodeReport;
    etcd.commit('test', [], [[keys.node(`node${index}`), encode(report)]]);
  });
  for (const { sequence, hash } of snapshots) etcd.commit('test', [], [[keys.snapshot(sequence, hash), encode({ node: 'node0' })]]);
  return new SimKeyStore(etcd);
}

/** What a copied folder holds. */
async function copied(t: Test, dataDir: string): Promise<{ snapshot: string; last: number | undefined }> {
  const [store, database] = await Promise.all(['store', 'log'].map((name) => Database.open(join(dataDir, 'db', name), 1 << 20)));
  t.teardown(() => Promise.all([store.close(), database.close()]));
  const { snapshot } = await new SnapshotStore(store).loadNewest();
  return { snapshot: snapshot?.manifest.sha256 ?? '', last: await new LogStore(database).lastBlockSequence() };
}

t.test('a copy goes on where its connection broke', async (t) => {
  const right = await peer(t, 1);
  let broken = 0;
  const url = await between(t, right, (part, response, number) => {
    if (number % 3 !== 0) return false;
    broken++;
    response.setHeader('content-length', part.length);
    response.write(part.subarray(0, part.length / 2));
    setImmediate(() => response.destroy());
    return true;
  });
  const dataDir = tempFolder(t);
  await copyFromPeer(clusterOf([{ url }], [right]), keys, configOf('fresh'), dataDir, log);
  t.ok(broken > 1, `${broken} connections broke`);
  t.same(await copied(t, dataDir), { snapshot: right.hash, last: 8 });
});

t.test('a part that comes damaged is asked for again; a peer that has nothing else is left for another', async (t) => {
  const right = await peer(t, 1);
  const once = await between(t, right, (part, _response, number) => {
    if (number === 4) part[part.length >> 1] ^= 1;
    return false;
  });
  const first = tempFolder(t);
  await copyFromPeer(clusterOf([{ url: once }], [right]), keys, configOf('fresh'), first, log);
  t.equal((await copied(t, first)).snapshot, right.hash);

  const always = await between(t, right, (part) => {
    part[part.length >> 1] ^= 1;
    return false;
  });
  const second = tempFolder(t);
  await t.rejects(copyFromPeer(clusterOf([{ url: always }], [right]), keys, configOf('fresh'), second, log), /sends damaged bytes/);
  await copyFromPeer(clusterOf([{ url: always }, { url: right.url }], [right]), keys, configOf('fresh'), second, log);
  t.equal((await copied(t, second)).snapshot, right.hash);
});

t.test('a snapshot that no node of the cluster has made is refused, though it is whole; so is one that is not', async (t) => {
  const [right, other, rotten] = [await peer(t, 1), await peer(t, 2), await peer(t, 1)];
  const chunk = (await rotten.storage.store.keys({ gte: 'snap/', lt: 'snap0' }))[1];
  await rotten.storage.store.put(chunk, new Uint8Array(256 * 1024));
  const dataDir = tempFolder(t);
  const copy = (peers: readonly Listed[]): Promise<void> => copyFromPeer(clusterOf(peers, [right]), keys, configOf('fresh'), dataDir, log);
  await t.rejects(copy([rotten]), /its content hash is wrong/);
  await t.rejects(copy([other]), /no node of the cluster has made it/);
  await copy([rotten, right]);
  t.same(await copied(t, dataDir), { snapshot: right.hash, last: 8 });
  const old = tempFolder(t);
  await copyFromPeer(clusterOf([{ url: other.url, isOld: true }], []), keys, configOf('fresh'), old, log);
  t.equal((await copied(t, old)).snapshot, other.hash, 'a node of the program before, which records none');
});

t.test('a log that does not follow the snapshot is refused', async (t) => {
  const right = await peer(t, 1);
  const [, , last] = await right.storage.log.keys({ gte: 'wal/', lt: 'wal0' });
  await right.storage.log.put(last, new Uint8Array(80));
  await t.rejects(copyFromPeer(clusterOf([right], [right]), keys, configOf('fresh'), tempFolder(t), log), /the event log|last block/i);
});

t.test('who does not know the secret, or asks for a part that is not there, gets nothing', async (t) => {
  const right = await peer(t, 1);
  const wrong = { ...configOf('fresh'), secret: 'another secret of another cluster' };
  await t.rejects(copyFromPeer(clusterOf([right], [right]), keys, wrong, tempFolder(t), log), /answers 401/);
  const { handOverToken } = await import('../../src/front/hand-over.js');
  const ask = async (query: string): Promise<number> => {
    const headers = { authorization: `Bearer ${handOverToken(SECRET, Date.now())}` };
    const { status } = await fetch(`${right.url}${HAND_OVER_PATH}${query}`, { headers });
    return status;
  };
  t.equal(await ask(''), 400);
  t.equal(await ask('?copy=a.1&part=-1'), 400);
  t.equal(await ask('?copy=a.1&part=3'), 410, 'a copy that was never begun');
  t.equal(await ask('?copy=a.1&part=0'), 200);
  t.equal(await ask('?copy=a.1&part=0'), 200, 'the same part again');
  t.equal(await ask('?copy=a.1&part=2'), 410, 'not the next one');
  t.equal(await ask('?copy=b.1&part=0'), 503, 'one copy at a time');
  t.equal(await ask('?copy=a.1&part=1'), 200);
  t.equal(await ask('?copy=a.2&part=0'), 200, 'the same node begins anew');
  t.equal(await ask('?copy=a.1&part=2'), 410);
});
