/** The state as the whole log says from its first event on, without snapshots, and what has finished in it. */
import type { CancelEntry, OrderEntry, Trade } from '../../src/core/events.js';
import { ConditionalStatus, OrderStatus } from '../../src/core/enums.js';
import type { Conditional } from '../../src/core/conditionals/conditional.js';
import type { DocumentTable } from '../../src/core/history.js';
import { StateObserver, type AuditRecord, type FillEffect, type FundRecord } from '../../src/core/observer.js';
import type { SettledDay } from '../../src/core/settlement/settled-day.js';
import { serializeState } from '../../src/core/state-codec.js';
import { ExchangeState } from '../../src/core/state.js';
import { EventDecoder } from '../../src/wire/event-decoder.js';
import { frameViews } from '../../src/wire/frame-layout.js';
import type { CommittedLog } from './committed-log.js';

export interface FinishedOrder {
  readonly orderId: number;
  readonly account: number;
  readonly status: number;
  readonly filled: number;
  readonly sequence: number;
}

export interface EnteredOrder {
  readonly user: number;
  /** How many he had entered before. */
  readonly rank: number;
  readonly orderId: number;
  readonly sequence: number;
}

export interface FinishedTrade {
  readonly tradeId: number;
  readonly orderId: number;
  readonly account: number;
  readonly volume: number;
  readonly price: number;
  readonly sequence: number;
}

export interface FinishedDocument {
  readonly table: DocumentTable | 'audit';
  readonly account: number;
  readonly id: number;
  readonly sequence: number;
}

export class Reference extends StateObserver {
  readonly state = new ExchangeState();
  readonly orders: FinishedOrder[] = [];
  readonly trades: FinishedTrade[] = [];
  readonly documents: FinishedDocument[] = [];
  readonly entered: EnteredOrder[] = [];
  private readonly enteredOf = new Map<number, number>();
  private readonly decoder = new EventDecoder(this.state);

  constructor(private readonly log: CommittedLog) {
    super();
    this.state.observe(this);
  }

  /** The state behind an event that is committed, as bytes. Never goes back. */
  bytesAt(sequence: number): Uint8Array {
    this.advanceTo(sequence);
    return serializeState(this.state);
  }

  advanceTo(sequence: number): void {
    const { frames } = this.log;
    while (this.state.sequence < sequence) this.decoder.decode(frameViews(frames[this.state.sequence + 1]), 0);
  }

  override orderAccepted(_slot: number, event: OrderEntry): void {
    this.enter(event);
  }

  override orderRefused(slot: number, event: OrderEntry): void {
    this.enter(event);
    this.finished(slot, event.stamp.sequence);
  }

  override orderCancelled(slot: number, { stamp }: CancelEntry): void {
    if (this.state.orders.status[slot] === OrderStatus.Cancelled) this.finished(slot, stamp.sequence);
  }

  override traded(event: Trade, { tradeId, buySlot, sellSlot }: FillEffect): void {
    const { sequence } = event.stamp;
    for (const slot of [buySlot, sellSlot]) {
      const { account, orderId, status } = this.state.orders;
      this.trades.push({ tradeId, orderId: orderId[slot], account: account[slot], volume: event.volume, price: event.price, sequence });
      if (status[slot] === OrderStatus.Filled) this.finished(slot, sequence);
    }
  }

  override fundsMoved({ account, id, sequence }: FundRecord): void {
    this.documents.push({ table: 'funds', account, id, sequence }, { table: 'funds', account: 0, id, sequence });
  }

  override conditionalChanged({ status, account, conditional: id }: Conditional, sequence: number): void {
    if (status !== ConditionalStatus.PENDING) this.documents.push({ table: 'conditionals', account, id, sequence });
  }

  override audited({ id, sequence }: AuditRecord): void {
    this.documents.push({ table: 'audit', account: 0, id, sequence });
  }

  override daySettled({ figures }: SettledDay): void {
    const sequence = this.state.sequence + 1;
    const id = figures.tradingDay;
    this.documents.push({ table: 'days', account: 0, id, sequence });
    for (let account = 1; account <= figures.accountCount; account++) this.documents.push({ table: 'settlements', account, id, sequence });
  }

  private enter({ account, orderId, stamp: { sequence } }: OrderEntry): void {
    const user = this.state.accounts.user[account];
    const rank = this.enteredOf.get(user) ?? 0;
    this.enteredOf.set(user, rank + 1);
    this.entered.push({ user, rank, orderId, sequence });
  }

  private finished(slot: number, sequence: number): void {
    const { orderId, account, status, filled } = this.state.orders;
    this.orders.push({ orderId: orderId[slot], account: account[slot], status: status[slot], filled: filled[slot], sequence });
  }
}
