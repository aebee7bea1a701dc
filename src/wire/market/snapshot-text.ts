/** The snapshot of every second as JSON text (market-data.md 5, rest.md 3). */
import { InstrumentStatus, nameOf, Phase, Side } from '../../core/enums.js';
import { SNAPSHOT_LEVELS, type MarketSnapshot } from '../../core/market-data/market-snapshot.js';
import type { DepthLevel } from '../../core/market-data/public-book.js';
import { quoted } from '../json-text.js';
import { dateText, decimal, percent, priceOrNull, sumDecimal, toMs, wideDecimal } from './number-text.js';

export function snapshotText(s: MarketSnapshot): string {
  const { instrument: of } = s;
  const change = s.last - of.preSettlement;
  return (
    `{"type":"market_snapshot","instrument_id":${quoted(of.instrumentId)},"timestamp":${toMs(s.timeUs)},` +
    `"trading_day":"${dateText(s.tradingDay)}","action_day":"${dateText(s.actionDay)}",` +
    `"last_price":${decimal(s.last)},"is_ref":${s.isReference},"change_percent":${percent(change, of.preSettlement)},` +
    `"change_amount":${decimal(change)},${levelsText('bid', s.bids)},${levelsText('ask', s.asks)},` +
    `"open":${priceOrNull(s.open)},"high":${priceOrNull(s.high)},"low":${priceOrNull(s.low)},"close":${priceOrNull(s.close)},` +
    `"pre_close":${decimal(of.preClose)},"pre_settlement":${decimal(of.preSettlement)},"settlement":${priceOrNull(s.settlement)},` +
    `"volume":${s.volume},"turnover":${wideDecimal(s.turnoverHigh, s.turnoverLow)},"average_price":${priceOrNull(s.average)},` +
    `"open_interest":${s.openInterest},"pre_open_interest":${of.preOpenInterest},"oi_change":${s.openInterest - of.preOpenInterest},` +
    `"upper_limit":${decimal(of.upperLimit)},"lower_limit":${decimal(of.lowerLimit)},"last_volume":${s.lastVolume},` +
    `"trade_count":${s.trades},"interval_volume":${s.intervalVolume},"interval_turnover":${sumDecimal(s.intervalTurnover)},` +
    `"amplitude_percent":${percent(s.high - s.low, of.preSettlement)},"bid_total":${s.bidTotal},"ask_total":${s.askTotal},` +
    `"imbalance":${imbalance(s)},${indicationText(s)}"phase":"${nameOf(Phase, of.phase)}",` +
    `"status":"${nameOf(InstrumentStatus, of.status)}","limit_locked":"${s.limitLocked}",` +
    `"md_seq":${s.mdSequence},"engine_seq":${s.sequence}}`
  );
}

/** All five levels: null where there is none. */
function levelsText(side: string, levels: readonly DepthLevel[]): string {
  let prices = '';
  let volumes = '';
  for (let n = 0; n < SNAPSHOT_LEVELS; n++) {
    const level = levels.at(n);
    prices += `"${side}_price${n + 1}":${priceOrNull(level?.price ?? 0)},`;
    volumes += `${n === 0 ? '' : ','}"${side}_volume${n + 1}":${level?.volume ?? 0}`;
  }
  return prices + volumes;
}

/** Of the five best levels, -1 to 1 with 4 decimals. */
function imbalance({ bids, asks }: MarketSnapshot): number {
  const [bid, ask] = [bids, asks].map((levels) => levels.reduce((sum, { volume }) => sum + volume, 0));
  return bid + ask === 0 ? 0 : Math.round(((bid - ask) / (bid + ask)) * 10_000) / 10_000;
}

function indicationText({ indication }: MarketSnapshot): string {
  if (indication === undefined) return '';
  const { price, volume, surplusSide, surplusVolume } = indication;
  return (
    `"indicative_price":${priceOrNull(price)},"indicative_volume":${volume},` +
    `"surplus":${surplusVolume},"surplus_side":"${nameOf(Side, surplusSide)}",`
  );
}
