import { Side } from '../../src/core/enums.js';
import type { MatchSink, OrderEntry, Trade } from '../../src/core/events.js';

/** Keeps the list of orders that rest in a book, so that a flow can pick one of them at random. */
export class FillCounter implements MatchSink {
  /** Ids in no particular order. */
  readonly live: number[] = [];
  /** Place of an id in `live`. */
  private readonly places: Int32Array;
  private readonly leaves: Uint8Array;
  private entering = 0;

  /** `ids` is above every order id. */
  constructor(ids: number) {
    this.places = new Int32Array(ids + 1);
    this.leaves = new Uint8Array(ids + 1);
  }

  beginCommand(): void {
    this.entering = 0;
  }

  orderAccepted(order: OrderEntry): void {
    const { orderId } = order;
    this.entering = orderId;
    this.leaves[orderId] = order.volume;
    this.places[orderId] = this.live.length;
    this.live.push(orderId);
  }

  trade(trade: Trade): void {
    this.take(trade.takerSide === Side.BUY ? trade.sellOrderId : trade.buyOrderId, trade.volume);
    this.take(this.entering, trade.volume);
  }

  orderCancelled(orderId: number, _account: number, _instrument: number, volume: number): void {
    this.take(orderId, volume);
  }

  orderRefused(order: OrderEntry, code: number): void {
    throw new Error(`the flow has no order that is refused, but ${order.orderId} was, with ${code}`);
  }

  cancelRefused(_command: unknown, code: number): void {
    throw new Error(`the flow cancels live orders only, but one was refused with ${code}`);
  }

  orderAmended(): void {}
  amendRefused(): void {}
  massCancelled(): void {}
  phaseChanged(): void {}
  endCommand(): void {}

  private take(id: number, volume: number): void {
    this.leaves[id] -= volume;
    if (this.leaves[id] > 0) return;
    const place = this.places[id];
    const last = this.live.pop()!;
    if (last === id) return;
    this.live[place] = last;
    this.places[last] = place;
  }
}
