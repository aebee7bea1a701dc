/**
 * What a node does before it opens its folder as one of a cluster: finds the cluster or founds it, makes sure that it belongs
 * there, and takes the secrets that all nodes share. Every refusal is one sentence.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { TextSealer } from '../auth/sealed-text.js';
import { createPrivateFile, loadOrCreateSecret } from '../auth/secrets.js';
import type { ClusterThread } from '../cluster/thread-data.js';
import type { ClusterConfig } from '../front/config.js';
import { ClusterKeys } from '../replication/cluster-keys.js';
import { decode, encode, type NodeReport } from '../replication/cluster-values.js';
import { etcdCredentials } from '../replication/credentials.js';
import { EtcdStore } from '../replication/etcd-store.js';
import { copyFromPeer, mustCopy, peerCredentials } from './cluster-copy.js';
import { ClusterStatus } from '../storage/cluster-status.js';
import { afterPrefix, type Entry, type KeyStore } from '../replication/key-store.js';
import { diagnose } from './etcd-diagnosis.js';

/** How long etcd may be away when a node starts. */
const REACH_MS = 10_000;
const PAUSE_MS = 100;
const DEADLINE_MS = 1000;
/** A node that lives reports once a second. */
const TWIN_MS = 2500;
const SECRETS = ['jwt-secret', 'data-key'] as const;

interface Founding {
  readonly id: string;
  /** JSON of the secrets by name, sealed with CLUSTER_SECRET. */
  readonly sealed: string;
}

/** Of etcd what a start needs; a call that fails is tried again for a while. */
type Store = Pick<KeyStore, 'range' | 'commit'>;

/**
 * What the WAL worker of the node needs. `url` is where clients find it; `isBehind`: the cluster's log begins behind the end of
 * ours. Throws with one sentence.
 */
export async function joinCluster(
  config: ClusterConfig,
  dataDir: string,
  url: string,
  log: Logger,
  isBehind: boolean,
): Promise<ClusterThread> {
  // a wrong file is found now, not when it is first needed
  peerCredentials(config);
  const etcd = new EtcdStore({ ...config, deadlineMs: DEADLINE_MS });
  const store: Store = {
    range: (...args) => reach(() => etcd.range(...args), config),
    commit: (...args) => reach(() => etcd.commit(...args), config),
  };
  try {
    const keys = new ClusterKeys(config.name);
    const founding = await findOrFound(store, keys, config, dataDir);
    keepIdentity(dataDir, founding, config);
    const id = ownId(join(dataDir, 'node-id'));
    await checkName(store, keys, config.node, id);
    if (isBehind || (await mustCopy(store, keys, dataDir))) await copyFromPeer(store, keys, config, dataDir, log);
    const { name, node, mayLead, endpoints, ca, cert, key, quotaBytes, suspectMs } = config;
    return {
      ...{ name, node, id, url, mayLead, endpoints, ca, cert, key, quotaBytes, suspectMs },
      // the nodes spread over the members
      firstEndpoint: Buffer.from(node).at(-1)!,
      status: ClusterStatus.create(),
    };
  } finally {
    etcd.close();
  }
}

async function findOrFound(store: Store, keys: ClusterKeys, config: ClusterConfig, dataDir: string): Promise<Founding> {
  const known = await read(store, keys.cluster);
  if (known !== undefined) return decode<Founding>(known);
  // etcd has lost everything, or is not the one: who founded then would part from what the folder belongs to
  if (existsSync(idFile(dataDir))) throw belongsElsewhere(dataDir, config);
  const id = randomUUID();
  // those of a node that was alone go on; others are not kept before it is known who founds
  const secrets = Object.fromEntries(
    SECRETS.map((name) => [
      name,
      existsSync(join(dataDir, name)) ? loadOrCreateSecret(dataDir, name) : randomBytes(48).toString('base64url'),
    ]),
  );
  const founding: Founding = { id, sealed: new TextSealer(config.secret).seal(JSON.stringify(secrets), id) };
  const puts = [[keys.cluster, encode(founding)]] as const;
  // several nodes may found at once: whoever is first has done it
  const { succeeded, found } = await store.commit([{ key: keys.cluster, revision: 0 }], puts, keys.cluster);
  return succeeded || found === undefined ? founding : decode<Founding>(found);
}

/** Tries for a while, unless waiting mends nothing; then throws with one sentence. */
async function reach<T>(work: () => Promise<T>, config: ClusterConfig): Promise<T> {
  const endMs = performance.now() + REACH_MS;
  const credentials = etcdCredentials(config);
  for (;;) {
    let failure: string;
    try {
      return await work();
    } catch (error) {
      failure = error instanceof Error ? error.message.split('\n')[0] : String(error);
    }
    const { reason, isLasting } = await diagnose(config.endpoints, credentials, failure);
    if (isLasting || performance.now() > endMs) throw new Error(`etcd cannot be used at ${reason}.`);
    await sleep(PAUSE_MS);
  }
}

async function read(store: Store, key: string): Promise<Entry | undefined> {
  return (await store.range(key, `${key}\0`)).entries[0];
}

/** A folder goes with one cluster for ever. Nothing is kept of one that turns out to be another. */
function keepIdentity(dataDir: string, { id, sealed }: Founding, config: ClusterConfig): void {
  const kept = idFile(dataDir);
  if (existsSync(kept) && readFileSync(kept, 'utf8').trim() !== id) throw belongsElsewhere(dataDir, config);
  const text = new TextSealer(config.secret).open(sealed, id);
  if (text === undefined) throw new Error('CLUSTER_SECRET is not the one of this cluster.');
  const secrets = JSON.parse(text) as Record<(typeof SECRETS)[number], string>;
  const files = SECRETS.map((each) => ({ path: join(dataDir, each), secret: secrets[each], each }));
  for (const file of files) {
    if (!existsSync(file.path) || loadOrCreateSecret(dataDir, file.each) === file.secret) continue;
    throw new Error(`${file.path} is not what the nodes of this cluster share: the folder belongs to another one, or remove the file.`);
  }
  for (const file of files) createPrivateFile(file.path, `${file.secret}\n`);
  createPrivateFile(kept, `${id}\n`);
}

function idFile(dataDir: string): string {
  return join(dataDir, 'cluster-id');
}

function belongsElsewhere(dataDir: string, { name, endpoints }: ClusterConfig): Error {
  return new Error(`The data folder belongs to another cluster than ${name} at ${endpoints.join(', ')}: ${idFile(dataDir)} says so.`);
}

function ownId(path: string): string {
  if (!existsSync(path)) createPrivateFile(path, `${randomUUID()}\n`);
  return readFileSync(path, 'utf8').trim();
}

/** Another folder's node of our name that reports is alive. */
async function checkName(store: Store, keys: ClusterKeys, node: string, nodeId: string): Promise<void> {
  const before = await report(store, keys, node);
  if (before === undefined || decode<NodeReport>(before).id === nodeId) return;
  await sleep(TWIN_MS);
  const after = await report(store, keys, node);
  if (after !== undefined && after.revision !== before.revision) {
    throw new Error(`There is a node named ${node} already, with another data folder: every node needs a name of its own.`);
  }
}

async function report(store: Store, keys: ClusterKeys, node: string): Promise<Entry | undefined> {
  const { entries } = await store.range(keys.nodes, afterPrefix(keys.nodes));
  return entries.find(({ key }) => key === keys.node(node));
}
