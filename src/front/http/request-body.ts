/** Reads the bodies of requests: bounded, JSON, one object. */
import type { HttpResponse } from 'uWebSockets.js';
import { Refusal } from '../../core/refusal.js';

export const BODY_BYTES_MAX = 64 * 1024;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Calls back once with the whole body, or with undefined as soon as it is larger than the limit; never when the peer
 * goes away. The memory of the body may be gone when `done` returns. Must be called before the handler of the request returns.
 */
export function readBody(response: HttpResponse, bytesMax: number, done: (body: Buffer | undefined) => void): void {
  let chunks: Buffer[] = [];
  let size = 0;
  let ended = false;
  response.onData((chunk, isLast) => {
    if (ended) return;
    size += chunk.byteLength;
    if (size > bytesMax) {
      ended = true;
      chunks = [];
      done(undefined);
      return;
    }
    ended = isLast;
    if (isLast && chunks.length === 0) {
      done(Buffer.from(chunk));
      return;
    }
    // the chunk's memory is gone after this call
    chunks.push(Buffer.from(Buffer.from(chunk)));
    if (isLast) done(Buffer.concat(chunks));
  });
}

/** Throws 9003 for what is not JSON in UTF-8. */
export function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(utf8.decode(body));
  } catch {
    throw new Refusal(9003);
  }
}

/** Throws 9003 for what is not UTF-8. */
export function parseText(body: Buffer): string {
  try {
    return utf8.decode(body);
  } catch {
    throw new Refusal(9003);
  }
}
