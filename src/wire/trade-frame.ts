import type { Stamp, Trade } from '../core/events.js';
import * as frameHeader from './frame-header.js';
import * as frameLayout from './frame-layout.js';
import type { FrameViews } from './frame-layout.js';

// Bound here: constants of the module are compiled in, imported ones are looked up at every use.
const { TRADE_BYTES, TradeAt } = frameLayout;
const { readStamp, writeHeader } = frameHeader;

/** Writes the whole frame, TRADE_BYTES long; the header from `stamp`, but its kind from `kind`. */
export function writeTrade(views: FrameViews, offset: number, kind: number, trade: Trade, stamp: Stamp = trade.stamp): void {
  writeHeader(views, offset, TRADE_BYTES, kind, stamp);
  writeTradeBody(views, offset, trade);
}

/** Writes all but the header. */
export function writeTradeBody(views: FrameViews, offset: number, trade: Trade): void {
  const { words, doubles } = views;
  const word = offset >>> 2;
  const double = offset >>> 3;
  doubles[double + (TradeAt.buyOrderId >> 3)] = trade.buyOrderId;
  doubles[double + (TradeAt.sellOrderId >> 3)] = trade.sellOrderId;
  doubles[double + (TradeAt.price >> 3)] = trade.price;
  words[word + (TradeAt.instrument >> 2)] = trade.instrument;
  words[word + (TradeAt.volume >> 2)] = trade.volume;
  words[word + (TradeAt.buyAccount >> 2)] = trade.buyAccount;
  words[word + (TradeAt.sellAccount >> 2)] = trade.sellAccount;
  words[word + (TradeAt.matchIndex >> 2)] = trade.matchIndex;
  words[word + (TradeAt.takerSidePhase >> 2)] = trade.takerSide | (trade.phase << 8) | (trade.selfTrade << 16);
}

/** Fills `into` from the frame. */
export function readTrade(views: FrameViews, offset: number, into: Trade): void {
  readStamp(views, offset, into.stamp);
  const { words, doubles } = views;
  const word = offset >>> 2;
  const double = offset >>> 3;
  into.buyOrderId = doubles[double + (TradeAt.buyOrderId >> 3)]!;
  into.sellOrderId = doubles[double + (TradeAt.sellOrderId >> 3)]!;
  into.price = doubles[double + (TradeAt.price >> 3)]!;
  into.instrument = words[word + (TradeAt.instrument >> 2)] >>> 0;
  into.volume = words[word + (TradeAt.volume >> 2)] >>> 0;
  into.buyAccount = words[word + (TradeAt.buyAccount >> 2)] >>> 0;
  into.sellAccount = words[word + (TradeAt.sellAccount >> 2)] >>> 0;
  into.matchIndex = words[word + (TradeAt.matchIndex >> 2)] >>> 0;
  const takerSidePhase = words[word + (TradeAt.takerSidePhase >> 2)];
  into.takerSide = takerSidePhase & 0xff;
  into.phase = (takerSidePhase >>> 8) & 0xff;
  into.selfTrade = (takerSidePhase >>> 16) & 0xff;
}
