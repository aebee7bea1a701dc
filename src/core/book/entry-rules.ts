/**
 * What the book checks of an order by itself, in the order of the rule book's validation table (trading-rules.md 3). The
 * front has checked all of it before; the book knows its phase and status for sure, and defends its arrays.
 */
import * as enums from '../enums.js';
import type { OrderEntry } from '../events.js';
import * as phases from '../phases.js';
import type { RefusalCode } from '../refusal.js';
import type { PriceBand } from './price-ladder.js';

// Bound here: constants of the module are compiled in, imported ones are looked up at every use.
const { InstrumentStatus, Offset, PriceType, Residual, SelfTradeMode, Side, TimeCondition, VolumeCondition } = enums;
const { checkEntry } = phases;

/** The limits of a trading day, prices of the tick grid in 1/10000. */
export interface DayLimits {
  readonly lowerLimit: number;
  readonly upperLimit: number;
}

export function isMarketKind(order: OrderEntry): boolean {
  return order.priceType !== PriceType.LIMIT;
}

export function isClosed(status: number): boolean {
  return status === InstrumentStatus.suspended || status === InstrumentStatus.delisted;
}

/** The first check that an entering order fails, its price and its offset aside; 0 when none does. */
export function checkOrder(order: OrderEntry, phase: number, status: number): RefusalCode | 0 {
  if (status === InstrumentStatus.suspended || status === InstrumentStatus.delisted) return 1010;
  const kind = checkKind(order);
  if (kind !== 0) return kind;
  const isPlainLimit = order.priceType === PriceType.LIMIT && order.timeCondition !== TimeCondition.IOC && order.postOnly === 0;
  const entry = checkEntry(phase, isPlainLimit, order.timeCondition);
  if (entry !== 0) return entry;
  return order.volume === 0 ? 1008 : 0;
}

/** The index of a limit price; or, below zero, the code that refuses it for its sign, its tick or the limits. */
export function indexOfLimit(price: number, band: PriceBand, limits: DayLimits): number {
  if (price <= 0) return -1008;
  if (price < limits.lowerLimit || price > limits.upperLimit) return band.onTick(price) ? -1013 : -1012;
  const index = band.indexOn(price);
  return index < 0 ? -1012 : index;
}

/** Whether the order would open in an instrument whose positions may only be closed. */
export function opensInCloseOnly(order: OrderEntry, status: number): boolean {
  return status === InstrumentStatus.close_only && order.offset === Offset.OPEN;
}

/** Numbers that name nothing, and combinations that trading-rules.md 2.2 does not have. */
function checkKind(order: OrderEntry): 0 | 1008 | 1009 {
  const { priceType, timeCondition, volumeCondition } = order;
  if (order.side > Side.SELL || order.offset > Offset.CLOSEYESTERDAY || priceType > PriceType.BEST5) return 1008;
  if (timeCondition > TimeCondition.GFA || volumeCondition > VolumeCondition.ALL || order.selfTradeMode > SelfTradeMode.OFF) return 1008;
  if (order.residual > Residual.TO_LIMIT || order.postOnly > 1 || order.closeFirst > 1) return 1008;
  if (priceType === PriceType.LIMIT) {
    if (order.residual !== Residual.CANCEL || order.maxSlippageTicks !== 0) return 1009;
    if (timeCondition !== TimeCondition.IOC) {
      if (volumeCondition !== VolumeCondition.ANY) return 1009;
      return order.postOnly === 1 && timeCondition === TimeCondition.GFA ? 1009 : 0;
    }
  } else if (timeCondition !== TimeCondition.IOC && timeCondition !== TimeCondition.GFD) {
    return 1009;
  }
  return order.postOnly === 1 ? 1009 : 0;
}
