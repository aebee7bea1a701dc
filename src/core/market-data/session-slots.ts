/** Which bars of a period lie in trading hours: those without a trade are filled in on reading (market-data.md 6.4). */
import { Phase } from '../enums.js';
import { isAlwaysOpen, minuteOf, msOf, nextTransition, phaseAt, type TradingCalendar } from '../sessions.js';
import { barStart, DAY, dayStart, PERIODS } from './periods.js';
import { dateOfDay, dayOf } from '../sessions.js';

/** A stretch of continuous trading, µs since the epoch, half open. */
interface Session {
  readonly fromUs: number;
  readonly toUs: number;
}

/** Starts of the bars between two moments that trading hours touch, both exclusive, in order; at most `limit` of them. */
export function sessionSlots(
  template: string,
  calendar: TradingCalendar,
  period: number,
  afterUs: number,
  beforeUs: number,
  limit = Infinity,
): number[] {
  if (period === DAY) return tradingDays(template, calendar, afterUs, beforeUs, limit);
  const { us } = PERIODS[period];
  const slots: number[] = [];
  let from = afterUs + us;
  while (from < beforeUs && slots.length < limit) {
    const session = isAlwaysOpen(template) ? { fromUs: from, toUs: beforeUs } : sessionFrom(template, calendar, from);
    if (session === undefined) break;
    let slot = Math.max(from, barStart(period, session.fromUs));
    for (; slot < beforeUs && slot < session.toUs && slots.length < limit; slot += us) slots.push(slot);
    from = slot;
    if (slot < session.toUs) break;
  }
  return slots;
}

/** When trading hours begin again after the moment, µs; Infinity for a template without hours. */
export function nextSessionUs(template: string, calendar: TradingCalendar, timeUs: number): number {
  let minute = minuteOf(timeUs / 1000);
  for (;;) {
    const next = nextTransition(template, minute, calendar);
    if (next === undefined) return Infinity;
    if (next.phase === Phase.CONTINUOUS) return msOf(next.minute) * 1000;
    minute = next.minute;
  }
}

/** The first session that ends behind the moment. */
function sessionFrom(template: string, calendar: TradingCalendar, timeUs: number): Session | undefined {
  const minute = minuteOf(timeUs / 1000);
  const isOpen = phaseAt(template, minute, calendar) === Phase.CONTINUOUS;
  const fromUs = isOpen ? timeUs : nextSessionUs(template, calendar, timeUs);
  const end = nextTransition(template, minuteOf(fromUs / 1000), calendar);
  return end === undefined ? undefined : { fromUs, toUs: msOf(end.minute) * 1000 };
}

function tradingDays(template: string, calendar: TradingCalendar, afterUs: number, beforeUs: number, limit: number): number[] {
  const days: number[] = [];
  let day = dayOf(minuteOf(afterUs / 1000));
  while (days.length < limit) {
    day = isAlwaysOpen(template) ? day + 1 : calendar.nextTradingDay(day);
    const startUs = dayStart(dateOfDay(day));
    if (startUs >= beforeUs) break;
    days.push(startUs);
  }
  return days;
}
