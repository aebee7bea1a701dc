/** What an equation says of single trades, which the state no longer shows afterwards (ledger.md 10.14, 10.16). */
import { Offset } from '../enums.js';
import type { Trade } from '../events.js';
import { StateObserver, type FillEffect } from '../observer.js';
import type { SettledDay } from '../settlement/settled-day.js';
import type { ExchangeState } from '../state.js';
import { Comparison, type Verdict } from './comparison.js';

export class TradeCheck extends StateObserver {
  /** The first trade that broke an equation. */
  broken: Verdict | undefined;
  /** Open interest by instrument, as its trades make it. */
  private readonly openInterest: number[] = [];

  constructor(private readonly state: ExchangeState) {
    super();
  }

  override traded(event: Trade, { buySlot, sellSlot }: FillEffect): void {
    const { orders, market } = this.state;
    const { instrument, volume } = event;
    const opens = Number(orders.offset[buySlot] === Offset.OPEN) + Number(orders.offset[sellSlot] === Offset.OPEN);
    const after = market.openInterest[instrument];
    const change = (opens - 1) * volume;
    const before = this.openInterest[instrument] ?? after - change;
    if (before + change !== after) this.note('10.14', after, before + change, 0, event);
    this.openInterest[instrument] = after;
    const [buyGroup, sellGroup] = [orders.selfTradeGroup[buySlot], orders.selfTradeGroup[sellSlot]];
    if (buyGroup === sellGroup && event.selfTrade === 0) this.note('10.16', buyGroup, sellGroup, event.buyAccount, event);
  }

  /** Contracts that ended are no longer held, without a trade. */
  override daySettled(_day: SettledDay): void {
    this.openInterest.length = 0;
  }

  private note(id: string, left: number, right: number, account: number, event: Trade): void {
    if (this.broken !== undefined) return;
    this.broken = { id, left: `${left}`, right: `${right}`, ok: false, account, instrument: event.instrument, orderId: event.buyOrderId };
  }

  /** Both equations as they stand. */
  verdicts(): Verdict[] {
    return ['10.14', '10.16'].map((id) => (this.broken?.id === id ? this.broken : new Comparison(id).verdict()));
  }
}
