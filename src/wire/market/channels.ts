/** What of the market can be subscribed to (websocket.md 5). */

/** Bits, by the names clients use. */
export const Channel = {
  orderbook: 1,
  ticker: 2,
  tick: 4,
  last_price: 8,
  trade: 16,
  l1: 32,
  snapshot: 64,
  kline: 128,
  /** An alias that shows finished bars only. */
  kline_finished: 256,
  factor: 512,
  phase: 1024,
  statistics: 2048,
  auction: 4096,
} as const;
export type ChannelName = keyof typeof Channel;

/** Private fills flow without a subscription, so `trade` is accepted and shows nothing of the market. */
export const MARKET_CHANNELS = Object.values(Channel).reduce((all, bit) => all | bit, 0) & ~Channel.trade;

/** Those of the binary protocol, which has one name for prints. */
export const BINARY_CHANNELS = MARKET_CHANNELS & ~(Channel.ticker | Channel.last_price);

/** Channels that tell changes only: whoever comes is told how things stand. */
export const STATE_CHANNELS = Channel.l1 | Channel.kline | Channel.factor | Channel.phase | Channel.statistics | Channel.auction;

export const BAR_CHANNELS = Channel.kline | Channel.kline_finished;

/** What may become of an event that a subscriber does not take in time (market-data.md 0.3). */
export const Keeping = {
  /** It is kept: prints, finished bars, phases. */
  all: 0,
  /** The newest of its instrument, channel and detail is enough. */
  newest: 1,
  /** Pictures and changes of a book: one fresh picture replaces all of them. */
  book: 2,
} as const;
