/**
 * The checks of an order, or of what an amend would make of one, before it is handed to matching, in the order of
 * trading-rules.md 3 (steps 7 to 17). The first failing one decides the code; nothing is touched until all have passed.
 * Self-trade and post-only are the book's business (step 18).
 */
import { rightOfOrder, rightsOf } from './account-rights.js';
import { InstrumentStatus, Offset, PriceType, Side } from './enums.js';
import { marginOf, openFee, positionSide } from './fees.js';
import { isTradable, type Instrument } from './instrument.js';
import { mayClose, riskRatioOf } from './ledger.js';
import {
  checkKind,
  checkLimitPrice,
  checkLots,
  checkPhase,
  checkPrice,
  checkTick,
  checkVolume,
  timeConditionOf,
  type OrderTerms,
} from './order-rules.js';
import { checkAmend, isCollecting } from './phases.js';
import { HIS, LONG, SHORT, TODAY } from './positions.js';
import { usesDomesticRules } from './profile.js';
import { FLEXIBLE, type Reservations } from './reservations.js';
import type { ExchangeState } from './state.js';
import { MONEY_MAX, mulDivFloor, PPM } from './units.js';

/** Best prices as far as they are known where the check runs; 0 for an empty side. */
export interface BestPrices {
  bestPrice(instrument: number, side: number): number;
}

/** The least that an order holds until all amends under way have come back; see `PreTrade.checkAmend`. */
export interface AmendFloor {
  volume: number;
  /** Frozen, 1/10000. */
  margin: number;
  fee: number;
}

export class PreTrade {
  // what the order, or the amend beyond what its order holds, needs while it is under way; valid after a check that returned 0
  /** Margin and fee at the reservation price, 1/10000. */
  margin = 0;
  fee = 0;
  /** Lots of earlier days and of today that a closing order will hold. */
  his = 0;
  today = 0;
  /** 1: lots of earlier days that come free meanwhile are taken instead of those of today. */
  flexible = 0;
  /** Lots that an opening order will open. */
  openLots = 0;
  // what the order says
  /** The price that state freezes at (ledger.md 4.3). */
  freezePrice = 0;
  timeCondition = 0;
  closeFirst = 0;
  /** Of an amend: what the order will hold. */
  readonly amended: AmendFloor = { volume: 0, margin: 0, fee: 0 };

  constructor(
    private readonly state: ExchangeState,
    private readonly reservations: Reservations,
    private readonly prices: BestPrices,
  ) {}

  /** 0, or the code of the first failing step. The account exists and is the caller's (step 5). */
  check(terms: OrderTerms): number {
    this.clear();
    if (!this.mayTrade(terms.account, terms.offset)) return 2002;
    if (terms.instrument === 0) return 1007;
    const instrument = this.state.instruments.get(terms.instrument);
    return (
      this.checkInstrument(instrument) ||
      checkKind(terms, this.state.tradingDay) ||
      checkPhase(terms, instrument.phase) ||
      checkVolume(terms, instrument) ||
      this.checkSize(terms.volume, terms.instrument) ||
      checkPrice(terms, instrument) ||
      this.checkMeans(terms, instrument)
    );
  }

  /** As `check`, for a closing order of a liquidation: status of the account, size limits and means do not stand against it. */
  checkForced(terms: OrderTerms): number {
    this.clear();
    const instrument = this.state.instruments.get(terms.instrument);
    const refusal =
      this.checkInstrument(instrument) ||
      checkKind(terms, this.state.tradingDay) ||
      checkPhase(terms, instrument.phase) ||
      checkForm(terms.volume) ||
      checkPrice(terms, instrument);
    if (refusal !== 0) return refusal;
    this.timeCondition = timeConditionOf(terms);
    this.freezePrice = terms.price;
    return this.checkClosable(terms.account, instrument, terms.side, terms.offset, terms.volume);
  }

  /** As `check`, for an order that comes later if at all: neither phase, band nor means of that time are known (10.1). */
  checkConditional(terms: OrderTerms): number {
    if (!this.mayTrade(terms.account, terms.offset)) return 2002;
    if (terms.instrument === 0) return 1007;
    const instrument = this.state.instruments.get(terms.instrument);
    const isLimit = terms.priceType === PriceType.LIMIT;
    return (
      this.checkInstrument(instrument) ||
      checkKind(terms, this.state.tradingDay) ||
      checkVolume(terms, instrument) ||
      this.checkSize(terms.volume, terms.instrument) ||
      (isLimit ? checkTick(terms.price, instrument) : checkPrice(terms, instrument))
    );
  }

