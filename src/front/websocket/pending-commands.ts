/**
 * Commands of one session that the gateway has in hand: what the answer must repeat. A token is an index; slots are used
 * again, so a busy session allocates nothing here.
 */
import type { OrderAction } from './answers.js';

export class PendingCommands {
  private readonly free: number[] = [];
  private readonly actions: OrderAction[] = [];
  private readonly requestIds: (string | undefined)[] = [];
  private readonly clientOrderIds: string[] = [];
  private readonly orderIds: number[] = [];

  /** `orderId` is that of the order to cancel, 0 for a new one. Returns the token. */
  add(action: OrderAction, requestId: string | undefined, clientOrderId: string, orderId: number): number {
    const token = this.free.pop() ?? this.actions.length;
    this.actions[token] = action;
    this.requestIds[token] = requestId;
    this.clientOrderIds[token] = clientOrderId;
    this.orderIds[token] = orderId;
    return token;
  }

  action(token: number): OrderAction {
    return this.actions[token];
  }

  requestId(token: number): string | undefined {
    return this.requestIds[token];
  }

  clientOrderId(token: number): string {
    return this.clientOrderIds[token];
  }

  orderId(token: number): number {
    return this.orderIds[token];
  }

  /** The command is over; its token may be given out again. */
  release(token: number): void {
    this.requestIds[token] = undefined;
    this.clientOrderIds[token] = '';
    this.free.push(token);
  }
}
