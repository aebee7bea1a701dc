/** What a set_chart asks for (diff.md 5.4). */
import { numberOf, textOf, type Fields } from '../messages/context.js';

const US_PER_SECOND = 1_000_000;
const US_PER_DAY = 86_400 * US_PER_SECOND;
const NS_PER_US = 1000;
const NS_PER_SECOND = 1e9;
export const VIEW_WIDTH_MAX = 10_000;
/** Days below this many nanoseconds are a number of days. */
const DAY_COUNT_NS_MIN = 1e9;

export interface ChartRequest {
  readonly chartId: string;
  /** The first one is the main one. */
  readonly symbols: readonly string[];
  /** 0 for ticks. */
  readonly durationUs: number;
  readonly window: ChartWindow;
  /** The request as it came: charts echo it. */
  readonly state: Fields;
}

export type ChartWindow =
  | { readonly kind: 'newest'; readonly width: number }
  | { readonly kind: 'left'; readonly leftId: number; readonly width: number }
  | { readonly kind: 'focus'; readonly timeUs: number; readonly position: number; readonly width: number }
  /** `startUs` 0 for the current trading day. */
  | { readonly kind: 'days'; readonly startUs: number; readonly lengthUs: number };

/** The request, or undefined for one that removes the chart; a text says what is wrong with it. */
export function chartRequest(fields: Fields): ChartRequest | undefined | string {
  const symbols = textOf(fields, 'ins_list')
    .split(',')
    .filter((symbol) => symbol !== '');
  const window = windowOf(fields);
  if (symbols.length === 0 || window === undefined) return undefined;
  const durationNs = numberOf(fields, 'duration') ?? NaN;
  const durationUs = durationNs / NS_PER_US;
  if (!isDuration(durationNs)) return 'The duration of a chart must be 0, whole seconds up to a day, or whole days, in nanoseconds.';
  return { chartId: textOf(fields, 'chart_id'), symbols, durationUs, window, state: fields };
}

function isDuration(ns: number): boolean {
  if (!(ns >= 0 && ns % NS_PER_SECOND === 0)) return false;
  const us = ns / NS_PER_US;
  return us <= US_PER_DAY || us % US_PER_DAY === 0;
}

/** Undefined when nothing is to be seen. */
function windowOf(fields: Fields): ChartWindow | undefined {
  const dayStart = numberOf(fields, 'trading_day_start');
  const dayCount = numberOf(fields, 'trading_day_count');
  if (dayStart !== undefined || dayCount !== undefined) {
    const count = dayCount ?? US_PER_DAY * NS_PER_US;
    const lengthUs = count < DAY_COUNT_NS_MIN ? count * US_PER_DAY : count / NS_PER_US;
    return { kind: 'days', startUs: (dayStart ?? 0) / NS_PER_US, lengthUs };
  }
  const width = Math.min(VIEW_WIDTH_MAX, Math.floor(numberOf(fields, 'view_width') ?? 0));
  if (!(width > 0)) return undefined;
  const leftId = numberOf(fields, 'left_kline_id');
  if (leftId !== undefined && leftId >= 0) return { kind: 'left', leftId: Math.floor(leftId), width };
  const focus = numberOf(fields, 'focus_datetime');
  if (focus === undefined) return { kind: 'newest', width };
  return { kind: 'focus', timeUs: focus / NS_PER_US, position: Math.floor(numberOf(fields, 'focus_position') ?? 0), width };
}
