/** Requests of the binary protocol as a client writes them (schemas/session.fbs). `request` is repeated in the answer. */
import type { FrameBuffer } from './frame-buffer.js';
import { listBytes, textBytes, writeHead, writeText } from './session-head.js';
import {
  AMEND_REQUEST_BYTES,
  AmendRequestAt,
  CANCEL_REQUEST_BYTES,
  CancelRequestAt,
  INSTRUMENTS_BYTES,
  LOGIN_BYTES,
  LoginAt,
  MASS_CANCEL_BYTES,
  MassCancelAt,
  PING_BYTES,
  PingAt,
  RESUME_POINT_BYTES,
  ResumePointAt,
  SessionKind,
  SUBMIT_BYTES,
  SubmitAt,
  SUBSCRIBE_BYTES,
  SubscribeAt,
  UNSUBSCRIBE_BYTES,
  UnsubscribeAt,
} from './session-layout.js';

/** An order as numbers; those of the enumerations are in schemas/session.fbs. */
export interface SubmitFields {
  account: number;
  instrument: number;
  /** 1/10000; 0 but for LIMIT. */
  price: number;
  volume: number;
  minVolume: number;
  gtdDate: number;
  maxSlippageTicks: number;
  side: number;
  offset: number;
  priceType: number;
  timeCondition: number;
  volumeCondition: number;
  selfTradeMode: number;
  residual: number;
  postOnly: number;
  /** '' for none. */
  clientOrderId: string;
}

export interface ResumePoint {
  account: number;
  reportSeq: number;
}

/** `token` is ASCII. */
export function addLogin(
  out: FrameBuffer,
  request: number,
  token: string,
  resume: readonly ResumePoint[],
  cancelOnDisconnect: boolean,
): void {
  const tokenBytes = (token.length + 7) & ~7;
  const length = LOGIN_BYTES + tokenBytes + resume.length * RESUME_POINT_BYTES;
  const at = out.claim(length);
  const { view, bytes } = out;
  bytes.fill(0, at, at + length);
  writeHead(view, at, length, SessionKind.LOGIN, request);
  view.setUint16(at + LoginAt.tokenLength, token.length, true);
  view.setUint16(at + LoginAt.resumeCount, resume.length, true);
  view.setUint8(at + LoginAt.cancelOnDisconnect, cancelOnDisconnect ? 1 : 0);
  for (let index = 0; index < token.length; index++) view.setUint8(at + LOGIN_BYTES + index, token.charCodeAt(index));
  let next = at + LOGIN_BYTES + tokenBytes;
  for (const { account, reportSeq } of resume) {
    view.setFloat64(next + ResumePointAt.reportSeq, reportSeq, true);
    view.setUint32(next + ResumePointAt.account, account, true);
    next += RESUME_POINT_BYTES;
  }
}

export function addSubmit(out: FrameBuffer, request: number, order: SubmitFields): void {
  const { clientOrderId: id } = order;
  const length = SUBMIT_BYTES + textBytes(id);
  const at = out.claim(length);
  const { view } = out;
  writeHead(view, at, length, SessionKind.SUBMIT, request, id.length);
  view.setFloat64(at + SubmitAt.price, order.price, true);
  view.setUint32(at + SubmitAt.account, order.account, true);
  view.setUint32(at + SubmitAt.instrument, order.instrument, true);
  view.setUint32(at + SubmitAt.volume, order.volume, true);
  view.setUint32(at + SubmitAt.minVolume, order.minVolume, true);
  view.setUint32(at + SubmitAt.gtdDate, order.gtdDate, true);
  view.setUint32(at + SubmitAt.maxSlippageTicks, order.maxSlippageTicks, true);
  const { side, offset, priceType, timeCondition, volumeCondition, selfTradeMode, residual, postOnly } = order;
  view.setUint32(at + SubmitAt.side, side | (offset << 8) | (priceType << 16) | (timeCondition << 24), true);
  view.setUint32(at + SubmitAt.volumeCondition, volumeCondition | (selfTradeMode << 8) | (residual << 16) | (postOnly << 24), true);
  if (id !== '') writeText(view, at + SUBMIT_BYTES, id);
}

