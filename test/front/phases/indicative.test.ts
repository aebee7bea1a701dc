/** What an auction would do now, against what it then does, and how often it is told. */
import t from 'tap';
import { Phase, Side } from '../../../src/core/enums.js';
import { IndicationSchedule } from '../../../src/core/market-data/indication-schedule.js';
import type { Indication } from '../../../src/core/market-data/market-snapshot.js';
import type { Instrument } from '../../../src/core/instrument.js';
import { StateObserver } from '../../../src/core/observer.js';
import { indicationOf, isAuction } from '../../../src/front/phases/indicative.js';
import { AnswerText } from '../../../src/front/views/answer-text.js';
import { orderBookView } from '../../../src/front/views/market-view.js';
import { ControlledCircle } from '../../support/controlled-circle.js';

const TICK = 10_000;

async function collecting(profile = 'sim'): Promise<{ circle: ControlledCircle; instrument: number; buyer: number; seller: number }> {
  const circle = new ControlledCircle();
  const instrument = circle.list({ instrumentId: 'SIM.x', multiplier: 1, priceTick: TICK, preSettlement: 98 * TICK, profile });
  await circle.setPhaseOf(instrument, 'AUCTION_ORDER');
  return { circle, instrument, buyer: circle.trader(10_000_000), seller: circle.trader(10_000_000) };
}

class PhaseWatch extends StateObserver {
  constructor(private readonly schedule: IndicationSchedule) {
    super();
  }

  override phaseChanged(instrument: Instrument): void {
    this.schedule.phaseChanged(instrument);
  }
}

/** Worked example U2 of trading-rules.md 12.7. */
async function tied(profile: string): Promise<ControlledCircle> {
  const { circle, instrument, buyer, seller } = await collecting(profile);
  circle.order(buyer, instrument, 'BUY OPEN 1000@100');
  circle.order(buyer, instrument, 'BUY OPEN 500@99');
  circle.order(seller, instrument, 'SELL OPEN 200@97');
  circle.order(seller, instrument, 'SELL OPEN 800@98');
  return circle;
}

t.test('is the price and volume that the uncross then has, for both profiles', async (t) => {
  for (const [profile, price, surplusVolume] of [
    ['sim', 100, 0],
    ['cn', 99, 500],
  ] as const) {
    const circle = await tied(profile);
    t.same(
      indicationOf(circle.state, circle.depth, circle.state.instruments.get(1)),
      { price: price * TICK, volume: 1000, surplusSide: surplusVolume === 0 ? Side.NONE : Side.BUY, surplusVolume },
      profile,
    );
    await circle.setPhaseOf(1, 'AUCTION_MATCH');
    t.equal(circle.state.market.lastPrice[1], price * TICK, profile);
    t.equal(circle.state.market.volume[1], 1000);
  }
});

t.test('leans to the last trade in a halt', async (t) => {
  const { circle, instrument, buyer, seller } = await collecting();
  await circle.setPhaseOf(instrument, 'CONTINUOUS');
  circle.order(buyer, instrument, 'BUY OPEN 1@103');
  circle.order(seller, instrument, 'SELL OPEN 1@103');
  await circle.setPhaseOf(instrument, 'HALT');
  circle.order(buyer, instrument, 'BUY OPEN 300@105');
  circle.order(seller, instrument, 'SELL OPEN 300@101');
  t.equal(indicationOf(circle.state, circle.depth, circle.state.instruments.get(1)).price, 103 * TICK);
});

t.test('shows on tick and order book while the depth may be crossed', async (t) => {
  const { circle, instrument, buyer, seller } = await collecting();
  const none = { volume: 0, surplus_side: 'NONE', surplus_volume: 0 };
  t.match(JSON.parse(new AnswerText(circle.state, circle.depth).tick(instrument, 0)), {
    phase: 'AUCTION_ORDER',
    auction: true,
    indicative: none,
  });
  circle.order(buyer, instrument, 'BUY OPEN 5@100');
  circle.order(seller, instrument, 'SELL OPEN 3@99');
  t.match(orderBookView(circle.state, circle.depth, instrument, 5, 0), {
    phase: 'AUCTION_ORDER',
    auction: true,
    indicative: { price: 100, volume: 3, surplus_side: 'BUY', surplus_volume: 2 },
  });
  await circle.setPhaseOf(instrument, 'BREAK');
  t.equal(isAuction(circle.depth, circle.state.instruments.get(instrument)), true, 'still crossed');
  await circle.setPhaseOf(instrument, 'CONTINUOUS');
  const after = orderBookView(circle.state, circle.depth, instrument, 5, 0);
  t.match(after, { phase: 'CONTINUOUS', auction: false });
  t.notOk('indicative' in after);
});

t.test('is told at once, then at most twice a second, and never forgotten', async (t) => {
  const { circle, instrument, buyer, seller } = await collecting();
  const told: Indication[] = [];
  const { state, depth } = circle;
  const source = {
    instrument: (number: number) => state.instruments.get(number),
    mdSequence: (number: number) => depth.mdSequence(number),
    indication: (of: Instrument) => indicationOf(state, depth, of),
  };
  const schedule = new IndicationSchedule(source, (_instrument, indication) => told.push(indication));
  schedule.phaseChanged(state.instruments.get(instrument));
  state.observe(new PhaseWatch(schedule));
  t.equal(schedule.turn(0), false);
  t.equal(told.length, 1, 'an auction under way');
  circle.order(buyer, instrument, 'BUY OPEN 5@100');
  t.equal(schedule.turn(499), true, 'later');
  circle.order(seller, instrument, 'SELL OPEN 3@99');
  t.equal(schedule.turn(500), false);
  t.match(told.slice(1), [{ price: 100 * TICK, volume: 3 }], 'the two changes as one');
  t.equal(schedule.turn(2000), false);
  t.equal(told.length, 2, 'nothing has changed');
  circle.order(buyer, instrument, 'BUY OPEN 1@101');
  await circle.setPhaseOf(instrument, 'CONTINUOUS');
  t.equal(schedule.turn(3000), false);
  t.equal(told.length, 2, 'the auction is over');
  await circle.setPhaseOf(instrument, 'HALT');
  schedule.turn(3001);
  t.equal(told.length, 3, 'the next one begins at once');
  t.equal(circle.state.instruments.get(instrument).phase, Phase.HALT);
});
