/**
 * Nodes that are told the wrong things: each ends with one sentence, or refuses, and none of them writes a history of its own.
 * Real processes, real etcd.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { Authority, opensslMissing } from '../../src/cli/support/authority.js';
import { runProgram, startChildServer, type ChildExit } from '../../src/cli/support/child-server.js';
import { EtcdMembers } from '../../src/cli/support/etcd-members.js';
import { ExchangeCluster } from '../../src/cli/support/exchange-cluster.js';
import { HttpClient } from '../../src/client/index.js';
import { ClusterKeys, numberOfKey } from '../../src/replication/cluster-keys.js';
import { encode, type NodeReport } from '../../src/replication/cluster-values.js';
import { afterPrefix, type KeyStore } from '../../src/replication/key-store.js';
import { SKIP, until } from '../replication/support.js';

const TIMEOUT_MS = 240_000;
const SECRET = randomBytes(24).toString('hex');
const KEYS = new ClusterKeys('qaexchange');
const EXIT_CODE = 1;

type Env = Readonly<Record<string, string | undefined>>;

let folders = 0;

t.test('nodes that are told the wrong things', { skip: SKIP }, async (t) => {
  t.setTimeout(TIMEOUT_MS);
  const folder = mkdtempSync(join(tmpdir(), 'qaexchange-bad-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }));
  const freshFolder = (): string => {
    const path = join(folder, `data${++folders}`);
    mkdirSync(path);
    return path;
  };
  const shared = { LOG_LEVEL: 'error', MATCHING_WORKERS: '1', EXPORT_MS: '0', CLUSTER_SECRET: SECRET, CLUSTER_SUSPECT_MS: '3000' };
  const cluster = await ExchangeCluster.start({ members: 1, nodes: [{ name: 'a' }, { name: 'r', role: 'replica' }], env: shared });
  t.teardown(() => cluster.stop());
  const [leader, replica] = cluster.nodes;
  const store = cluster.store();
  t.teardown(() => store.close());
  const ours = { ...shared, ETCD_ENDPOINTS: cluster.members.endpoints.join(','), NODE_NAME: 'x' };
  const start = async (env: Env): Promise<ChildExit> => {
    return await runProgram(['start', '--simulation-mode', '--json'], { ...ours, DATA_DIR: freshFolder(), ...env });
  };
  const refuses = async (t: Test, what: string, env: Env, sentence: RegExp): Promise<void> => {
    checkRefusal(t, what, await start(env), sentence);
  };

  // it waits for etcd for a while, and need not be waited for meanwhile
  const unreached = start({ ETCD_ENDPOINTS: 'http://127.0.0.1:1,http://127.0.0.1:2' });

  await t.test('certificates that are wrong', { skip: opensslMissing(), timeout: TIMEOUT_MS }, async (t) => {
    const [authority, foreign] = ['ours', 'foreign'].map((name) => {
      mkdirSync(join(folder, name));
      return Authority.make(join(folder, name));
    });
    const members = await EtcdMembers.start(1, { authority });
    t.teardown(() => members.stop());
    const own = authority.sign('x', '127.0.0.1');
    const strange = foreign.sign('x', '127.0.0.1');
    const files = { ETCD_ENDPOINTS: members.endpoints[0], ETCD_CA: authority.ca, ETCD_CERT: own.cert, ETCD_KEY: own.key };
    const cases: [what: string, env: Env, sentence: RegExp][] = [
      ['none', { ETCD_CERT: '', ETCD_KEY: '' }, /it demands a certificate: ETCD_CERT and ETCD_KEY\.$/],
      ['of a foreign authority', { ETCD_CERT: strange.cert, ETCD_KEY: strange.key }, /it refuses the certificate of ETCD_CERT\.$/],
      ['another authority trusted', { ETCD_CA: foreign.ca }, /its certificate is not signed by the authority of ETCD_CA\.$/],
      ['half of it', { ETCD_KEY: '' }, /^ETCD_CERT and ETCD_KEY belong together\.$/],
      ['of the nodes', { CLUSTER_CA: own.key }, /^CLUSTER_CA cannot be used: .* holds no certificate\.$/],
    ];
    await Promise.all(cases.map(([what, env, sentence]) => refuses(t, what, { ...files, ...env }, sentence)));
  });

  await t.test('a folder of another cluster', { timeout: TIMEOUT_MS }, async (t) => {
    const [elsewhere, alone] = [freshFolder(), freshFolder()];
    const others = await Promise.all([
      startChildServer({ dataDir: elsewhere, env: { ...ours, CLUSTER_NAME: 'other' } }),
      startChildServer({ dataDir: alone, env: { LOG_LEVEL: 'error', MATCHING_WORKERS: '1' } }),
    ]);
    await Promise.all(others.map((other) => other.stop()));
    const cases: [what: string, env: Env, sentence: RegExp][] = [
      ['of another', { DATA_DIR: elsewhere }, /^The data folder belongs to another cluster than qaexchange at /],
      ['of a single node', { DATA_DIR: alone }, /is not what the nodes of this cluster share/],
      ['without the secret', { CLUSTER_SECRET: 'x'.repeat(32) }, /^CLUSTER_SECRET is not the one of this cluster\.$/],
    ];
    await Promise.all(cases.map(([what, env, sentence]) => refuses(t, what, env, sentence)));
    for (const secret of ['jwt-secret', 'data-key']) rmSync(join(alone, secret));
    const lost = { DATA_DIR: elsewhere, CLUSTER_NAME: 'third' };
    await Promise.all([
      refuses(t, 'of one that etcd has lost', lost, /^The data folder belongs to another cluster than third at /),
      refuses(t, 'of a single node without its secrets', { DATA_DIR: alone }, /of another history\.?$/),
    ]);
    const { all } = new ClusterKeys('third');
    t.equal((await store.range(all, afterPrefix(all))).entries.length, 0, 'nothing was founded');
  });

  await t.test('endpoints that are wrong', { timeout: TIMEOUT_MS }, async (t) => {
    const stranger = createServer((_request, response) => response.end('a page'));
    await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.1', resolve));
    t.teardown(() => stranger.close());
    const { port } = stranger.address() as AddressInfo;
    const web = `http://127.0.0.1:${port}`;
    await Promise.all([
      refuses(t, 'no address', { ETCD_ENDPOINTS: 'etcd' }, /^ETCD_ENDPOINTS must be/),
      refuses(t, 'a web server', { ETCD_ENDPOINTS: web }, /^etcd cannot be used at .*: what answers there is not etcd\.$/),
    ]);
    checkRefusal(t, 'nobody there', await unreached, /^etcd cannot be used at \S+:1, \S+:2: nobody listens there\.$/);
  });

  await t.test('two nodes of one name', { timeout: TIMEOUT_MS }, async (t) => {
    const second = refuses(t, 'the second', { NODE_NAME: 'a' }, /^There is a node named a already, with another data folder/);
    // as of one that came at the same moment, or while this one slept
    const twin: NodeReport = { id: 'another', role: 'replica', url: 'http://127.0.0.1:1', sequence: 0, snapshot: 0 };
    const { exited } = replica.server!;
    await store.commit([], [[KEYS.node('r'), encode(twin)]]);
    const { code, stderr } = await exited;
    t.equal(code, EXIT_CODE);
    t.match(stderr, /^There is another node named r: every node needs a name of its own\.$/m);
    await store.remove(KEYS.node('r'), `${KEYS.node('r')}\0`);
    await Promise.all([second, replica.start()]);
  });

  await t.test('a replica asked to lead', { timeout: TIMEOUT_MS }, async (t) => {
    await cluster.settled();
    await leader.kill();
    // for that long it hears of nobody
    await until(async () => (await replica.health())?.status === 'degraded', 'the replica is alone', 60_000);
    t.match(await replica.health(), { cluster: { role: 'replica', epoch: 1 } });
    await t.rejects(new HttpClient(replica.url).register('somebody', 'seven-blue-boats'), { code: 9005 });
    t.equal((await store.range(KEYS.epochs, afterPrefix(KEYS.epochs))).entries.length, 1, 'nobody has led since');
    await leader.start();
    t.equal((await cluster.leader()).name, 'a');
  });

  await t.test('a log with a gap', { timeout: TIMEOUT_MS }, async (t) => {
    for (const name of ['ann', 'bob', 'cleo']) await new HttpClient(leader.url).register(name, 'seven-blue-boats');
    await takeBlock(store);
    const healed = await startChildServer({ dataDir: freshFolder(), env: { ...ours, NODE_NAME: 'healed' } });
    const { sequence } = (await leader.health())!;
    await until(async () => (await healthOf(healed.url)).sequence >= sequence, 'a node that has nothing copies what is there');
    await Promise.all([healed.kill(), leader.kill(), replica.kill()]);
    await refuses(
      t,
      'nobody to copy from',
      {},
      /^The cluster's log lacks what follows the end of ours, and no node has a copy for us \(.*\)\.$/,
    );
    t.equal((await store.range(KEYS.epochs, afterPrefix(KEYS.epochs))).entries.length, 2, 'nobody has led since');
  });
});

/** One line beside those of the log, and an end. */
function checkRefusal(t: Test, what: string, { code, stdout, stderr }: ChildExit, sentence: RegExp): void {
  const said = stderr.split('\n').filter((line) => line !== '' && !line.startsWith('{') && !/^\(.*node/i.test(line));
  t.equal(code, EXIT_CODE, `${what}: it ends`);
  t.equal(stdout, '', `${what}: and was never ready`);
  t.equal(said.length, 1, `${what}: with one line`);
  t.match(said[0], sentence, what);
}

/** Of the log, one from its middle. */
async function takeBlock(store: KeyStore): Promise<void> {
  const { entries } = await store.range(KEYS.wal, KEYS.walEnd, { keysOnly: true });
  const { key } = entries[Math.floor(entries.length / 2)];
  if (entries.length < 3 || numberOfKey(key) === 1) throw new Error('the log is too short for a gap');
  await store.remove(key, `${key}\0`);
}

async function healthOf(url: string): Promise<{ sequence: number }> {
  return (await (await fetch(`${url}/health`)).json()) as { sequence: number };
}
