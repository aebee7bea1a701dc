import t from 'tap';
import { nameOf, Phase } from '../../src/core/enums.js';
import {
  dateOfDay,
  dayOfDate,
  minuteOf,
  msOf,
  nextTransition,
  phaseAt,
  SESSION_TEMPLATES,
  TradingCalendar,
} from '../../src/core/sessions.js';

/** 2026-10-01 (Thursday) to 2026-10-07 are holidays; 2026-10-08 is a Thursday. */
const CALENDAR = new TradingCalendar([20261001, 20261002, 20261005, 20261006, 20261007]);

/** `20261105 09:30` in exchange time. */
function minute(text: string): number {
  const [date, time] = text.split(' ');
  const [hours, minutes] = time.split(':').map(Number);
  return dayOfDate(Number(date)) * 1440 + hours * 60 + minutes;
}

function phase(template: string, text: string): string {
  return nameOf(Phase, phaseAt(template, minute(text), CALENDAR));
}

function tradingDay(text: string): number {
  return dateOfDay(CALENDAR.tradingDayAt(minute(text)));
}

/** The next `count` transitions as `HH:MM PHASE`, with the date where it is another day's. */
function following(template: string, text: string, count: number): string[] {
  const lines: string[] = [];
  let from = minute(text);
  for (let i = 0; i < count; i++) {
    const next = nextTransition(template, from, CALENDAR)!;
    from = next.minute;
    const clock = new Date((next.minute % 1440) * 60_000).toISOString().slice(11, 16);
    lines.push(`${dateOfDay(Math.floor(next.minute / 1440)) % 100} ${clock} ${nameOf(Phase, next.phase)}`);
  }
  return lines;
}

t.test('segments are half-open', (t) => {
  t.equal(phase('CFFEX_INDEX', '20261105 09:24'), 'CLOSED');
  t.equal(phase('CFFEX_INDEX', '20261105 09:25'), 'AUCTION_ORDER');
  t.equal(phase('CFFEX_INDEX', '20261105 09:28'), 'AUCTION_ORDER');
  t.equal(phase('CFFEX_INDEX', '20261105 09:29'), 'AUCTION_MATCH');
  t.equal(phase('CFFEX_INDEX', '20261105 09:30'), 'CONTINUOUS');
  t.equal(phase('CFFEX_INDEX', '20261105 11:30'), 'BREAK');
  t.equal(phase('CFFEX_INDEX', '20261105 13:00'), 'CONTINUOUS');
  t.equal(phase('CFFEX_INDEX', '20261105 14:59'), 'CONTINUOUS');
  t.equal(phase('CFFEX_INDEX', '20261105 15:00'), 'CLOSED', 'no closing auction');
  t.equal(phase('CFFEX_BOND', '20261105 15:00'), 'CONTINUOUS');
  t.equal(phase('CFFEX_BOND', '20261105 15:15'), 'CLOSED');
  t.equal(phase('COMM_DAY', '20261105 10:15'), 'BREAK');
  t.equal(phase('COMM_DAY', '20261105 10:30'), 'CONTINUOUS');
  t.equal(phase('COMM_DAY', '20261105 21:00'), 'CLOSED', 'no night');
  t.end();
});

t.test('a trading day of a night product begins on the evening before', (t) => {
  t.same(following('COMM_NIGHT_0230', '20261105 15:00', 13), [
    '5 20:55 AUCTION_ORDER',
    '5 20:59 AUCTION_MATCH',
    '5 21:00 CONTINUOUS',
    '6 02:30 BREAK',
    '6 08:55 AUCTION_ORDER',
    '6 08:59 AUCTION_MATCH',
    '6 09:00 CONTINUOUS',
    '6 10:15 BREAK',
    '6 10:30 CONTINUOUS',
    '6 11:30 BREAK',
    '6 13:30 CONTINUOUS',
    '6 15:00 CLOSED',
    '6 20:55 AUCTION_ORDER',
  ]);
  t.equal(phase('COMM_NIGHT_2300', '20261105 22:59'), 'CONTINUOUS');
  t.equal(phase('COMM_NIGHT_2300', '20261105 23:00'), 'BREAK');
  t.equal(phase('COMM_NIGHT_0100', '20261106 00:59'), 'CONTINUOUS');
  t.equal(phase('COMM_NIGHT_0100', '20261106 01:00'), 'BREAK');
  t.end();
});

t.test('Friday night is Monday, and trades into Saturday', (t) => {
  t.equal(tradingDay('20261102 21:00'), 20261103, 'Monday night is Tuesday');
  t.equal(tradingDay('20261103 01:00'), 20261103);
  t.equal(tradingDay('20261106 21:00'), 20261109);
  t.equal(tradingDay('20261107 01:00'), 20261109);
  t.equal(tradingDay('20261108 12:00'), 20261109);
  t.equal(tradingDay('20261109 09:30'), 20261109);
  t.equal(phase('COMM_NIGHT_0230', '20261107 02:29'), 'CONTINUOUS');
  t.equal(phase('COMM_NIGHT_0230', '20261107 02:30'), 'BREAK');
  t.equal(phase('COMM_NIGHT_0230', '20261109 08:54'), 'BREAK');
  t.equal(phase('COMM_DAY', '20261107 09:30'), 'CLOSED', 'weekends do not trade');
  t.equal(phase('COMM_NIGHT_2300', '20261108 21:30'), 'BREAK', 'nor do their evenings');
  t.end();
});

t.test('no night session before a holiday, none and no day on one', (t) => {
  t.equal(phase('COMM_NIGHT_2300', '20260930 21:30'), 'CLOSED');
  t.equal(tradingDay('20260930 21:30'), 20261008);
  t.equal(phase('CFFEX_INDEX', '20261001 10:00'), 'CLOSED');
  t.equal(phase('COMM_NIGHT_2300', '20261007 21:30'), 'CLOSED', 'the day before is none');
  t.same(following('COMM_NIGHT_2300', '20260930 15:00', 1), ['8 08:55 AUCTION_ORDER']);
  t.end();
});

t.test('the simulated market is always open', (t) => {
  t.equal(phase('SIM_24H', '20261107 03:00'), 'CONTINUOUS');
  t.equal(nextTransition('SIM_24H', minute('20261107 03:00'), CALENDAR), undefined);
  t.end();
});

t.test('what comes next is what the phase becomes', (t) => {
  for (const template of SESSION_TEMPLATES.filter((name) => name !== 'SIM_24H')) {
    let expected = phaseAt(template, minute('20260928 00:00'), CALENDAR);
    let next = nextTransition(template, minute('20260928 00:00') - 1, CALENDAR)!;
    for (let at = minute('20260928 00:00'); at < minute('20261012 00:00'); at++) {
      if (next.minute === at) {
        expected = next.phase;
        next = nextTransition(template, at, CALENDAR)!;
      }
      if (phaseAt(template, at, CALENDAR) !== expected) t.fail(`${template} at minute ${at}`);
    }
  }
  t.end();
});

t.test('minutes are those of UTC+8', (t) => {
  t.equal(minuteOf(Date.UTC(2026, 10, 5, 1, 30, 59)), minute('20261105 09:30'));
  t.equal(msOf(minute('20261105 09:30')), Date.UTC(2026, 10, 5, 1, 30));
  t.equal(dateOfDay(dayOfDate(20240229)), 20240229);
  t.end();
});
