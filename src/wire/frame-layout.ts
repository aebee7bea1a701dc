/**
 * Byte offsets of the hot frames as in schemas/frames.fbs; a test holds them against the accessors that flatc generates.
 *
 * Words and doubles are addressed as `offset >> 2` and `offset >> 3`; four bytes that share a word are written as one.
 */

/** One memory as bytes, u32 (`words[i] >>> 0`) and doubles; all three begin at the same byte. Rings are such views too. */
export interface FrameViews {
  readonly bytes: Uint8Array;
  readonly words: Int32Array;
  readonly doubles: Float64Array;
}

/** Views over a block of frames, such as one read from the log. Copies it when it does not lie at a multiple of 8. */
export function frameViews(block: Uint8Array): FrameViews {
  const bytes = block.byteOffset % 8 === 0 ? block : Uint8Array.from(block);
  return {
    bytes,
    words: new Int32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 2),
    doubles: new Float64Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 3),
  };
}

export const HEADER_BYTES = 32;
export const ORDER_BYTES = 112;
/** The trailer of an OrderFrame with a client order id. */
export const CLIENT_ORDER_ID_BYTES = 64;
export const TRADE_BYTES = 80;
export const CANCEL_BYTES = 64;
export const AMEND_BYTES = 96;
export const MASS_BYTES = 56;
export const PHASE_BYTES = 48;
export const BOOK_BYTES = 96;

/** Flags of a header: the last event of its command. The other bits are the rest of the origin. */
export const END_OF_COMMAND = 1;

export const HeaderAt = { length: 0, kind: 4, originLow: 5, source: 6, flags: 7, sequence: 8, timeUs: 16, shardSequence: 24 } as const;

export const OrderAt = {
  orderId: 32,
  price: 40,
  freezePrice: 48,
  prioritySequence: 56,
  account: 64,
  instrument: 68,
  volume: 72,
  leaves: 76,
  minVolume: 80,
  gtdDate: 84,
  request: 88,
  selfTradeGroup: 92,
  /** u16 code, u8 side, u8 offset */
  codeSideOffset: 96,
  /** u8 price type, time condition, volume condition, self trade mode */
  conditions: 100,
  /** u8 length of the client order id, residual, post only, close first */
  options: 104,
  maxSlippageTicks: 108,
  clientOrderId: 112,
} as const;

export const TradeAt = {
  buyOrderId: 32,
  sellOrderId: 40,
  price: 48,
  instrument: 56,
  volume: 60,
  buyAccount: 64,
  sellAccount: 68,
  matchIndex: 72,
  /** u8 taker side, phase, self trade */
  takerSidePhase: 76,
} as const;

export const CancelAt = {
  orderId: 32,
  account: 40,
  instrument: 44,
  volume: 48,
  request: 52,
  /** u16 reason, u16 code */
  reasonCode: 56,
  reserved: 60,
} as const;

export const AmendAt = {
  orderId: 32,
  newPrice: 40,
  price: 48,
  prioritySequence: 56,
  account: 64,
  instrument: 68,
  newVolume: 72,
  volume: 76,
  leaves: 80,
  request: 84,
  /** u16 code, u8 close first */
  codeCloseFirst: 88,
  reserved: 92,
} as const;

export const MassAt = {
  account: 32,
  instrument: 36,
  count: 40,
  request: 44,
  /** u16 code, u8 side, u8 reason */
  codeSide: 48,
  reserved: 52,
} as const;

export const PhaseAt = {
  instrument: 32,
  request: 36,
  /** u8 phase, status, reason */
  phaseStatusReason: 40,
  reserved: 44,
} as const;

export const BookAt = {
  priceTick: 32,
  lowerLimit: 40,
  upperLimit: 48,
  nextShardSequence: 56,
  referencePrice: 64,
  lastPrice: 72,
  instrument: 80,
  /** u8 phase, status, trade price, auction tie break */
  phaseStatus: 84,
  /** u8 close first at limit, cancel in break */
  switches: 88,
  reserved: 92,
} as const;
