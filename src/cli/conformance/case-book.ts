/** One book of the real matching core, spoken to in the words of a case: case ids, ticks and lots in, what happened out. */
import { depthOf } from '../../core/book/inspect-book.js';
import { Matcher } from '../../core/book/matcher.js';
import { CancelReason, Phase, PhaseReason, PriceType, SelfTradeMode, Side, TimeCondition, VolumeCondition } from '../../core/enums.js';
import { AmendEntry, BookSpec, CancelEntry, KEEP, OrderEntry, PhaseEntry, type MatchSink, type Trade } from '../../core/events.js';
import type { Account, CaseSide, CaseTrade, Pair, Step, Stp } from './case-file.js';
import { TICK, type PriceMap } from './price-map.js';

/** The cancelled part of an order that met one of its own account. */
const SELF_TRADE_REASONS = new Set<number>([CancelReason.SMP_PASSIVE, CancelReason.SMP_AGGRESSIVE, CancelReason.SMP_BOTH]);

const MODES: Record<Stp, number> = {
  'cancel-taker': SelfTradeMode.CANCEL_INCOMING,
  'cancel-maker': SelfTradeMode.CANCEL_RESTING,
  'cancel-both': SelfTradeMode.CANCEL_BOTH,
};

/** An order as the case knows it; kept when it is gone, so that a late cancel names what was there. */
interface CaseOrder {
  id: number;
  orderId: number;
  account: number;
  filled: number;
  leaves: number;
}

export interface CaseBookOptions {
  prices: PriceMap;
  /** Refuse prices that are not above 0. */
  positiveOnly?: boolean;
  /** Collect for an auction whose reference price this is, in ticks, instead of trading at once. */
  auctionReference?: number;
}

export class CaseBook implements MatchSink {
  /** Since the last `clear`. */
  readonly trades: CaseTrade[] = [];
  /** Id and lots that left the book by themselves, and of them those of self-trade prevention. */
  readonly expired: Pair[] = [];
  readonly selfTradeExpired: Pair[] = [];
  /** Id and lots filled, one entry per fill; of an auction. */
  readonly fills: Pair[] = [];
  /** Price of the latest auction fill. */
  auctionPrice: number | null = null;

  private readonly matcher = new Matcher(this);
  private readonly prices: PriceMap;
  private readonly positiveOnly: boolean;
  private readonly byId = new Map<number, CaseOrder>();
  private readonly live = new Map<number, CaseOrder>();
  private readonly accounts = new Map<Account, number>();
  private readonly order = new OrderEntry();
  private readonly cancel = new CancelEntry();
  private readonly amend = new AmendEntry();
  private lastOrderId = 0;
  private lastAccount = 0;
  private refused = false;

  constructor({ prices, positiveOnly = false, auctionReference }: CaseBookOptions) {
    this.prices = prices;
    this.positiveOnly = positiveOnly;
    const spec = new BookSpec();
    spec.priceTick = TICK;
    spec.lowerLimit = prices.lowerLimit;
    spec.upperLimit = prices.upperLimit;
    spec.phase = auctionReference === undefined ? Phase.CONTINUOUS : Phase.AUCTION_ORDER;
    spec.referencePrice = auctionReference === undefined ? prices.lowerLimit : prices.toCore(auctionReference);
    spec.nextShardSequence = 1;
    this.matcher.openBook(spec);
  }

  /** Executes one step; false when it was rejected. What it caused is added to the lists. */
  step(step: Step): boolean {
    this.refused = false;
    switch (step.op) {
      case 'limit':
      case 'market':
        this.enter(step);
        break;
      case 'cancel':
        this.take(step.id, step.account);
        break;
      case 'amend':
        this.change(step.id, step.qty, step.price, step.account);
    }
    return !this.refused;
  }

  /** Ends collecting: what crosses trades at one price, and the rest waits for the continuous market. */
  uncross(): void {
    const command = new PhaseEntry();
    command.status = KEEP;
    command.reason = PhaseReason.SCHEDULE;
    for (const phase of [Phase.AUCTION_MATCH, Phase.CONTINUOUS]) {
      command.phase = phase;
      this.matcher.setPhase(command);
    }
  }

  /** Price and lots of the best `levels` prices, best first. */
  depth(side: CaseSide, levels = Infinity): Pair[] {
    const depth = depthOf(this.matcher.book(0), side === 'buy' ? Side.BUY : Side.SELL, levels);
    return depth.map(({ price, volume }) => [this.prices.fromCore(price), volume]);
  }

  /** Forgets what happened so far; the orders stay. */
  clear(): void {
    for (const list of [this.trades, this.expired, this.selfTradeExpired, this.fills]) list.length = 0;
  }

