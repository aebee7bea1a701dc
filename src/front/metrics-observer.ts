/** Counts what the events say: orders by outcome, trades, refusals, and the time from taking an order in to its answer. */
import type { CancelEntry, OrderEntry, Trade } from '../core/events.js';
import { OrderStatus } from '../core/enums.js';
import { StateObserver, type FillEffect } from '../core/observer.js';
import type { ExchangeState } from '../core/state.js';
import type { CounterCell } from '../metrics/counter-family.js';
import type { ExchangeMetrics } from '../metrics/exchange-metrics.js';
import type { EventClock } from './clock.js';

export class MetricsObserver extends StateObserver {
  private readonly accepted: CounterCell;
  private readonly refused: CounterCell;
  private readonly filled: CounterCell;
  private readonly cancelled: CounterCell;

  constructor(
    private readonly state: ExchangeState,
    private readonly metrics: ExchangeMetrics,
    private readonly clock: EventClock,
  ) {
    super();
    this.accepted = metrics.orders.cell('accepted');
    this.refused = metrics.orders.cell('refused');
    this.filled = metrics.orders.cell('filled');
    this.cancelled = metrics.orders.cell('cancelled');
  }

  override orderAccepted(_slot: number, event: OrderEntry): void {
    this.accepted.count++;
    this.metrics.orderAck.record(this.clock.nowUs() - event.stamp.timeUs);
  }

  override orderRefused(_slot: number, event: OrderEntry): void {
    this.refused.count++;
    this.metrics.rejects.cell(String(event.code)).count++;
  }

  override orderCancelled(_slot: number, _event: CancelEntry): void {
    this.cancelled.count++;
  }

  override traded(_event: Trade, effect: FillEffect): void {
    this.metrics.trades.count++;
    const { status } = this.state.orders;
    if (status[effect.buySlot] === OrderStatus.Filled) this.filled.count++;
    if (status[effect.sellSlot] === OrderStatus.Filled) this.filled.count++;
  }
}
