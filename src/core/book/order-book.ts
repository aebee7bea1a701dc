/**
 * The book of one instrument: price-time priority, continuous trading and call auctions.
 *
 * It decides and tells the sink; it never looks at a clock, and allocates only when it grows or in rare commands. Account
 * checks come before it, at the front; what it checks itself is in `entry-rules.ts`, and self-trades, which only it knows.
 */
import * as assertions from '../assert.js';
import * as enums from '../enums.js';
import * as events from '../events.js';
import {
  OrderEntry,
  type AmendEntry,
  type BookSpec,
  type CancelEntry,
  type MassEntry,
  type MatchSink,
  type PhaseEntry,
} from '../events.js';
import * as phases from '../phases.js';
import { AuctionPricer } from './auction.js';
import { BookEvents } from './book-events.js';
import type { BookSide } from './book-side.js';
import * as entryRules from './entry-rules.js';
import * as orderSlab from './order-slab.js';
import { PriceBand } from './price-ladder.js';
import { RestingOrders } from './resting-orders.js';

// Bound here: constants of the module are compiled in, imported ones are looked up at every use.
const assert: typeof assertions.assert = assertions.assert;
const { CancelReason, InstrumentStatus, Phase, PriceType, Residual, SelfTradeMode, Side, TimeCondition, TradePrice, VolumeCondition } =
  enums;
const { checkAmend, checkCancel } = phases;
const { checkOrder, indexOfLimit, isClosed, isMarketKind, opensInCloseOnly } = entryRules;
const { NONE } = orderSlab;
const { KEEP } = events;

/** Levels that BEST5 reaches. */
const BEST5_LEVELS = 5;

/** What an uncross would do now; see `OrderBook.indicative`. */
export interface Indication {
  /** 1/10000; 0 when nothing would trade. */
  price: number;
  volume: number;
  /** Surplus of bids at the price, below 0 of asks. */
  imbalance: number;
}

export class OrderBook {
  readonly instrument: number;
  readonly orders: RestingOrders;
  private readonly sink: MatchSink;
  private readonly events: BookEvents;
  /** The amended order as one that comes in. */
  private readonly again = new OrderEntry();
  private readonly pricer = new AuctionPricer();
  lowerLimit = 0;
  upperLimit = 0;
  private currentPhase = 0;
  private currentStatus = 0;
  private referencePrice = 0;
  private latestPrice = 0;
  private isMedian = false;
  private tieBreak = 0;
  private closeFirstAtLimit = 0;
  private cancelInBreak = 0;
  // of the incoming order under way
  /** Price index of the last fill. */
  private filledAt = 0;
  /** Index up to which the order would go without price protection. */
  private reach = 0;

  constructor(spec: BookSpec, sink: MatchSink) {
    this.instrument = spec.instrument;
    this.sink = sink;
    this.orders = new RestingOrders(new PriceBand(spec.lowerLimit, spec.upperLimit, spec.priceTick));
    this.events = new BookEvents(spec.instrument, sink, this.orders.slab);
    this.lowerLimit = spec.lowerLimit;
    this.upperLimit = spec.upperLimit;
    this.currentPhase = spec.phase;
    this.currentStatus = spec.status;
    this.latestPrice = spec.lastPrice;
    this.applySwitches(spec);
    this.rebase(this.band);
  }

  get band(): PriceBand {
    return this.orders.band;
  }

  get phase(): number {
    return this.currentPhase;
  }

  get status(): number {
    return this.currentStatus;
  }

  get lastPrice(): number {
    return this.latestPrice;
  }

  /** Whether incoming orders trade at once; then the book is neither crossed nor locked. */
  get isMatching(): boolean {
    return this.currentPhase === Phase.CONTINUOUS && !isClosed(this.currentStatus);
  }

  /** Whether the levels at the daily limits have two queues. */
  get splitsLimits(): boolean {
    return this.closeFirstAtLimit === 1;
  }

