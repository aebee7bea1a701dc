/** Sizes and byte offsets of market data in the binary protocol as in schemas/session.fbs; a test holds them against flatc's accessors. */

/** How events are encoded: as JSON text or as frames of the binary protocol. Bits, one for each kind of subscriber. */
export const Form = { text: 1, binary: 2 } as const;
export type Form = (typeof Form)[keyof typeof Form];
export const FORMS: readonly Form[] = [Form.text, Form.binary];

export const TICK_BYTES = 120;
export const BEST_PRICES_BYTES = 96;
export const BOOK_UPDATE_BYTES = 64;
export const BOOK_PICTURE_BYTES = 48;
export const BOOK_LEVEL_BYTES = 24;
export const KLINE_BYTES = 128;
export const MARKET_TEXT_BYTES = 40;

/** What every frame of market data begins with. */
export const MarketAt = { mdSeq: 8, engineSeq: 16, timeUs: 24, instrument: 32 } as const;
export const TickAt = {
  ...MarketAt,
  volume: 36,
  tradeId: 40,
  price: 48,
  turnover: 56,
  volumeTotal: 64,
  turnoverTotal: 72,
  openInterest: 80,
  oiDelta: 88,
  bidPrice1: 96,
  askPrice1: 104,
  direction: 112,
} as const;
export const BestPricesAt = {
  ...MarketAt,
  lastVolume: 36,
  lastPrice: 40,
  bidPrice1: 48,
  bidVolume1: 56,
  askPrice1: 64,
  askVolume1: 72,
  bidCount1: 80,
  askCount1: 84,
  phase: 88,
} as const;
export const BookUpdateAt = { ...MarketAt, orderCount: 36, price: 40, volume: 48, side: 56 } as const;
export const BookPictureAt = { ...MarketAt, bidCount: 36, askCount: 37, lastPrice: 40 } as const;
export const BookLevelAt = { price: 0, volume: 8, orderCount: 16 } as const;
export const KLineAt = {
  ...MarketAt,
  period: 36,
  isFinished: 37,
  startUs: 40,
  barNo: 48,
  open: 56,
  high: 64,
  low: 72,
  close: 80,
  volume: 88,
  amount: 96,
  openOi: 104,
  closeOi: 112,
  tradeCount: 120,
} as const;
export const MarketTextAt = { ...MarketAt, channel: 36, textBytes: 38 } as const;
