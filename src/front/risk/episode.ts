/**
 * One forced liquidation under way: what to do next, from the state alone (ledger.md 8.4). So it is taken up after a restart
 * where it stood: first the account's own orders are cancelled, then lots are closed until the risk ratio is at the target.
 */
import { CancelReason, LiquidationStatus, LiquidationTrigger, Offset, PriceType, Side, TimeCondition } from '../../core/enums.js';
import { positionSide } from '../../core/fees.js';
import { holdsLots } from '../../core/holders.js';
import { tradesContinuously } from '../../core/instrument.js';
import { CLOSE_ALL, planLiquidation, type Closing } from '../../core/liquidation-plan.js';
import { forcedClientOrderId, isForcedOrder, type Liquidation } from '../../core/liquidations.js';
import { LONG, SHORT } from '../../core/positions.js';
import type { BestPrices } from '../../core/pre-trade.js';
import type { ExchangeState } from '../../core/state.js';
import type { CommandWaiter, Gateway } from '../gateway/gateway.js';
import { OrderRequest } from '../gateway/order-request.js';
import { Attempts } from './attempts.js';
import { closingOrders } from './closing-orders.js';
import { bandEdge, forcedPrice } from './forced-price.js';

export interface EpisodeParts {
  readonly state: ExchangeState;
  readonly prices: BestPrices;
  readonly gateway: Pick<Gateway, 'submitForced' | 'cancelForced' | 'reservations'>;
}

/** The book refused so many forced orders one after the other that something is wrong with them. */
const REFUSALS_MAX = 20;
/** Nothing is wrong with the order: the ring is full, the shard is rebuilt, the phase has changed, nothing is taken now. */
const PASSING_CODES: readonly number[] = [1010, 2005, 2006, 2007, 3003, 4001, 4101, 5002, 9005];
/** The token of a cancel; those of orders are the index of the position side, which is 2 or more. */
const CANCEL = 0;

export class Episode implements CommandWaiter {
  /** Commands whose answer is not here yet. */
  private underWay = 0;
  private orderNumber: number;
  private refusals = 0;
  private readonly attempts = new Attempts();
  /** Sides tried since nothing was under way, and whether they traded. */
  private readonly tried = new Map<number, boolean>();
  private tradingDay: number;
  private readonly request = new OrderRequest();

  constructor(
    private readonly parts: EpisodeParts,
    private readonly liquidation: Liquidation,
    private readonly nowMs: () => number,
  ) {
    this.orderNumber = liquidation.orderNumber;
    this.tradingDay = parts.state.tradingDay;
  }

  get account(): number {
    return this.liquidation.account;
  }

  get id(): number {
    return this.liquidation.id;
  }

  /** Times in a row that lots of a side found nobody. */
  triesOf(side: number): number {
    return this.attempts.count(side);
  }

  /** Does what is to be done now; the status that ends it, or undefined while there is more to come. */
  advance(): number | undefined {
    if (this.underWay > 0) return undefined;
    if (this.refusals >= REFUSALS_MAX) return LiquidationStatus.failed;
    this.settleTries();
    const { own, resting } = this.liveOrders();
    if (own.length > 0) {
      this.cancelOwn(own);
      return undefined;
    }
    if (this.isDone()) {
      if (resting.length === 0) return this.liquidation.closed.length > 0 ? LiquidationStatus.filled : LiquidationStatus.cancelled;
      for (const slot of resting) this.cancel(slot);
      return undefined;
    }
    this.close(resting);
    return undefined;
  }

  accepted(): void {
    // only what becomes of it matters
  }

  completed(token: number, slot: number): void {
    this.underWay--;
    if (token === CANCEL) return;
    this.refusals = 0;
    this.note(token, this.parts.state.orders.filled[slot] > 0);
  }

  refused(token: number, _orderId: number, code: number): void {
    this.underWay--;
    if (token === CANCEL) return;
    if (!PASSING_CODES.includes(code)) this.refusals++;
    this.attempts.postpone(token, this.nowMs());
  }

  /** The account's live orders: those of its owner and those of this liquidation. */
  private liveOrders(): { own: number[]; resting: number[] } {
    const { orders, accounts } = this.parts.state;
    const own: number[] = [];
    const resting: number[] = [];
    for (let slot = accounts.firstOrder[this.account]; slot !== 0; slot = orders.nextOfAccount[slot]!) {
      (isForcedOrder(orders.clientOrderId(slot)) ? resting : own).push(slot);
    }
    return { own, resting };
  }

  /** Opening orders first: those that close may still help. */
  private cancelOwn(own: readonly number[]): void {
    const { offset } = this.parts.state.orders;
    const opening = own.filter((slot) => offset[slot] === Offset.OPEN);
    for (const slot of opening.length > 0 ? opening : own) this.cancel(slot);
  }