  /**
   * Takes a new band, reference and switches; phase, status and last price stay its own, but for the last price of a day
   * that is being settled. Resting orders stay, even outside the new band; the tick changes only when there are none.
   */
  configure(spec: BookSpec): void {
    assert(spec.instrument === this.instrument, 'a book keeps its instrument');
    assert(spec.priceTick === this.band.tick || this.orders.slab.count === 0, 'the tick changes only in an empty book');
    const isSame =
      spec.priceTick === this.band.tick &&
      spec.lowerLimit === this.lowerLimit &&
      spec.upperLimit === this.upperLimit &&
      spec.closeFirstAtLimit === this.closeFirstAtLimit;
    this.lowerLimit = spec.lowerLimit;
    this.upperLimit = spec.upperLimit;
    this.applySwitches(spec);
    if (this.currentPhase === Phase.SETTLING) this.latestPrice = spec.lastPrice;
    if (!isSame) this.rebase(this.orders.withResting(new PriceBand(spec.lowerLimit, spec.upperLimit, spec.priceTick)));
  }

  /** Refuses the order, or accepts it under that priority, trades what crosses, and rests or cancels the remainder. */
  submit(order: OrderEntry, prioritySequence: number): void {
    const { orders } = this;
    const makers = orders.oppositeOf(order.side);
    const limit = this.admit(order, makers);
    if (limit < 0) {
      this.sink.orderRefused(order, -limit);
      return;
    }
    this.sink.orderAccepted(order, prioritySequence);
    if (this.currentPhase !== Phase.CONTINUOUS) {
      orders.add(order, prioritySequence, order.volume, limit);
      return;
    }
    if (order.volumeCondition !== VolumeCondition.ANY && this.isUnfillable(order, makers, limit)) return;
    this.events.fills = 0;
    const left = makers.reaches(limit) ? this.match(order, makers, limit, order.volume) : order.volume;
    if (left === 0) return;
    if (isMarketKind(order)) this.endMarketKind(order, prioritySequence, makers, left);
    else if (order.timeCondition === TimeCondition.IOC) this.events.incomingCancelled(order, left, CancelReason.IOC_REMAINDER, 0);
    else orders.add(order, prioritySequence, left, limit);
  }

  /**
   * Takes the order out of the book, or refuses: 3002 not live here, 9006 of another account, 4102 not in this phase. What
   * the exchange itself cancels, for a reason of its own, asks no phase.
   */
  cancel(command: CancelEntry): void {
    const isForced = command.reason !== 0;
    const slot = this.orders.find(command.orderId);
    if (slot === NONE) {
      this.sink.cancelRefused(command, 3002);
    } else if (this.orders.slab.account(slot) !== command.account) {
      this.sink.cancelRefused(command, 9006);
    } else if (!isForced && checkCancel(this.currentPhase, this.orders.slab.timeCondition(slot), this.cancelInBreak) !== 0) {
      this.sink.cancelRefused(command, 4102);
    } else {
      const leaves = this.orders.slab.leaves(slot);
      this.orders.remove(slot, leaves);
      const reason = isForced ? command.reason : CancelReason.USER;
      const code = isForced ? command.code : 0;
      this.sink.orderCancelled(command.orderId, command.account, this.instrument, leaves, reason, code, command.request);
    }
  }

  /**
   * Gives the order another price or total volume. A smaller volume at the same price keeps its place; all else goes to the
   * end under the new priority and may trade first. Refusals change nothing: those of `cancel`, and those that the amended
   * order would get if it came in now.
   */
  amend(command: AmendEntry, prioritySequence: number): void {
    const refusal = this.amendRefusal(command);
    if (refusal !== 0) {
      this.sink.amendRefused(command, refusal);
      return;
    }
    const { slab } = this.orders;
    const slot = this.orders.find(command.orderId);
    const index = slab.index(slot);
    const before = slab.volume(slot);
    const leaves = slab.leaves(slot);
    const volume = command.newVolume === 0 ? before : command.newVolume;
    const limit = command.newPrice === 0 ? index : this.band.indexOf(command.newPrice);
    const left = volume - (before - leaves);
    if (left <= 0) {
      this.orders.remove(slot, leaves);
      const { orderId, account, request } = command;
      this.sink.orderCancelled(orderId, account, this.instrument, leaves, CancelReason.AMENDED_BELOW_FILLED, 0, request);
    } else if (limit === index && volume <= before) {
      slab.setVolume(slot, volume);
      slab.setLeaves(slot, left);
      this.orders.sideOf(slab.side(slot)).ladder.reduce(index, leaves - left);
      slab.readOrder(slot, this.again);
      this.events.amended(this.again, this.band.priceAt(index), left, slab.prioritySequence(slot), command.request);
    } else {
      this.reenter(command, slot, limit, volume, left, prioritySequence);
    }
  }

