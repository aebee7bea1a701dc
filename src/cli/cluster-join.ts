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
import { EtcdStore } from '../replication/etcd-store.js';
import { copyFromPeer, mustCopy } from './cluster-copy.js';
import { ClusterStatus } from '../storage/cluster-status.js';
import { afterPrefix, type Entry, type KeyStore } from '../replication/key-store.js';

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
  const store = new EtcdStore({ ...config, deadlineMs: DEADLINE_MS });
  try {
    const keys = new ClusterKeys(config.name);
    const founding = await findOrFound(store, keys, config, dataDir);
    keepId(join(dataDir, 'cluster-id'), founding.id, config);
    keepSecrets(dataDir, founding, config);
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
    store.close();
  }
}

async function findOrFound(store: KeyStore, keys: ClusterKeys, config: ClusterConfig, dataDir: string): Promise<Founding> {
  const known = await reach(() => read(store, keys.cluster), config);
  if (known !== undefined) return decode<Founding>(known);
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
  const { succeeded, found } = await reach(() => store.commit([{ key: keys.cluster, revision: 0 }], puts, keys.cluster), config);
  return succeeded || found === undefined ? founding : decode<Founding>(found);
}

/** Tries for a while; then throws with one sentence. */
async function reach<T>(work: () => Promise<T>, { endpoints }: ClusterConfig): Promise<T> {
  const endMs = performance.now() + REACH_MS;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (performance.now() > endMs) {
        const reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
        throw new Error(`etcd cannot be reached at ${endpoints.join(', ')}: ${reason}.`);
      }
    }
    await sleep(PAUSE_MS);
  }
}

async function read(store: KeyStore, key: string): Promise<Entry | undefined> {
  return (await store.range(key, `${key}\0`)).entries[0];
}

/** A folder goes with one cluster for ever. */
function keepId(path: string, id: string, { name }: ClusterConfig): void {
  if (!existsSync(path)) createPrivateFile(path, `${id}\n`);
  if (readFileSync(path, 'utf8').trim() === id) return;
  throw new Error(`The data folder belongs to another cluster than ${name}: ${path} says so.`);
}

function ownId(path: string): string {
  if (!existsSync(path)) createPrivateFile(path, `${randomUUID()}\n`);
  return readFileSync(path, 'utf8').trim();
}

function keepSecrets(dataDir: string, { id, sealed }: Founding, { secret }: ClusterConfig): void {
  const text = new TextSealer(secret).open(sealed, id);
  if (text === undefined) throw new Error('CLUSTER_SECRET is not the one of this cluster.');
  const secrets = JSON.parse(text) as Record<(typeof SECRETS)[number], string>;
  for (const name of SECRETS) {
    const path = join(dataDir, name);
    createPrivateFile(path, `${secrets[name]}\n`);
    if (loadOrCreateSecret(dataDir, name) === secrets[name]) continue;
    throw new Error(`${path} is not what the nodes of this cluster share: the folder belongs to another one, or remove the file.`);
  }
}

/** Another folder's node of our name that reports is alive. */
async function checkName(store: KeyStore, keys: ClusterKeys, node: string, nodeId: string): Promise<void> {
  const before = await report(store, keys, node);
  if (before === undefined || decode<NodeReport>(before).id === nodeId) return;
  await sleep(TWIN_MS);
  const after = await report(store, keys, node);
  if (after !== undefined && after.revision !== before.revision) {
    throw new Error(`There is a node named ${node} already, with another data folder: every node needs a name of its own.`);
  }
}

async function report(store: KeyStore, keys: ClusterKeys, node: string): Promise<Entry | undefined> {
  const { entries } = await store.range(keys.nodes, afterPrefix(keys.nodes));
  return entries.find(({ key }) => key === keys.node(node));
}
