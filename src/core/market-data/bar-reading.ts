/** What becomes of stored bars when they are read: bars without a trade are filled in, other durations folded. */
import type { TradingCalendar } from '../sessions.js';
import { WIDE } from '../units.js';
import { emptyBar, type Bar } from './bar.js';
import { sessionSlots } from './session-slots.js';

/**
 * Bars in order of time with those of trading hours filled in in which nothing traded, up to `untilUs` (exclusive). The first
 * one has a trade: nothing is known of the price before it.
 */
export function filled(bars: readonly Bar[], template: string, calendar: TradingCalendar, period: number, untilUs: number): Bar[] {
  const all: Bar[] = [];
  for (const [index, bar] of bars.entries()) {
    all.push(bar);
    const next = bars[index + 1]?.startUs ?? untilUs;
    for (const startUs of sessionSlots(template, calendar, period, bar.startUs, next)) all.push(emptyBar(bar, startUs));
  }
  return all;
}

/**
 * Bars with a trade, in order, as bars of a longer duration that begin where `startOf` says; numbered from `firstNo` on. The
 * last one is finished when its last part is.
 */
export function folded(bars: readonly Bar[], startOf: (startUs: number) => number, firstNo: number): Bar[] {
  const wide: Bar[] = [];
  for (const bar of bars) {
    const startUs = startOf(bar.startUs);
    const last = wide.at(-1);
    if (last === undefined || last.startUs !== startUs) wide.push({ ...bar, startUs, barNo: firstNo + wide.length });
    else merge(last, bar);
  }
  return wide;
}

/** Takes in the bar that follows. */
function merge(into: Bar, next: Bar): void {
  into.high = Math.max(into.high, next.high);
  into.low = Math.min(into.low, next.low);
  into.close = next.close;
  into.volume += next.volume;
  const low = into.amountLow + next.amountLow;
  const carry = Math.floor(low / WIDE);
  into.amountHigh += next.amountHigh + carry;
  into.amountLow = low - carry * WIDE;
  into.closeOi = next.closeOi;
  into.tradeCount += next.tradeCount;
  into.isFinished = next.isFinished;
}
