/** Direct answers to one session as JSON text (websocket.md 3). `requestId` is the client's own, echoed. */
import { refusalMessage, type RefusalDetail } from '../../core/refusal.js';
import { padded } from '../publisher/decimal-text.js';
import { quoted } from '../publisher/json-text.js';
import { orderId } from '../views/ids.js';

const ORDER_DIGITS = 16;

export type OrderAction = 'submit' | 'cancel';

export interface OrderAnswer {
  readonly action: OrderAction;
  /** 0 for none. */
  readonly orderId: number;
  /** Name of the state, or null when there is none to tell. */
  readonly status: string | null;
  /** '' for none. */
  readonly clientOrderId: string;
  /** 0 for success. */
  readonly code: number;
  /** What there is to say about a refusal beyond its code. */
  readonly details?: RefusalDetail[] | undefined;
  readonly requestId: string | undefined;
}

export function orderResponse({ action, orderId: id, status, clientOrderId, code, details, requestId }: OrderAnswer): string {
  const error =
    code === 0 ? '"error_code":null,"error_message":null' : `"error_code":${code},"error_message":${quoted(refusalMessage(code))}`;
  return (
    `{"type":"order_response","success":${code === 0},"order_id":${id === 0 ? 'null' : `"${orderId(id)}"`},` +
    `"status":${status === null ? 'null' : `"${status}"`},"action":"${action}"` +
    `${clientOrderId === '' ? '' : `,"client_order_id":${quoted(clientOrderId)}`},${error}${detailsText(details)}${requestIdText(requestId)}}`
  );
}

/** The usual one of them, written at once: order `taken` was entered or cancelled. `status` is a name of a state. */
export function takenResponse(
  action: OrderAction,
  taken: number,
  status: string,
  clientOrderId: string,
  requestId: string | undefined,
): string {
  return (
    `{"type":"order_response","success":true,"order_id":"O${padded(taken, ORDER_DIGITS)}","status":"${status}","action":"${action}"` +
    `${clientOrderId === '' ? '' : `,"client_order_id":${quoted(clientOrderId)}`},"error_code":null,"error_message":null` +
    `${requestIdText(requestId)}}`
  );
}

/** An order message that could not be read as one: the answer names the fields. */
export function unreadableOrder(
  action: OrderAction,
  code: number,
  details: RefusalDetail[] | undefined,
  requestId: string | undefined,
): string {
  return JSON.stringify({
    type: 'order_response',
    success: false,
    order_id: null,
    status: action === 'submit' ? 'Rejected' : null,
    action,
    error_code: code,
    error_message: refusalMessage(code),
    details,
    request_id: requestId,
  });
}

export function errorMessage(code: number, requestId: string | undefined, details?: RefusalDetail[]): string {
  return `{"type":"error","code":${code},"message":${quoted(refusalMessage(code))}${detailsText(details)}${requestIdText(requestId)}}`;
}

export function pong(timeMs: number, requestId: string | undefined): string {
  return `{"type":"pong","timestamp":${timeMs}${requestIdText(requestId)}}`;
}

export function systemMessage(event: 'server_stopping' | 'resync', detail: string): string {
  return `{"type":"system","event":"${event}","detail":${quoted(detail)}}`;
}

export function queryResponse(requestType: string, data: unknown, requestId: string | undefined): string {
  return JSON.stringify({ type: 'query_response', request_type: requestType, data, request_id: requestId });
}

function detailsText(details: RefusalDetail[] | undefined): string {
  return details === undefined ? '' : `,"details":${JSON.stringify(details)}`;
}

function requestIdText(requestId: string | undefined): string {
  return requestId === undefined ? '' : `,"request_id":${quoted(requestId)}`;
}
