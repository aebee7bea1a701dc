/** One request whose certificates are the caller's, which `fetch` does not take. */
import { request as plainRequest, type IncomingMessage } from 'node:http';
import { request as secureRequest } from 'node:https';
import type { Credentials } from '../replication/credentials.js';

export interface AskOptions extends Credentials {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal;
}

/** Resolves with the head of the answer; whoever asks reads the rest. Rejects as a socket does. */
export async function ask(url: string, { body, ...options }: AskOptions = {}): Promise<IncomingMessage> {
  return await new Promise((resolve, reject) => {
    const request = url.startsWith('https:') ? secureRequest : plainRequest;
    // a connection of its own: nothing of it is left for the next one
    request(url, { ...options, agent: false }, resolve)
      .once('error', reject)
      .end(body);
  });
}

/** The body of an answer. */
export async function bodyOf(response: AsyncIterable<Buffer>): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of response) parts.push(part);
  return Buffer.concat(parts).toString('utf8');
}
