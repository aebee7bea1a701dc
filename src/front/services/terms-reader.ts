/** Reads the terms of an instrument, of a listing or of a change, into exact integers. */
import { LADDER_TICKS_MAX } from '../../core/book/price-ladder.js';
import type { InstrumentChanged, InstrumentListed } from '../../core/events.js';
import { dailyLimits } from '../../core/instrument.js';
import { Refusal, type RefusalDetail } from '../../core/refusal.js';
import { FEE_SCALE, fromDecimal, MONEY_SCALE, PPM } from '../../core/units.js';
import { parseDate } from '../decode/dates.js';
import type { InstrumentListing } from './instrument-listing.js';

type NumberField = {
  [K in keyof InstrumentListing]-?: NonNullable<InstrumentListing[K]> extends number ? K : never;
}[keyof InstrumentListing];
type FeeClass = 'open' | 'close' | 'close_today';
/** What fields mean together. */
type Checked = Pick<InstrumentListed, 'listDate' | 'expireDate' | 'preSettlement' | 'priceTick' | 'limitUpRate' | 'limitDownRate'>;

/**
 * Reads fields and collects what is wrong with them; a value that cannot be read is 0 until `check` throws. What is left out
 * of a change stays as it is in `current`.
 */
export class TermsReader {
  private readonly details: RefusalDetail[] = [];

  constructor(
    private readonly listing: Partial<InstrumentListing>,
    private readonly current?: InstrumentChanged,
  ) {}

  /** A field in 1/`scale`, or what it is without being given. */
  units(field: NumberField, scale: number, absent = 0): number {
    const given = this.listing[field];
    if (given === undefined) return absent;
    const value = fromDecimal(given, scale);
    if (!Number.isNaN(value)) return value;
    this.refuse(field, `must have at most ${Math.log10(scale)} decimals`);
    return 0;
  }

  date(field: 'list_date' | 'expire_date', absent = 0): number {
    const text = this.listing[field];
    if (text === undefined) return absent;
    const day = parseDate(text);
    if (day === 0) this.refuse(field, 'must be a date of the form YYYY-MM-DD');
    return day;
  }

  margins() {
    const { current } = this;
    return {
      longMarginRatio: this.margin('long_margin_ratio_by_money', current?.longMarginRatio),
      shortMarginRatio: this.margin('short_margin_ratio_by_money', current?.shortMarginRatio),
      longMarginPerLot: this.units('long_margin_ratio_by_volume', MONEY_SCALE, current?.longMarginPerLot),
      shortMarginPerLot: this.units('short_margin_ratio_by_volume', MONEY_SCALE, current?.shortMarginPerLot),
    };
  }

  fees() {
    const { current } = this;
    return {
      feeOpenByMoney: this.feeByMoney('open', current?.feeOpenByMoney),
      feeCloseByMoney: this.feeByMoney('close', current?.feeCloseByMoney),
      feeCloseTodayByMoney: this.feeByMoney('close_today', current?.feeCloseTodayByMoney),
      feeOpenByLot: this.units('open_ratio_by_volume', MONEY_SCALE, current?.feeOpenByLot),
      feeCloseByLot: this.units('close_ratio_by_volume', MONEY_SCALE, current?.feeCloseByLot),
      feeCloseTodayByLot: this.units('close_today_ratio_by_volume', MONEY_SCALE, current?.feeCloseTodayByLot),
    };
  }

  /** Checks what fields mean together, then throws if anything at all was wrong. */
  check(listed: Checked): void {
    if (listed.expireDate !== 0 && listed.expireDate <= listed.listDate) this.refuse('expire_date', 'must be after list_date');
    if (this.details.length === 0) this.checkBand(listed);
    if (this.details.length > 0) throw new Refusal(9008, this.details);
  }

  private margin(field: 'long_margin_ratio_by_money' | 'short_margin_ratio_by_money', absent?: number): number {
    if (this.listing[field] !== undefined) return this.units(field, PPM);
    if (this.listing.margin_rate !== undefined) return this.units('margin_rate', PPM);
    if (absent !== undefined) return absent;
    this.refuse('margin_rate', 'is required, or a ratio of each side');
    return 0;
  }

  private feeByMoney(feeClass: FeeClass, absent?: number): number {
    const field = `${feeClass}_ratio_by_money` as const;
    const given = this.listing[field];
    if (given !== undefined && given >= 1) this.refuse(field, 'must be below 1');
    if (given !== undefined) return this.units(field, FEE_SCALE);
    if (this.listing.commission_rate !== undefined) return this.units('commission_rate', FEE_SCALE);
    if (absent !== undefined) return absent;
    if (this.listing[`${feeClass}_ratio_by_volume`] === undefined) {
      this.refuse('commission_rate', 'is required, or a fee for each of open, close and close_today');
    }
    return 0;
  }

  private checkBand(listed: Checked): void {
    const { lowerLimit, upperLimit } = dailyLimits(listed);
    if (lowerLimit > upperLimit) this.refuse('reference_price', 'leaves no price on the tick between the daily limits');
    else if (lowerLimit <= 0) this.refuse('limit_down_rate', 'leaves no price above 0 for the lower limit');
    // prices may leave the first day's band later: keep a factor in hand
    else if ((upperLimit - lowerLimit) / listed.priceTick >= LADDER_TICKS_MAX / 4)
      this.refuse('price_tick', 'is too fine for the daily limits');
  }

  refuse(field: string, reason: string): void {
    if (!this.details.some((detail) => detail.field === field)) this.details.push({ field, reason });
  }
}
