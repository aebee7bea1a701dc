/** The trading clock over the real book: in order, late, after a stop, and what is set by hand. */
import t from 'tap';
import { Phase, PhaseReason } from '../../../src/core/enums.js';
import { restoreState, serializeState } from '../../../src/core/state-codec.js';
import { TradingCalendar } from '../../../src/core/sessions.js';
import { PhaseClock } from '../../../src/front/phases/phase-clock.js';
import { ControlledCircle } from '../../support/controlled-circle.js';

/** Monday 2026-01-05 in exchange time. */
function at(hours: number, minutes: number, seconds = 0): number {
  return Date.UTC(2026, 0, 5, hours - 8, minutes, seconds) * 1000;
}

const INDEX = { instrumentId: 'CFFEX.x', multiplier: 1, priceTick: 10_000, preSettlement: 1_000_000, sessionTemplate: 'CFFEX_INDEX' };

function closedMarket(): { circle: ControlledCircle; instrument: number } {
  const circle = new ControlledCircle();
  const instrument = circle.list({ ...INDEX, phase: Phase.CLOSED });
  circle.nowUs = at(9, 0);
  circle.state.instruments.get(instrument).phaseUs = at(8, 0);
  return { circle, instrument };
}

t.test('moves on when a transition is due, not before', (t) => {
  const { circle } = closedMarket();
  const clock = circle.clock(new TradingCalendar());
  clock.catchUp();
  circle.nowUs = at(9, 24, 59);
  clock.catchUp();
  circle.settle();
  t.same(circle.phases, []);
  circle.nowUs = at(9, 25);
  clock.catchUp();
  clock.catchUp();
  circle.settle();
  t.same(circle.phases, ['1 AUCTION_ORDER'], 'once');
  t.match(circle.state.instruments.get(1), { phaseUs: at(9, 25), phaseReason: PhaseReason.SCHEDULE });
  t.end();
});

t.test('a late clock applies what it missed, in order, before the next command of a user', (t) => {
  const { circle, instrument } = closedMarket();
  circle.clock(new TradingCalendar()).catchUp();
  const [a, b] = [circle.trader(100_000), circle.trader(100_000)];
  circle.nowUs = at(9, 26);
  t.equal(circle.order(a, instrument, 'BUY OPEN 2@101').code, 4101, 'checked against the phase that is durable');
  t.same(circle.phases, ['1 AUCTION_ORDER'], 'but the change came first');
  circle.order(a, instrument, 'BUY OPEN 2@101');
  circle.order(a, instrument, 'BUY OPEN 2@101 GFA');
  circle.order(b, instrument, 'SELL OPEN 3@99');
  t.equal(circle.state.market.tradeCount[instrument], 0);
  circle.nowUs = at(10, 0);
  circle.order(b, instrument, 'SELL OPEN 1@105');
  t.same(circle.phases, ['1 AUCTION_ORDER', '1 AUCTION_MATCH', '1 CONTINUOUS']);
  t.equal(circle.state.market.volume[instrument], 3, 'the auction has been held');
  t.match(circle.depth.levels(instrument, 0, 5), [], 'what the auction order had left is gone');
  t.end();
});

t.test('several instruments go through the same minutes together', (t) => {
  const { circle } = closedMarket();
  circle.list({ ...INDEX, instrumentId: 'SHFE.y', sessionTemplate: 'COMM_DAY', phase: Phase.CLOSED });
  circle.state.instruments.get(2).phaseUs = at(8, 0);
  const clock = circle.clock(new TradingCalendar());
  circle.nowUs = at(9, 29, 30);
  clock.catchUp();
  circle.settle();
  t.same(circle.phases, ['2 AUCTION_ORDER', '2 AUCTION_MATCH', '2 CONTINUOUS', '1 AUCTION_ORDER', '1 AUCTION_MATCH']);
  t.end();
});

t.test('a phase set by hand holds until the next transition', async (t) => {
  const { circle, instrument } = closedMarket();
  const clock = circle.clock(new TradingCalendar());
  circle.nowUs = at(10, 0);
  clock.catchUp();
  circle.settle();
  await circle.setPhaseOf(instrument, 'HALT');
  circle.nowUs = at(11, 0);
  clock.catchUp();
  circle.settle();
  t.equal(circle.state.instruments.get(instrument).phase, Phase.HALT);
  const again = new ControlledCircle();
  Object.assign(again.state, { instruments: restoreState(serializeState(circle.state)).instruments });
  t.same(asked(again, at(11, 29)), [], 'also after a restart');
  t.same(asked(again, at(11, 30)), ['1 BREAK']);
  t.end();
});

t.test('after a stop the clock begins behind the phase that the log shows', (t) => {
  const { circle } = closedMarket();
  const instrument = circle.state.instruments.get(1);
  const shows = (phase: number, us: number) => Object.assign(instrument, { phase, phaseUs: us, phaseReason: PhaseReason.SCHEDULE });
  shows(Phase.CONTINUOUS, at(9, 30));
  t.same(asked(circle, at(13, 0)), ['1 BREAK', '1 CONTINUOUS']);
  shows(Phase.CONTINUOUS, at(9, 29, 59) + 999_000);
  t.same(asked(circle, at(10, 0)), [], 'event time a little behind the clock');
  shows(Phase.AUCTION_MATCH, at(9, 30, 1));
  t.same(asked(circle, at(10, 0)), ['1 CONTINUOUS'], 'a late one, and the next was lost');
  shows(Phase.CONTINUOUS, at(14, 0));
  t.same(asked(circle, at(14, 0) + 24 * 3_600_000_000).length, 6, 'a day later: the close, and the whole morning');
  shows(Phase.SETTLING, at(15, 1));
  t.same(asked(circle, at(16, 0)), []);
  t.end();
});

t.test('another session template holds from its change on', async (t) => {
  const { circle, instrument } = closedMarket();
  const clock = circle.clock(new TradingCalendar());
  circle.nowUs = at(10, 20);
  clock.catchUp();
  circle.settle();
  circle.phases.length = 0;
  await circle.modify(instrument, { session_template: 'COMM_DAY' });
  clock.catchUp();
  circle.settle();
  t.same(circle.phases, ['1 BREAK']);
});

t.test('what could not be handed over is tried again', async (t) => {
  const { circle } = closedMarket();
  const clock = circle.clock(new TradingCalendar());
  circle.nowUs = at(9, 25);
  circle.closed = 9005;
  clock.catchUp();
  await new Promise((resolve) => setImmediate(resolve));
  circle.closed = 0;
  clock.catchUp();
  circle.settle();
  t.same(circle.phases, ['1 AUCTION_ORDER']);
});

/** What a fresh clock asks for at that time. */
function asked(circle: ControlledCircle, nowUs: number): string[] {
  const lines: string[] = [];
  const clock = new PhaseClock({
    state: circle.state,
    calendar: new TradingCalendar(),
    nowMs: () => nowUs / 1000,
    onDelay: () => undefined,
    changes: {
      change: async (instruments, { phase }) => {
        lines.push(`${instruments[0]} ${Object.keys(Phase)[phase!]}`);
      },
    },
  });
  clock.catchUp();
  return lines;
}
