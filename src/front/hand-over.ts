/**
 * Gives a copy of both databases to another node of the cluster, and to nobody else: who asks proves with the time of day that
 * he knows CLUSTER_SECRET.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { HttpResponse, TemplatedApp } from 'uWebSockets.js';
import type { Logger } from 'pino';
import { exportDatabases } from '../storage/hand-over.js';
import type { Storage } from '../storage/database.js';

export const HAND_OVER_PATH = '/internal/hand-over';
/** Clocks of nodes may differ by so much. */
const TOLERANCE_MS = 60_000;
/** Sent at once. */
const CHUNK_BYTES = 256 * 1024;
/** For room at most; a peer that takes nothing for long is left by the server. */
const WAIT_MS = 100;

/** What a node shows. */
export function handOverToken(secret: string, nowMs: number): string {
  return `${nowMs}.${createHmac('sha256', secret).update(`hand-over ${nowMs}`).digest('base64url')}`;
}

function isRight(token: string, secret: string, nowMs: number): boolean {
  const atMs = Number(token.split('.')[0]);
  if (!(Math.abs(nowMs - atMs) < TOLERANCE_MS)) return false;
  const [given, wanted] = [token, handOverToken(secret, atMs)].map((text) => Buffer.from(text));
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

export function registerHandOver(app: TemplatedApp, storage: Storage, secret: string, log: Logger): void {
  let isBusy = false;
  app.get(HAND_OVER_PATH, (response, request) => {
    const token = request.getHeader('authorization').replace(/^Bearer /, '');
    if (!isRight(token, secret, Date.now())) {
      response.writeStatus('401 Unauthorized').end();
      return;
    }
    if (isBusy) {
      response.writeStatus('503 Service Unavailable').end();
      return;
    }
    isBusy = true;
    send(response, storage)
      .catch((error: unknown) => {
        log.error({ err: error }, 'a copy for another node could not be made');
        return false;
      })
      .finally(() => (isBusy = false));
  });
}

/** As fast as the peer takes it. */
async function send(response: HttpResponse, storage: Storage): Promise<void> {
  let isOpen = true;
  let roomy: () => void = () => undefined;
  response.onAborted(() => {
    isOpen = false;
    roomy();
  });
  response.onWritable(() => {
    roomy();
    return true;
  });
  response.cork(() => {
    response.writeStatus('200 OK').writeHeader('content-type', 'application/octet-stream');
  });
  const write = async (chunks: Uint8Array[]): Promise<void> => {
    if (!isOpen || response.write(Buffer.concat(chunks))) return;
    // the library may have sent it by now, and then says nothing
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, WAIT_MS);
      roomy = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  };
  try {
    let chunks: Uint8Array[] = [];
    let gathered = 0;
    for await (const bytes of exportDatabases(storage)) {
      if (!isOpen) return;
      chunks.push(bytes);
      gathered += bytes.length;
      if (gathered < CHUNK_BYTES) continue;
      await write(chunks);
      chunks = [];
      gathered = 0;
    }
    await write(chunks);
  } catch (error) {
    // a broken connection is how the peer learns of it
    if (isOpen) response.close();
    throw error;
  }
  if (isOpen) response.cork(() => response.end());
}
