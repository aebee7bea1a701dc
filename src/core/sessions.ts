/**
 * Trading hours: which phase an instrument is in by its session template, and to which trading day a moment belongs
 * (trading-rules.md 13). Pure: the calendar and the moment come from outside.
 *
 * Moments are exchange minutes: whole minutes since 1970-01-01 00:00 in exchange time (UTC+8). Days are their 1440th part.
 */
import { Phase } from './enums.js';

const MINUTES_PER_DAY = 1440;
const EXCHANGE_OFFSET_MS = 8 * 3_600_000;
const MS_PER_MINUTE = 60_000;
const MS_PER_DAY = 86_400_000;
/** From this time on a calendar day's business belongs to the next trading day: between every day's close and night's auction. */
const EVENING = 18 * 60;

/** From `minute` on, counted from midnight of the day that it is listed for, the phase is this one. */
interface Step {
  readonly minute: number;
  readonly phase: number;
}

interface Template {
  /** On the evening of the trading day before; beyond 24:00 on the morning after it. */
  readonly night: readonly Step[];
  readonly day: readonly Step[];
}

/** A change of phase at a moment. */
export interface Transition {
  /** Exchange minute. */
  readonly minute: number;
  readonly phase: number;
}

const INDEX_DAY = steps('09:25 AUCTION_ORDER, 09:29 AUCTION_MATCH, 09:30 CONTINUOUS, 11:30 BREAK, 13:00 CONTINUOUS, 15:00 CLOSED');
const BOND_DAY = steps('09:25 AUCTION_ORDER, 09:29 AUCTION_MATCH, 09:30 CONTINUOUS, 11:30 BREAK, 13:00 CONTINUOUS, 15:15 CLOSED');
const COMMODITY_DAY = steps(
  '08:55 AUCTION_ORDER, 08:59 AUCTION_MATCH, 09:00 CONTINUOUS, 10:15 BREAK, 10:30 CONTINUOUS, 11:30 BREAK, 13:30 CONTINUOUS, 15:00 CLOSED',
);
const NIGHT_BEGIN = '20:55 AUCTION_ORDER, 20:59 AUCTION_MATCH, 21:00 CONTINUOUS';

const TEMPLATES = {
  CFFEX_INDEX: { night: [], day: INDEX_DAY },
  CFFEX_BOND: { night: [], day: BOND_DAY },
  COMM_DAY: { night: [], day: COMMODITY_DAY },
  // Between night and day the trading day goes on: a break, not a close.
  COMM_NIGHT_2300: { night: steps(`${NIGHT_BEGIN}, 23:00 BREAK`), day: COMMODITY_DAY },
  COMM_NIGHT_0100: { night: steps(`${NIGHT_BEGIN}, 25:00 BREAK`), day: COMMODITY_DAY },
  COMM_NIGHT_0230: { night: steps(`${NIGHT_BEGIN}, 26:30 BREAK`), day: COMMODITY_DAY },
  /** Always open: no clock closes it. */
  SIM_24H: { night: [], day: [] },
} as const satisfies Record<string, Template>;

export type SessionTemplate = keyof typeof TEMPLATES;
export const SESSION_TEMPLATES = Object.keys(TEMPLATES) as SessionTemplate[];

/** Weekdays are trading days unless they are holidays. */
export class TradingCalendar {
  private readonly holidays: ReadonlySet<number>;

  /** `holidays` as yyyymmdd. */
  constructor(readonly holidayDates: readonly number[] = []) {
    this.holidays = new Set(holidayDates.map(dayOfDate));
  }

  isTradingDay(day: number): boolean {
    // 1970-01-01 was a Thursday
    const weekday = (day + 4) % 7;
    return weekday !== 0 && weekday !== 6 && !this.holidays.has(day);
  }

  nextTradingDay(day: number): number {
    let next = day + 1;
    while (!this.isTradingDay(next)) next++;
    return next;
  }

  previousTradingDay(day: number): number {
    let previous = day - 1;
    while (!this.isTradingDay(previous)) previous--;
    return previous;
  }

  /** Whether the trading day has a night session on the evening of the one before: not when a holiday lies between. */
  hasNight(tradingDay: number): boolean {
    for (let day = tradingDay - 1; !this.isTradingDay(day); day--) if (this.holidays.has(day)) return false;
    return true;
  }

  /** The trading day that business at the moment belongs to, as a day number: evenings, nights and weekends go to the next. */
  tradingDayAt(minute: number): number {
    const day = dayOf(minute);
    return this.isTradingDay(day) && minute % MINUTES_PER_DAY < EVENING ? day : this.nextTradingDay(day);
  }
}

