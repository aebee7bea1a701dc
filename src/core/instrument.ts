/** Instruments: what is traded, with which margins, fees and limits (trading-rules.md 1). */
import { Exchange, InstrumentStatus, Phase, PhaseReason } from './enums.js';
import type { InstrumentChanged, InstrumentListed } from './events.js';
import { mulDivCeil, mulDivFloor, PPM } from './units.js';

/** A listed instrument with what changes during its life. */
export interface Instrument extends InstrumentListed {
  status: number;
  /** Daily limits in 1/10000, both multiples of the tick. */
  upperLimit: number;
  lowerLimit: number;
  /** Last price of the last day with a trade, before the first the listing price; lots held when the day began. */
  preClose: number;
  preOpenInterest: number;
  createdUs: number;
  updatedUs: number;
  /** When the phase was last set to another one, event time in µs, and who did it (`PhaseReason`). */
  phaseUs: number;
  phaseReason: number;
}

/** What of an instrument counts money or bounds prices: it changes with the trading day, unless it is asked for at once. */
export const RATE_FIELDS = [
  'longMarginRatio',
  'shortMarginRatio',
  'longMarginPerLot',
  'shortMarginPerLot',
  'feeOpenByMoney',
  'feeCloseByMoney',
  'feeCloseTodayByMoney',
  'feeOpenByLot',
  'feeCloseByLot',
  'feeCloseTodayByLot',
  'limitUpRate',
  'limitDownRate',
] as const satisfies readonly (keyof InstrumentChanged)[];

export type Rates = Pick<InstrumentChanged, (typeof RATE_FIELDS)[number]>;

export function ratesOf(terms: Rates): Rates {
  return Object.fromEntries(RATE_FIELDS.map((field) => [field, terms[field]])) as Rates;
}

/** Daily limits from the pre-settlement price, both rounded inward to the tick (trading-rules.md 1.4). */
export function dailyLimits(listed: Pick<InstrumentListed, 'preSettlement' | 'priceTick' | 'limitUpRate' | 'limitDownRate'>): {
  upperLimit: number;
  lowerLimit: number;
} {
  const { preSettlement, priceTick, limitUpRate, limitDownRate } = listed;
  const up = mulDivFloor(preSettlement, PPM + limitUpRate, PPM);
  const down = mulDivCeil(preSettlement, PPM - limitDownRate, PPM);
  return { upperLimit: Math.floor(up / priceTick) * priceTick, lowerLimit: Math.ceil(down / priceTick) * priceTick };
}

/** SHFE and INE keep yesterday's lots apart: CLOSE takes those only (trading-rules.md 7.1). */
export function closesYesterdayOnly(exchange: number): boolean {
  return exchange === Exchange.SHFE || exchange === Exchange.INE;
}

/**
 * All instruments are objects of this one shape, whatever they were made from: every order and every mark reads their
 * terms, and code that has met many shapes looks each field up by its name.
 */
class InstrumentRecord implements Instrument {
  instrument = 0;
  instrumentId = '';
  name = '';
  productId = '';
  instrumentType = 0;
  exchange = 0;
  multiplier = 0;
  priceTick = 0;
  longMarginRatio = 0;
  shortMarginRatio = 0;
  longMarginPerLot = 0;
  shortMarginPerLot = 0;
  feeOpenByMoney = 0;
  feeCloseByMoney = 0;
  feeCloseTodayByMoney = 0;
  feeOpenByLot = 0;
  feeCloseByLot = 0;
  feeCloseTodayByLot = 0;
  limitUpRate = 0;
  limitDownRate = 0;
  minLimitVolume = 0;
  maxLimitVolume = 0;
  minMarketVolume = 0;
  maxMarketVolume = 0;
  lotStep = 0;
  preSettlement = 0;
  listDate = 0;
  expireDate = 0;
  sessionTemplate = '';
  profile = '';
  marginMode = 0;
  marginGroup = '';
  phase = 0;
  status = 0;
  upperLimit = 0;
  lowerLimit = 0;
  preClose = 0;
  preOpenInterest = 0;
  createdUs = 0;
  updatedUs = 0;
  phaseUs = 0;
  phaseReason = 0;
}

// V8 keeps a field as the kind of number it has seen there (see events.ts): these outgrow 32 bits sooner or later.
const large = Number.MAX_SAFE_INTEGER;
Object.assign(new InstrumentRecord(), {
  multiplier: large,
  priceTick: large,
  longMarginPerLot: large,
  shortMarginPerLot: large,
  feeOpenByLot: large,
  feeCloseByLot: large,
  feeCloseTodayByLot: large,
  preSettlement: large,
  upperLimit: large,
  lowerLimit: large,
  preClose: large,
  preOpenInterest: large,
  createdUs: large,
  updatedUs: large,
  phaseUs: large,
});

/** Instruments by number (from 1, in the order of listing) and by name. */
export class InstrumentDirectory {
  private readonly byNumber: Instrument[] = [];
  private readonly byId = new Map<string, Instrument>();
  /** Bare code → instrument, or null when several exchanges list the code. */
  private readonly byCode = new Map<string, Instrument | null>();

  get count(): number {
    return this.byNumber.length;
  }

  list(listed: InstrumentListed, timeUs: number): Instrument {
    return this.add({
      ...listed,
      ...dailyLimits(listed),
      status: InstrumentStatus.active,
      preClose: listed.preSettlement,
      preOpenInterest: 0,
      createdUs: timeUs,
      updatedUs: timeUs,
      phaseUs: timeUs,
      phaseReason: PhaseReason.SCHEDULE,
    });
  }

  /** Takes a new version; the daily limits follow from it at once. */
  change(changed: InstrumentChanged, timeUs: number): Instrument {
    const instrument = this.get(changed.instrument);
    Object.assign(instrument, changed, { updatedUs: timeUs });
    return Object.assign(instrument, dailyLimits(instrument));
  }

  add(terms: Instrument): Instrument {
    const instrument = Object.assign(new InstrumentRecord(), terms);
    this.byNumber.push(instrument);
    this.byId.set(instrument.instrumentId, instrument);
    const code = instrument.instrumentId.slice(instrument.instrumentId.indexOf('.') + 1);
    this.byCode.set(code, this.byCode.has(code) ? null : instrument);
    return instrument;
  }

  /** By number from 1. */
  get(number: number): Instrument {
    return this.byNumber[number - 1];
  }

  /** By canonical id, or by a bare code that names exactly one instrument. */
  find(instrumentId: string): Instrument | undefined {
    return this.byId.get(instrumentId) ?? this.byCode.get(instrumentId) ?? undefined;
  }

  [Symbol.iterator](): IterableIterator<Instrument> {
    return this.byNumber.values();
  }
}

/** Whether orders meet at once: conditional orders fire then only (trading-rules.md 10.5, 14.1). */
export function tradesContinuously(instrument: Instrument): boolean {
  return instrument.phase === Phase.CONTINUOUS && isTradable(instrument);
}

export function isTradable(instrument: Instrument): boolean {
  return instrument.status === InstrumentStatus.active || instrument.status === InstrumentStatus.close_only;
}