  /** Cancels the orders that the command names, in the order of their priority; those of the exchange itself ask no phase. */
  massCancel(command: MassEntry): void {
    const { slab } = this.orders;
    const isForced = command.reason !== 0;
    if (!isForced && this.currentPhase !== Phase.PRE_OPEN && checkCancel(this.currentPhase, TimeCondition.GFD, this.cancelInBreak) !== 0) {
      this.sink.massCancelled(command, 0, 4102);
      return;
    }
    const named = this.orders.where(
      (slot) =>
        (command.account === 0 || slab.account(slot) === command.account) &&
        (command.side === Side.NONE || slab.side(slot) === command.side) &&
        (isForced || checkCancel(this.currentPhase, slab.timeCondition(slot), this.cancelInBreak) === 0),
    );
    for (const slot of named) this.cancelResting(slot, isForced ? command.reason : CancelReason.MASS);
    this.sink.massCancelled(command, named.length, 0);
  }

  /** Changes phase and status, uncrosses what has come to cross, and ends the orders that live no longer than this. */
  setPhase(command: PhaseEntry): void {
    const phase = command.phase === KEEP ? this.currentPhase : command.phase;
    const status = command.status === KEEP ? this.currentStatus : command.status;
    const isResumed = isClosed(this.currentStatus) || this.currentPhase === Phase.HALT;
    const hasMoved = phase !== this.currentPhase;
    const reference = isResumed && this.latestPrice !== 0 ? this.latestPrice : this.referencePrice;
    this.currentPhase = phase;
    this.currentStatus = status;
    this.sink.phaseChanged(this.instrument, phase, status, command.reason, command.request);
    if ((this.isMatching || (phase === Phase.AUCTION_MATCH && !isClosed(status))) && this.orders.isCrossed()) this.uncross(reference);
    if (hasMoved) this.endWith(phase);
  }

  /** Puts a live order back without telling the sink. Orders come in ascending priority; one outside the band is kept. */
  restore(order: OrderEntry): void {
    assert(order.leaves > 0 && order.leaves <= order.volume, 'a restored order has open lots');
    assert(order.price > 0 && this.band.onTick(order.price), 'a restored order lies on the tick grid');
    if (!this.band.contains(order.price)) this.rebase(this.band.extendedTo(order.price));
    const index = this.band.indexOf(order.price);
    const last = this.orders.sideOf(order.side).lastOf(index, order.closeFirst === 1);
    assert(last === NONE || this.orders.slab.prioritySequence(last) < order.prioritySequence, 'orders are restored by priority');
    this.orders.add(order, order.prioritySequence, order.leaves, index);
  }

  /** The price and volume of an auction that ended now. */
  indicative(): Indication {
    const isResuming = isClosed(this.currentStatus) || this.currentPhase === Phase.HALT;
    const found = this.findPrice(isResuming && this.latestPrice !== 0 ? this.latestPrice : this.referencePrice);
    const { index, volume, imbalance } = this.pricer;
    return { price: found ? this.band.priceAt(index) : 0, volume, imbalance };
  }

  private applySwitches(spec: BookSpec): void {
    this.referencePrice = spec.referencePrice;
    this.isMedian = spec.tradePrice === TradePrice.MEDIAN3;
    this.tieBreak = spec.auctionTieBreak;
    this.closeFirstAtLimit = spec.closeFirstAtLimit;
    this.cancelInBreak = spec.cancelInBreak;
  }

