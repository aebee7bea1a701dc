/** Simulated histories: what they promise of hours, prices and numbers, for every template of trading hours. */
import { isDeepStrictEqual } from 'node:util';
import t, { type Test } from 'tap';
import { dailyLimits } from '../../../src/core/instrument.js';
import type { Bar } from '../../../src/core/market-data/bar.js';
import { folded } from '../../../src/core/market-data/bar-reading.js';
import { barStart, DAY, dayStart, PERIODS } from '../../../src/core/market-data/periods.js';
import { sessionSlots } from '../../../src/core/market-data/session-slots.js';
import { simulatedHistory, type SimulatedTerms } from '../../../src/core/market-data/simulated-history.js';
import { simulatedBarsOf, simulatedName, unmarkedName } from '../../../src/core/market-data/simulated-name.js';
import { dateOfDay, dayOf, isAlwaysOpen, minuteOf, SESSION_TEMPLATES, TradingCalendar } from '../../../src/core/sessions.js';
import { WIDE } from '../../../src/core/units.js';

const COUNT = 120;
/** A holiday on a Thursday: no night session before the Friday. */
const calendar = new TradingCalendar([20260101]);
/** Wednesday, 7 January 2026, 10:17:20 in exchange time. */
const LISTED_US = Date.UTC(2026, 0, 7, 2, 17, 20) * 1000;
const TRADING_DAY = 20260107;

function termsOf(sessionTemplate: string): SimulatedTerms {
  return {
    instrumentId: 'SHFE.rb',
    createdUs: LISTED_US,
    preSettlement: 3500 * 10_000,
    priceTick: 10_000,
    multiplier: 10,
    limitUpRate: 80_000,
    limitDownRate: 80_000,
    sessionTemplate,
  };
}

function startOf(template: string, period: number, timeUs: number): number {
  if (period < DAY) return barStart(period, timeUs);
  const minute = minuteOf(timeUs / 1000);
  return dayStart(dateOfDay(isAlwaysOpen(template) ? dayOf(minute) : calendar.tradingDayAt(minute)));
}

for (const template of SESSION_TEMPLATES) {
  t.test(`a history in the hours of ${template}`, (t) => {
    const terms = termsOf(template);
    const history = simulatedHistory(terms, calendar, TRADING_DAY, COUNT);
    t.equal(history.length, PERIODS.length);
    for (const [period, bars] of history.entries()) {
      const { name } = PERIODS[period];
      t.ok(bars.length >= COUNT, `${name}: enough bars`);
      t.ok(
        bars.every(({ barNo }, index) => barNo === index),
        `${name}: numbered without gaps`,
      );
      const [first] = bars;
      const endUs = startOf(template, period, LISTED_US);
      const slots = sessionSlots(template, calendar, period, first.startUs, endUs);
      t.ok(
        isDeepStrictEqual(
          bars.map(({ startUs }) => startUs),
          [first.startUs, ...slots],
        ),
        `${name}: a bar in each slot of trading hours until the listing, and nowhere else`,
      );
      t.ok(
        bars.every((bar) => isPlausible(bar, terms)),
        `${name}: prices on ticks, in order; volume and amount fit`,
      );
    }
    for (let period = 1; period <= DAY; period++) {
      const made = folded(history[period - 1], (timeUs) => startOf(template, period, timeUs), 0);
      const wide = history[period].slice(-made.length);
      const whole = made.filter(({ startUs }) => startUs <= history[period].at(-1)!.startUs);
      t.ok(whole.length > 0, 'there are bars to fold');
      t.ok(
        isDeepStrictEqual(wide.slice(-whole.length).map(withoutNumber), whole.map(withoutNumber)),
        `${PERIODS[period].name} is the fold of ${PERIODS[period - 1].name}`,
      );
    }
    t.equal(history[0].at(-1)!.close, terms.preSettlement, 'trading goes on where the history ends');
    checkLimits(t, history[DAY], terms);
    t.ok(new Set(history[0].map(({ close }) => close)).size > 3, 'and it moves');
    t.end();
  });
}

/** Each day lies within the limits that the close of the day before gives it, with room for the settlement price beside the close. */
function checkLimits(t: Test, days: readonly Bar[], terms: SimulatedTerms): void {
  for (const [index, { high, low }] of days.entries()) {
    if (index === 0) continue;
    const { upperLimit, lowerLimit } = dailyLimits({ ...terms, preSettlement: days[index - 1].close });
    if (high > upperLimit || low < lowerLimit) t.fail(`day ${index} is beyond its limits`);
  }
  const today = dailyLimits(terms);
  t.ok(days.at(-1)!.close <= today.upperLimit && days.at(-1)!.close >= today.lowerLimit);
}

function isPlausible(
  { open, high, low, close, volume, amountHigh, amountLow, tradeCount, isFinished }: Bar,
  terms: SimulatedTerms,
): boolean {
  const isOnTick = [open, high, low, close].every((price) => price > 0 && price % terms.priceTick === 0);
  const isInOrder = low <= Math.min(open, close) && high >= Math.max(open, close);
  const mean = (amountHigh * WIDE + amountLow) / volume / terms.multiplier;
  return isOnTick && isInOrder && volume >= tradeCount && tradeCount > 0 && isFinished && mean >= low && mean <= high;
}

function withoutNumber(bar: Bar): Omit<Bar, 'barNo'> {
  return { ...bar, barNo: undefined } as Omit<Bar, 'barNo'>;
}

t.test('the same listing has the same history, another one another', (t) => {
  const terms = termsOf('SIM_24H');
  const history = simulatedHistory(terms, calendar, TRADING_DAY, COUNT);
  t.ok(isDeepStrictEqual(simulatedHistory({ ...terms }, calendar, TRADING_DAY, COUNT), history));
  t.notOk(isDeepStrictEqual(simulatedHistory({ ...terms, instrumentId: 'SHFE.hc' }, calendar, TRADING_DAY, COUNT), history));
  const days = simulatedHistory(terms, calendar, 20260105, COUNT)[DAY];
  t.equal(days.at(-1)!.startUs, dayStart(20260104), 'the bar of the trading day is left to trades, though that is of the past');
  const cheap = simulatedHistory({ ...terms, preSettlement: 10_000 }, calendar, TRADING_DAY, COUNT);
  t.ok(
    cheap.flat().every(({ low }) => low >= terms.priceTick),
    'no price falls to nothing',
  );
  t.end();
});

t.test('the mark in the name', (t) => {
  const name = simulatedName('Steel rebar', 500);
  t.equal(name, 'Steel rebar (simulated history: 500 bars)');
  t.equal(simulatedBarsOf(name), 500);
  t.equal(unmarkedName(name), 'Steel rebar');
  t.equal(unmarkedName(`${name} (simulated history: 7 bars)`), 'Steel rebar', 'nobody hides one mark behind another');
  t.equal(simulatedName('Steel rebar', 0), 'Steel rebar');
  for (const other of ['Steel rebar', '(simulated history: 5 bars) rebar', 'rebar (simulated history)']) {
    t.equal(simulatedBarsOf(other), 0);
    t.equal(unmarkedName(other), other);
  }
  t.end();
});
