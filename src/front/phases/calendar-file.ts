/** The holidays of the exchange: a JSON list of dates. */
import { readFileSync } from 'node:fs';
import { TradingCalendar } from '../../core/sessions.js';
import { parseDate } from '../decode/dates.js';

/** Throws an Error whose message says what is wrong with the file. */
export function readCalendarFile(path: string): TradingCalendar {
  try {
    const dates: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (!Array.isArray(dates)) throw new Error('must be a list of dates');
    return new TradingCalendar(dates.map(holidayOf));
  } catch (cause) {
    throw new Error(`Calendar file ${path}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

function holidayOf(text: unknown): number {
  const date = typeof text === 'string' ? parseDate(text) : 0;
  if (date === 0) throw new Error(`${JSON.stringify(text)} is no date of the form YYYY-MM-DD`);
  return date;
}