  private cancel(slot: number): void {
    if (this.parts.gateway.cancelForced(slot, CancelReason.LIQUIDATION, this, CANCEL) === 0) this.underWay++;
  }

  /** Nothing is left to close, or nothing needs to be closed (any more). */
  private isDone(): boolean {
    const { state } = this.parts;
    if (!holdsLots(state, this.account)) return true;
    if (this.target === CLOSE_ALL) return false;
    const ratio = state.ledger.riskRatio(this.account);
    const sold = this.liquidation.closed.length > 0;
    return sold ? ratio <= this.target : ratio < state.riskLimits.venue.liquidationThreshold;
  }

  /** Whoever asks for a liquidation by hand wants all of it. */
  private get target(): number {
    return this.liquidation.trigger === LiquidationTrigger.manual ? CLOSE_ALL : this.parts.state.riskLimits.venue.liquidationTarget;
  }

  private close(resting: readonly number[]): void {
    const { state } = this.parts;
    if (this.tradingDay !== state.tradingDay) {
      this.tradingDay = state.tradingDay;
      this.attempts.clear();
    }
    const plan = planLiquidation(state, this.account, this.target, tradesContinuously);
    const surplus = this.surplus(resting, plan);
    if (surplus.length > 0) {
      for (const slot of surplus) this.cancel(slot);
      return;
    }
    for (const closing of plan) this.offer(closing);
  }

  /** Takes what rests off the plan; returns the resting orders of sides of which less must be closed by now. */
  private surplus(resting: readonly number[], plan: readonly Closing[]): number[] {
    const { orders, instruments } = this.parts.state;
    const lots = new Map<number, number>();
    for (const slot of resting) lots.set(this.sideOf(slot), (lots.get(this.sideOf(slot)) ?? 0) + orders.leaves(slot));
    const surplus = new Set<number>();
    for (const [side, volume] of lots) {
      const closing = plan.find((one) => one.position * 2 + one.side === side);
      if ((closing?.volume ?? 0) < volume) surplus.add(side);
      else closing!.volume -= volume;
    }
    // an instrument that does not trade is in no plan: what rests there waits with it
    return resting.filter((slot) => surplus.has(this.sideOf(slot)) && tradesContinuously(instruments.get(orders.instrument[slot])));
  }

  private sideOf(slot: number): number {
    const { orders } = this.parts.state;
    return orders.position[slot] * 2 + positionSide(orders.side[slot], orders.offset[slot]);
  }

  private offer(closing: Closing): void {
    const { state, gateway, prices } = this.parts;
    const sideIndex = closing.position * 2 + closing.side;
    if (closing.volume === 0 || !this.attempts.isDue(sideIndex, this.nowMs())) return;
    const instrument = state.instruments.get(state.positions.instrument[closing.position]);
    const side = closing.side === LONG ? Side.SELL : Side.BUY;
    const rests = this.attempts.isExhausted(sideIndex);
    const best = prices.bestPrice(instrument.instrument, side === Side.SELL ? Side.BUY : Side.SELL);
    const reference = best === 0 ? state.ledger.mark(instrument.instrument) : best;
    for (const { offset, volume } of closingOrders(state, gateway.reservations, closing, closing.volume)) {
      const { request } = this;
      request.reset();
      request.account = this.account;
      request.instrument = instrument.instrument;
      request.side = side;
      request.offset = offset;
      request.priceType = PriceType.LIMIT;
      request.timeCondition = rests ? TimeCondition.GFD : TimeCondition.IOC;
      request.price = rests ? bandEdge(instrument, side) : forcedPrice(instrument, side, reference);
      request.volume = volume;
      this.submit(sideIndex);
    }
  }

  private submit(sideIndex: number): void {
    this.request.clientOrderId = forcedClientOrderId(this.id, this.orderNumber + 1);
    const code = this.parts.gateway.submitForced(this.request, this, sideIndex);
    if (code === 0) {
      this.orderNumber++;
      this.underWay++;
      return;
    }
    if (!PASSING_CODES.includes(code)) this.refusals++;
    this.attempts.postpone(sideIndex, this.nowMs());
  }

  private note(side: number, traded: boolean): void {
    this.tried.set(side, traded || this.tried.get(side) === true);
  }

  private settleTries(): void {
    for (const [side, traded] of this.tried) this.attempts.ended(side, traded, this.nowMs());
    this.tried.clear();
  }
}

/** Whether some lots of the account could be closed now. */
export function canClose(state: ExchangeState, account: number): boolean {
  const { accounts, positions, instruments } = state;
  for (let p = accounts.firstPosition[account]; p !== 0; p = positions.nextOfAccount[p]!) {
    const lots = positions.volume[p * 2 + LONG] + positions.volume[p * 2 + SHORT];
    if (lots > 0 && tradesContinuously(instruments.get(positions.instrument[p]))) return true;
  }
  return false;
}