  /** The worst index that the entering order may trade at; or, below zero, the code that refuses it. */
  private admit(order: OrderEntry, makers: BookSide): number {
    const invalid = checkOrder(order, this.currentPhase, this.currentStatus);
    if (invalid !== 0) return -invalid;
    const limit = order.priceType === PriceType.LIMIT ? indexOfLimit(order.price, this.band, this) : this.limitOf(order, makers);
    if (limit < 0) return limit;
    if (opensInCloseOnly(order, this.currentStatus)) return -1014;
    const conflict = this.conflictOf(order, makers, limit);
    return conflict === 0 ? limit : -conflict;
  }

  /** Validation step 18: 1005 when it would meet an own order, 4011 when it is post-only and would trade; else 0. */
  private conflictOf(order: OrderEntry, makers: BookSide, limit: number): 0 | 1005 | 4011 {
    const group = order.selfTradeGroup;
    // While orders are collected every mode is REJECT: then no two own orders can meet in the uncross.
    const isRejecting = order.selfTradeMode === SelfTradeMode.REJECT || this.currentPhase !== Phase.CONTINUOUS;
    if (isRejecting && this.orders.groups.count(group, makers.side) > 0 && this.orders.hasOwnWithin(group, makers, limit)) return 1005;
    if (order.postOnly === 0 || this.currentPhase !== Phase.CONTINUOUS) return 0;
    return makers.reaches(limit) ? 4011 : 0;
  }

  /** The worst index that an order of a market kind may trade at; leaves in `reach` what that were without price protection. */
  private limitOf(order: OrderEntry, makers: BookSide): number {
    const best = makers.best();
    let reach = this.band.indexOf(order.side === Side.BUY ? this.upperLimit : this.lowerLimit);
    if (best >= 0 && order.priceType !== PriceType.MARKET) {
      let last = best;
      const levels = order.priceType === PriceType.BEST1 ? 1 : BEST5_LEVELS;
      for (let level = 1, next = best; level < levels && (next = makers.worse(next)) >= 0; level++) last = next;
      reach = makers.better(reach, last);
    }
    this.reach = reach;
    const { maxSlippageTicks } = order;
    return maxSlippageTicks === 0 || best < 0 ? reach : makers.better(reach, makers.beyond(best, maxSlippageTicks));
  }

  /** FOK and MIN: cancels the order and returns true when it cannot trade as many lots as it asks for. */
  private isUnfillable(order: OrderEntry, makers: BookSide, limit: number): boolean {
    const isAll = order.volumeCondition === VolumeCondition.ALL;
    const needed = isAll ? order.volume : order.minVolume;
    const fillable = this.picksOwn(order, makers) ? this.orders.fillableAmongOwn(order, makers, limit) : makers.volumeWithin(limit, needed);
    if (fillable >= needed && needed <= order.volume) return false;
    // An empty side is a market kind's own case.
    if (isMarketKind(order) && !makers.reaches(limit)) return false;
    this.events.incomingCancelled(order, order.volume, isAll ? CancelReason.FOK_UNFILLED : CancelReason.MIN_UNFILLED, 4010);
    return true;
  }

  /** Whether the order may meet own ones and has a mode that deals with each when it is reached. */
  private picksOwn(order: OrderEntry, makers: BookSide): boolean {
    const mode = order.selfTradeMode;
    return mode !== SelfTradeMode.REJECT && mode !== SelfTradeMode.OFF && this.orders.groups.count(order.selfTradeGroup, makers.side) > 0;
  }