  private enter(step: Extract<Step, { op: 'limit' | 'market' }>): void {
    if ((this.byId.get(step.id)?.leaves ?? 0) > 0) {
      this.refused = true;
      return;
    }
    const order = this.order;
    const limit = step.op === 'limit' ? step : undefined;
    const immediate = limit === undefined || limit.tif !== 'GTC';
    order.orderId = ++this.lastOrderId;
    order.account = step.account === undefined ? ++this.lastAccount : this.numberOf(step.account);
    order.selfTradeGroup = order.account;
    order.side = step.side === 'buy' ? Side.BUY : Side.SELL;
    order.priceType = limit === undefined ? PriceType.MARKET : PriceType.LIMIT;
    order.timeCondition = immediate ? TimeCondition.IOC : TimeCondition.GTC;
    order.volumeCondition = limit?.tif === 'FOK' ? VolumeCondition.ALL : VolumeCondition.ANY;
    order.selfTradeMode = step.stp === undefined ? SelfTradeMode.OFF : MODES[step.stp];
    order.postOnly = limit?.postOnly === true ? 1 : 0;
    order.price = limit === undefined ? 0 : this.corePrice(limit.price);
    // A frame holds no negative volume; the core refuses both alike.
    order.volume = Math.max(0, step.qty);
    order.leaves = order.volume;
    const kept = { id: step.id, orderId: order.orderId, account: order.account, filled: 0, leaves: order.volume };
    this.live.set(kept.orderId, kept);
    this.matcher.submit(order);
    if (this.refused) this.live.delete(kept.orderId);
    else this.byId.set(step.id, kept);
  }

  private take(id: number, account: Account | undefined): void {
    const known = this.byId.get(id);
    this.cancel.orderId = known?.orderId ?? ++this.lastOrderId;
    this.cancel.account = account === undefined ? (known?.account ?? 0) : this.numberOf(account);
    this.matcher.cancel(this.cancel);
  }

  private change(id: number, qty: number | undefined, price: number | undefined, account: Account | undefined): void {
    // The exchange amends the total, and 0 leaves a value as it is.
    if ((qty !== undefined && qty <= 0) || (price !== undefined && this.isForbidden(price))) {
      this.refused = true;
      return;
    }
    const known = this.byId.get(id);
    this.amend.orderId = known?.orderId ?? ++this.lastOrderId;
    this.amend.account = account === undefined ? (known?.account ?? 0) : this.numberOf(account);
    this.amend.newVolume = qty === undefined ? 0 : (known?.filled ?? 0) + qty;
    this.amend.newPrice = price === undefined ? 0 : this.corePrice(price);
    this.matcher.amend(this.amend);
  }

  /** A price that the case forbids goes to the core as it is: not above 0 in its units either. */
  private corePrice(price: number): number {
    return this.isForbidden(price) ? price : this.prices.toCore(price);
  }

  private isForbidden(price: number): boolean {
    return this.positiveOnly && price <= 0;
  }

  private numberOf(account: Account): number {
    let number = this.accounts.get(account);
    if (number === undefined) this.accounts.set(account, (number = ++this.lastAccount));
    return number;
  }

  private reduce(orderId: number, lots: number): number {
    const order = this.live.get(orderId)!;
    order.leaves -= lots;
    if (order.leaves === 0) this.live.delete(orderId);
    return order.id;
  }

  private fill(orderId: number, lots: number): number {
    this.live.get(orderId)!.filled += lots;
    return this.reduce(orderId, lots);
  }

  // What the core says.

  trade({ buyOrderId, sellOrderId, price, volume, takerSide }: Trade): void {
    const buyer = this.fill(buyOrderId, volume);
    const seller = this.fill(sellOrderId, volume);
    if (takerSide === Side.NONE) {
      this.fills.push([buyer, volume], [seller, volume]);
      this.auctionPrice = this.prices.fromCore(price);
    } else {
      const [maker, taker] = takerSide === Side.BUY ? [seller, buyer] : [buyer, seller];
      this.trades.push({ maker, taker, price: this.prices.fromCore(price), qty: volume });
    }
  }

  orderCancelled(orderId: number, _account: number, _instrument: number, volume: number, reason: number): void {
    const id = this.reduce(orderId, volume);
    if (reason === CancelReason.FOK_UNFILLED) this.refused = true;
    else if (reason !== CancelReason.USER) this.expired.push([id, volume]);
    if (SELF_TRADE_REASONS.has(reason)) this.selfTradeExpired.push([id, volume]);
  }

  orderAmended({ orderId, leaves }: AmendEntry): void {
    this.live.get(orderId)!.leaves = leaves;
  }

  orderRefused(): void {
    this.refused = true;
  }

  cancelRefused(): void {
    this.refused = true;
  }

  amendRefused(): void {
    this.refused = true;
  }

  // What follows from the calls above, or cannot happen here.

  beginCommand(): void {}
  orderAccepted(): void {}
  massCancelled(): void {}
  phaseChanged(): void {}
  endCommand(): void {}
}
