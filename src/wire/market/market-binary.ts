/** Market data as frames of the binary protocol (schemas/session.fbs). Each function adds one frame. */
import type { Bar } from '../../core/market-data/bar.js';
import type { Print } from '../../core/market-data/market-listener.js';
import { PERIODS } from '../../core/market-data/periods.js';
import type { DepthLevel } from '../../core/market-data/public-book.js';
import { WIDE } from '../../core/units.js';
import type { FrameBuffer } from '../frame-buffer.js';
import { writeHead } from '../session-head.js';
import * as sessionLayout from '../session-layout.js';
import type { BestPrices } from './book-text.js';
import * as layout from './market-layout.js';

// Bound here: constants of the module are compiled in, imported ones are looked up at every use.
const { SessionKind } = sessionLayout;
const { BEST_PRICES_BYTES, BestPricesAt, BOOK_UPDATE_BYTES, BookUpdateAt, MarketAt, TICK_BYTES, TickAt } = layout;
const { BOOK_LEVEL_BYTES, BOOK_PICTURE_BYTES, BookLevelAt, BookPictureAt, KLINE_BYTES, KLineAt, MARKET_TEXT_BYTES, MarketTextAt } = layout;

/** What every frame tells first. */
export interface MarketPlace {
  mdSequence: number;
  /** Last event of the log that is in it. */
  sequence: number;
  timeUs: number;
  instrument: number;
}

/** `bid` and `ask` are the best prices before the command that traded, 0 for none. */
export function addTick(out: FrameBuffer, place: MarketPlace, print: Print, bid: number, ask: number): void {
  const at = begin(out, TICK_BYTES, SessionKind.TICK, place);
  const { view } = out;
  view.setUint32(at + TickAt.volume, print.volume, true);
  view.setFloat64(at + TickAt.tradeId, print.tradeId, true);
  view.setFloat64(at + TickAt.price, print.price, true);
  view.setFloat64(at + TickAt.turnover, print.turnover, true);
  view.setFloat64(at + TickAt.volumeTotal, print.volumeTotal, true);
  view.setFloat64(at + TickAt.turnoverTotal, print.turnoverTotal, true);
  view.setFloat64(at + TickAt.openInterest, print.openInterest, true);
  view.setFloat64(at + TickAt.oiDelta, print.openInterestDelta, true);
  view.setFloat64(at + TickAt.bidPrice1, bid, true);
  view.setFloat64(at + TickAt.askPrice1, ask, true);
  view.setFloat64(at + TickAt.direction, 0, true);
  view.setUint8(at + TickAt.direction, print.takerSide);
}

export function addBestPrices(out: FrameBuffer, place: MarketPlace, { bid, ask, lastPrice, lastVolume, phase }: BestPrices): void {
  const at = begin(out, BEST_PRICES_BYTES, SessionKind.BEST_PRICES, place);
  const { view } = out;
  view.setUint32(at + BestPricesAt.lastVolume, lastVolume, true);
  view.setFloat64(at + BestPricesAt.lastPrice, lastPrice, true);
  view.setFloat64(at + BestPricesAt.bidPrice1, bid?.price ?? 0, true);
  view.setFloat64(at + BestPricesAt.bidVolume1, bid?.volume ?? 0, true);
  view.setFloat64(at + BestPricesAt.askPrice1, ask?.price ?? 0, true);
  view.setFloat64(at + BestPricesAt.askVolume1, ask?.volume ?? 0, true);
  view.setUint32(at + BestPricesAt.bidCount1, bid?.orderCount ?? 0, true);
  view.setUint32(at + BestPricesAt.askCount1, ask?.orderCount ?? 0, true);
  view.setFloat64(at + BestPricesAt.phase, 0, true);
  view.setUint8(at + BestPricesAt.phase, phase);
}

