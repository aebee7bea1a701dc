/** Frames of the binary protocol as objects, for clients that want them so. Units as in schemas/session.fbs. */
import { headKind, headLength, headRequest, headTextLength, readText } from '../wire/session-head.js';
import {
  AccountStateAt,
  FundReportAt,
  HEAD_BYTES,
  InstrumentAt,
  LoginAnswerAt,
  MassCancelAnswerAt,
  ORDER_REPORT_BYTES,
  OrderAnswerAt,
  OrderReportAt,
  PongAt,
  PositionStateAt,
  ProblemAt,
  SessionKind,
  SubscribeAnswerAt,
  SystemNoticeAt,
  TradeReportAt,
} from '../wire/session-layout.js';

type Offsets = Readonly<Record<string, number>>;

/** A frame of the exchange: its kind, the request that it answers (0 for none), and its fields by the names of the schema. */
export interface SessionFrame {
  kind: number;
  request: number;
  /** Of an OrderReport, '' for none. */
  clientOrderId: string;
  /** Of an InstrumentDefinition. */
  instrumentId: string;
  [field: string]: number | string;
}

/** Fields of 16 bits and of 8 bits; all others are of 32 bits where four bytes lie between them, else doubles. */
const HALVES = new Set(['code', 'accountCount', 'status', 'detail']);
const BYTES = new Set(['action', 'side', 'offset', 'isTaker', 'reason', 'priceType', 'fundKind', 'cause', 'event', 'phase', 'idLength']);
const WORDS = new Set(
  ['user', 'account', 'instrument', 'remaining', 'volume', 'filled', 'lastFill', 'cancelled', 'failedInstruments'].concat([
    'channels',
    'instruments',
    'rejected',
    'firstRejected',
    'volumeLong',
    'volumeShort',
    'volumeLongToday',
    'volumeShortToday',
    'volumeLongFrozen',
    'volumeShortFrozen',
  ]),
);

const OFFSETS: ReadonlyMap<number, Offsets> = new Map<number, Offsets>([
  [SessionKind.LOGIN_ANSWER, LoginAnswerAt],
  [SessionKind.ORDER_ANSWER, OrderAnswerAt],
  [SessionKind.MASS_CANCEL_ANSWER, MassCancelAnswerAt],
  [SessionKind.PONG, PongAt],
  [SessionKind.INSTRUMENT, InstrumentAt],
  [SessionKind.PROBLEM, ProblemAt],
  [SessionKind.SUBSCRIBE_ANSWER, SubscribeAnswerAt],
  [SessionKind.ORDER_REPORT, OrderReportAt],
  [SessionKind.TRADE_REPORT, TradeReportAt],
  [SessionKind.FUND_REPORT, FundReportAt],
  [SessionKind.ACCOUNT_STATE, AccountStateAt],
  [SessionKind.POSITION_STATE, PositionStateAt],
  [SessionKind.SYSTEM_NOTICE, SystemNoticeAt],
]);

/** The frames of a message in order. Market data, and frames of kinds that this client does not know, are left out. */
export function framesOf(message: Uint8Array): SessionFrame[] {
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  const frames: SessionFrame[] = [];
  for (let at = 0; at + HEAD_BYTES <= view.byteLength; at += Math.max(HEAD_BYTES, headLength(view, at))) {
    const frame = frameAt(view, at);
    if (frame !== undefined) frames.push(frame);
  }
  return frames;
}

function frameAt(view: DataView, at: number): SessionFrame | undefined {
  const kind = headKind(view, at);
  const offsets = OFFSETS.get(kind);
  if (offsets === undefined) return undefined;
  const frame: SessionFrame = { kind, request: headRequest(view, at), clientOrderId: '', instrumentId: '' };
  for (const [field, offset] of Object.entries(offsets)) if (field !== 'id') frame[field] = fieldAt(view, at + offset, kind, field);
  if (kind === SessionKind.ORDER_REPORT) frame.clientOrderId = readText(view, at + ORDER_REPORT_BYTES, headTextLength(view, at));
  if (kind === SessionKind.INSTRUMENT) frame.instrumentId = readText(view, at + InstrumentAt.id, Number(frame['idLength']));
  return frame;
}

function fieldAt(view: DataView, at: number, kind: number, field: string): number {
  // the state of an instrument is a byte, that of an order a code
  if (BYTES.has(field) || (kind === SessionKind.INSTRUMENT && field === 'status')) return view.getUint8(at);
  if (HALVES.has(field)) return view.getUint16(at, true);
  if (WORDS.has(field) || (kind === SessionKind.ORDER_REPORT && field === 'remaining')) return view.getUint32(at, true);
  return view.getFloat64(at, true);
}
