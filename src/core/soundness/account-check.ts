/**
 * The equations of one account (ledger.md 10.1 to 10.4, 10.9, 10.13), computed anew from its lots and live orders.
 *
 * Exact at any size, and no code of the ledger: what is compared here with what the ledger keeps must not be
 * wrong in the same way.
 */
import { MarginMode, Offset, OrderStatus, Side } from '../enums.js';
import type { Instrument } from '../instrument.js';
import { HIS, LONG, SHORT, TODAY } from '../positions.js';
import type { ExchangeState } from '../state.js';
import { Comparison } from './comparison.js';
import { ExactSum, minus, over, plus, times, type Exact } from './exact.js';

/** What accounts add up to, for the equations of the venue. */
export class VenueTotals {
  readonly balance = new ExactSum();
  readonly commission = new ExactSum();
  readonly closeProfit = new ExactSum();
  readonly closeProfitByTrade = new ExactSum();
  readonly positionProfit = new ExactSum();
  readonly floatProfit = new ExactSum();
  liveOrders = 0;
  /** Lots by instrument number. */
  readonly long: number[] = [];
  readonly short: number[] = [];
}

interface SideSums {
  volume: number;
  open: Exact;
  basis: Exact;
}

export class AccountCheck {
  readonly balance = new Comparison('10.1');
  readonly available = new Comparison('10.2');
  readonly margin = new Comparison('10.3');
  readonly lots = new Comparison('10.4');
  readonly orders = new Comparison('10.9');
  readonly basis = new Comparison('10.13');
  readonly totals = new VenueTotals();
  /** Lots that live closing orders hold, by side index × 2 + bucket; margins that live opening orders freeze, by side index. */
  private readonly heldLots = new Map<number, number>();
  private readonly openMargins = new Map<number, Exact>();
  private readonly groupNames: string[] = [];

  constructor(private readonly state: ExchangeState) {}

  /** Causes before their consequences. */
  get comparisons(): readonly Comparison[] {
    return [this.lots, this.orders, this.basis, this.margin, this.balance, this.available];
  }

  check(account: number): void {
    const { accounts: a, ledger } = this.state;
    const frozen = this.checkOrders(account);
    const { margin, positionProfit } = this.checkPositions(account);
    this.margin.equal(a.margin[account], margin, account);
    this.margin.equal(a.frozenMargin[account], frozen.margin, account);
    this.margin.equal(a.frozenCommission[account], frozen.fee, account);
    const owned = minus(plus(a.preBalance[account], a.deposit[account]), a.withdraw[account]);
    const balance = minus(plus(plus(owned, a.closeProfit[account]), positionProfit), a.commission[account]);
    this.balance.equal(ledger.balance(account), balance, account);
    const held = plus(plus(a.margin[account], a.frozenMargin[account]), a.frozenCommission[account]);
    this.available.equal(ledger.available(account), minus(balance, held), account);
    const { totals } = this;
    totals.balance.add(balance);
    totals.commission.add(a.commission[account]);
    totals.closeProfit.add(a.closeProfit[account]);
    totals.closeProfitByTrade.add(a.closeProfitByTrade[account]);
  }

  private checkOrders(account: number): { margin: Exact; fee: Exact } {
    const { orders: o, accounts, instruments } = this.state;
    const frozen: { margin: Exact; fee: Exact } = { margin: 0, fee: 0 };
    this.heldLots.clear();
    this.openMargins.clear();
    for (let slot = accounts.firstOrder[account]; slot !== 0; slot = o.nextOfAccount[slot]) {
      const instrument = instruments.get(o.instrument[slot]);
      const leaves = this.checkOrder(slot, account);
      const position = o.position[slot];
      if (o.offset[slot] === Offset.OPEN) {
        const side = o.side[slot] === Side.BUY ? LONG : SHORT;
        const notional = times(times(o.freezePrice[slot], instrument.multiplier), leaves);
        const margin = marginFor(instrument, side, notional, leaves);
        frozen.margin = plus(frozen.margin, margin);
        frozen.fee = plus(frozen.fee, feeFor(instrument, notional, leaves));
        this.openMargins.set(position * 2 + side, plus(this.openMargins.get(position * 2 + side) ?? 0, margin));
      } else {
        const sideIndex = position * 2 + (o.side[slot] === Side.SELL ? LONG : SHORT);
        this.lots.equal(o.frozenHis[slot] + o.frozenToday[slot], leaves, account, instrument.instrument, o.orderId[slot]);
        this.hold(sideIndex * 2 + HIS, o.frozenHis[slot]);
        this.hold(sideIndex * 2 + TODAY, o.frozenToday[slot]);
      }
    }
    return frozen;
  }

  /** Returns the open lots of a live order. */
  private checkOrder(slot: number, account: number): number {
    const o = this.state.orders;
    const [instrument, orderId] = [o.instrument[slot], o.orderId[slot]];
    const leaves = o.volume[slot] - o.filled[slot] - o.cancelled[slot];
    this.orders.equal(o.volume[slot], o.filled[slot] + o.cancelled[slot] + o.leaves(slot), account, instrument, orderId);
    this.orders.atMost(1, leaves, account, instrument, orderId);
    this.orders.equal(
      o.status[slot],
      o.filled[slot] > 0 ? OrderStatus.PartiallyFilled : OrderStatus.Submitted,
      account,
      instrument,
      orderId,
    );
    this.orders.equal(o.find(orderId), slot, account, instrument, orderId);
    this.totals.liveOrders++;
    return leaves;
  }

