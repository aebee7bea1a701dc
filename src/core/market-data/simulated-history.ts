/**
 * Bars of a time before an instrument was listed, so that the charts of an exchange that is only tried out are not empty.
 *
 * They are one walk: fine bars where every period is shown, coarser ones further back, and each period folded from the next
 * finer one as far as that reaches. They end before the bar that the listing lies in, near the price that trading starts
 * from, and lie in the trading hours of the instrument. They follow from the listing alone.
 */
import type { Instrument } from '../instrument.js';
import { dateOfDay, dayOf, isAlwaysOpen, minuteOf, type TradingCalendar } from '../sessions.js';
import type { Bar } from './bar.js';
import { folded } from './bar-reading.js';
import { barStart, DAY, dayStart, PERIODS } from './periods.js';
import { sessionSlots } from './session-slots.js';
import { SimulatedWalk, type WalkTerms } from './simulated-walk.js';

export type SimulatedTerms = WalkTerms & Pick<Instrument, 'sessionTemplate'>;

/**
 * By period, in order of time and numbered from 0: at least `count` bars each. `tradingDay`, yyyymmdd, is the day at the
 * listing: its bar is left to real trades.
 */
export function simulatedHistory(terms: SimulatedTerms, calendar: TradingCalendar, tradingDay: number, count: number): Bar[][] {
  const hours = new Hours(terms.sessionTemplate, calendar);
  const walk = new SimulatedWalk(terms);
  const history: Bar[][] = [];
  for (const [period, { us }] of PERIODS.entries()) {
    const endUs = period === DAY ? Math.min(dayStart(tradingDay), hours.dayOf(terms.createdUs)) : barStart(period, terms.createdUs);
    const starts = hours.startsBefore(endUs, period, count);
    const finer = history.at(-1) ?? [];
    const coveredUs = finer.length === 0 ? Infinity : hours.startOf(period, finer[0].startUs);
    const walked: Bar[] = [];
    for (const startUs of starts.filter((start) => start < coveredUs).reverse()) {
      walked.push(walk.previous(startUs, us, hours.dayOf(startUs)));
    }
    const whole = folded(finer, (timeUs) => hours.startOf(period, timeUs), 0).filter(({ startUs }) => startUs < endUs);
    history.push([...walked.reverse(), ...whole].map((bar, barNo) => ({ ...bar, barNo })));
  }
  return history;
}

/** When an instrument trades, and to which trading day that belongs. */
class Hours {
  private readonly isAlwaysOpen: boolean;

  constructor(
    private readonly template: string,
    private readonly calendar: TradingCalendar,
  ) {
    this.isAlwaysOpen = isAlwaysOpen(template);
  }

  /** Beginning of the trading day of a moment. */
  dayOf(timeUs: number): number {
    const minute = minuteOf(timeUs / 1000);
    return dayStart(dateOfDay(this.isAlwaysOpen ? dayOf(minute) : this.calendar.tradingDayAt(minute)));
  }

  /** Beginning of the bar of a moment. */
  startOf(period: number, timeUs: number): number {
    return period === DAY ? this.dayOf(timeUs) : barStart(period, timeUs);
  }

  /**
   * Starts of the last bars before a moment, in order: `count`, or as many more as make the bars of the next longer period
   * whole.
   */
  startsBefore(endUs: number, period: number, count: number): number[] {
    for (let backUs = count * PERIODS[period].us; ; backUs *= 2) {
      const fromUs = this.startOf(Math.min(period + 1, DAY), endUs - backUs);
      const starts = sessionSlots(this.template, this.calendar, period, fromUs, endUs);
      const longer = (at: number): number => (period === DAY ? at : this.startOf(period + 1, starts[at]));
      let first = starts.length - count;
      while (first > 0 && longer(first) === longer(first - 1)) first--;
      if (first > 0) return starts.slice(first);
    }
  }
}
