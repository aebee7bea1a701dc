/** Days in queries: `YYYY-MM-DD` in the exchange time zone, both inclusive, each usable alone (rest.md 1). */
import Type from 'typebox';
import { Refusal } from '../../core/refusal.js';
import { dayOfDate, msOf } from '../../core/sessions.js';
import { parseDate } from '../decode/dates.js';

const MINUTES_PER_DAY = 1440;
const DateText = Type.Optional(Type.String({ maxLength: 10, description: 'YYYY-MM-DD in exchange time, inclusive.' }));

export const DateFields = { start_date: DateText, end_date: DateText };

export interface DateQuery {
  start_date?: string;
  end_date?: string;
}

/** yyyymmdd, 0 and Infinity for an open end. Throws 9008 for a day that does not exist and for an end before the start. */
export function dateRange({ start_date: start, end_date: end }: DateQuery): { from: number; to: number } {
  const from = start === undefined ? 0 : dateOf('start_date', start);
  const to = end === undefined ? Infinity : dateOf('end_date', end);
  if (from > to) throw new Refusal(9008, [{ field: 'start_date', reason: 'must not be after end_date' }]);
  return { from, to };
}

/** The same range in µs: from the first to before the second. */
export function dateRangeUs(query: DateQuery): { fromUs: number; behindUs: number } {
  const { from, to } = dateRange(query);
  return {
    fromUs: from === 0 ? 0 : msOf(dayOfDate(from) * MINUTES_PER_DAY) * 1000,
    behindUs: to === Infinity ? Infinity : msOf((dayOfDate(to) + 1) * MINUTES_PER_DAY) * 1000,
  };
}

function dateOf(field: string, text: string): number {
  const date = parseDate(text);
  if (date === 0) throw new Refusal(9008, [{ field, reason: 'must be a day as YYYY-MM-DD' }]);
  return date;
}
