/** What is read from every request before its memory is gone. */
import type { HttpRequest, HttpResponse } from 'uWebSockets.js';
import { newRequestId } from '../tracing/request-scope.js';
import { addressText } from './remote-address.js';

export interface RequestHead {
  /** When it was taken, of a clock that never goes back. */
  readonly takenMs: number;
  /** Upper case. */
  readonly method: string;
  /** Text of the peer's IP address. */
  readonly address: string;
  readonly authorization: string;
  /** Lower case. */
  readonly contentType: string;
  readonly userAgent: string;
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
}

const REQUEST_ID = /^[A-Za-z0-9_.-]{1,64}$/;

export function readHead(response: HttpResponse, request: HttpRequest): RequestHead {
  const sentId = request.getHeader('x-request-id');
  return {
    takenMs: performance.now(),
    method: request.getMethod().toUpperCase(),
    address: addressText(new Uint8Array(response.getRemoteAddress())),
    authorization: request.getHeader('authorization'),
    contentType: request.getHeader('content-type').toLowerCase(),
    userAgent: request.getHeader('user-agent'),
    origin: request.getHeader('origin'),
    requestId: REQUEST_ID.test(sentId) ? sentId : newRequestId(),
    accept: request.getHeader('accept').toLowerCase(),
    idempotencyKey: request.getHeader('idempotency-key'),
    cookie: request.getHeader('cookie'),
    csrfToken: request.getHeader('x-csrf-token'),
  };
}