  /**
   * As `check`, for the live order in `slot` with another price or total volume; 0 keeps it as it is. What the order holds
   * is given back virtually: `floor` is the least of it that may be left of earlier amends when this one is applied.
   */
  checkAmend(slot: number, newPrice: number, newVolume: number, floor: AmendFloor): number {
    this.clear();
    const o = this.state.orders;
    const instrument = this.state.instruments.get(o.instrument[slot]);
    if (!this.mayTrade(o.account[slot], o.offset[slot])) return 2002;
    const price = newPrice === 0 ? o.price[slot] : newPrice;
    const volume = newVolume === 0 ? o.volume[slot] : newVolume;
    const left = volume - (o.volume[slot] - o.leaves(slot));
    const refusal =
      this.checkInstrument(instrument) ||
      checkAmend(instrument.phase) ||
      // an amend to what is filled already ends the order, however small it was
      (left > 0 ? checkLots(volume, o.priceType[slot], instrument) || this.checkSize(volume, instrument.instrument) : checkForm(volume)) ||
      checkLimitPrice(price, instrument);
    if (refusal !== 0) return refusal;
    this.amended.volume = volume;
    if (instrument.status === InstrumentStatus.close_only && volume > floor.volume) return 1014;
    if (left <= 0) return 0;
    return o.offset[slot] === Offset.OPEN
      ? this.checkAmendedOpen(slot, instrument, price, left, volume, floor)
      : this.checkAmendedClose(slot, instrument, volume, floor);
  }

  private clear(): void {
    this.margin = 0;
    this.fee = 0;
    this.his = 0;
    this.today = 0;
    this.flexible = 0;
    this.openLots = 0;
    this.closeFirst = 0;
    this.amended.margin = 0;
    this.amended.fee = 0;
  }

  /** Step 7. */
  private mayTrade(account: number, offset: number): boolean {
    if (offset === Offset.OPEN && this.state.liquidations.isOpen(account)) return false;
    return (rightsOf(this.state.accounts, this.state.users, account) & rightOfOrder(offset)) !== 0;
  }

  /** Step 8. */
  private checkInstrument(instrument: Instrument): 0 | 1010 {
    const { tradingDay } = this.state;
    const isListed = instrument.listDate <= tradingDay && (instrument.expireDate === 0 || tradingDay <= instrument.expireDate);
    return isTradable(instrument) && isListed ? 0 : 1010;
  }

  /** Step 11: the sizes that the venue allows, beside those of the instrument. */
  private checkSize(volume: number, instrument: number): 0 | 1011 {
    const { minOrderVolume, maxOrderVolume } = this.state.riskLimits.of(instrument);
    return volume < minOrderVolume || volume > maxOrderVolume ? 1011 : 0;
  }

  /** Step 13, of opening orders: nobody is kept from closing. */
  private checkAmount(notional: number, instrument: number): 0 | 1003 {
    const { maxOrderAmount } = this.state.riskLimits.of(instrument);
    return maxOrderAmount !== 0 && notional > maxOrderAmount ? 1003 : 0;
  }

  /** Steps 13 to 17: amount, offset, lots, share, risk ratio, funds. */
  private checkMeans(terms: OrderTerms, instrument: Instrument): number {
    const isLimit = terms.priceType === PriceType.LIMIT;
    const reservePrice = isLimit
      ? this.reservePrice(terms.side, terms.price, instrument)
      : this.marketReservePrice(terms.side, terms.maxSlippageTicks, instrument);
    const notional = reservePrice * instrument.multiplier * terms.volume;
    if (notional > MONEY_MAX) return 1003;
    this.timeCondition = timeConditionOf(terms);
    this.freezePrice = isLimit ? terms.price : reservePrice;
    if (terms.offset !== Offset.OPEN) return this.checkClosable(terms.account, instrument, terms.side, terms.offset, terms.volume);
    if (this.checkAmount(notional, terms.instrument) !== 0) return 1003;
    if (instrument.status === InstrumentStatus.close_only) return 1014;
    const side = terms.side === Side.BUY ? LONG : SHORT;
    this.margin = marginOf(instrument, side, notional, terms.volume);
    this.fee = openFee(instrument, reservePrice, terms.volume);
    this.openLots = terms.volume;
    return this.checkMoney(terms.account, terms.instrument, side);
  }

  private checkAmendedOpen(slot: number, instrument: Instrument, price: number, left: number, volume: number, floor: AmendFloor): number {
    const o = this.state.orders;
    const side = o.side[slot];
    const reservePrice = this.reservePrice(side, price, instrument);
    const notional = reservePrice * instrument.multiplier * left;
    const total = reservePrice * instrument.multiplier * volume;
    if (total > MONEY_MAX) return 1003;
    if (volume > floor.volume && this.checkAmount(total, instrument.instrument) !== 0) return 1003;
    this.openLots = Math.max(0, volume - floor.volume);
    this.amended.margin = marginOf(instrument, side === Side.BUY ? LONG : SHORT, notional, left);
    this.amended.fee = openFee(instrument, reservePrice, left);
    this.margin = Math.max(0, this.amended.margin - floor.margin);
    this.fee = Math.max(0, this.amended.fee - floor.fee);
    // whoever asks for less is never held back by risk or funds
    if (volume <= floor.volume && this.margin === 0 && this.fee === 0) return 0;
    return this.checkMoney(o.account[slot], o.instrument[slot], side === Side.BUY ? LONG : SHORT);
  }

