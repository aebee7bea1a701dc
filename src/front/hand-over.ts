/**
 * Gives a copy of both databases to another node of the cluster, and to nobody else: who asks proves with the time of day that
 * he knows CLUSTER_SECRET.
 *
 * He asks for one part after the other under an id of his own (`node.copy`), and for a part again when it did not come or came damaged; so a
 * copy goes on where a connection broke, and all of it is of one moment.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { HttpResponse, TemplatedApp } from 'uWebSockets.js';
import type { Logger } from 'pino';
import { CopyParts, type CopyPart } from '../storage/copy-parts.js';
import type { Storage } from '../storage/database.js';

export const HAND_OVER_PATH = '/internal/hand-over';
/** CRC-32 of the part, and whether it is the last one. */
export const PART_CRC = 'x-part-crc';
export const PART_IS_LAST = 'x-part-is-last';
/** Clocks of nodes may differ by so much. */
const TOLERANCE_MS = 60_000;
/** A copy that nobody has asked for since then is given up. */
const IDLE_MS = 30_000;

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

export function registerHandOver(app: TemplatedApp, storage: Storage, secret: string, log: Logger, partBytes?: number): void {
  const copies = new Copies(() => new CopyParts(storage, partBytes));
  app.get(HAND_OVER_PATH, (response, request) => {
    let isOpen = true;
    response.onAborted(() => (isOpen = false));
    const token = request.getHeader('authorization').replace(/^Bearer /, '');
    const copy = request.getQuery('copy') ?? '';
    const part = request.getQuery('part') ?? '';
    if (!isRight(token, secret, Date.now())) {
      refuse(response, '401 Unauthorized');
      return;
    }
    if (copy === '' || !/^\d{1,9}$/.test(part)) {
      refuse(response, '400 Bad Request');
      return;
    }
    copies.part(copy, Number(part)).then(
      (found) => {
        if (!isOpen) return;
        if (typeof found === 'string') refuse(response, found);
        else send(response, found);
      },
      (error: unknown) => {
        log.error({ err: error }, 'a copy for another node could not be made');
        // a broken connection is how the peer learns of it
        if (isOpen) response.close();
      },
    );
  });
}

/** One copy at a time; a node that begins anew has given up the one before. */
class Copies {
  private current: { readonly id: string; readonly parts: CopyParts } | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly begin: () => CopyParts) {}

  /** The part, or the status of a refusal. */
  async part(id: string, number: number): Promise<CopyPart | string> {
    if (this.current?.id !== id) {
      if (number !== 0) return '410 Gone';
      if (this.current?.parts.isDone === false && nodeOf(this.current.id) !== nodeOf(id)) return '503 Service Unavailable';
      this.end();
      this.current = { id, parts: this.begin() };
    }
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.end(), IDLE_MS).unref();
    return (await this.current.parts.part(number)) ?? '410 Gone';
  }

  private end(): void {
    clearTimeout(this.timer);
    // one that failed is closed already
    this.current?.parts.close().catch(() => undefined);
    this.current = undefined;
  }
}

function nodeOf(id: string): string {
  return id.slice(0, id.lastIndexOf('.'));
}

function refuse(response: HttpResponse, status: string): void {
  response.cork(() => {
    response.writeStatus(status).end();
  });
}

function send(response: HttpResponse, { bytes, crc, isLast }: CopyPart): void {
  response.cork(() => {
    response.writeStatus('200 OK').writeHeader('content-type', 'application/octet-stream');
    response.writeHeader(PART_CRC, String(crc)).writeHeader(PART_IS_LAST, String(isLast));
    response.end(bytes);
  });
}
