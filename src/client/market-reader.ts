/** Market data of the binary protocol as objects. Units as in schemas/session.fbs: prices in 1/10000, times in µs; 0 for no price. */
import { headKind, headLength, readText } from '../wire/session-head.js';
import { HEAD_BYTES, SessionKind } from '../wire/session-layout.js';
import {
  BestPricesAt,
  BOOK_LEVEL_BYTES,
  BOOK_PICTURE_BYTES,
  BookLevelAt,
  BookPictureAt,
  BookUpdateAt,
  KLineAt,
  MARKET_TEXT_BYTES,
  MarketAt,
  MarketTextAt,
  TickAt,
} from '../wire/market/market-layout.js';

interface MarketPlace {
  readonly instrument: number;
  /** Counts the commands that traded or changed the book, without gaps. */
  readonly mdSeq: number;
  /** Place in the log. */
  readonly engineSeq: number;
  readonly timeUs: number;
}

export interface MarketTick extends MarketPlace {
  readonly type: 'tick';
  readonly tradeId: number;
  readonly price: number;
  readonly volume: number;
  /** `Side` of the taker; 2 in an auction. */
  readonly direction: number;
  readonly turnover: number;
  readonly volumeTotal: number;
  readonly turnoverTotal: number;
  readonly openInterest: number;
  readonly oiDelta: number;
  /** Best prices before the command that traded. */
  readonly bidPrice1: number;
  readonly askPrice1: number;
}

export interface MarketBest extends MarketPlace {
  readonly type: 'l1';
  readonly lastPrice: number;
  readonly lastVolume: number;
  readonly bidPrice1: number;
  readonly bidVolume1: number;
  readonly bidCount1: number;
  readonly askPrice1: number;
  readonly askVolume1: number;
  readonly askCount1: number;
  readonly phase: number;
}

export interface MarketLevel {
  readonly price: number;
  readonly volume: number;
  readonly orderCount: number;
}

export interface MarketBookUpdate extends MarketPlace, MarketLevel {
  readonly type: 'book_update';
  readonly side: number;
}

export interface MarketBook extends MarketPlace {
  readonly type: 'book';
  /** Best first. */
  readonly bids: readonly MarketLevel[];
  readonly asks: readonly MarketLevel[];
  readonly lastPrice: number;
}

export interface MarketBar extends MarketPlace {
  readonly type: 'kline';
  /** As JSON numbers it: 3 3 s, 4 1 min, ... 0 day. */
  readonly period: number;
  readonly isFinished: boolean;
  readonly startUs: number;
  readonly barNo: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
  readonly amount: number;
  readonly openOi: number;
  readonly closeOi: number;
  readonly tradeCount: number;
}

/** What the channel says as JSON. */
export interface MarketObject extends MarketPlace {
  readonly type: 'object';
  /** Bit of the channel. */
  readonly channel: number;
  readonly value: Readonly<Record<string, unknown>>;
}

export type MarketData = MarketTick | MarketBest | MarketBookUpdate | MarketBook | MarketBar | MarketObject;

/** The market data of a message in order; nothing for a message of other frames. */
export function marketDataOf(message: Uint8Array): MarketData[] {
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  const found: MarketData[] = [];
  for (let at = 0; at + HEAD_BYTES <= view.byteLength; at += Math.max(HEAD_BYTES, headLength(view, at))) {
    const read = READERS.get(headKind(view, at));
    if (read !== undefined) found.push(read(view, at));
  }
  return found;
}

const READERS: ReadonlyMap<number, (view: DataView, at: number) => MarketData> = new Map<
  number,
  (view: DataView, at: number) => MarketData
>([
  [SessionKind.TICK, tickAt],
  [SessionKind.BEST_PRICES, bestAt],
  [SessionKind.BOOK_UPDATE, updateAt],
  [SessionKind.BOOK_PICTURE, bookAt],
  [SessionKind.KLINE, barAt],
  [SessionKind.MARKET_TEXT, objectAt],
]);

function double(view: DataView, at: number): number {
  return view.getFloat64(at, true);
}

function word(view: DataView, at: number): number {
  return view.getUint32(at, true);
}

