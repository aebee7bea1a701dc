/** Gets a fresh or long-absent node what the cluster's log no longer has: the databases of another node. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { ClusterConfig } from '../front/config.js';
import { numberOfKey, type ClusterKeys } from '../replication/cluster-keys.js';
import { decode, type Head, type NodeReport } from '../replication/cluster-values.js';
import { afterPrefix, type KeyStore } from '../replication/key-store.js';
import { readAuthority, type Credentials } from '../replication/credentials.js';
import { checkCopy } from '../storage/copy-check.js';
import { importDatabases } from '../storage/hand-over.js';
import { copyOf } from './peer-copy.js';

const RECORDED_MS_MAX = 5000;
const PAUSE_MS = 200;

/** Whether a node with an empty folder would find the log from its first event on. */
export async function mustCopy(store: Pick<KeyStore, 'range'>, keys: ClusterKeys, dataDir: string): Promise<boolean> {
  if (existsSync(join(dataDir, 'db', 'log', 'CURRENT'))) return false;
  const first = (await store.range(keys.wal, keys.walEnd, { limit: 1, keysOnly: true })).entries[0];
  if (first !== undefined) return numberOfKey(first.key) > 1;
  const head = (await store.range(keys.head, `${keys.head}\0`)).entries[0];
  return head !== undefined && decode<Head>(head).sequence > 0;
}

/** Asks those with the newest data first. Throws with one sentence when nobody has a copy for us. */
export async function copyFromPeer(
  store: Pick<KeyStore, 'range'>,
  keys: ClusterKeys,
  config: ClusterConfig,
  dataDir: string,
  log: Logger,
): Promise<void> {
  const { entries } = await store.range(keys.nodes, afterPrefix(keys.nodes));
  const peers = entries.filter(({ key }) => key !== keys.node(config.node)).map((entry) => decode<NodeReport>(entry));
  peers.sort((a, b) => b.sequence - a.sequence);
  let reason = 'there is no other node';
  const credentials = peerCredentials(config);
  for (const { url, sequence, logVersion } of peers) {
    try {
      log.info({ url, sequence }, "another node's data are asked for");
      await importDatabases(copyOf(url, { node: config.node, secret: config.secret, credentials }), dataDir, async (storage) => {
        // the program before records no snapshots
        await checkCopy(storage, async (...snapshot) => logVersion === undefined || (await isRecorded(store, keys, ...snapshot)));
      });
      return;
    } catch (error) {
      reason = `${url}: ${error instanceof Error ? error.message : String(error)}`;
      log.warn({ reason }, 'a node has no copy for us');
    }
  }
  throw new Error(`The cluster's log lacks what follows the end of ours, and no node has a copy for us (${reason}).`);
}

/** Whom we take data from: with CLUSTER_CA nobody but those that it has signed. Throws with one sentence. */
export function peerCredentials({ peerCa }: ClusterConfig): Credentials {
  return peerCa === undefined ? {} : { ca: readAuthority('CLUSTER_CA', peerCa) };
}

/** Whoever makes a snapshot says so once a second, when he can. */
async function isRecorded(store: Pick<KeyStore, 'range'>, keys: ClusterKeys, sequence: number, sha256: string): Promise<boolean> {
  const key = keys.snapshot(sequence, sha256);
  const endMs = performance.now() + RECORDED_MS_MAX;
  for (;;) {
    const { entries } = await store.range(key, `${key}\0`, { keysOnly: true });
    if (entries.length > 0) return true;
    if (performance.now() > endMs) return false;
    await sleep(PAUSE_MS);
  }
}
