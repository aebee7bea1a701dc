/** Writes answers: status line, the headers that every answer has, and a body, once and only while the peer is there. */
import { STATUS_CODES } from 'node:http';
import type { HttpResponse } from 'uWebSockets.js';
import type { CorsPolicy } from './cors.js';

export const JSON_TYPE = 'application/json; charset=utf-8';

/** Answers are data of one caller at one moment, never pages. */
const FIXED_HEADERS: readonly (readonly [string, string])[] = [
  ['cache-control', 'no-store'],
  ['x-content-type-options', 'nosniff'],
  ['x-frame-options', 'DENY'],
  ['referrer-policy', 'no-referrer'],
  ['content-security-policy', "default-src 'none'; frame-ancestors 'none'"],
];

/**
 * All of a usual answer in one call, but for the request's id behind them: the library writes a value as it is, and every call
 * into it costs as much as the bytes of an answer.
 */
const [[FIRST_NAME, FIRST_VALUE], ...OTHERS] = [...FIXED_HEADERS, ['content-type', JSON_TYPE], ['x-request-id', '']] as const;
const JSON_VALUE = [FIRST_VALUE, ...OTHERS.map(([name, value]) => `${name}: ${value}`)].join('\r\n');

export interface Answer {
  readonly status: number;
  /** '' for an answer without a body. */
  readonly contentType: string;
  readonly body: string | Uint8Array;
  /** In lower case; one of the fixed ones takes the place of that. */
  readonly headers?: readonly (readonly [string, string])[];
  /** The rest of the request is not wanted any more. */
  readonly close?: boolean;
}

export class Responder {
  private open = true;
  private gone: (() => void) | undefined;
  private readonly allowedOrigin: string;
  private readonly variesByOrigin: boolean;

  constructor(
    private readonly response: HttpResponse,
    private readonly requestId: string,
    cors: CorsPolicy,
    /** The request's Origin header. */
    origin: string,
    private readonly headOnly: boolean,
  ) {
    this.allowedOrigin = cors.allowed(origin);
    this.variesByOrigin = cors.isActive;
    response.onAborted(() => {
      const wasOpen = this.open;
      this.open = false;
      if (wasOpen) this.gone?.();
    });
  }

  /** `callback` hears when the peer gives up before it has its answer. */
  whenGone(callback: () => void): void {
    this.gone = callback;
  }

  /** Neither answered nor given up by the peer. */
  get isOpen(): boolean {
    return this.open;
  }

  /** Does nothing when the peer is gone or has its answer. */
  send(answer: Answer): void {
    if (!this.open) return;
    this.open = false;
    this.response.cork(() => {
      this.writeHead(answer);
      if (!this.headOnly && answer.contentType !== '') {
        this.response.end(answer.body, answer.close);
        return;
      }
      // told the length as its argument, endWithoutBody would wait for that many bytes and lose the connection
      if (this.headOnly) this.response.writeHeader('content-length', String(Buffer.byteLength(answer.body)));
      this.response.endWithoutBody();
    });
  }

  private writeHead(answer: Answer): void {
    const { response } = this;
    if (answer.status !== 200) response.writeStatus(`${answer.status} ${STATUS_CODES[answer.status] ?? ''}`);
    // an id has none of the characters that end a header
    if (answer.headers === undefined && answer.contentType === JSON_TYPE) response.writeHeader(FIRST_NAME, JSON_VALUE + this.requestId);
    else this.writeHeaders(answer);
    if (this.variesByOrigin) response.writeHeader('vary', 'Origin');
    if (this.allowedOrigin !== '') {
      response.writeHeader('access-control-allow-origin', this.allowedOrigin);
      response.writeHeader('access-control-expose-headers', 'retry-after, x-request-id');
    }
  }

  private writeHeaders(answer: Answer): void {
    const { response } = this;
    for (const [name, value] of FIXED_HEADERS) if (!isNamed(answer, name)) response.writeHeader(name, value);
    response.writeHeader('x-request-id', this.requestId);
    if (answer.contentType !== '') response.writeHeader('content-type', answer.contentType);
    for (const [name, value] of answer.headers ?? []) response.writeHeader(name, value);
  }
}

function isNamed({ headers = [] }: Answer, sought: string): boolean {
  return headers.some(([name]) => name === sought);
}