/**
 * yyyymmdd of the trading day after one that is settled at `utcMs`; days that were missed altogether are passed over. Without
 * a moment simply the next one.
 */
export function followingDay(calendar: TradingCalendar, tradingDay: number, utcMs?: number): number {
  const next = calendar.nextTradingDay(dayOfDate(tradingDay));
  return dateOfDay(utcMs === undefined ? next : Math.max(next, calendar.tradingDayAt(minuteOf(utcMs))));
}

/** Whether no clock ever closes instruments of the template. */
export function isAlwaysOpen(template: string): boolean {
  const { night, day }: Template = TEMPLATES[template as SessionTemplate];
  return night.length === 0 && day.length === 0;
}

/** A stretch of continuous trading, in minutes from midnight of the day it begins on; the end may lie beyond 24:00. */
export type TradingSpan = readonly [from: number, to: number];

/** When orders meet at once on a trading day, its night session apart. */
export function tradingSpans(template: string): { night: TradingSpan[]; day: TradingSpan[] } {
  const { night, day }: Template = TEMPLATES[template as SessionTemplate];
  return isAlwaysOpen(template) ? { night: [], day: [[0, MINUTES_PER_DAY]] } : { night: continuousSpans(night), day: continuousSpans(day) };
}

function continuousSpans(list: readonly Step[]): TradingSpan[] {
  const spans: TradingSpan[] = [];
  // the last step of a session ends it
  for (let i = 0; i < list.length - 1; i++) if (list[i].phase === Phase.CONTINUOUS) spans.push([list[i].minute, list[i + 1].minute]);
  return spans;
}

/** The phase that the template gives the moment. */
export function phaseAt(template: string, minute: number, calendar: TradingCalendar): number {
  return lastTransition(template, minute, calendar)?.phase ?? Phase.CONTINUOUS;
}

/** The transition that brought the phase of the moment; undefined for a template that is always open. */
export function lastTransition(template: string, minute: number, calendar: TradingCalendar): Transition | undefined {
  const tradingDay = calendar.tradingDayAt(minute);
  for (const day of [tradingDay, calendar.previousTradingDay(tradingDay)]) {
    const past = transitionsOf(template, day, calendar).filter((transition) => transition.minute <= minute);
    if (past.length > 0) return past.at(-1);
  }
  return undefined;
}

/** The first transition after the moment; undefined for a template that is always open. */
export function nextTransition(template: string, minute: number, calendar: TradingCalendar): Transition | undefined {
  const tradingDay = calendar.tradingDayAt(minute);
  for (const day of [tradingDay, calendar.nextTradingDay(tradingDay)]) {
    const next = transitionsOf(template, day, calendar).find((transition) => transition.minute > minute);
    if (next !== undefined) return next;
  }
  return undefined;
}

/** All transitions of one trading day in order, its night session first. */
function transitionsOf(template: string, tradingDay: number, calendar: TradingCalendar): Transition[] {
  const { night, day }: Template = TEMPLATES[template as SessionTemplate];
  const evening = calendar.previousTradingDay(tradingDay);
  return [...(calendar.hasNight(tradingDay) ? at(evening, night) : []), ...at(tradingDay, day)];
}

function at(day: number, list: readonly Step[]): Transition[] {
  return list.map(({ minute, phase }) => ({ minute: day * MINUTES_PER_DAY + minute, phase }));
}

/** `HH:MM PHASE, …`, beyond 24:00 for the morning after. */
function steps(text: string): Step[] {
  return text.split(', ').map((step) => {
    const [time, phase] = step.split(' ');
    const [hours, minutes] = time.split(':').map(Number);
    return { minute: hours * 60 + minutes, phase: Phase[phase as keyof typeof Phase] };
  });
}

/** The day number of an exchange minute. */
export function dayOf(minute: number): number {
  return Math.floor(minute / MINUTES_PER_DAY);
}

/** The exchange minute of a moment in UTC milliseconds. */
export function minuteOf(utcMs: number): number {
  return Math.floor((utcMs + EXCHANGE_OFFSET_MS) / MS_PER_MINUTE);
}

/** UTC milliseconds of the beginning of an exchange minute. */
export function msOf(minute: number): number {
  return minute * MS_PER_MINUTE - EXCHANGE_OFFSET_MS;
}

/** The day number of yyyymmdd. */
export function dayOfDate(date: number): number {
  return Date.UTC(Math.floor(date / 10_000), (Math.floor(date / 100) % 100) - 1, date % 100) / MS_PER_DAY;
}

/** yyyymmdd of a day number. */
export function dateOfDay(day: number): number {
  const date = new Date(day * MS_PER_DAY);
  return date.getUTCFullYear() * 10_000 + (date.getUTCMonth() + 1) * 100 + date.getUTCDate();
}
