/** The public book folded from events against the live orders themselves. */
import fc from 'fast-check';
import t from 'tap';
import { DepthFold, type DepthChange } from '../../src/core/depth.js';
import { PriceType, Side } from '../../src/core/enums.js';
import { liveSlots, restoreState, serializeState } from '../../src/core/state-codec.js';
import { OneThreadCircle } from '../support/one-thread-circle.js';

const SEED = Number(process.env['SEED'] ?? Date.now() % 2 ** 31);

function naiveLevels(circle: OneThreadCircle, side: number): { price: number; volume: number; orderCount: number }[] {
  const { orders } = circle.state;
  const levels = new Map<number, { price: number; volume: number; orderCount: number }>();
  for (const slot of liveSlots(circle.state)) {
    if (orders.side[slot] !== side || orders.priceType[slot] !== PriceType.LIMIT) continue;
    const level = levels.get(orders.price[slot]) ?? { price: orders.price[slot], volume: 0, orderCount: 0 };
    level.volume += orders.volume[slot] - orders.filled[slot];
    level.orderCount++;
    levels.set(level.price, level);
  }
  return [...levels.values()].sort((a, b) => (side === Side.BUY ? b.price - a.price : a.price - b.price));
}

t.test('a cancel and a sweep give net changes with one number each', async (t) => {
  const circle = new OneThreadCircle();
  const instrument = circle.list({ instrumentId: 'SIM.x', multiplier: 1, priceTick: 10_000, preSettlement: 1_000_000 });
  const [a, b] = [circle.trader(100_000), circle.trader(100_000)];
  circle.order(a, instrument, 'BUY OPEN 2@100');
  circle.order(a, instrument, 'BUY OPEN 3@100');
  circle.order(b, instrument, 'SELL OPEN 4@101');
  const told: { sequence: number; changes: DepthChange[] }[] = [];
  circle.depth.onChange = (i, _timeUs, changes) => told.push({ sequence: circle.depth.mdSequence(i), changes: [...changes] });
  const have = circle.depth.mdSequence(instrument);
  circle.cancel(a, 1);
  circle.order(a, instrument, 'BUY OPEN 6@101');
  circle.order(a, instrument, 'BUY OPEN 1@100 IOC ANY');
  t.same(told, [
    { sequence: have + 1, changes: [{ side: Side.BUY, price: 1_000_000, volume: 3, orderCount: 1 }] },
    {
      sequence: have + 2,
      changes: [
        { side: Side.BUY, price: 1_010_000, volume: 2, orderCount: 1 },
        { side: Side.SELL, price: 1_010_000, volume: 0, orderCount: 0 },
      ],
    },
  ]);
});

t.test(`levels and best prices are those of the live orders, also after a restart (SEED=${SEED})`, async (t) => {
  const step = fc.record({
    account: fc.nat(2),
    side: fc.constantFrom('BUY', 'SELL'),
    tick: fc.integer({ min: -4, max: 4 }),
    volume: fc.integer({ min: 1, max: 9 }),
    how: fc.constantFrom('GFD ANY', 'GFD ANY', 'IOC ANY', 'IOC ALL', 'cancel'),
  });
  fc.assert(
    fc.property(fc.array(step, { minLength: 10, maxLength: 80, size: 'max' }), (steps) => {
      const circle = new OneThreadCircle();
      const instrument = circle.list({ instrumentId: 'SIM.x', multiplier: 1, priceTick: 10_000, preSettlement: 1_000_000 });
      for (let i = 0; i < 3; i++) circle.trader(1_000_000);
      for (const { account, side, tick, volume, how } of steps) {
        const slots = liveSlots(circle.state);
        if (how !== 'cancel') circle.order(account + 1, instrument, `${side} OPEN ${volume}@${100 + tick} ${how}`);
        else if (slots.length > 0) circle.cancel(circle.state.orders.account[slots[0]], circle.state.orders.orderId[slots[0]]);
        compare(circle, circle.depth, instrument);
      }
      compare(circle, new DepthFold(restoreState(serializeState(circle.state))), instrument);
    }),
    { seed: SEED, numRuns: 60, verbose: 1 },
  );
  t.pass('always equal');
});

function compare(circle: OneThreadCircle, depth: DepthFold, instrument: number): void {
  for (const side of [Side.BUY, Side.SELL]) {
    const expected = naiveLevels(circle, side);
    const got = depth.levels(instrument, side, 1000);
    if (JSON.stringify(got) !== JSON.stringify(expected))
      throw new Error(`levels ${JSON.stringify(got)} are not ${JSON.stringify(expected)}`);
    if (depth.bestPrice(instrument, side) !== (expected[0]?.price ?? 0)) throw new Error('the best price is the first level');
  }
}
