/** Prints and books as JSON text (websocket.md 5, market-data.md 1 to 4). Prices come in 1/10000, times in µs. */
import { nameOf, Phase, Side } from '../../core/enums.js';
import type { Print } from '../../core/market-data/market-listener.js';
import type { DepthLevel } from '../../core/market-data/public-book.js';
import { tradeId } from '../ids.js';
import { quoted } from '../json-text.js';
import { decimal, msText, priceOrNull, sumDecimal } from './number-text.js';

export function tickerText(instrumentId: string, print: Print, mdSequence: number): string {
  return (
    `{"type":"ticker","instrument_id":${quoted(instrumentId)},"last_price":${decimal(print.price)},"volume":${print.volume},` +
    `"direction":"${nameOf(Side, print.takerSide)}","timestamp":${msText(print.timeUs)},"md_seq":${mdSequence}}`
  );
}

/** `bid` and `ask` are the best prices before the command that traded, 0 for none. */
export function tickText(instrumentId: string, print: Print, mdSequence: number, bid: number, ask: number): string {
  return (
    `{"type":"tick","instrument_id":${quoted(instrumentId)},"price":${decimal(print.price)},"volume":${print.volume},` +
    `"direction":"${nameOf(Side, print.takerSide)}","trade_id":"${tradeId(print.tradeId)}","turnover":${sumDecimal(print.turnover)},` +
    `"volume_total":${print.volumeTotal},"turnover_total":${sumDecimal(print.turnoverTotal)},"open_interest":${print.openInterest},` +
    `"oi_delta":${print.openInterestDelta},"bid_price1":${priceOrNull(bid)},"ask_price1":${priceOrNull(ask)},` +
    `"timestamp":${msText(print.timeUs)},"md_seq":${mdSequence}}`
  );
}

export function lastPriceText(instrumentId: string, print: Print, mdSequence: number): string {
  return (
    `{"type":"last_price","instrument_id":${quoted(instrumentId)},"price":${decimal(print.price)},` +
    `"timestamp":${msText(print.timeUs)},"md_seq":${mdSequence}}`
  );
}

/** A changed level: `volume` is its new total, 0 when the level is gone. */
export function bookUpdateText(
  instrumentId: string,
  side: number,
  price: number,
  volume: number,
  orderCount: number,
  mdSequence: number,
  timeUs: number,
): string {
  return (
    `{"type":"order_book_update","instrument_id":${quoted(instrumentId)},"side":"${side === Side.BUY ? 'bid' : 'ask'}",` +
    `"price":${decimal(price)},"volume":${volume},"order_count":${orderCount},` +
    `"timestamp":${msText(timeUs)},"md_seq":${mdSequence}}`
  );
}

export interface BookPicture {
  instrumentId: string;
  bids: readonly DepthLevel[];
  asks: readonly DepthLevel[];
  /** 0 before the first trade of the day. */
  lastPrice: number;
  mdSequence: number;
  timeMs: number;
}

export function bookText(book: BookPicture): string {
  const last = book.lastPrice === 0 ? '' : `"last_price":${decimal(book.lastPrice)},`;
  return (
    `{"type":"orderbook","instrument_id":${quoted(book.instrumentId)},"bids":${levelsText(book.bids)},"asks":${levelsText(book.asks)},` +
    `${last}"timestamp":${book.timeMs},"md_seq":${book.mdSequence}}`
  );
}

export interface BestPrices {
  bid: DepthLevel | undefined;
  ask: DepthLevel | undefined;
  /** 0 before the first trade of the day. */
  lastPrice: number;
  lastVolume: number;
  phase: number;
}

export function l1Text(
  instrumentId: string,
  { bid, ask, lastPrice, lastVolume, phase }: BestPrices,
  mdSequence: number,
  timeUs: number,
): string {
  return (
    `{"type":"l1","instrument_id":${quoted(instrumentId)},${bestText('bid', bid)},${bestText('ask', ask)},` +
    `"last_price":${priceOrNull(lastPrice)},"last_volume":${lastVolume},"phase":"${nameOf(Phase, phase)}",` +
    `"timestamp":${msText(timeUs)},"md_seq":${mdSequence}}`
  );
}

function bestText(side: string, level: DepthLevel | undefined): string {
  const { price = 0, volume = 0, orderCount = 0 } = level ?? {};
  return `"${side}_price1":${priceOrNull(price)},"${side}_volume1":${volume},"${side}_count1":${orderCount}`;
}

function levelsText(levels: readonly DepthLevel[]): string {
  let text = '[';
  for (const level of levels) {
    if (text.length > 1) text += ',';
    text += `{"price":${decimal(level.price)},"volume":${level.volume},"order_count":${level.orderCount}}`;
  }
  return text + ']';
}
