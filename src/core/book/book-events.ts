/** Puts what a book decides into the objects that its sink reads. */
import * as enums from '../enums.js';
import { AmendEntry, Trade, type MatchSink, type OrderEntry } from '../events.js';
import type { OrderSlab } from './order-slab.js';

// Bound here: constants of the module are compiled in, imported ones are looked up at every use.
const { Phase, SelfTradeMode, Side } = enums;

export class BookEvents {
  /** Fills of the command under way. */
  fills = 0;
  private readonly fill = new Trade();
  private readonly change = new AmendEntry();
  private readonly slab: OrderSlab;

  constructor(
    private readonly instrument: number,
    readonly sink: MatchSink,
    slab: OrderSlab,
  ) {
    this.slab = slab;
  }

  /** A fill between an incoming order and the resting one in the slot. */
  trade(order: OrderEntry, slot: number, price: number, volume: number): void {
    const trade = this.fill;
    const takerBuys = order.side === Side.BUY;
    const makerId = this.slab.id(slot);
    const makerAccount = this.slab.account(slot);
    trade.buyOrderId = takerBuys ? order.orderId : makerId;
    trade.sellOrderId = takerBuys ? makerId : order.orderId;
    trade.buyAccount = takerBuys ? order.account : makerAccount;
    trade.sellAccount = takerBuys ? makerAccount : order.account;
    trade.price = price;
    trade.volume = volume;
    trade.instrument = this.instrument;
    trade.matchIndex = this.fills++;
    trade.takerSide = order.side;
    trade.phase = Phase.CONTINUOUS;
    trade.selfTrade = order.selfTradeMode === SelfTradeMode.OFF && this.slab.group(slot) === order.selfTradeGroup ? 1 : 0;
    this.sink.trade(trade);
  }

  /** A fill of an auction. */
  auctionTrade(buy: number, sell: number, price: number, volume: number): void {
    const slab = this.slab;
    const trade = this.fill;
    trade.buyOrderId = slab.id(buy);
    trade.sellOrderId = slab.id(sell);
    trade.buyAccount = slab.account(buy);
    trade.sellAccount = slab.account(sell);
    trade.price = price;
    trade.volume = volume;
    trade.instrument = this.instrument;
    trade.matchIndex = this.fills++;
    trade.takerSide = Side.NONE;
    trade.phase = Phase.AUCTION_MATCH;
    trade.selfTrade = slab.group(buy) === slab.group(sell) ? 1 : 0;
    this.sink.trade(trade);
  }

  /** What the order is from now on: `order` as it is but for its price and open lots. */
  amended(order: OrderEntry, price: number, leaves: number, prioritySequence: number, request: number): void {
    const amended = this.change;
    amended.orderId = order.orderId;
    amended.account = order.account;
    amended.instrument = this.instrument;
    amended.price = price;
    amended.volume = order.volume;
    amended.leaves = leaves;
    amended.prioritySequence = prioritySequence;
    amended.closeFirst = order.closeFirst;
    amended.request = request;
    this.sink.orderAmended(amended);
  }

  /** Lots of the order that has come in with this command are taken off it. */
  incomingCancelled(order: OrderEntry, volume: number, reason: number, code: number): void {
    this.sink.orderCancelled(order.orderId, order.account, this.instrument, volume, reason, code, 0);
  }

  /** Lots of the resting order in the slot are taken off it. */
  restingCancelled(slot: number, volume: number, reason: number): void {
    this.sink.orderCancelled(this.slab.id(slot), this.slab.account(slot), this.instrument, volume, reason, 0, 0);
  }
}
