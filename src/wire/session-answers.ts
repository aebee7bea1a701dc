/** Direct answers of the binary protocol (schemas/session.fbs). */
import type { Instrument } from '../core/instrument.js';
import type { FrameBuffer } from './frame-buffer.js';
import * as head from './session-head.js';
import * as layout from './session-layout.js';

// Bound here: constants of the module are compiled in, imported ones are looked up at every use.
const { ORDER_ANSWER_BYTES, OrderAnswerAt, SessionKind } = layout;
const { writeHead } = head;
const {
  INSTRUMENT_BYTES,
  INSTRUMENT_ID_BYTES,
  InstrumentAt,
  LOGIN_ANSWER_BYTES,
  LoginAnswerAt,
  MASS_CANCEL_ANSWER_BYTES,
  MassCancelAnswerAt,
  PONG_BYTES,
  PongAt,
  PROBLEM_BYTES,
  ProblemAt,
  SUBSCRIBE_ANSWER_BYTES,
  SubscribeAnswerAt,
  SYSTEM_NOTICE_BYTES,
  SystemNoticeAt,
} = layout;

/**
 * `action` is the kind of the request; times in µs, 0 for a refusal at the front; `code` 0 for success, and
 * `detail` the reason of a 3004.
 */
export function addOrderAnswer(
  out: FrameBuffer,
  request: number,
  action: number,
  orderId: number,
  receiveUs: number,
  durableUs: number,
  status: number,
  code: number,
  detail = 0,
): void {
  const at = out.claim(ORDER_ANSWER_BYTES);
  const { view } = out;
  writeHead(view, at, ORDER_ANSWER_BYTES, SessionKind.ORDER_ANSWER, request);
  view.setFloat64(at + OrderAnswerAt.orderId, orderId, true);
  view.setFloat64(at + OrderAnswerAt.receiveUs, receiveUs, true);
  view.setFloat64(at + OrderAnswerAt.durableUs, durableUs, true);
  view.setUint32(at + OrderAnswerAt.status, status | (code << 16), true);
  view.setUint32(at + OrderAnswerAt.action, action | (detail << 16), true);
}

export function addLoginAnswer(
  out: FrameBuffer,
  request: number,
  expiresUs: number,
  user: number,
  accountCount: number,
  code: number,
): void {
  const at = out.claim(LOGIN_ANSWER_BYTES);
  const { view } = out;
  writeHead(view, at, LOGIN_ANSWER_BYTES, SessionKind.LOGIN_ANSWER, request);
  view.setFloat64(at + LoginAnswerAt.expiresUs, expiresUs, true);
  view.setUint32(at + LoginAnswerAt.user, user, true);
  view.setUint16(at + LoginAnswerAt.code, code, true);
  view.setUint16(at + LoginAnswerAt.accountCount, accountCount, true);
}

export function addMassCancelAnswer(out: FrameBuffer, request: number, cancelled: number, failedInstruments: number, code: number): void {
  const at = out.claim(MASS_CANCEL_ANSWER_BYTES);
  const { view } = out;
  writeHead(view, at, MASS_CANCEL_ANSWER_BYTES, SessionKind.MASS_CANCEL_ANSWER, request);
  view.setUint32(at + MassCancelAnswerAt.cancelled, cancelled, true);
  view.setUint32(at + MassCancelAnswerAt.failedInstruments, failedInstruments, true);
  view.setUint32(at + MassCancelAnswerAt.code, code, true);
  view.setUint32(at + MassCancelAnswerAt.code + 4, 0);
}

export function addPong(out: FrameBuffer, request: number, clientTimeUs: number, timeUs: number): void {
  const at = out.claim(PONG_BYTES);
  const { view } = out;
  writeHead(view, at, PONG_BYTES, SessionKind.PONG, request);
  view.setFloat64(at + PongAt.clientTimeUs, clientTimeUs, true);
  view.setFloat64(at + PongAt.timeUs, timeUs, true);
}

/** `remaining` definitions of the same answer follow. */
export function addInstrument(out: FrameBuffer, request: number, instrument: Instrument, remaining: number): void {
  const at = out.claim(INSTRUMENT_BYTES);
  const { view } = out;
  const id = instrument.instrumentId.slice(0, INSTRUMENT_ID_BYTES);
  writeHead(view, at, INSTRUMENT_BYTES, SessionKind.INSTRUMENT, request);
  view.setFloat64(at + InstrumentAt.priceTick, instrument.priceTick, true);
  view.setFloat64(at + InstrumentAt.lowerLimit, instrument.lowerLimit, true);
  view.setFloat64(at + InstrumentAt.upperLimit, instrument.upperLimit, true);
  view.setFloat64(at + InstrumentAt.multiplier, instrument.multiplier, true);
  view.setUint32(at + InstrumentAt.instrument, instrument.instrument, true);
  view.setUint32(at + InstrumentAt.remaining, remaining, true);
  view.setUint32(at + InstrumentAt.status, instrument.status | (instrument.phase << 8) | (id.length << 16), true);
  view.setUint32(at + InstrumentAt.status + 4, 0);
  for (let index = 0; index < INSTRUMENT_ID_BYTES; index++) {
    view.setUint8(at + InstrumentAt.id + index, index < id.length ? id.charCodeAt(index) : 0);
  }
}

/** `cause` is the kind of the frame that could not be served, 0 for none. */
export function addProblem(out: FrameBuffer, request: number, code: number, cause: number): void {
  const at = out.claim(PROBLEM_BYTES);
  const { view } = out;
  writeHead(view, at, PROBLEM_BYTES, SessionKind.PROBLEM, request);
  view.setUint32(at + ProblemAt.code, code | (cause << 16), true);
  view.setUint32(at + ProblemAt.code + 4, 0);
}

/** `event` is a `NoticeEvent`; `account` that of a RESYNC. */
export function addSystemNotice(out: FrameBuffer, event: number, account: number): void {
  const at = out.claim(SYSTEM_NOTICE_BYTES);
  const { view } = out;
  writeHead(view, at, SYSTEM_NOTICE_BYTES, SessionKind.SYSTEM_NOTICE, 0);
  view.setUint32(at + SystemNoticeAt.account, account, true);
  view.setUint32(at + SystemNoticeAt.event, event, true);
}

/** `instruments` counts those that are subscribed to in any of the channels now, `rejected` are numbers of no instrument. */
export function addSubscribeAnswer(
  out: FrameBuffer,
  request: number,
  channels: number,
  instruments: number,
  rejected: readonly number[],
): void {
  const at = out.claim(SUBSCRIBE_ANSWER_BYTES);
  const { view } = out;
  writeHead(view, at, SUBSCRIBE_ANSWER_BYTES, SessionKind.SUBSCRIBE_ANSWER, request);
  view.setUint32(at + SubscribeAnswerAt.channels, channels, true);
  view.setUint32(at + SubscribeAnswerAt.instruments, instruments, true);
  view.setUint32(at + SubscribeAnswerAt.rejected, rejected.length, true);
  view.setUint32(at + SubscribeAnswerAt.firstRejected, rejected.at(0) ?? 0, true);
}