/** Names the order by its number, or with `orderId` 0 by its client order id. */
export function addCancel(out: FrameBuffer, request: number, account: number, orderId: number, clientOrderId = ''): void {
  const length = CANCEL_REQUEST_BYTES + textBytes(clientOrderId);
  const at = out.claim(length);
  const { view } = out;
  writeHead(view, at, length, SessionKind.CANCEL, request, clientOrderId.length);
  view.setFloat64(at + CancelRequestAt.orderId, orderId, true);
  view.setUint32(at + CancelRequestAt.account, account, true);
  view.setUint32(at + CancelRequestAt.account + 4, 0);
  if (clientOrderId !== '') writeText(view, at + CANCEL_REQUEST_BYTES, clientOrderId);
}

/** 0 keeps price (1/10000) or total volume. The order is named as in a cancel. */
export function addAmend(
  out: FrameBuffer,
  request: number,
  account: number,
  orderId: number,
  newPrice: number,
  newVolume: number,
  clientOrderId = '',
): void {
  const length = AMEND_REQUEST_BYTES + textBytes(clientOrderId);
  const at = out.claim(length);
  const { view } = out;
  writeHead(view, at, length, SessionKind.AMEND, request, clientOrderId.length);
  view.setFloat64(at + AmendRequestAt.orderId, orderId, true);
  view.setFloat64(at + AmendRequestAt.newPrice, newPrice, true);
  view.setUint32(at + AmendRequestAt.account, account, true);
  view.setUint32(at + AmendRequestAt.newVolume, newVolume, true);
  if (clientOrderId !== '') writeText(view, at + AMEND_REQUEST_BYTES, clientOrderId);
}

/** `instrument` 0 means all; `side` as in the schema. */
export function addMassCancel(out: FrameBuffer, request: number, account: number, instrument: number, side: number): void {
  const at = out.claim(MASS_CANCEL_BYTES);
  const { view } = out;
  writeHead(view, at, MASS_CANCEL_BYTES, SessionKind.MASS_CANCEL, request);
  view.setUint32(at + MassCancelAt.account, account, true);
  view.setUint32(at + MassCancelAt.instrument, instrument, true);
  view.setUint32(at + MassCancelAt.side, side, true);
  view.setUint32(at + MassCancelAt.side + 4, 0);
}

export function addPing(out: FrameBuffer, request: number, clientTimeUs: number): void {
  const at = out.claim(PING_BYTES);
  writeHead(out.view, at, PING_BYTES, SessionKind.PING, request);
  out.view.setFloat64(at + PingAt.clientTimeUs, clientTimeUs, true);
}

export function addInstruments(out: FrameBuffer, request: number): void {
  writeHead(out.view, out.claim(INSTRUMENTS_BYTES), INSTRUMENTS_BYTES, SessionKind.INSTRUMENTS, request);
}

/** `channels` and `periods` as bits of the schema; 0 leaves periods and depth as they were. No instruments: all. */
export function addSubscribe(
  out: FrameBuffer,
  request: number,
  channels: number,
  instruments: readonly number[],
  periods: number,
  depth: number,
): void {
  const at = beginList(out, request, SUBSCRIBE_BYTES, SessionKind.SUBSCRIBE, instruments);
  out.view.setUint32(at + SubscribeAt.channels, channels, true);
  out.view.setUint32(at + SubscribeAt.periods, periods, true);
  out.view.setUint16(at + SubscribeAt.instrumentCount, instruments.length, true);
  out.view.setUint8(at + SubscribeAt.depth, depth);
}

/** No instruments: all of the channels. */
export function addUnsubscribe(out: FrameBuffer, request: number, channels: number, instruments: readonly number[]): void {
  const at = beginList(out, request, UNSUBSCRIBE_BYTES, SessionKind.UNSUBSCRIBE, instruments);
  out.view.setUint32(at + UnsubscribeAt.channels, channels, true);
  out.view.setUint16(at + UnsubscribeAt.instrumentCount, instruments.length, true);
}

/** A frame of zeros but for its head and the numbers behind it. */
function beginList(out: FrameBuffer, request: number, structBytes: number, kind: number, instruments: readonly number[]): number {
  const length = structBytes + listBytes(instruments.length);
  const at = out.claim(length);
  out.bytes.fill(0, at, at + length);
  writeHead(out.view, at, length, kind, request);
  for (const [index, instrument] of instruments.entries()) out.view.setUint32(at + structBytes + index * 4, instrument, true);
  return at;
}
