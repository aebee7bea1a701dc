/**
 * Money and holdings of accounts: freezing, fills, marks (ledger.md 2 to 6).
 *
 * The mark of an instrument is shared by all its holders, so nothing is touched per holder when it moves: position
 * profit, balance and available are computed from the lots' sums when they are asked for.
 */
import { type AccountTable } from './accounts.js';
import { assert } from './assert.js';
import { Offset, Side } from './enums.js';
import { closeFee, closeTodayFee, marginOf, openFee, positionSide } from './fees.js';
import { closesYesterdayOnly, type Instrument, type InstrumentDirectory } from './instrument.js';
import { MarginGroups } from './margin-groups.js';
import type { MarketTable } from './market.js';
import * as orderTable from './orders.js';
import type { OrderTable } from './orders.js';
import * as positionTable from './positions.js';
import { HIS, LONG, POSITION_STEP, type PositionTable, SHORT, TODAY } from './positions.js';
import { ratioFloor } from './units.js';

// Bound here: constants of the module are compiled in, imported ones are looked up at every use.
const { OrderWord: Word, OrderDouble: Double } = orderTable;
const { NetDouble: Net, NetWord, netPlace } = positionTable;

/** Risk ratio shown when there is margin but no balance: 999.0 in ppm. */
export const RISK_RATIO_MAX = 999_000_000;

export class Ledger {
  /** Out-parameter of `fill`: the commission of the fill. */
  fee = 0;
  /** Margins of accounts by group (ledger.md 5.4). */
  readonly groups = new MarginGroups();

  constructor(
    readonly accounts: AccountTable,
    readonly positions: PositionTable,
    private readonly orders: OrderTable,
    private readonly instruments: InstrumentDirectory,
    private readonly market: MarketTable,
  ) {}

  /** Last trade price of the day, else the pre-settlement price (ledger.md 6.1). */
  mark(instrument: number): number {
    const last = this.market.lastPrice[instrument];
    return last !== 0 ? last : this.instruments.get(instrument).preSettlement;
  }

  /** Profit of one position side at the mark, against the basis (mark to market). */
  positionProfitOf(position: number, side: number): number {
    return this.profitAgainst(position, side, this.positions.basisNotional[position * 2 + side]);
  }

  /** Profit of one position side at the mark, against the open prices. Information only. */
  floatProfitOf(position: number, side: number): number {
    return this.profitAgainst(position, side, this.positions.openNotional[position * 2 + side]);
  }

  /** Of all sides together: asked for before every order, so each position is looked at once. */
  positionProfit(account: number): number {
    const { net, netWords } = this.positions;
    const { lastPrice } = this.market;
    let profit = 0;
    for (let p = this.accounts.firstPosition[account]; p !== 0;) {
      const place = netPlace(p);
      const lots = net[place + Net.lots];
      const basis = net[place + Net.basis];
      const instrument = netWords[place * 2 + NetWord.instrument];
      p = netWords[place * 2 + NetWord.next];
      if (lots === 0 && basis === 0) continue;
      const terms = this.instruments.get(instrument);
      const last = lastPrice[instrument];
      profit += (last !== 0 ? last : terms.preSettlement) * terms.multiplier * lots - basis;
    }
    return profit;
  }

  /** static + close profit + position profit − commission (ledger.md 10.1). */
  balance(account: number): number {
    const a = this.accounts;
    return a.staticBalance(account) + a.closeProfit[account] + this.positionProfit(account) - a.commission[account];
  }

  /** balance − margin − everything frozen; may be negative. */
  available(account: number): number {
    return this.availableAt(account, this.balance(account));
  }

  /** The same of a balance that is known already. */
  availableAt(account: number, balance: number): number {
    const a = this.accounts;
    return balance - a.margin[account] - a.frozenMargin[account] - a.frozenCommission[account];
  }

  /** WithdrawQuota: available without today's unrealised and realised gains. */
  withdrawable(account: number): number {
    const gains = Math.max(0, this.positionProfit(account)) + Math.max(0, this.accounts.closeProfit[account]);
    return Math.max(0, this.available(account) - gains);
  }

  /** margin / balance in ppm, rounded down; frozen margin excluded. */
  riskRatio(account: number): number {
    const margin = this.accounts.margin[account];
    return margin === 0 ? 0 : riskRatioOf(margin, this.balance(account));
  }

  /** The position of the pair, added when it is the first. */
  positionFor(account: number, instrument: number): number {
    const found = this.positions.find(account, instrument);
    if (found !== -1) return found;
    const position = this.positions.add(account, instrument, this.accounts.firstPosition[account]);
    this.accounts.firstPosition[account] = position;
    return position;
  }

  /** Freezes money of an OPEN order or lots of a CLOSE order that has just been accepted. */
  freeze(slot: number): void {
    const o = this.orders;
    const { words } = o;
    const instrument = this.instruments.get(words[slot + Word.instrument]);
    const position = this.positionFor(words[slot + Word.account], instrument.instrument);
    words[slot + Word.position] = position;
    if (words[slot + Word.offset] === Offset.OPEN) this.refreeze(slot, instrument, o.leaves(slot));
    else this.freezeLots(slot, instrument, position, words[slot + Word.volume]);
  }

