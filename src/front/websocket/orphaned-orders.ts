/** Orders whose connection has ended and that its client wanted cancelled then: tried until they have left the book. */
import type { OrderTable } from '../../core/orders.js';
import type { Caller } from '../caller.js';
import { NOT_LIVE, type CommandWaiter } from '../gateway/gateway.js';

/** The gateway's `cancel`. */
export type Cancel = (caller: Caller, account: number, orderId: number, waiter: CommandWaiter, token: number) => number;

/** Busy, being rebuilt, not in this phase, no storage, no service: a later attempt may succeed. */
const PASSING: ReadonlySet<number> = new Set([3003, 4001, 4102, 5002, 9005]);

export class OrphanedOrders implements CommandWaiter {
  private readonly waiting = new Map<number, Caller>();
  private readonly underWay = new Map<number, Caller>();

  constructor(
    private readonly orders: OrderTable,
    private readonly cancel: Cancel,
  ) {}

  add(caller: Caller, orderIds: readonly number[]): void {
    for (const orderId of orderIds) if (this.orders.find(orderId) !== -1) this.waiting.set(orderId, caller);
  }

  /** Tries all that wait. Not to be called while an event is being applied. */
  run(): void {
    for (const [orderId, caller] of this.waiting) {
      const slot = this.orders.find(orderId);
      const code = slot === -1 ? NOT_LIVE : this.cancel(caller, this.orders.account[slot], orderId, this, orderId);
      if (PASSING.has(code)) continue;
      this.waiting.delete(orderId);
      if (code === 0) this.underWay.set(orderId, caller);
    }
  }

  accepted(): void {
    // a cancel is completed or refused
  }

  completed(orderId: number): void {
    this.underWay.delete(orderId);
  }

  refused(orderId: number, _orderId: number, code: number): void {
    const caller = this.underWay.get(orderId);
    this.underWay.delete(orderId);
    if (caller !== undefined && PASSING.has(code)) this.waiting.set(orderId, caller);
  }
}