function placeAt(view: DataView, at: number): MarketPlace {
  return {
    instrument: word(view, at + MarketAt.instrument),
    mdSeq: double(view, at + MarketAt.mdSeq),
    engineSeq: double(view, at + MarketAt.engineSeq),
    timeUs: double(view, at + MarketAt.timeUs),
  };
}

function tickAt(view: DataView, at: number): MarketTick {
  return {
    type: 'tick',
    ...placeAt(view, at),
    tradeId: double(view, at + TickAt.tradeId),
    price: double(view, at + TickAt.price),
    volume: word(view, at + TickAt.volume),
    direction: view.getUint8(at + TickAt.direction),
    turnover: double(view, at + TickAt.turnover),
    volumeTotal: double(view, at + TickAt.volumeTotal),
    turnoverTotal: double(view, at + TickAt.turnoverTotal),
    openInterest: double(view, at + TickAt.openInterest),
    oiDelta: double(view, at + TickAt.oiDelta),
    bidPrice1: double(view, at + TickAt.bidPrice1),
    askPrice1: double(view, at + TickAt.askPrice1),
  };
}

function bestAt(view: DataView, at: number): MarketBest {
  return {
    type: 'l1',
    ...placeAt(view, at),
    lastPrice: double(view, at + BestPricesAt.lastPrice),
    lastVolume: word(view, at + BestPricesAt.lastVolume),
    bidPrice1: double(view, at + BestPricesAt.bidPrice1),
    bidVolume1: double(view, at + BestPricesAt.bidVolume1),
    bidCount1: word(view, at + BestPricesAt.bidCount1),
    askPrice1: double(view, at + BestPricesAt.askPrice1),
    askVolume1: double(view, at + BestPricesAt.askVolume1),
    askCount1: word(view, at + BestPricesAt.askCount1),
    phase: view.getUint8(at + BestPricesAt.phase),
  };
}

function updateAt(view: DataView, at: number): MarketBookUpdate {
  return {
    type: 'book_update',
    ...placeAt(view, at),
    side: view.getUint8(at + BookUpdateAt.side),
    price: double(view, at + BookUpdateAt.price),
    volume: double(view, at + BookUpdateAt.volume),
    orderCount: word(view, at + BookUpdateAt.orderCount),
  };
}

function bookAt(view: DataView, at: number): MarketBook {
  const bidCount = view.getUint8(at + BookPictureAt.bidCount);
  const askCount = view.getUint8(at + BookPictureAt.askCount);
  const first = at + BOOK_PICTURE_BYTES;
  return {
    type: 'book',
    ...placeAt(view, at),
    bids: levelsAt(view, first, bidCount),
    asks: levelsAt(view, first + bidCount * BOOK_LEVEL_BYTES, askCount),
    lastPrice: double(view, at + BookPictureAt.lastPrice),
  };
}

function levelsAt(view: DataView, first: number, count: number): MarketLevel[] {
  return Array.from({ length: count }, (_, index) => {
    const at = first + index * BOOK_LEVEL_BYTES;
    return {
      price: double(view, at + BookLevelAt.price),
      volume: double(view, at + BookLevelAt.volume),
      orderCount: word(view, at + BookLevelAt.orderCount),
    };
  });
}

function barAt(view: DataView, at: number): MarketBar {
  return {
    type: 'kline',
    ...placeAt(view, at),
    period: view.getUint8(at + KLineAt.period),
    isFinished: view.getUint8(at + KLineAt.isFinished) !== 0,
    startUs: double(view, at + KLineAt.startUs),
    barNo: double(view, at + KLineAt.barNo),
    open: double(view, at + KLineAt.open),
    high: double(view, at + KLineAt.high),
    low: double(view, at + KLineAt.low),
    close: double(view, at + KLineAt.close),
    volume: double(view, at + KLineAt.volume),
    amount: double(view, at + KLineAt.amount),
    openOi: double(view, at + KLineAt.openOi),
    closeOi: double(view, at + KLineAt.closeOi),
    tradeCount: double(view, at + KLineAt.tradeCount),
  };
}

function objectAt(view: DataView, at: number): MarketObject {
  const text = readText(view, at + MARKET_TEXT_BYTES, view.getUint16(at + MarketTextAt.textBytes, true));
  return {
    type: 'object',
    ...placeAt(view, at),
    channel: view.getUint16(at + MarketTextAt.channel, true),
    value: JSON.parse(text) as Record<string, unknown>,
  };
}