  /** Freezes what the order needs as it is now: its price, volume or open lots have changed. */
  adjust(slot: number): void {
    const o = this.orders;
    const instrument = this.instruments.get(o.instrument[slot]);
    const leaves = o.leaves(slot);
    if (o.offset[slot] === Offset.OPEN) {
      this.refreeze(slot, instrument, leaves);
      return;
    }
    const change = leaves - o.frozenHis[slot] - o.frozenToday[slot];
    if (change > 0) this.freezeLots(slot, instrument, o.position[slot], change);
    else this.thawLots(slot, -change);
  }

  /** Releases what the order still holds: it is no longer live. */
  release(slot: number): void {
    const o = this.orders;
    if (o.offset[slot] === Offset.OPEN) {
      this.refreeze(slot, this.instruments.get(o.instrument[slot]), 0);
      return;
    }
    const sideIndex = this.sideIndex(slot);
    this.positions.addFrozen(sideIndex, TODAY, -o.frozenToday[slot]);
    this.positions.addFrozen(sideIndex, HIS, -o.frozenHis[slot]);
    o.frozenToday[slot] = 0;
    o.frozenHis[slot] = 0;
  }

  /** Computes all margins, and what live opening orders freeze, by the new rates of the instrument. Walks every holder. */
  revalue(instrument: Instrument): void {
    const p = this.positions;
    const group = this.groups.previous(instrument);
    this.groups.assign(instrument);
    for (let position = POSITION_STEP; position <= p.last; position += POSITION_STEP) {
      if (p.instrument[position] !== instrument.instrument) continue;
      const account = p.account[position];
      for (const side of [LONG, SHORT]) this.takeMargin(group, position * 2 + side, account);
      for (const side of [LONG, SHORT]) this.remargin(position * 2 + side, instrument, account);
      for (let slot = this.accounts.firstOrder[account]; slot !== 0; slot = this.orders.nextOfAccount[slot]!) {
        if (this.orders.position[slot] === position && this.orders.offset[slot] === Offset.OPEN) this.adjust(slot);
      }
    }
  }

  /** The sums of the margin groups, from the margins of restored positions; those of the accounts are there already. */
  restoreGroups(): void {
    const p = this.positions;
    for (let position = POSITION_STEP; position <= p.last; position += POSITION_STEP) {
      const group = this.groups.of(this.instruments.get(p.instrument[position]));
      for (const side of [LONG, SHORT]) this.groups.add(group, p.account[position], side, p.margin[position * 2 + side]);
    }
  }

  /** Books a fill of an order whose `filled` already includes it; leaves the commission in `fee`. */
  fill(slot: number, price: number, volume: number, tradeId: number, tradingDay: number): void {
    const o = this.orders;
    const instrument = this.instruments.get(o.instrument[slot]);
    if (o.offset[slot] === Offset.OPEN) {
      this.refreeze(slot, instrument, o.leaves(slot));
      this.openLots(slot, instrument, price, volume, tradeId, tradingDay);
    } else {
      this.closeLots(slot, instrument, price, volume);
    }
    this.accounts.commission[o.account[slot]] += this.fee;
  }

  private profitAgainst(position: number, side: number, notional: number): number {
    const lots = this.positions.volume[position * 2 + side];
    if (lots === 0) return 0;
    const instrument = this.positions.instrument[position];
    const value = this.mark(instrument) * this.instruments.get(instrument).multiplier * lots;
    return side === LONG ? value - notional : notional - value;
  }

  private sideIndex(slot: number): number {
    const { words } = this.orders;
    return words[slot + Word.position] * 2 + positionSide(words[slot + Word.side], words[slot + Word.offset]);
  }

  /** Frozen margin and fee are functions of the open lots of the order; only the difference is booked (ledger.md 4.5). */
  private refreeze(slot: number, instrument: Instrument, leaves: number): void {
    const o = this.orders;
    const { words, doubles } = o;
    const account = words[slot + Word.account];
    const side = words[slot + Word.side] === Side.BUY ? LONG : SHORT;
    const freezePrice = doubles[slot + Double.freezePrice];
    const margin = leaves === 0 ? 0 : marginOf(instrument, side, freezePrice * instrument.multiplier * leaves, leaves);
    const fee = leaves === 0 ? 0 : openFee(instrument, freezePrice, leaves);
    const marginDelta = margin - doubles[slot + Double.frozenMargin];
    this.positions.addOpening(words[slot + Word.position] * 2 + side, leaves - words[slot + Word.openLots], marginDelta);
    this.accounts.frozenMargin[account] += marginDelta;
    this.accounts.frozenCommission[account] += fee - doubles[slot + Double.frozenFee];
    words[slot + Word.openLots] = leaves;
    doubles[slot + Double.frozenMargin] = margin;
    doubles[slot + Double.frozenFee] = fee;
  }

