/** What clients asked for and were told. They outlive the exchange's process, and ask again for what they got no answer to. */
import type { Random } from '../../src/cli/load/random.js';
import type { CommittedLog } from './committed-log.js';
import { demand } from './violation.js';

export interface OrderTerms {
  readonly account: number;
  readonly instrument: number;
  /** As `parseOrder` of the test support reads it. */
  readonly text: string;
  readonly clientOrderId: string;
}

export interface AskedOrder extends OrderTerms {
  /** 0 until its acceptance was told. */
  orderId: number;
  /** Number of the trading day in which it was. */
  day: number;
  /** Asked for and not answered by the process that runs. */
  isOpen: boolean;
  /** Handed over once, and what became of it was never told. */
  isUnsettled: boolean;
}

export interface AskedMove {
  readonly account: number;
  /** In 1/10000, below 0 for a withdrawal. */
  readonly amount: number;
  readonly key: string;
  /** Sequence of its event, 0 until it was told. */
  sequence: number;
}

/** Queue full, matching halted, log not writable, not leading. */
const CLOSED = [3003, 4001, 5002, 9005];

export class ClientJournal {
  readonly orders: AskedOrder[] = [];
  readonly moves: AskedMove[] = [];
  /** Answers that were compared with the log. */
  answers = 0;
  private asked = 0;

  constructor(
    private readonly log: CommittedLog,
    private readonly random: Random,
  ) {}

  newOrder(account: number, instrument: number, text: string): AskedOrder {
    const order = { account, instrument, text, clientOrderId: `c${++this.asked}`, orderId: 0, day: 0, isOpen: true, isUnsettled: true };
    this.orders.push(order);
    return order;
  }

  newMove(account: number, amount: number): AskedMove {
    const move = { account, amount, key: `m${++this.asked}`, sequence: 0 };
    this.moves.push(move);
    return move;
  }

  /** For a request that nobody has sent yet. */
  newKey(): string {
    return `k${++this.asked}`;
  }

  /** One of the last orders, to be sent once more; undefined when there is none. */
  anyOrder(): AskedOrder | undefined {
    return this.recent(this.orders);
  }

  anyMove(): AskedMove | undefined {
    return this.recent(this.moves);
  }

  /** The process is gone: nobody waits for an answer any more. */
  forgetOpen(): void {
    for (const order of this.orders) order.isOpen = false;
  }

  accepted(order: AskedOrder, orderId: number): void {
    this.answers++;
    const committed = this.log.orders.get(orderId);
    demand(committed !== undefined, `${order.clientOrderId} was accepted as order ${orderId}, and no such event is durable`);
    const same = committed.account === order.account && committed.clientOrderId === order.clientOrderId && committed.code === 0;
    demand(same, `${order.clientOrderId} was accepted as order ${orderId}, which is another one`);
    const isNews = order.orderId === 0 || order.day !== committed.day;
    demand(isNews || order.orderId === orderId, `${order.clientOrderId} was order ${order.orderId} and became ${orderId}`);
    order.isUnsettled = false;
    order.orderId = orderId;
    order.day = committed.day;
  }

  refused(order: AskedOrder, orderId: number, code: number): void {
    this.answers++;
    order.isOpen = false;
    order.isUnsettled = false;
    if (orderId === 0) return;
    const committed = this.log.orders.get(orderId);
    demand(committed?.code === code, `${order.clientOrderId} was refused as order ${orderId} with ${code}, and the log does not say so`);
  }

  /** Refused at once: it was never handed over, this time. Any but the codes of an exchange that takes nothing now is definite. */
  declined(order: AskedOrder, code: number): void {
    if (CLOSED.includes(code)) return;
    const { account, clientOrderId } = order;
    demand(!this.log.isTaken(account, clientOrderId), `${clientOrderId} was refused with ${code}, and it is in the log`);
    order.isUnsettled = false;
  }

  cancelled(orderId: number): void {
    this.answers++;
    demand(this.log.cancelled.has(orderId), `the cancel of order ${orderId} was told and is not durable`);
  }

  moved(move: AskedMove, sequence: number, user: string): void {
    this.answers++;
    const committed = this.log.keys.get(`${user} ${move.key}`);
    demand(committed === sequence, `the money of ${move.key} was moved by event ${sequence}, the log says ${committed ?? 'never'}`);
    demand(move.sequence === 0 || move.sequence === sequence, `the money of ${move.key} was moved by ${move.sequence} and by ${sequence}`);
    move.sequence = sequence;
  }

  conditionalPlaced(conditional: number): void {
    this.answers++;
    demand(conditional <= this.log.conditionals, `conditional order ${conditional} was told and is not durable`);
  }

  /** Ids of the orders of an account up to an event. */
  committedOrders(account: number, sequence: number): number[] {
    const found: number[] = [];
    for (const order of this.log.orders.values()) if (order.account === account && order.sequence <= sequence) found.push(order.orderId);
    return found;
  }

  private recent<T>(items: readonly T[]): T | undefined {
    const count = Math.min(items.length, 30);
    return count === 0 ? undefined : items[items.length - this.random.between(1, count)];
  }
}