  /** Trades `left` lots of the order until it is filled or nothing crosses; returns what is left then. */
  private match(order: OrderEntry, makers: BookSide, limit: number, left: number): number {
    const { slab } = this.orders;
    const picksOwn = this.picksOwn(order, makers);
    const isMedian = this.isMedian && order.priceType === PriceType.LIMIT;
    for (let index = makers.best(); index >= 0 && makers.crosses(index, limit); index = makers.best()) {
      const price = this.band.priceAt(index);
      for (let slot = makers.head(index); slot !== NONE; slot = makers.head(index)) {
        if (picksOwn && slab.group(slot) === order.selfTradeGroup) {
          left = this.meetOwn(order, slot, left);
          if (left === 0) return 0;
          continue;
        }
        const leaves = slab.leaves(slot);
        const volume = left < leaves ? left : leaves;
        this.latestPrice = isMedian ? this.medianOf(order.price, price) : price;
        this.filledAt = index;
        this.events.trade(order, slot, this.latestPrice, volume);
        if (volume === leaves) {
          this.orders.remove(slot, leaves);
        } else {
          slab.setLeaves(slot, leaves - volume);
          makers.ladder.reduce(index, volume);
        }
        left -= volume;
        if (left === 0) return 0;
      }
    }
    return left;
  }

  /** The order has reached one of its own group: does what its mode says and returns what is left of it to trade. */
  private meetOwn(order: OrderEntry, slot: number, left: number): number {
    switch (order.selfTradeMode) {
      case SelfTradeMode.CANCEL_RESTING:
        this.cancelResting(slot, CancelReason.SMP_PASSIVE);
        return left;
      case SelfTradeMode.CANCEL_INCOMING:
        this.events.incomingCancelled(order, left, CancelReason.SMP_AGGRESSIVE, 0);
        return 0;
      case SelfTradeMode.CANCEL_BOTH:
        this.cancelResting(slot, CancelReason.SMP_BOTH);
        this.events.incomingCancelled(order, left, CancelReason.SMP_BOTH, 0);
        return 0;
      default:
        return this.decrement(order, slot, left);
    }
  }

  /** Takes as many lots off both orders as the smaller one has. */
  private decrement(order: OrderEntry, slot: number, left: number): number {
    const leaves = this.orders.slab.leaves(slot);
    const lots = Math.min(left, leaves);
    this.events.incomingCancelled(order, lots, CancelReason.SMP_DECREMENT, 0);
    if (lots === leaves) {
      this.cancelResting(slot, CancelReason.SMP_DECREMENT);
    } else {
      this.orders.slab.setLeaves(slot, leaves - lots);
      this.orders.sideOf(this.orders.slab.side(slot)).ladder.reduce(this.orders.slab.index(slot), lots);
      this.events.restingCancelled(slot, lots, CancelReason.SMP_DECREMENT);
    }
    return left - lots;
  }

  /** trading-rules.md 4.4: the middle one of both limits and the last trade, before the first one the reference. */
  private medianOf(taker: number, maker: number): number {
    const { tick } = this.band;
    // A settlement price may be finer than the tick; a trade may not.
    const last = this.latestPrice !== 0 ? this.latestPrice : Math.round(this.referencePrice / tick) * tick;
    return Math.max(Math.min(taker, maker), Math.min(Math.max(taker, maker), last));
  }

  /** What becomes of the lots that an order of a market kind could not trade. */
  private endMarketKind(order: OrderEntry, prioritySequence: number, makers: BookSide, left: number): void {
    if (makers.reaches(this.reach)) {
      this.events.incomingCancelled(order, left, CancelReason.PRICE_PROTECTION, 0);
    } else if (this.events.fills === 0) {
      this.events.incomingCancelled(order, left, CancelReason.NO_LIQUIDITY, 4002);
    } else if (order.residual === Residual.CANCEL) {
      this.events.incomingCancelled(order, left, CancelReason.IOC_REMAINDER, 0);
    } else {
      const slot = this.orders.add(order, prioritySequence, left, this.filledAt);
      this.orders.slab.setTimeCondition(slot, TimeCondition.GFD);
      this.events.amended(order, this.band.priceAt(this.filledAt), left, prioritySequence, 0);
    }
  }

  private amendRefusal(command: AmendEntry): number {
    const { slab } = this.orders;
    const slot = this.orders.find(command.orderId);
    if (slot === NONE) return 3002;
    if (slab.account(slot) !== command.account) return 9006;
    if (isClosed(this.currentStatus)) return 1010;
    if (checkAmend(this.currentPhase) !== 0) return 4102;
    const price = command.newPrice === 0 ? this.band.priceAt(slab.index(slot)) : command.newPrice;
    const limit = indexOfLimit(price, this.band, this);
    if (limit < 0) return -limit;
    if (this.currentStatus === InstrumentStatus.close_only && command.newVolume > slab.volume(slot)) return 1014;
    slab.readOrder(slot, this.again);
    const makers = this.orders.oppositeOf(this.again.side);
    return this.conflictOf(this.again, makers, limit);
  }

