/** Client library of the exchange: HTTP requests, and the JSON and the binary protocol of `/ws`. */
import { ClusterClient } from './cluster-client.js';
import { BinaryClient, type LoginOptions } from './binary-client.js';
import { JsonClient } from './json-client.js';
import { openNodeTransport } from './node-transport.js';

export { ApiError } from './api-error.js';
export { BinaryClient, type LoginOptions, type MarketTerms, type OrderFields } from './binary-client.js';
export { BookCopy } from './book-copy.js';
export { ClusterClient, type ClusterClientOptions } from './cluster-client.js';
export { findLeader } from './find-leader.js';
export { HttpClient } from './http-client.js';
export { JsonClient, type ClientMessage, type Close } from './json-client.js';
export { framesOf, type SessionFrame } from './session-reader.js';
/** Numbers of the binary protocol by name. */
export * as binary from './binary-names.js';
export * from './market-reader.js';
export { PushInbox } from './push-inbox.js';
export type { OpenTransport, Transport, TransportHandlers } from './transport.js';
export type * from './types.js';

export interface ConnectOptions {
  token?: string;
}

/**
 * Connects to `/ws` and, with a token, authenticates; speaks JSON, or with `binary` the binary protocol. Rejects when the
 * exchange cannot be reached or refuses the token.
 */
export async function connect(wsUrl: string, options: ConnectOptions & LoginOptions & { binary: true }): Promise<BinaryClient>;
export async function connect(wsUrl: string, options?: ConnectOptions): Promise<JsonClient>;
export async function connect(
  wsUrl: string,
  options: ConnectOptions & LoginOptions & { binary?: true } = {},
): Promise<JsonClient | BinaryClient> {
  const { token, binary, ...login } = options;
  const client = binary === true ? new BinaryClient(wsUrl, openNodeTransport) : new JsonClient(wsUrl, openNodeTransport);
  await client.ready();
  if (token === undefined) return client;
  try {
    if (client instanceof BinaryClient) await client.login(token, login);
    else await client.auth(token);
  } catch (error) {
    await client.close();
    throw error;
  }
  return client;
}

/** Follows the leader of a cluster whose nodes are at `urls` (`http://host:port`). Resolves once a leader has let us in. */
export async function connectCluster(urls: readonly string[], token: string, patienceMs?: number): Promise<ClusterClient> {
  const client = new ClusterClient({ urls, token, open: openNodeTransport, ...(patienceMs === undefined ? {} : { patienceMs }) });
  await client.ready();
  return client;
}
