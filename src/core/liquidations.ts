/**
 * Forced liquidations that are under way, one per account at most (ledger.md 8): what their events, the acceptances of
 * their orders and the fills of these say. Finished ones leave for the history.
 */
import { assert } from './assert.js';
import { LiquidationStatus } from './enums.js';
import type { LiquidationChanged } from './events.js';

const { pending, submitted, partially_filled } = LiquidationStatus;

/** What was closed of one instrument in one direction. */
export interface ClosedPosition {
  instrument: number;
  /** `Side` of the closing orders. */
  side: number;
  volume: number;
  /** Σ price × lots, without multiplier. */
  notional: number;
  /** −closing profit, mark to market, fees not in it; below 0 for a gain. */
  loss: number;
}

/** Risk ratio in ppm and balance in 1/10000. */
export interface RiskFigures {
  riskRatio: number;
  balance: number;
}

/** As kept in snapshots and in the history: fields are only ever appended. */
export interface Liquidation {
  readonly id: number;
  readonly account: number;
  status: number;
  trigger: number;
  /** Who asked for it; 0 when it was the monitor. */
  user: number;
  remark: string;
  openedUs: number;
  /** 0 while it is under way. */
  endedUs: number;
  readonly before: RiskFigures;
  /** As of the last change of the status. */
  after: RiskFigures;
  commission: number;
  /** Ids of its orders, in the order of their acceptance. */
  readonly orders: number[];
  readonly closed: ClosedPosition[];
  /** Largest number in the client order ids of its orders. */
  orderNumber: number;
  /** Place in the log of the last event that changed its status. */
  sequence: number;
}

/** Client order ids of forced orders; clients may not use the prefix. */
export const FORCED_PREFIX = 'LIQ_';

export function forcedClientOrderId(liquidation: number, number: number): string {
  return `${FORCED_PREFIX}${String(liquidation).padStart(12, '0')}-${number}`;
}

export function isForcedOrder(clientOrderId: string): boolean {
  return clientOrderId.startsWith(FORCED_PREFIX);
}

export function isOver(status: number): boolean {
  return status > partially_filled;
}

export class LiquidationTable {
  /** Liquidations so far; their numbers are gapless. */
  count = 0;
  private readonly byAccount = new Map<number, Liquidation>();

  /** Those under way. */
  get size(): number {
    return this.byAccount.size;
  }

  isOpen(account: number): boolean {
    return this.byAccount.size !== 0 && this.byAccount.has(account);
  }

  /** The one under way of an account. */
  of(account: number): Liquidation | undefined {
    return this.byAccount.get(account);
  }

  /** In the order of their beginning. */
  [Symbol.iterator](): IterableIterator<Liquidation> {
    return this.byAccount.values();
  }

  /** Opens, changes or ends one; `figures` are those of the account now. */
  change(event: LiquidationChanged, figures: RiskFigures, timeUs: number, sequence: number): Liquidation {
    const liquidation = this.byAccount.get(event.account) ?? this.opened(event, figures, timeUs);
    assert(liquidation.id === event.liquidation, 'an account has one liquidation at a time');
    // what its orders have brought about stays: an event that is no end says who wants it and why
    if (isOver(event.status)) liquidation.status = event.status;
    liquidation.trigger = event.trigger;
    liquidation.user = event.user;
    liquidation.remark = event.remark;
    liquidation.after = figures;
    liquidation.sequence = sequence;
    if (isOver(event.status)) {
      liquidation.endedUs = timeUs;
      this.byAccount.delete(event.account);
    }
    return liquidation;
  }

  /** An order was accepted. */
  accepted(account: number, orderId: number, clientOrderId: string): void {
    const liquidation = this.byAccount.get(account);
    if (liquidation === undefined || !isForcedOrder(clientOrderId)) return;
    liquidation.orders.push(orderId);
    liquidation.orderNumber = Math.max(liquidation.orderNumber, Number(clientOrderId.slice(clientOrderId.indexOf('-') + 1)));
    if (liquidation.status === pending) liquidation.status = submitted;
  }

  /** Lots of an account were closed or opened; `loss` is −closing profit. */
  filled(
    account: number,
    clientOrderId: string,
    fill: { instrument: number; side: number; price: number; volume: number },
    loss: number,
    fee: number,
  ): void {
    const liquidation = this.byAccount.get(account);
    if (liquidation === undefined || !isForcedOrder(clientOrderId)) return;
    liquidation.status = partially_filled;
    liquidation.commission += fee;
    let closed = liquidation.closed.find(({ instrument, side }) => instrument === fill.instrument && side === fill.side);
    if (closed === undefined) {
      closed = { instrument: fill.instrument, side: fill.side, volume: 0, notional: 0, loss: 0 };
      liquidation.closed.push(closed);
    }
    closed.volume += fill.volume;
    closed.notional += fill.price * fill.volume;
    closed.loss += loss;
  }

  /** Takes one from a snapshot. */
  restore(liquidation: Liquidation): void {
    this.byAccount.set(liquidation.account, liquidation);
  }

  private opened(event: LiquidationChanged, figures: RiskFigures, timeUs: number): Liquidation {
    this.count++;
    assert(event.liquidation === this.count, 'a new liquidation has the next number');
    const liquidation: Liquidation = {
      id: event.liquidation,
      account: event.account,
      status: pending,
      trigger: event.trigger,
      user: event.user,
      remark: event.remark,
      openedUs: timeUs,
      endedUs: 0,
      before: figures,
      after: figures,
      commission: 0,
      orders: [],
      closed: [],
      orderNumber: 0,
      sequence: 0,
    };
    this.byAccount.set(event.account, liquidation);
    return liquidation;
  }
}
