/** A whole settlement on one thread, as the front runs one: books closed, the event, books opened for the next day. */
import { InstrumentStatus } from '../../src/core/enums.js';
import { CancelEntry, FrameKind } from '../../src/core/events.js';
import { followingDay, TradingCalendar } from '../../src/core/sessions.js';
import { DayFigures } from '../../src/core/settlement/day-figures.js';
import { ordersEndingWith, ordersRefusedByNewDay, type OrderEnd } from '../../src/core/settlement/order-ends.js';
import { findBreach } from '../../src/core/settlement/verify.js';
import type { OneThreadCircle } from './one-thread-circle.js';

/** `prices` in currency units by instrument number. */
export function settleDay(circle: OneThreadCircle, prices: Readonly<Record<number, number>>): void {
  circle.settle();
  const { state, shards } = circle;
  const { tradingDay } = state;
  const nextTradingDay = followingDay(new TradingCalendar(), tradingDay);
  const listed = Array.from(state.instruments).filter(({ status }) => status !== InstrumentStatus.delisted);
  for (const { instrument } of listed) circle.phase(instrument, 'SETTLING');
  end(circle, ordersEndingWith(state, tradingDay, nextTradingDay));
  const instruments = Object.keys(prices).map(Number);
  const units = Object.values(prices).map((price) => Math.round(price * 10_000));
  const breach = findBreach(state, new DayFigures(state, tradingDay, instruments, units));
  if (breach !== undefined) throw new Error(breach);
  circle.rare(FrameKind.DaySettled, { tradingDay, nextTradingDay, instruments, prices: units, startedUs: state.timeUs });
  for (const instrument of listed) if (instrument.status !== InstrumentStatus.delisted) void shards.open(instrument);
  end(circle, ordersRefusedByNewDay(state));
  for (const { instrument, status } of listed) {
    if (status === InstrumentStatus.delisted) circle.phase(instrument, 'CLOSED', status);
    else circle.phase(instrument, 'CONTINUOUS');
  }
}

function end(circle: OneThreadCircle, ends: readonly OrderEnd[]): void {
  const { orders } = circle.state;
  const cancels = ends.map(({ slot, reason, code }) => {
    const cancel = new CancelEntry();
    cancel.stamp.timeUs = circle.state.timeUs;
    cancel.orderId = orders.orderId[slot];
    cancel.account = orders.account[slot];
    cancel.instrument = orders.instrument[slot];
    cancel.reason = reason;
    cancel.code = code;
    return cancel;
  });
  for (const cancel of cancels) circle.shards.cancelOrder(circle.shards.openShardOf(cancel.instrument), cancel);
  circle.settle();
}
