/** Kinds, sizes and byte offsets of the binary protocol as in schemas/session.fbs; a test holds them against flatc's accessors. */

/** The subprotocol that clients of the binary protocol name. */
export const BINARY_SUBPROTOCOL = 'qaexchange.v1.flatbuffers';

export const SessionKind = {
  LOGIN: 1,
  SUBMIT: 2,
  CANCEL: 3,
  AMEND: 4,
  MASS_CANCEL: 5,
  PING: 6,
  INSTRUMENTS: 7,
  SUBSCRIBE: 8,
  UNSUBSCRIBE: 9,
  LOGIN_ANSWER: 65,
  ORDER_ANSWER: 66,
  MASS_CANCEL_ANSWER: 67,
  PONG: 68,
  INSTRUMENT: 69,
  PROBLEM: 70,
  SUBSCRIBE_ANSWER: 71,
  ORDER_REPORT: 80,
  TRADE_REPORT: 81,
  FUND_REPORT: 82,
  ACCOUNT_STATE: 83,
  POSITION_STATE: 84,
  SYSTEM_NOTICE: 85,
  TICK: 90,
  BEST_PRICES: 91,
  BOOK_UPDATE: 92,
  BOOK_PICTURE: 93,
  KLINE: 94,
  MARKET_TEXT: 95,
} as const;
export type SessionKind = (typeof SessionKind)[keyof typeof SessionKind];

export const HEAD_BYTES = 8;
export const LOGIN_BYTES = 16;
export const RESUME_POINT_BYTES = 16;
export const SUBMIT_BYTES = 48;
export const CANCEL_REQUEST_BYTES = 24;
export const AMEND_REQUEST_BYTES = 32;
export const MASS_CANCEL_BYTES = 24;
export const PING_BYTES = 16;
export const INSTRUMENTS_BYTES = 8;
export const SUBSCRIBE_BYTES = 24;
export const UNSUBSCRIBE_BYTES = 16;
export const LOGIN_ANSWER_BYTES = 24;
export const ORDER_ANSWER_BYTES = 40;
export const MASS_CANCEL_ANSWER_BYTES = 24;
export const PONG_BYTES = 24;
export const INSTRUMENT_BYTES = 88;
export const PROBLEM_BYTES = 16;
export const SUBSCRIBE_ANSWER_BYTES = 24;
export const ORDER_REPORT_BYTES = 80;
export const TRADE_REPORT_BYTES = 72;
export const FUND_REPORT_BYTES = 72;
export const ACCOUNT_STATE_BYTES = 88;
export const POSITION_STATE_BYTES = 112;
export const SYSTEM_NOTICE_BYTES = 16;

/** A trailing client order id. */
export const TEXT_BYTES = 64;
/** Characters of an instrument id in an InstrumentDefinition. */
export const INSTRUMENT_ID_BYTES = 32;

export const HeadAt = { length: 0, kind: 2, textLength: 3, request: 4 } as const;
export const LoginAt = { tokenLength: 8, resumeCount: 10, cancelOnDisconnect: 12 } as const;
export const ResumePointAt = { reportSeq: 0, account: 8 } as const;
export const SubmitAt = {
  price: 8,
  account: 16,
  instrument: 20,
  volume: 24,
  minVolume: 28,
  gtdDate: 32,
  maxSlippageTicks: 36,
  side: 40,
  offset: 41,
  priceType: 42,
  timeCondition: 43,
  volumeCondition: 44,
  selfTradeMode: 45,
  residual: 46,
  postOnly: 47,
} as const;
export const CancelRequestAt = { orderId: 8, account: 16 } as const;
export const AmendRequestAt = { orderId: 8, newPrice: 16, account: 24, newVolume: 28 } as const;
export const MassCancelAt = { account: 8, instrument: 12, side: 16 } as const;
export const PingAt = { clientTimeUs: 8 } as const;
export const SubscribeAt = { channels: 8, periods: 12, instrumentCount: 16, depth: 18 } as const;
export const UnsubscribeAt = { channels: 8, instrumentCount: 12 } as const;
export const LoginAnswerAt = { expiresUs: 8, user: 16, code: 20, accountCount: 22 } as const;
export const OrderAnswerAt = { orderId: 8, receiveUs: 16, durableUs: 24, status: 32, code: 34, action: 36, detail: 38 } as const;
export const MassCancelAnswerAt = { cancelled: 8, failedInstruments: 12, code: 16 } as const;
export const PongAt = { clientTimeUs: 8, timeUs: 16 } as const;
export const InstrumentAt = {
  priceTick: 8,
  lowerLimit: 16,
  upperLimit: 24,
  multiplier: 32,
  instrument: 40,
  remaining: 44,
  status: 48,
  phase: 49,
  idLength: 50,
  id: 56,
} as const;
export const ProblemAt = { code: 8, cause: 10 } as const;
export const SubscribeAnswerAt = { channels: 8, instruments: 12, rejected: 16, firstRejected: 20 } as const;
export const OrderReportAt = {
  reportSeq: 8,
  orderId: 16,
  exchangeOrderId: 24,
  price: 32,
  timeUs: 40,
  account: 48,
  instrument: 52,
  volume: 56,
  filled: 60,
  remaining: 64,
  lastFill: 68,
  status: 72,
  code: 74,
  reason: 76,
  side: 77,
  offset: 78,
  priceType: 79,
} as const;
export const TradeReportAt = {
  reportSeq: 8,
  orderId: 16,
  tradeId: 24,
  price: 32,
  timeUs: 40,
  commission: 48,
  account: 56,
  instrument: 60,
  volume: 64,
  side: 68,
  offset: 69,
  isTaker: 70,
} as const;
export const FundReportAt = {
  reportSeq: 8,
  fundId: 16,
  amount: 24,
  balanceBefore: 32,
  balanceAfter: 40,
  availableAfter: 48,
  timeUs: 56,
  account: 64,
  fundKind: 68,
} as const;
export const AccountStateAt = {
  reportSeq: 8,
  balance: 16,
  available: 24,
  frozen: 32,
  margin: 40,
  profit: 48,
  positionProfit: 56,
  riskRatio: 64,
  timeUs: 72,
  account: 80,
} as const;
export const PositionStateAt = {
  reportSeq: 8,
  costLong: 16,
  costShort: 24,
  profitLong: 32,
  profitShort: 40,
  marginLong: 48,
  marginShort: 56,
  lastPrice: 64,
  timeUs: 72,
  account: 80,
  instrument: 84,
  volumeLong: 88,
  volumeShort: 92,
  volumeLongToday: 96,
  volumeShortToday: 100,
  volumeLongFrozen: 104,
  volumeShortFrozen: 108,
} as const;
export const SystemNoticeAt = { account: 8, event: 12 } as const;

/** Of a SystemNotice. */
export const NoticeEvent = { SERVER_STOPPING: 1, RESYNC: 2, MARKET_RESYNC: 3 } as const;

/** A time condition left to the exchange. */
export const USUAL_TIME_CONDITION = 255;
/** Side of a mass cancel of both sides. */
export const BOTH_SIDES = 2;
