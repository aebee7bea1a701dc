/** What is read from every request before its memory is gone. */
import type { HttpRequest, HttpResponse } from 'uWebSockets.js';
import type { Origin } from '../services/origin.js';
import { newRequestId } from '../tracing/request-scope.js';
import { addressText } from './remote-address.js';

const REQUEST_ID = /^[A-Za-z0-9_.-]{1,64}$/;

/** What decides which headers are read: each one is a call into the library, and they are the larger part of a small GET. */
export interface HeadersWanted {
  /** Upper case. A GET or HEAD changes nothing, so what only changes look at is left aside. */
  readonly method: string;
  /** The answer has several forms. */
  readonly accept: boolean;
  /** Answers differ by the origin of the page that asks. */
  readonly origin: boolean;
}

export class RequestHead implements Origin {
  /** When it was taken, of a clock that never goes back. */
  readonly takenMs = performance.now();
  /** Upper case. */
  readonly method: string;
  readonly authorization: string;
  /** Lower case. */
  readonly contentType: string;
  /** Of a browser's page; '' for none. */
  readonly origin: string;
  readonly requestId: string;
  /** Lower case. */
  readonly accept: string;
  /** What the client knows a repeatable request by; '' for none. */
  readonly idempotencyKey: string;
  readonly cookie: string;
  /** What a page shows of its session's cookie, to prove that it is ours. */
  readonly csrfToken: string;
  private knownAddress: string | undefined;
  private knownAgent: string | undefined;

  constructor(
    private readonly response: HttpResponse,
    private readonly request: HttpRequest,
    { method, accept, origin }: HeadersWanted,
  ) {
    const sentId = request.getHeader('x-request-id');
    const mayChange = method !== 'GET' && method !== 'HEAD';
    this.method = method;
    this.authorization = request.getHeader('authorization');
    this.contentType = mayChange ? request.getHeader('content-type').toLowerCase() : '';
    this.origin = origin ? request.getHeader('origin') : '';
    this.requestId = sentId !== '' && REQUEST_ID.test(sentId) ? sentId : newRequestId();
    this.accept = accept ? request.getHeader('accept').toLowerCase() : '';
    this.idempotencyKey = mayChange ? request.getHeader('idempotency-key') : '';
    this.cookie = mayChange ? request.getHeader('cookie') : '';
    this.csrfToken = mayChange ? request.getHeader('x-csrf-token') : '';
  }

  /** Text of the peer's IP address. Asking for it costs more than all the rest of a small GET, and few look at it. */
  get address(): string {
    return (this.knownAddress ??= addressText(new Uint8Array(this.response.getRemoteAddress())));
  }

  get userAgent(): string {
    return (this.knownAgent ??= this.request.getHeader('user-agent'));
  }

  /** For whoever does not answer at once: afterwards the request is gone, and the peer and his address may be. */
  keepOrigin(): void {
    this.knownAddress = this.address;
    this.knownAgent = this.userAgent;
  }
}
