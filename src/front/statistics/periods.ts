/** The periods that statistics are grouped by. Trading days are dates as yyyymmdd. */
import { dateOfDay, dayOf, dayOfDate, minuteOf } from '../../core/sessions.js';
import { toDate } from '../views/numbers.js';

export const GROUPINGS = ['hour', 'day', 'week', 'month', 'instrument'] as const;
export type Grouping = (typeof GROUPINGS)[number];

const MINUTES_PER_HOUR = 60;
const DAYS_PER_WEEK = 7;
/** Day 0, 1970-01-01, was a Thursday. */
const THURSDAY = 3;

/** `2026-01-05T09`, in exchange time. */
export function hourOf(timeUs: number): string {
  const minute = minuteOf(timeUs / 1000);
  const hour = Math.floor(minute / MINUTES_PER_HOUR) % 24;
  return `${toDate(dateOfDay(dayOf(minute)))}T${String(hour).padStart(2, '0')}`;
}

/** `2026-W02`: the ISO week of a trading day. */
export function weekOf(tradingDay: number): string {
  const day = dayOfDate(tradingDay);
  const weekday = (day + THURSDAY) % DAYS_PER_WEEK;
  // a week belongs to the year of its Thursday
  const thursday = day - weekday + THURSDAY;
  const year = Math.floor(dateOfDay(thursday) / 10_000);
  const firstDay = dayOfDate(year * 10_000 + 101);
  return `${year}-W${String(Math.floor((thursday - firstDay) / DAYS_PER_WEEK) + 1).padStart(2, '0')}`;
}

/** `2026-01` */
export function monthOf(tradingDay: number): string {
  return toDate(tradingDay).slice(0, 7);
}

/** yyyymmdd of the first day of the ISO week or month that a trading day lies in. */
export function firstDayOf(grouping: 'week' | 'month', tradingDay: number): number {
  if (grouping === 'month') return Math.floor(tradingDay / 100) * 100 + 1;
  const day = dayOfDate(tradingDay);
  return dateOfDay(day - ((day + THURSDAY) % DAYS_PER_WEEK));
}
