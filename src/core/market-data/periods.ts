/** Lengths of K-line bars (market-data.md 6.1) and where they begin. Times are µs since the epoch. */

const US_PER_SECOND = 1_000_000;
export const US_PER_DAY = 86_400 * US_PER_SECOND;
/** Exchange time is UTC+8. */
export const EXCHANGE_OFFSET_US = 8 * 3600 * US_PER_SECOND;

export interface Period {
  /** As interfaces number it. */
  readonly id: number;
  readonly name: string;
  /** Length; a day bar lasts as long as its trading day and has no length in time. */
  readonly us: number;
  readonly isDay: boolean;
}

/** In the order in which bars are kept; the place in this list is the `period` of all functions of this folder. */
export const PERIODS: readonly Period[] = [
  period(3, '3s', 3),
  period(4, '1m', 60),
  period(5, '5m', 300),
  period(6, '15m', 900),
  period(7, '30m', 1800),
  period(8, '60m', 3600),
  { id: 0, name: '1d', us: US_PER_DAY, isDay: true },
];

export const DAY = PERIODS.length - 1;

/** The place in PERIODS of a number or name of the interfaces, -1 for one that does not exist. */
export function periodOf(text: string | number): number {
  return PERIODS.findIndex(({ id, name }) => String(id) === String(text) || name === text);
}

/** Beginning of the bar of a moment. Up to 60 minutes the floor is the same in exchange time and in UTC. */
export function barStart(period: number, timeUs: number): number {
  const { us } = PERIODS[period];
  return Math.floor(timeUs / us) * us;
}

/** Beginning of the day bar: 00:00 in exchange time of the trading day, as yyyymmdd. */
export function dayStart(tradingDay: number): number {
  const utc = Date.UTC(Math.floor(tradingDay / 10_000), (Math.floor(tradingDay / 100) % 100) - 1, tradingDay % 100);
  return utc * 1000 - EXCHANGE_OFFSET_US;
}

/** yyyymmdd of a moment in exchange time. */
export function calendarDay(timeUs: number): number {
  const date = new Date(Math.floor((timeUs + EXCHANGE_OFFSET_US) / 1000));
  return date.getUTCFullYear() * 10_000 + (date.getUTCMonth() + 1) * 100 + date.getUTCDate();
}

function period(id: number, name: string, seconds: number): Period {
  return { id, name, us: seconds * US_PER_SECOND, isDay: false };
}