  private hold(bucket: number, lots: number): void {
    this.heldLots.set(bucket, (this.heldLots.get(bucket) ?? 0) + lots);
  }

  private checkPositions(account: number): { margin: Exact; positionProfit: Exact } {
    const { positions: p, accounts, instruments, market } = this.state;
    let margin: Exact = 0;
    let positionProfit: Exact = 0;
    /** Σ margins of both sides by margin group. */
    const groups = new Map<string, [Exact, Exact]>();
    for (let position = accounts.firstPosition[account]; position !== 0; position = p.nextOfAccount[position]) {
      const instrument = instruments.get(p.instrument[position]);
      const number = instrument.instrument;
      const last = market.lastPrice[number];
      const mark = times(last !== 0 ? last : instrument.preSettlement, instrument.multiplier);
      for (let side = LONG; side <= SHORT; side++) {
        const sums = this.checkSide(account, instrument, position * 2 + side);
        const sideMargin = marginFor(instrument, side, sums.basis, sums.volume);
        this.margin.equal(p.margin[position * 2 + side], sideMargin, account, number);
        if (instrument.marginMode === MarginMode.BOTH) margin = plus(margin, sideMargin);
        else addTo(groups, this.groupOf(instrument), side, sideMargin);
        const value = times(mark, sums.volume);
        const isLong = side === LONG;
        positionProfit = plus(positionProfit, isLong ? minus(value, sums.basis) : minus(sums.basis, value));
        this.totals.floatProfit.add(isLong ? minus(value, sums.open) : minus(sums.open, value));
        const lots = isLong ? this.totals.long : this.totals.short;
        lots[number] = (lots[number] ?? 0) + sums.volume;
      }
    }
    for (const [long, short] of groups.values()) margin = plus(margin, long > short ? long : short);
    this.totals.positionProfit.add(positionProfit);
    return { margin, positionProfit };
  }

  /** The lots of a position side against the sums that are kept of them. */
  private checkSide(account: number, instrument: Instrument, sideIndex: number): SideSums {
    const p = this.state.positions;
    const { slab } = p;
    const number = instrument.instrument;
    const { multiplier } = instrument;
    const sums: SideSums = { volume: 0, open: 0, basis: 0 };
    for (let bucket = HIS; bucket <= TODAY; bucket++) {
      const index = sideIndex * 2 + bucket;
      let volume = 0;
      for (let lot = p.firstLotOf(sideIndex, bucket); lot !== 0; lot = p.lotBehind(lot, sideIndex, bucket)) {
        const lots = slab.volume(lot);
        const openPrice = slab.openPrice(lot);
        const basis = slab.basis(lot);
        const scale = times(multiplier, lots);
        volume += lots;
        sums.open = plus(sums.open, times(openPrice, scale));
        sums.basis = plus(sums.basis, times(basis, scale));
        this.basis.equal(basis, bucket === HIS ? instrument.preSettlement : openPrice, account, number);
      }
      this.lots.equal(p.bucketVolume[index], volume, account, number);
      this.lots.equal(p.frozenVolume[index], this.heldLots.get(index) ?? 0, account, number);
      this.lots.atMost(p.frozenVolume[index], volume, account, number);
      sums.volume += volume;
    }
    this.lots.equal(p.volume[sideIndex], sums.volume, account, number);
    this.balance.equal(p.openNotional[sideIndex], sums.open, account, number);
    this.balance.equal(p.basisNotional[sideIndex], sums.basis, account, number);
    this.margin.equal(p.openFrozenMargin[sideIndex], this.openMargins.get(sideIndex) ?? 0, account, number);
    return sums;
  }

  private groupOf({ instrument, marginGroup, exchange, productId }: Instrument): string {
    return (this.groupNames[instrument] ??= marginGroup === '' ? `product ${exchange} ${productId}` : `group ${marginGroup}`);
  }
}

/** Rounded up. */
function marginFor(instrument: Instrument, side: number, notional: Exact, lots: number): Exact {
  const ratio = side === LONG ? instrument.longMarginRatio : instrument.shortMarginRatio;
  const perLot = side === LONG ? instrument.longMarginPerLot : instrument.shortMarginPerLot;
  return plus(over(plus(times(notional, ratio), 999_999), 1_000_000), times(perLot, lots));
}

/** Of opening, rounded half up. */
function feeFor(instrument: Instrument, notional: Exact, lots: number): Exact {
  const byMoney = over(plus(times(times(notional, 2), instrument.feeOpenByMoney), 100_000_000), 200_000_000);
  return plus(byMoney, times(instrument.feeOpenByLot, lots));
}

function addTo(groups: Map<string, [Exact, Exact]>, name: string, side: number, margin: Exact): void {
  const sums = groups.get(name) ?? [0, 0];
  sums[side] = plus(sums[side], margin);
  groups.set(name, sums);
}
