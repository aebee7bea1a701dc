/**
 * What an order may be by itself: enumerations and their combinations, volume and price (trading-rules.md 2.2 and steps
 * 9 to 12 of 3). Account and market come after it, in `pre-trade.ts`.
 */
import { PriceType, Residual, TimeCondition, VolumeCondition } from './enums.js';
import type { Instrument } from './instrument.js';
import { checkEntry } from './phases.js';

/** An order as it was decoded; see the front's OrderRequest for the marks of what could not be understood. */
export interface OrderTerms {
  account: number;
  instrument: number;
  side: number;
  offset: number;
  priceType: number;
  timeCondition: number;
  volumeCondition: number;
  price: number;
  volume: number;
  minVolume: number;
  gtdDate: number;
  residual: number;
  selfTradeMode: number;
  postOnly: number;
  maxSlippageTicks: number;
}

/** No time condition given: GFD for LIMIT, IOC for market kinds. */
const NOT_GIVEN = -2;

/** More ticks than any band has; frames carry the number in 32 bits. */
const SLIPPAGE_TICKS_MAX = 1_000_000_000;

export function timeConditionOf(terms: OrderTerms): number {
  if (terms.timeCondition !== NOT_GIVEN) return terms.timeCondition;
  return terms.priceType === PriceType.LIMIT ? TimeCondition.GFD : TimeCondition.IOC;
}

/** Step 9: enumerations, options and their combination. */
export function checkKind(terms: OrderTerms, tradingDay: number): 0 | 1008 | 1009 {
  if (hasUnknownName(terms)) return 1008;
  const timeCondition = timeConditionOf(terms);
  if (timeCondition === TimeCondition.GTD ? terms.gtdDate < tradingDay : terms.gtdDate !== 0) {
    return timeCondition === TimeCondition.GTD ? 1008 : 1009;
  }
  // one lot at least is what ANY means
  if (terms.volumeCondition !== VolumeCondition.MIN && terms.minVolume !== 0 && terms.minVolume !== 1) return 1009;
  if (timeCondition !== TimeCondition.IOC && terms.volumeCondition !== VolumeCondition.ANY) return 1009;
  return terms.priceType === PriceType.LIMIT ? checkLimitKind(terms, timeCondition) : checkMarketKind(terms, timeCondition);
}

/** Step 10: what the phase permits. */
export function checkPhase(terms: OrderTerms, phase: number): 0 | 4101 {
  const timeCondition = timeConditionOf(terms);
  const isPlainLimit = terms.priceType === PriceType.LIMIT && timeCondition !== TimeCondition.IOC && terms.postOnly === 0;
  return checkEntry(phase, isPlainLimit, timeCondition);
}

/** Step 11: the volumes of a new order. */
export function checkVolume(terms: OrderTerms, instrument: Instrument): 0 | 1008 | 1011 {
  const { volume, minVolume, priceType } = terms;
  if (terms.volumeCondition === VolumeCondition.MIN && !(Number.isSafeInteger(minVolume) && minVolume > 0 && minVolume <= volume)) {
    return 1008;
  }
  return checkLots(volume, priceType, instrument);
}

/** Step 11: form and size of the total volume of an order. */
export function checkLots(volume: number, priceType: number, instrument: Instrument): 0 | 1008 | 1011 {
  if (!Number.isSafeInteger(volume) || volume <= 0 || volume % instrument.lotStep !== 0) return 1008;
  const isLimit = priceType === PriceType.LIMIT;
  const smallest = isLimit ? instrument.minLimitVolume : instrument.minMarketVolume;
  const largest = isLimit ? instrument.maxLimitVolume : instrument.maxMarketVolume;
  return volume < smallest || volume > largest ? 1011 : 0;
}

/** Step 12: the price of a new order. */
export function checkPrice(terms: OrderTerms, instrument: Instrument): 0 | 1008 | 1012 | 1013 {
  if (terms.priceType !== PriceType.LIMIT) return terms.price === 0 ? 0 : 1008;
  return checkLimitPrice(terms.price, instrument);
}

/** Step 12: sign, tick and band of a limit price. */
export function checkLimitPrice(price: number, instrument: Instrument): 0 | 1008 | 1012 | 1013 {
  const code = checkTick(price, instrument);
  if (code !== 0) return code;
  return price < instrument.lowerLimit || price > instrument.upperLimit ? 1013 : 0;
}

/** Sign and tick of a limit price, whatever the band will be when it matters. */
export function checkTick(price: number, instrument: Instrument): 0 | 1008 | 1012 {
  if (!(price > 0) || !Number.isFinite(price)) return 1008;
  return price % instrument.priceTick === 0 ? 0 : 1012;
}

function hasUnknownName(terms: OrderTerms): boolean {
  const { side, offset, priceType, timeCondition, volumeCondition, residual, selfTradeMode } = terms;
  if (side < 0 || offset < 0 || priceType < 0 || timeCondition === -1 || volumeCondition < 0) return true;
  return residual < 0 || selfTradeMode < 0;
}

function checkLimitKind(terms: OrderTerms, timeCondition: number): 0 | 1009 {
  if (terms.residual !== Residual.CANCEL || terms.maxSlippageTicks !== 0) return 1009;
  const isPassing = timeCondition === TimeCondition.IOC || timeCondition === TimeCondition.GFA;
  return terms.postOnly === 1 && isPassing ? 1009 : 0;
}

function checkMarketKind(terms: OrderTerms, timeCondition: number): 0 | 1008 | 1009 {
  if (terms.postOnly === 1) return 1009;
  const ticks = terms.maxSlippageTicks;
  if (ticks !== 0 && !(Number.isSafeInteger(ticks) && ticks > 0 && ticks <= SLIPPAGE_TICKS_MAX)) return 1008;
  // what a market kind leaves may rest as a day order, if it says so
  const isDayOrder = timeCondition === TimeCondition.GFD && terms.residual === Residual.TO_LIMIT;
  return timeCondition === TimeCondition.IOC || isDayOrder ? 0 : 1009;
}
