/** The fields of a quote (diff.md 6.1) as the state and the public book have them. */
import type { DepthFold } from '../../../core/depth.js';
import { Side } from '../../../core/enums.js';
import type { Instrument } from '../../../core/instrument.js';
import type { ExchangeState } from '../../../core/state.js';
import { FEE_SCALE, MONEY_SCALE, mulDivHalfUp, PPM, toDecimal, WIDE } from '../../../core/units.js';
import { wallClock } from '../beijing-time.js';
import type { DiffFields } from '../tree/diff-object.js';

export const QUOTE_LEVELS = 5;

/** What changes with the market. */
export function marketFields(state: ExchangeState, depth: DepthFold, instrument: Instrument): DiffFields {
  const { market } = state;
  const i = instrument.instrument;
  const volume = market.volume[i];
  const amount = (market.turnoverHigh[i] * WIDE + market.turnoverLow[i]) / MONEY_SCALE;
  const fields: Record<string, string | number> = {
    datetime: wallClock(Math.max(depth.lastChangeUs(i), market.lastTradeUs[i], instrument.createdUs)),
    last_price: known(market.lastPrice[i]),
    highest: known(market.highPrice[i]),
    lowest: known(market.lowPrice[i]),
    open: known(market.openPrice[i]),
    average: volume === 0 ? NaN : rounded(amount / volume / instrument.multiplier),
    volume,
    amount,
    open_interest: market.openInterest[i],
  };
  addLevels(fields, 'bid', depth.levels(i, Side.BUY, QUOTE_LEVELS));
  addLevels(fields, 'ask', depth.levels(i, Side.SELL, QUOTE_LEVELS));
  return fields;
}

/** What changes with the day and with the terms of the instrument. */
export function termFields(state: ExchangeState, instrument: Instrument): DiffFields {
  const settlement = state.settlement.prices.get(instrument.instrument);
  return {
    close: NaN,
    settlement: settlement === undefined ? NaN : toDecimal(settlement),
    pre_open_interest: instrument.preOpenInterest,
    pre_close: toDecimal(instrument.preClose),
    ...contractFields(instrument),
  };
}

/** What a contract is and costs, with its limits of today; the instrument file says the same. */
export function contractFields(instrument: Instrument): Readonly<Record<string, number>> {
  return {
    upper_limit: toDecimal(instrument.upperLimit),
    lower_limit: toDecimal(instrument.lowerLimit),
    pre_settlement: toDecimal(instrument.preSettlement),
    volume_multiple: instrument.multiplier,
    price_tick: toDecimal(instrument.priceTick),
    price_decs: decimalsOf(instrument.priceTick),
    max_market_order_volume: instrument.maxMarketVolume,
    min_market_order_volume: instrument.minMarketVolume,
    max_limit_order_volume: instrument.maxLimitVolume,
    min_limit_order_volume: instrument.minLimitVolume,
    margin: marginPerLot(instrument),
    commission: commissionPerLot(instrument),
  };
}

/** Of one long lot at the pre-settlement price. */
function marginPerLot({ preSettlement, multiplier, longMarginRatio, longMarginPerLot }: Instrument): number {
  return toDecimal(mulDivHalfUp(preSettlement * multiplier, longMarginRatio, PPM) + longMarginPerLot);
}

/** For opening one lot at the pre-settlement price. */
function commissionPerLot({ preSettlement, multiplier, feeOpenByMoney, feeOpenByLot }: Instrument): number {
  return toDecimal(mulDivHalfUp(preSettlement * multiplier, feeOpenByMoney, FEE_SCALE) + feeOpenByLot);
}

/** Decimal places of a tick in 1/10000. */
function decimalsOf(priceTick: number): number {
  let decimals = 4;
  for (let rest = priceTick; decimals > 0 && rest % 10 === 0; rest /= 10) decimals--;
  return decimals;
}

function addLevels(fields: Record<string, string | number>, side: string, levels: readonly { price: number; volume: number }[]): void {
  for (let level = 1; level <= QUOTE_LEVELS; level++) {
    const shown = levels[level - 1];
    fields[`${side}_price${level}`] = shown === undefined ? NaN : toDecimal(shown.price);
    fields[`${side}_volume${level}`] = shown === undefined ? 0 : shown.volume;
  }
}

/** A price that is 0 until there is one. */
function known(price: number): number {
  return price === 0 ? NaN : toDecimal(price);
}

function rounded(price: number): number {
  return Math.round(price * MONEY_SCALE) / MONEY_SCALE;
}