  /** Holds `volume` lots more. */
  private freezeLots(slot: number, instrument: Instrument, position: number, volume: number): void {
    const { words } = this.orders;
    const offset = words[slot + Word.offset];
    const sideIndex = position * 2 + positionSide(words[slot + Word.side], offset);
    const his = mayClose(instrument, offset, HIS) ? Math.min(volume, this.positions.closable(sideIndex, HIS)) : 0;
    const today = volume - his;
    const closableToday = mayClose(instrument, offset, TODAY) ? this.positions.closable(sideIndex, TODAY) : 0;
    assert(today <= closableToday, 'an accepted closing order finds its lots');
    this.positions.addFrozen(sideIndex, HIS, his);
    this.positions.addFrozen(sideIndex, TODAY, today);
    words[slot + Word.frozenHis] += his;
    words[slot + Word.frozenToday] += today;
  }

  /** Gives `volume` lots back in the reverse order of freezing (trading-rules.md 7.2). */
  private thawLots(slot: number, volume: number): void {
    const o = this.orders;
    const sideIndex = this.sideIndex(slot);
    const today = Math.min(volume, o.frozenToday[slot]);
    const his = volume - today;
    this.positions.addFrozen(sideIndex, TODAY, -today);
    this.positions.addFrozen(sideIndex, HIS, -his);
    o.frozenToday[slot] -= today;
    o.frozenHis[slot] -= his;
  }

  private openLots(slot: number, instrument: Instrument, price: number, volume: number, tradeId: number, tradingDay: number): void {
    const sideIndex = this.sideIndex(slot);
    const notional = price * instrument.multiplier * volume;
    this.positions.addLot(sideIndex, TODAY, price, price, volume, tradeId, tradingDay);
    this.positions.addSums(sideIndex, volume, notional, notional);
    this.remargin(sideIndex, instrument, this.orders.account[slot]);
    this.fee = openFee(instrument, price, volume);
  }

  private closeLots(slot: number, instrument: Instrument, price: number, volume: number): void {
    const o = this.orders;
    const sideIndex = this.sideIndex(slot);
    const his = Math.min(volume, o.frozenHis[slot]);
    const today = volume - his;
    this.fee = 0;
    if (his > 0) {
      o.frozenHis[slot] -= his;
      this.closeBucket(slot, sideIndex, HIS, instrument, price, his);
      this.fee += closeFee(instrument, price, his);
    }
    if (today > 0) {
      o.frozenToday[slot] -= today;
      this.closeBucket(slot, sideIndex, TODAY, instrument, price, today);
      this.fee += closeTodayFee(instrument, price, today);
    }
    this.remargin(sideIndex, instrument, o.account[slot]);
  }

  private closeBucket(slot: number, sideIndex: number, bucket: number, instrument: Instrument, price: number, lots: number): void {
    const p = this.positions;
    const { multiplier } = instrument;
    p.addFrozen(sideIndex, bucket, -lots);
    p.takeLots(sideIndex, bucket, lots);
    p.addSums(sideIndex, -lots, -p.takenOpen * multiplier, -p.takenBasis * multiplier);
    const sign = sideIndex % 2 === LONG ? 1 : -1;
    const account = this.orders.account[slot];
    this.accounts.closeProfit[account] += sign * (price * lots - p.takenBasis) * multiplier;
    this.accounts.closeProfitByTrade[account] += sign * (price * lots - p.takenOpen) * multiplier;
  }

  private remargin(sideIndex: number, instrument: Instrument, account: number): void {
    const p = this.positions;
    const margin = marginOf(instrument, sideIndex % 2, p.basisNotional[sideIndex], p.volume[sideIndex]);
    const delta = margin - p.margin[sideIndex];
    this.accounts.margin[account] += this.groups.add(this.groups.of(instrument), account, sideIndex % 2, delta);
    p.margin[sideIndex] = margin;
  }

  /** Takes the margin of a side out of the account and out of the group that it was in. */
  private takeMargin(group: number, sideIndex: number, account: number): void {
    const p = this.positions;
    this.accounts.margin[account] += this.groups.add(group, account, sideIndex % 2, -p.margin[sideIndex]);
    p.margin[sideIndex] = 0;
  }
}

/** margin / balance in ppm, rounded down, and never above what an account without a balance has. */
export function riskRatioOf(margin: number, balance: number): number {
  if (margin === 0) return 0;
  if (balance <= 0) return RISK_RATIO_MAX;
  const product = margin * 1_000_000;
  // exact below 2^53 only; beyond it the ratio is computed in full width
  const ratio = product <= Number.MAX_SAFE_INTEGER ? Math.floor(product / balance) : ratioFloor(margin, 1_000_000, balance);
  return Math.min(RISK_RATIO_MAX, ratio);
}

/** Whether an order of this offset may take lots of the bucket (trading-rules.md 7.1). */
export function mayClose(instrument: Instrument, offset: number, bucket: number): boolean {
  if (offset === Offset.CLOSETODAY) return bucket === TODAY;
  if (offset === Offset.CLOSEYESTERDAY || closesYesterdayOnly(instrument.exchange)) return bucket === HIS;
  return true;
}
