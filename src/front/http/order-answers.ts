/** Waits, on behalf of HTTP requests, for the durable answers of commands. */
import { Refusal, type RefusalCode } from '../../core/refusal.js';
import type { ExchangeState } from '../../core/state.js';
import type { CommandWaiter } from '../gateway/gateway.js';

/** The order as it was when its command had ended. */
export interface OrderOutcome {
  orderId: number;
  /** `OrderStatus` */
  status: number;
  /** Limit price in 1/10000. */
  price: number;
  volume: number;
  filled: number;
  /** 0, or why it was cancelled within its own entry. */
  code: number;
}

interface Waiting {
  resolve(outcome: OrderOutcome): void;
  reject(code: RefusalCode): void;
}

export class OrderAnswers implements CommandWaiter {
  private nextToken = 1;
  private readonly waiting = new Map<number, Waiting>();

  constructor(private readonly state: ExchangeState) {}

  /**
   * Starts a command and waits for its end. `start` is given the waiter's token and returns 0 when the command was handed
   * over; any other number is the answer. Rejects with the Refusal of a command that came to nothing, as `refusalOf` puts it.
   */
  async run(start: (token: number) => number, refusalOf: (code: RefusalCode) => Refusal = plainRefusal): Promise<OrderOutcome | number> {
    const token = this.nextToken++;
    const outcome = new Promise<OrderOutcome>((resolve, reject) => {
      this.waiting.set(token, { resolve, reject: (code) => reject(refusalOf(code)) });
    });
    const immediate = start(token);
    if (immediate === 0) return outcome;
    this.waiting.delete(token);
    return immediate;
  }

  accepted(): void {
    // an HTTP request is answered once, with what the whole command did
  }

  completed(token: number, slot: number): void {
    const { orders } = this.state;
    this.take(token)?.resolve({
      orderId: orders.orderId[slot],
      status: orders.status[slot],
      price: orders.price[slot],
      volume: orders.volume[slot],
      filled: orders.filled[slot],
      code: orders.code[slot],
    });
  }

  refused(token: number, _orderId: number, code: number): void {
    this.take(token)?.reject(code as RefusalCode);
  }

  private take(token: number): Waiting | undefined {
    const waiting = this.waiting.get(token);
    this.waiting.delete(token);
    return waiting;
  }
}

function plainRefusal(code: RefusalCode): Refusal {
  return new Refusal(code);
}
