/** Bars, factors, phases, statistics and auctions as JSON text (websocket.md 5). */
import { InstrumentStatus, nameOf, Phase, Side } from '../../core/enums.js';
import type { Instrument } from '../../core/instrument.js';
import type { Bar } from '../../core/market-data/bar.js';
import type { DayColumns } from '../../core/market-data/day-table.js';
import type { Factors } from '../../core/market-data/factors/factor-stream.js';
import { averagePrice, type Indication } from '../../core/market-data/market-snapshot.js';
import { PERIODS } from '../../core/market-data/periods.js';
import { quoted } from '../json-text.js';
import { dateText, decimal, priceOrNull, toMs, wideDecimal } from './number-text.js';

/** KLine of rest.md 3. */
export function klineText(bar: Bar): string {
  const start = toMs(bar.startUs);
  return (
    `{"datetime":${start},"timestamp":${start},"bar_no":${bar.barNo},"open":${decimal(bar.open)},"high":${decimal(bar.high)},` +
    `"low":${decimal(bar.low)},"close":${decimal(bar.close)},"volume":${bar.volume},"amount":${wideDecimal(bar.amountHigh, bar.amountLow)},` +
    `"open_oi":${bar.openOi},"close_oi":${bar.closeOi},"trade_count":${bar.tradeCount},"is_finished":${bar.isFinished}` +
    (bar.tradeCount === 0 ? ',"is_empty":true}' : '}')
  );
}

/** A finished bar, or the one that forms. */
export function barText(instrumentId: string, period: number, bar: Bar, timeUs: number, mdSequence: number): string {
  return (
    `{"type":"${bar.isFinished ? 'kline_finished' : 'kline_update'}","instrument_id":${quoted(instrumentId)},"period":${PERIODS[period].id},` +
    `"kline":${klineText(bar)},"timestamp":${toMs(timeUs)},"md_seq":${mdSequence}}`
  );
}

export function factorText(instrumentId: string, period: number, factors: Factors, startUs: number, mdSequence: number): string {
  return (
    `{"type":"factor_update","instrument_id":${quoted(instrumentId)},"period":${PERIODS[period].id},` +
    `"factors":${JSON.stringify(factors)},"timestamp":${toMs(startUs)},"md_seq":${mdSequence}}`
  );
}

export function phaseText(instrument: Instrument, tradingDay: number, timeUs: number, mdSequence: number): string {
  return (
    `{"type":"phase","instrument_id":${quoted(instrument.instrumentId)},"phase":"${nameOf(Phase, instrument.phase)}",` +
    `"status":"${nameOf(InstrumentStatus, instrument.status)}","trading_day":"${dateText(tradingDay)}",` +
    `"timestamp":${toMs(timeUs)},"md_seq":${mdSequence}}`
  );
}

export function auctionText(
  instrument: Instrument,
  { price, volume, surplusSide, surplusVolume }: Indication,
  timeUs: number,
  mdSequence: number,
): string {
  return (
    `{"type":"auction","instrument_id":${quoted(instrument.instrumentId)},"phase":"${nameOf(Phase, instrument.phase)}",` +
    `"price":${priceOrNull(price)},"volume":${volume},"surplus_side":"${nameOf(Side, surplusSide)}","surplus_volume":${surplusVolume},` +
    `"timestamp":${toMs(timeUs)},"md_seq":${mdSequence}}`
  );
}

/** Of the day so far. */
export function statisticsText(instrument: Instrument, days: DayColumns, timeUs: number, mdSequence: number): string {
  const n = instrument.instrument;
  const average = averagePrice(days.turnoverHigh[n], days.turnoverLow[n], days.volume[n] * instrument.multiplier);
  return (
    `{"type":"statistics","instrument_id":${quoted(instrument.instrumentId)},"trade_count":${days.trades[n]},"volume":${days.volume[n]},` +
    `"turnover":${wideDecimal(days.turnoverHigh[n], days.turnoverLow[n])},"average_price":${priceOrNull(average)},` +
    `"high":${priceOrNull(days.high[n])},"low":${priceOrNull(days.low[n])},"open_interest":${days.openInterest[n]},` +
    `"oi_change":${days.openInterest[n] - instrument.preOpenInterest},"orders_accepted":${days.accepted[n]},` +
    `"orders_refused":${days.refused[n]},"orders_cancelled":${days.cancelled[n]},` +
    `"active":${days.accepted[n] + days.trades[n] > 0},"timestamp":${toMs(timeUs)},"md_seq":${mdSequence}}`
  );
}
