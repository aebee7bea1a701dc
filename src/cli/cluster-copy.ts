/** Gets a fresh or long-absent node what the cluster's log no longer has: the databases of another node. */
import { existsSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { ClusterConfig } from '../front/config.js';
import { HAND_OVER_PATH, handOverToken } from '../front/hand-over.js';
import { numberOfKey, type ClusterKeys } from '../replication/cluster-keys.js';
import { decode, type Head, type NodeReport } from '../replication/cluster-values.js';
import { afterPrefix, type KeyStore } from '../replication/key-store.js';
import { readAuthority, type Credentials } from '../replication/credentials.js';
import { importDatabases } from '../storage/hand-over.js';
import { ask } from './ask.js';

const CONNECT_MS_MAX = 5000;

/** Whether a node with an empty folder would find the log from its first event on. */
export async function mustCopy(store: Pick<KeyStore, 'range'>, keys: ClusterKeys, dataDir: string): Promise<boolean> {
  if (existsSync(join(dataDir, 'db', 'log', 'CURRENT'))) return false;
  const first = (await store.range(keys.wal, keys.walEnd, { limit: 1, keysOnly: true })).entries[0];
  if (first !== undefined) return numberOfKey(first.key) > 1;
  const head = (await store.range(keys.head, `${keys.head}\0`)).entries[0];
  return head !== undefined && decode<Head>(head).sequence > 0;
}

/** Asks those with the newest snapshots first. Throws with one sentence when nobody has a copy for us. */
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
  for (const { url, sequence } of peers) {
    const connecting = new AbortController();
    const timer = setTimeout(() => connecting.abort(new Error('no answer')), CONNECT_MS_MAX);
    let response: IncomingMessage | undefined;
    try {
      const headers = { authorization: `Bearer ${handOverToken(config.secret, Date.now())}` };
      response = await ask(url + HAND_OVER_PATH, { headers, signal: connecting.signal, ...credentials });
      clearTimeout(timer);
      if (response.statusCode !== 200) throw new Error(`answers ${response.statusCode ?? 'nothing'}`);
      log.info({ url, sequence }, "another node's data are copied");
      await importDatabases(inTime(response), dataDir);
      return;
    } catch (error) {
      reason = `${url}: ${error instanceof Error ? error.message : String(error)}`;
      log.warn({ reason }, 'a node has no copy for us');
    } finally {
      clearTimeout(timer);
      response?.destroy();
    }
  }
  throw new Error(`The cluster's log lacks what follows the end of ours, and no node has a copy for us (${reason}).`);
}

/** Whom we take data from: with CLUSTER_CA nobody but those that it has signed. Throws with one sentence. */
export function peerCredentials({ peerCa }: ClusterConfig): Credentials {
  return peerCa === undefined ? {} : { ca: readAuthority('CLUSTER_CA', peerCa) };
}

/** Fails when nothing comes for long. */
async function* inTime(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, void> {
  const reader = stream[Symbol.asyncIterator]();
  for (;;) {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new Error('it sends no more')), CONNECT_MS_MAX);
    });
    try {
      const next = await Promise.race([reader.next(), late]);
      if (next.done === true) return;
      yield next.value;
    } finally {
      clearTimeout(timer);
    }
  }
}
