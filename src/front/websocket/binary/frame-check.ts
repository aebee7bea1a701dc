/** Whether bytes of a client are a frame of the binary protocol: a known kind of the length that it says to have. */
import {
  AMEND_REQUEST_BYTES,
  CANCEL_REQUEST_BYTES,
  HEAD_BYTES,
  INSTRUMENTS_BYTES,
  LOGIN_BYTES,
  LoginAt,
  MASS_CANCEL_BYTES,
  PING_BYTES,
  RESUME_POINT_BYTES,
  SessionKind,
  SUBMIT_BYTES,
  SUBSCRIBE_BYTES,
  SubscribeAt,
  TEXT_BYTES,
  UNSUBSCRIBE_BYTES,
  UnsubscribeAt,
} from '../../../wire/session-layout.js';
import { headKind, headLength, headTextLength, listBytes } from '../../../wire/session-head.js';

/** By kind: bytes without a trailer. */
const BYTES: readonly number[] = [
  0,
  LOGIN_BYTES,
  SUBMIT_BYTES,
  CANCEL_REQUEST_BYTES,
  AMEND_REQUEST_BYTES,
  MASS_CANCEL_BYTES,
  PING_BYTES,
  INSTRUMENTS_BYTES,
  SUBSCRIBE_BYTES,
  UNSUBSCRIBE_BYTES,
];
/** Kinds that may name an order by the client's own id. */
const HAS_TEXT: readonly boolean[] = [false, false, true, true, true, false, false, false, false, false];

/** The length of the frame at `at`, or 0 when it is none. */
export function frameBytes(view: DataView, at: number): number {
  if (view.byteLength - at < HEAD_BYTES) return 0;
  const length = headLength(view, at);
  const kind = headKind(view, at);
  if (length < HEAD_BYTES || (length & 7) !== 0 || at + length > view.byteLength || kind >= BYTES.length || kind === 0) return 0;
  const textLength = headTextLength(view, at);
  if (kind === SessionKind.LOGIN) return textLength === 0 && length === loginBytes(view, at, length) ? length : 0;
  if (kind === SessionKind.SUBSCRIBE) return textLength === 0 && length === subscribeBytes(view, at, length) ? length : 0;
  if (kind === SessionKind.UNSUBSCRIBE) return textLength === 0 && length === unsubscribeBytes(view, at, length) ? length : 0;
  if (textLength === 0) return length === BYTES[kind] ? length : 0;
  return HAS_TEXT[kind] && textLength <= TEXT_BYTES && length === BYTES[kind] + TEXT_BYTES ? length : 0;
}

function loginBytes(view: DataView, at: number, length: number): number {
  if (length < LOGIN_BYTES) return 0;
  const tokenBytes = (view.getUint16(at + LoginAt.tokenLength, true) + 7) & ~7;
  return LOGIN_BYTES + tokenBytes + view.getUint16(at + LoginAt.resumeCount, true) * RESUME_POINT_BYTES;
}

function subscribeBytes(view: DataView, at: number, length: number): number {
  return length < SUBSCRIBE_BYTES ? 0 : SUBSCRIBE_BYTES + listBytes(view.getUint16(at + SubscribeAt.instrumentCount, true));
}

function unsubscribeBytes(view: DataView, at: number, length: number): number {
  return length < UNSUBSCRIBE_BYTES ? 0 : UNSUBSCRIBE_BYTES + listBytes(view.getUint16(at + UnsubscribeAt.instrumentCount, true));
}