/** A changed level: `volume` is its new total, 0 when the level is gone. */
export function addBookUpdate(out: FrameBuffer, place: MarketPlace, side: number, price: number, volume: number, orderCount: number): void {
  const at = begin(out, BOOK_UPDATE_BYTES, SessionKind.BOOK_UPDATE, place);
  const { view } = out;
  view.setUint32(at + BookUpdateAt.orderCount, orderCount, true);
  view.setFloat64(at + BookUpdateAt.price, price, true);
  view.setFloat64(at + BookUpdateAt.volume, volume, true);
  view.setFloat64(at + BookUpdateAt.side, 0, true);
  view.setUint8(at + BookUpdateAt.side, side);
}

/** At most 255 levels a side. */
export function addBookPicture(
  out: FrameBuffer,
  place: MarketPlace,
  bids: readonly DepthLevel[],
  asks: readonly DepthLevel[],
  lastPrice: number,
): void {
  const bytes = BOOK_PICTURE_BYTES + (bids.length + asks.length) * BOOK_LEVEL_BYTES;
  const at = begin(out, bytes, SessionKind.BOOK_PICTURE, place);
  const { view } = out;
  view.setUint32(at + BookPictureAt.bidCount, bids.length | (asks.length << 8), true);
  view.setFloat64(at + BookPictureAt.lastPrice, lastPrice, true);
  let level = at + BOOK_PICTURE_BYTES;
  for (const levels of [bids, asks]) {
    for (const { price, volume, orderCount } of levels) {
      view.setFloat64(level + BookLevelAt.price, price, true);
      view.setFloat64(level + BookLevelAt.volume, volume, true);
      view.setUint32(level + BookLevelAt.orderCount, orderCount, true);
      view.setUint32(level + BookLevelAt.orderCount + 4, 0);
      level += BOOK_LEVEL_BYTES;
    }
  }
}

/** `period` is the place in PERIODS. */
export function addKLine(out: FrameBuffer, place: MarketPlace, period: number, bar: Bar): void {
  const at = begin(out, KLINE_BYTES, SessionKind.KLINE, place);
  const { view } = out;
  view.setUint32(at + KLineAt.period, PERIODS[period].id | (bar.isFinished ? 1 << 8 : 0), true);
  view.setFloat64(at + KLineAt.startUs, bar.startUs, true);
  view.setFloat64(at + KLineAt.barNo, bar.barNo, true);
  view.setFloat64(at + KLineAt.open, bar.open, true);
  view.setFloat64(at + KLineAt.high, bar.high, true);
  view.setFloat64(at + KLineAt.low, bar.low, true);
  view.setFloat64(at + KLineAt.close, bar.close, true);
  view.setFloat64(at + KLineAt.volume, bar.volume, true);
  view.setFloat64(at + KLineAt.amount, bar.amountHigh * WIDE + bar.amountLow, true);
  view.setFloat64(at + KLineAt.openOi, bar.openOi, true);
  view.setFloat64(at + KLineAt.closeOi, bar.closeOi, true);
  view.setFloat64(at + KLineAt.tradeCount, bar.tradeCount, true);
}

/** What a channel says as JSON: at most 60 KB of it. */
export function addMarketText(out: FrameBuffer, place: MarketPlace, channel: number, text: string): void {
  const textBytes = Buffer.byteLength(text);
  const bytes = MARKET_TEXT_BYTES + ((textBytes + 7) & ~7);
  const at = begin(out, bytes, SessionKind.MARKET_TEXT, place);
  const { view } = out;
  view.setUint32(at + MarketTextAt.channel, channel | (textBytes << 16), true);
  // the text does not reach the last of them, unless it fills it
  if (textBytes > 0) view.setFloat64(at + bytes - 8, 0, true);
  Buffer.from(out.bytes.buffer).write(text, at + MARKET_TEXT_BYTES, 'utf8');
}

/** The head and what every frame tells; the offset of the frame. */
function begin(out: FrameBuffer, bytes: number, kind: number, place: MarketPlace): number {
  const at = out.claim(bytes);
  const { view } = out;
  writeHead(view, at, bytes, kind, 0);
  view.setFloat64(at + MarketAt.mdSeq, place.mdSequence, true);
  view.setFloat64(at + MarketAt.engineSeq, place.sequence, true);
  view.setFloat64(at + MarketAt.timeUs, place.timeUs, true);
  view.setUint32(at + MarketAt.instrument, place.instrument, true);
  return at;
}