  private checkAmendedClose(slot: number, instrument: Instrument, volume: number, floor: AmendFloor): number {
    const o = this.state.orders;
    const more = volume - floor.volume;
    const refusal = more > 0 ? this.checkClosable(o.account[slot], instrument, o.side[slot], o.offset[slot], more) : 0;
    this.closeFirst = usesDomesticRules(instrument) && o.frozenToday[slot] + this.today === 0 ? 1 : 0;
    return refusal;
  }

  /** ledger.md 4.3: a taker may fill better than its limit, which costs a seller more margin and fee. */
  private reservePrice(side: number, limit: number, instrument: Instrument): number {
    if (side === Side.BUY || isCollecting(instrument.phase)) return limit;
    return Math.max(limit, this.prices.bestPrice(instrument.instrument, Side.BUY));
  }

  /** ledger.md 4.3: a buyer may pay up to the daily limit or its own bound, a seller needs most at the best bid. */
  private marketReservePrice(side: number, maxSlippageTicks: number, instrument: Instrument): number {
    if (side === Side.SELL) return Math.max(instrument.lowerLimit, this.prices.bestPrice(instrument.instrument, Side.BUY));
    const bestAsk = maxSlippageTicks === 0 ? 0 : this.prices.bestPrice(instrument.instrument, Side.SELL);
    if (bestAsk === 0) return instrument.upperLimit;
    return Math.min(instrument.upperLimit, bestAsk + maxSlippageTicks * instrument.priceTick);
  }

  /**
   * Step 15. An order that may take lots of earlier days and of today takes those of earlier days first, as they are when
   * it is applied. So it may take more of them than are there now, and leave lots of today in exchange: one that can take
   * lots of earlier days only must not count on these, and a shortage of them falls on those of today.
   */
  private checkClosable(account: number, instrument: Instrument, side: number, offset: number, volume: number): number {
    const held = positionSide(side, offset);
    const number = instrument.instrument;
    const takesHis = mayClose(instrument, offset, HIS);
    const takesToday = mayClose(instrument, offset, TODAY);
    const flexible = this.reservations.lots(account, number, held, FLEXIBLE);
    const hisLeft = this.unreserved(account, number, held, HIS);
    const his = takesToday ? hisLeft : hisLeft - flexible;
    const today = this.unreserved(account, number, held, TODAY) - flexible + Math.min(0, hisLeft);
    this.his = takesHis ? Math.max(0, Math.min(volume, his)) : 0;
    this.today = volume - this.his;
    this.flexible = takesHis && takesToday ? 1 : 0;
    this.closeFirst = usesDomesticRules(instrument) && this.today === 0 ? 1 : 0;
    if (this.today === 0 || (takesToday && this.today <= today)) return 0;
    if (!takesHis) return 2006;
    return takesToday ? 2005 : 2007;
  }

  /** Closable lots of a bucket less those reserved; below 0 when orders applied took others than they had reserved. */
  private unreserved(account: number, instrument: number, side: number, bucket: number): number {
    const position = this.state.positions.find(account, instrument);
    const closable = position === -1 ? 0 : this.state.positions.closable(position * 2 + side, bucket);
    return closable - this.reservations.lots(account, instrument, side, bucket);
  }

  /** Steps 16 and 17. */
  private checkMoney(account: number, instrument: number, side: number): number {
    const { accounts, ledger, positions } = this.state;
    const limits = this.state.riskLimits.of(instrument);
    if (limits.positionLimit !== 0 && this.exceeds(limits.positionLimit, account, instrument, side)) return 1002;
    const balance = ledger.balance(account);
    const position = positions.find(account, instrument);
    let share = this.margin + this.reservations.openMargin(account, instrument);
    if (position !== -1) {
      share += positions.margin[position * 2] + positions.margin[position * 2 + 1];
      share += positions.openFrozenMargin[position * 2] + positions.openFrozenMargin[position * 2 + 1];
    }
    // a share needs something to be a share of: without a balance the funds check below decides
    if (balance > 0 && share > mulDivFloor(balance, limits.maxPositionRatio, PPM)) return 1002;
    if (riskRatioOf(accounts.margin[account], balance) >= this.state.riskLimits.venue.riskRatioReject) return 1004;
    return ledger.availableAt(account, balance) - this.reservations.money(account) >= this.margin + this.fee ? 0 : 1001;
  }

  /** Lots of one side that all accounts of the user hold, or will if their opening orders fill, this one too (trading-rules.md 15.1). */
  private exceeds(limit: number, account: number, instrument: number, side: number): boolean {
    const { accounts, positions, users } = this.state;
    if (this.openLots === 0) return false;
    let lots = this.openLots;
    for (const own of users.get(accounts.user[account])!.accounts) {
      lots += this.reservations.openLots(own, instrument, side);
      const position = positions.find(own, instrument);
      if (position !== -1) lots += positions.volume[position * 2 + side] + positions.openLots[position * 2 + side];
    }
    return lots > limit;
  }
}

function checkForm(volume: number): 0 | 1008 {
  return Number.isSafeInteger(volume) && volume > 0 ? 0 : 1008;
}
