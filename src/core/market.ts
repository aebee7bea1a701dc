/**
 * What the event stream says about an instrument's market: last price, statistics of the trading day, the latest public
 * trades. Index is the instrument's number, from 1.
 */
import { grown } from './columns.js';
import { Offset } from './enums.js';
import type { Trade } from './events.js';
import { WIDE } from './units.js';

/** Public trades kept per instrument (rest.md U20 answers up to this many). */
export const RECENT_TRADES = 200;

export class MarketTable {
  private capacity = 16;

  /** Last trade price of the trading day; 0 before the first. */
  lastPrice = new Float64Array(16);
  openPrice = new Float64Array(16);
  highPrice = new Float64Array(16);
  lowPrice = new Float64Array(16);
  /** Lots of the day, counted once per trade. */
  volume = new Float64Array(16);
  /** Σ price × multiplier × lots of the day. */
  turnoverHigh = new Float64Array(16);
  turnoverLow = new Float64Array(16);
  tradeCount = new Float64Array(16);
  /** Lots, one-sided. */
  openInterest = new Float64Array(16);
  lastTradeUs = new Float64Array(16);

  // the latest trades, a ring per instrument: index (instrument × RECENT_TRADES + tradeCount mod RECENT_TRADES)
  recentTradeId = new Float64Array(16 * RECENT_TRADES);
  recentPrice = new Float64Array(16 * RECENT_TRADES);
  recentTimeUs = new Float64Array(16 * RECENT_TRADES);
  recentVolume = new Uint32Array(16 * RECENT_TRADES);
  recentSide = new Uint8Array(16 * RECENT_TRADES);

  ensure(instrument: number): void {
    while (instrument >= this.capacity) this.grow();
  }

  /** Books a trade; `openInterestDelta` is +lots, 0 or −lots (trading-rules.md 9). */
  trade(trade: Trade, tradeId: number, multiplier: number, openInterestDelta: number): void {
    const i = trade.instrument;
    const { price, volume } = trade;
    if (this.openPrice[i] === 0) {
      this.openPrice[i] = price;
      this.highPrice[i] = price;
      this.lowPrice[i] = price;
    }
    if (price > this.highPrice[i]) this.highPrice[i] = price;
    if (price < this.lowPrice[i]) this.lowPrice[i] = price;
    const slot = i * RECENT_TRADES + (this.tradeCount[i] % RECENT_TRADES);
    this.recentTradeId[slot] = tradeId;
    this.recentPrice[slot] = price;
    this.recentTimeUs[slot] = trade.stamp.timeUs;
    this.recentVolume[slot] = volume;
    this.recentSide[slot] = trade.takerSide;
    this.lastPrice[i] = price;
    this.lastTradeUs[i] = trade.stamp.timeUs;
    this.volume[i] += volume;
    this.tradeCount[i] += 1;
    this.openInterest[i] += openInterestDelta;
    const low = this.turnoverLow[i] + price * multiplier * volume;
    const carry = Math.floor(low / WIDE);
    this.turnoverHigh[i] += carry;
    this.turnoverLow[i] = low - carry * WIDE;
  }

  /** Statistics of a new day. The latest trades stay, and so does their count, which says where they lie. */
  clearDay(instrument: number): void {
    this.lastPrice[instrument] = 0;
    this.openPrice[instrument] = 0;
    this.highPrice[instrument] = 0;
    this.lowPrice[instrument] = 0;
    this.volume[instrument] = 0;
    this.turnoverHigh[instrument] = 0;
    this.turnoverLow[instrument] = 0;
  }

  /** The latest public trades, newest first. */
  *recent(
    instrument: number,
    limit: number,
  ): Generator<{ tradeId: number; price: number; volume: number; takerSide: number; timeUs: number }> {
    const total = this.tradeCount[instrument];
    const count = Math.min(limit, total, RECENT_TRADES);
    for (let back = 1; back <= count; back++) {
      const slot = instrument * RECENT_TRADES + ((total - back) % RECENT_TRADES);
      yield {
        tradeId: this.recentTradeId[slot],
        price: this.recentPrice[slot],
        volume: this.recentVolume[slot],
        takerSide: this.recentSide[slot],
        timeUs: this.recentTimeUs[slot],
      };
    }
  }

  private grow(): void {
    const capacity = (this.capacity *= 2);
    this.lastPrice = grown(this.lastPrice, capacity);
    this.openPrice = grown(this.openPrice, capacity);
    this.highPrice = grown(this.highPrice, capacity);
    this.lowPrice = grown(this.lowPrice, capacity);
    this.volume = grown(this.volume, capacity);
    this.turnoverHigh = grown(this.turnoverHigh, capacity);
    this.turnoverLow = grown(this.turnoverLow, capacity);
    this.tradeCount = grown(this.tradeCount, capacity);
    this.openInterest = grown(this.openInterest, capacity);
    this.lastTradeUs = grown(this.lastTradeUs, capacity);
    this.recentTradeId = grown(this.recentTradeId, capacity * RECENT_TRADES);
    this.recentPrice = grown(this.recentPrice, capacity * RECENT_TRADES);
    this.recentTimeUs = grown(this.recentTimeUs, capacity * RECENT_TRADES);
    this.recentVolume = grown(this.recentVolume, capacity * RECENT_TRADES);
    this.recentSide = grown(this.recentSide, capacity * RECENT_TRADES);
  }
}

/** What a trade does to the open interest, one-sided: +lots, 0 or −lots (trading-rules.md 9). */
export function openInterestDelta(buyOffset: number, sellOffset: number, volume: number): number {
  const buyOpens = buyOffset === Offset.OPEN;
  if (buyOpens !== (sellOffset === Offset.OPEN)) return 0;
  return buyOpens ? volume : -volume;
}