  /** The amended order comes in as if it were new, under its old id. */
  private reenter(command: AmendEntry, slot: number, limit: number, volume: number, left: number, prioritySequence: number): void {
    const order = this.again;
    this.orders.slab.readOrder(slot, order);
    this.orders.remove(slot, order.leaves);
    order.priceType = PriceType.LIMIT;
    order.price = this.band.priceAt(limit);
    order.volume = volume;
    order.closeFirst = command.closeFirst;
    this.events.amended(order, order.price, left, prioritySequence, command.request);
    const makers = this.orders.oppositeOf(order.side);
    this.events.fills = 0;
    const rest = this.currentPhase === Phase.CONTINUOUS ? this.match(order, makers, limit, left) : left;
    if (rest > 0) this.orders.add(order, prioritySequence, rest, limit);
  }

  private cancelResting(slot: number, reason: number): void {
    const leaves = this.orders.slab.leaves(slot);
    this.events.restingCancelled(slot, leaves, reason);
    this.orders.remove(slot, leaves);
  }

  private findPrice(reference: number): boolean {
    const lowest = this.band.indexOf(this.lowerLimit);
    const highest = this.band.indexOf(this.upperLimit);
    return this.pricer.find(this.orders.bids.ladder, this.orders.asks.ladder, lowest, highest, reference, this.tieBreak);
  }

  /** Trades what crosses, all of it at one price (trading-rules.md 12.4). */
  private uncross(reference: number): void {
    this.events.fills = 0;
    if (this.findPrice(reference)) this.tradeAt(this.pricer.index, this.pricer.volume);
    if (!this.orders.isCrossed()) return;
    // Only orders that a change of limits has left outside still cross; they settle among themselves.
    const { bids, asks } = this.orders;
    if (this.pricer.find(bids.ladder, asks.ladder, 0, this.band.tickCount - 1, reference, this.tieBreak)) {
      this.tradeAt(this.pricer.index, this.pricer.volume);
    }
  }

  private tradeAt(index: number, volume: number): void {
    const { slab } = this.orders;
    const price = this.band.priceAt(index);
    this.latestPrice = price;
    for (let left = volume; left > 0;) {
      const buy = this.orders.bids.head(this.orders.bids.best());
      const sell = this.orders.asks.head(this.orders.asks.best());
      const lots = Math.min(left, slab.leaves(buy), slab.leaves(sell));
      this.events.auctionTrade(buy, sell, price, lots);
      this.orders.take(buy, lots);
      this.orders.take(sell, lots);
      left -= lots;
    }
  }

  /** Cancels the orders whose time condition ends when `phase` begins. */
  private endWith(phase: number): void {
    const endsSession = phase === Phase.BREAK || phase === Phase.CLOSED || phase === Phase.SETTLING;
    const endsAuction = phase !== Phase.AUCTION_ORDER && phase !== Phase.AUCTION_CANCEL;
    if (endsAuction) this.endAll(TimeCondition.GFA, CancelReason.AUCTION_END);
    if (endsSession) this.endAll(TimeCondition.GFS, CancelReason.SESSION_END);
    if (phase === Phase.SETTLING) this.endAll(TimeCondition.GFD, CancelReason.DAY_END);
  }

  private endAll(timeCondition: number, reason: number): void {
    const ended = this.orders.where((slot) => this.orders.slab.timeCondition(slot) === timeCondition);
    for (const slot of ended) this.cancelResting(slot, reason);
  }

  private rebase(band: PriceBand): void {
    const splits = this.closeFirstAtLimit === 1;
    this.orders.rebase(band, splits ? band.indexOf(this.lowerLimit) : -1, splits ? band.indexOf(this.upperLimit) : -1);
  }
}
