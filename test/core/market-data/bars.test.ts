/** K-lines against brute force, their boundaries, and what is filled in and folded on reading. */
import fc from 'fast-check';
import t from 'tap';
import { Phase } from '../../../src/core/enums.js';
import { Trade } from '../../../src/core/events.js';
import type { Bar } from '../../../src/core/market-data/bar.js';
import { BarFold } from '../../../src/core/market-data/bar-fold.js';
import { filled, folded } from '../../../src/core/market-data/bar-reading.js';
import { barStart, DAY, dayStart, periodOf, PERIODS } from '../../../src/core/market-data/periods.js';
import { nextSessionUs, sessionSlots } from '../../../src/core/market-data/session-slots.js';
import { TradingCalendar } from '../../../src/core/sessions.js';
import { WIDE } from '../../../src/core/units.js';
import { naiveBars, type NaiveBar, type NaiveTrade } from './naive-bars.js';

const seed = Number(process.env['SEED'] ?? Date.now() % 2 ** 31);
const calendar = new TradingCalendar();
/** A Monday, 00:00 in exchange time. */
const MONDAY = dayStart(20260105);
const SECOND = 1_000_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

function at(hours: number, minutes: number, seconds = 0): number {
  return MONDAY + hours * HOUR + minutes * MINUTE + Math.round(seconds * SECOND);
}

/** Feeds trades and gathers every bar, the last telling of each. */
class Chart {
  readonly told: { period: number; bar: Bar }[] = [];
  readonly fold = new BarFold((_instrument, period, bar) => this.told.push({ period, bar }));
  private openInterest = 0;

  constructor() {
    this.fold.ensure(1);
  }

  trade(timeUs: number, price: number, volume: number, phase: number = Phase.CONTINUOUS, tradingDay = 20260105): void {
    const trade = new Trade();
    trade.instrument = 1;
    trade.price = price * 10_000;
    trade.volume = volume;
    trade.phase = phase === Phase.CONTINUOUS ? Phase.CONTINUOUS : Phase.AUCTION_MATCH;
    trade.stamp.timeUs = timeUs;
    this.openInterest += volume;
    this.fold.trade(trade, trade.price * 10 * volume, this.openInterest, volume, tradingDay, phase);
  }

  bars(period: number): Bar[] {
    const byStart = new Map<number, Bar>();
    for (const { period: told, bar } of this.told) if (told === period) byStart.set(bar.startUs, bar);
    const newest = this.fold.newest(1, period);
    if (newest !== undefined) byStart.set(newest.startUs, newest);
    return [...byStart.values()];
  }
}

function plain(bar: Bar): NaiveBar {
  const { startUs, barNo, open, high, low, close, volume, openOi, closeOi, tradeCount } = bar;
  const amount = BigInt(bar.amountHigh) * BigInt(WIDE) + BigInt(bar.amountLow);
  return { startUs, barNo, open, high, low, close, volume, amount, openOi, closeOi, tradeCount };
}

t.test('the example of a morning: auction, bars, an empty minute', async (t) => {
  const chart = new Chart();
  chart.trade(at(8, 59), 3806, 2, Phase.AUCTION_MATCH);
  t.equal(chart.fold.newest(1, 0), undefined, 'the auction waits for its session');
  chart.fold.sessionBegan(1, at(9, 0, 0.003));
  chart.trade(at(9, 0, 0.5), 3807, 1);
  chart.trade(at(9, 0, 59.999), 3805, 3);
  chart.trade(at(9, 1), 3808, 1);
  chart.trade(at(9, 3, 10), 3804, 2);
  const minute = periodOf('1m');
  const shown = filled(chart.bars(minute), 'COMM_DAY', calendar, minute, at(9, 4));
  t.match(shown, [
    { startUs: at(9, 0), open: 38060000, high: 38070000, low: 38050000, close: 38050000, volume: 6, barNo: 0 },
    { startUs: at(9, 1), open: 38080000, close: 38080000, volume: 1, barNo: 1, isFinished: true },
    { startUs: at(9, 2), open: 38080000, high: 38080000, low: 38080000, close: 38080000, volume: 0, barNo: 1 },
    { startUs: at(9, 3), open: 38040000, volume: 2, barNo: 2, isFinished: false },
  ]);
  t.equal(shown[0].amountLow, 228_340 * 10_000);
  t.match(chart.bars(periodOf('5m')), [{ open: 38060000, high: 38080000, low: 38040000, close: 38040000, volume: 9 }]);
});

t.test('bars of all periods are those of brute force, whenever time is told to pass', async () => {
  const step = fc.record({
    gapUs: fc.oneof(fc.integer({ min: 0, max: SECOND }), fc.integer({ min: 0, max: 3 * HOUR })),
    price: fc.integer({ min: 90, max: 110 }),
    volume: fc.integer({ min: 1, max: 1000 }),
    advance: fc.boolean(),
    nextDay: fc.integer({ min: 0, max: 30 }).map((n) => n === 0),
  });
  const property = fc.property(fc.array(step, { minLength: 1, maxLength: 60 }), (steps) => {
    const chart = new Chart();
    const trades: (NaiveTrade & { day: number })[] = [];
    let timeUs = at(9, 0);
    let day = 20260105;
    let openInterest = 0;
    for (const { gapUs, price, volume, advance, nextDay } of steps) {
      timeUs += gapUs;
      if (nextDay) {
        chart.fold.dayEnded(1);
        day++;
      }
      chart.trade(timeUs, price, volume, Phase.CONTINUOUS, day);
      openInterest += volume;
      trades.push({ timeUs, price: price * 10_000, volume, amount: price * 100_000 * volume, openInterest, delta: volume, day });
      if (advance) chart.fold.advance(timeUs + gapUs);
    }
    for (const [period] of PERIODS.entries()) {
      const startOf = (trade: NaiveTrade): number =>
        period === DAY ? dayStart((trade as NaiveTrade & { day: number }).day) : barStart(period, trade.timeUs);
      const [ours, naive] = [chart.bars(period).map(plain), naiveBars(trades, startOf)];
      if (JSON.stringify(ours, digits) !== JSON.stringify(naive, digits)) throw new Error(`period ${PERIODS[period].name} differs`);
    }
  });
  fc.assert(property, { seed, numRuns: 150 });
});

function digits(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? `${value}n` : value;
}

t.test('a bar is told once it is over, and again when one more trade of it comes', async (t) => {
  const chart = new Chart();
  chart.trade(at(9, 0, 1), 100, 1);
  t.equal(chart.fold.nextUs, at(9, 0, 3));
  chart.fold.advance(at(9, 0, 3));
  chart.fold.advance(at(9, 0, 3));
  t.match(chart.told, [{ period: 0, bar: { isFinished: true, volume: 1 } }]);
  chart.trade(at(9, 0, 2.9), 101, 1);
  t.match(chart.fold.newest(1, 0), { isFinished: false, volume: 2, barNo: 0 });
  chart.fold.advance(at(9, 0, 3));
  t.equal(chart.told.length, 2);
  t.match(chart.told[1], { period: 0, bar: { volume: 2, close: 1_010_000, barNo: 0 } });
});

t.test('the end of a session ends the bars that the next one does not reach', async (t) => {
  const chart = new Chart();
  chart.trade(at(10, 14, 59), 100, 1);
  const resume = nextSessionUs('COMM_DAY', calendar, at(10, 15));
  t.equal(resume, at(10, 30));
  chart.fold.sessionEnded(1, resume);
  t.same(
    chart.told.map(({ period }) => PERIODS[period].name),
    ['3s', '1m', '5m', '15m', '30m'],
    'the bar of 10:00 to 11:00 goes on after the break',
  );
});

t.test('slots lie in trading hours only', async (t) => {
  const minute = periodOf('1m');
  const morning = sessionSlots('COMM_DAY', calendar, minute, at(10, 13), at(10, 32));
  t.same(morning, [at(10, 14), at(10, 30), at(10, 31)]);
  const hour = sessionSlots('COMM_DAY', calendar, periodOf('60m'), at(9, 0), at(24, 0));
  t.same(hour, [at(10, 0), at(11, 0), at(13, 0), at(14, 0)]);
  const night = sessionSlots('COMM_NIGHT_0230', calendar, periodOf('60m'), at(14, 0), at(24 + 10, 0));
  t.same(
    night,
    [21, 22, 23, 24, 25, 26, 33].map((hours) => at(hours, 0)),
  );
  t.same(sessionSlots('CFFEX_INDEX', calendar, DAY, MONDAY + 3 * 24 * HOUR, MONDAY + 9 * 24 * HOUR), [
    MONDAY + 4 * 24 * HOUR,
    MONDAY + 7 * 24 * HOUR,
    MONDAY + 8 * 24 * HOUR,
  ]);
  t.equal(sessionSlots('SIM_24H', calendar, minute, at(2, 0), at(4, 0)).length, 119);
  t.equal(sessionSlots('SIM_24H', calendar, minute, at(2, 0), at(4, 0), 7).length, 7);
});

t.test('a longer period is the fold of a shorter one', async () => {
  const step = fc.record({ gap: fc.integer({ min: 0, max: 400 }), price: fc.integer({ min: 90, max: 110 }), volume: fc.nat({ max: 50 }) });
  const property = fc.property(fc.array(step, { minLength: 1, maxLength: 80 }), (steps) => {
    const chart = new Chart();
    let timeUs = at(9, 0);
    for (const { gap, price, volume } of steps) chart.trade((timeUs += gap * SECOND), price, volume + 1);
    const minutes = chart.bars(periodOf('1m'));
    for (const name of ['5m', '15m', '30m', '60m']) {
      const period = periodOf(name);
      const wide = folded(minutes, (startUs) => barStart(period, startUs), 0).map(plain);
      if (JSON.stringify(wide, digits) !== JSON.stringify(chart.bars(period).map(plain), digits)) throw new Error(`${name} differs`);
    }
  });
  fc.assert(property, { seed, numRuns: 100 });
});
