/** Figures of a day before it is settled: they are what the settlement comes to, and what liquidations would take. */
import t from 'tap';
import { MarginMode } from '../../../src/core/enums.js';
import { DayFigures } from '../../../src/core/settlement/day-figures.js';
import { liquidationOutlook } from '../../../src/core/settlement/liquidation-outlook.js';
import { marginCalls } from '../../../src/core/settlement/statements.js';
import { findBreach } from '../../../src/core/settlement/verify.js';
import { OneThreadCircle } from '../../support/one-thread-circle.js';
import { settleDay } from '../../support/settle-day.js';
import { checkSoundness } from '../../support/soundness.js';

const NO_SHARE_LIMIT = { maxPositionRatio: 1, rejectRiskRatio: 950_000 };

interface Market {
  circle: OneThreadCircle;
  near: number;
  far: number;
  a: number;
  b: number;
}

/** A product with two contracts; a holds 3 long and 1 short of the near one, and 2 short of the far one. */
function market(marginMode: number): Market {
  const circle = new OneThreadCircle(NO_SHARE_LIMIT);
  const terms = { multiplier: 10, priceTick: 10_000, preSettlement: 1_000_000, productId: 'p', marginMode, feeCloseByLot: 10_000 };
  const near = circle.list({ instrumentId: 'SIM.near', ...terms });
  const far = circle.list({ instrumentId: 'SIM.far', ...terms });
  const [a, b] = [circle.trader(1000), circle.trader(100_000)];
  for (const [instrument, side, lots] of [
    [near, 'BUY', 3],
    [near, 'SELL', 1],
    [far, 'SELL', 2],
  ] as const) {
    circle.order(b, instrument, `${side === 'BUY' ? 'SELL' : 'BUY'} OPEN ${lots}@100`);
    circle.order(a, instrument, `${side} OPEN ${lots}@100`);
  }
  return { circle, near, far, a, b };
}

function figuresAt({ circle, near, far }: Market, nearPrice: number, farPrice: number): DayFigures {
  const { state } = circle;
  return new DayFigures(state, state.tradingDay, [near, far], [nearPrice * 10_000, farPrice * 10_000]);
}

for (const mode of ['BOTH', 'LARGER'] as const) {
  t.test(`are what the settlement comes to under ${mode}`, (t) => {
    const of = market(MarginMode[mode]);
    const { circle, near, far, a, b } = of;
    const figures = figuresAt(of, 90, 105);
    t.equal(figures.dayProfit(a), -3_000_000, '3 × −10 × 10, 1 × 10 × 10, 2 × −5 × 10');
    t.equal(figures.margin[a], mode === 'BOTH' ? 5_700_000 : 3_000_000, 'long 270; short 90 and 210');
    settleDay(circle, { [near]: 90, [far]: 105 });
    for (const account of [a, b]) {
      t.equal(circle.state.ledger.balance(account), figures.balance[account]);
      t.equal(circle.state.accounts.margin[account], figures.margin[account]);
      t.equal(circle.state.ledger.riskRatio(account), figures.riskRatio(account));
    }
    checkSoundness(circle.state);
    t.end();
  });
}

t.test('say whose margin is not covered and what would be closed of it', (t) => {
  const of = market(MarginMode.BOTH);
  const { state } = of.circle;
  t.same(marginCalls(figuresAt(of, 90, 105)), []);
  // a: 1000 − 600 + 200 − 200 = 400 against 3 × 80 + 1 × 80 + 2 × 110 = 540
  const figures = figuresAt(of, 80, 110);
  t.same(marginCalls(figures), [of.a]);
  // a long lot frees 80 and costs 1: two leave 380 / 398 = 95.5 %, three 300 / 397
  t.same(liquidationOutlook(state, figures, of.a, 950_000), [{ instrument: of.near, side: 0, volume: 3 }]);
  t.same(liquidationOutlook(state, figures, of.a, 960_000), [{ instrument: of.near, side: 0, volume: 2 }]);
  t.equal(liquidationOutlook(state, figures, of.a, 0).length, 3, 'everything');
  t.end();
});

t.test('closing the smaller side of a group frees nothing and comes last', (t) => {
  const of = market(MarginMode.LARGER);
  const { state } = of.circle;
  // long 270, short 90 and 210: one far lot less leaves 270 of 699
  t.same(liquidationOutlook(state, figuresAt(of, 90, 105), of.a, 400_000), [{ instrument: of.far, side: 1, volume: 1 }]);
  t.end();
});

t.test('books that do not balance are told', (t) => {
  const breach = (spoil: (circle: OneThreadCircle, a: number) => void): string | undefined => {
    const of = market(MarginMode.BOTH);
    of.circle.order(of.a, of.near, 'SELL CLOSE 1@105');
    of.circle.order(of.b, of.near, 'BUY OPEN 1@95');
    spoil(of.circle, of.a);
    return findBreach(of.circle.state, figuresAt(of, 100, 100));
  };
  t.equal(
    breach(() => undefined),
    undefined,
  );
  const long = ({ state }: OneThreadCircle, a: number): number => state.positions.find(a, 1) * 2;
  const spoilt: [RegExp, (circle: OneThreadCircle, a: number) => void][] = [
    [/^10\.4: volume/, (circle, a) => (circle.state.positions.volume[long(circle, a)] += 1)],
    [/^10\.4: lots by day/, (circle, a) => (circle.state.positions.bucketVolume[long(circle, a) * 2 + 1] += 1)],
    [/^10\.1: open cost/, (circle, a) => (circle.state.positions.openNotional[long(circle, a)] += 1)],
    [/^10\.1: position cost/, (circle, a) => (circle.state.positions.basisNotional[long(circle, a)] += 1)],
    [/^10\.3: margin/, (circle, a) => (circle.state.positions.margin[long(circle, a)] += 1)],
    [/^10\.3: frozen margin/, ({ state }, a) => (state.accounts.frozenMargin[a] += 1)],
    [/^10\.3: frozen commission/, ({ state }, a) => (state.accounts.frozenCommission[a] += 1)],
    [/^10\.4: frozen lots/, ({ state }, a) => (state.positions.frozenVolume[state.positions.find(a, 1) * 4 + 1] -= 1)],
    [/^10\.5: lots/, ({ state }) => (state.market.openInterest[1] += 1)],
    [/^10\.6: profits/, ({ state }, a) => (state.accounts.closeProfit[a] += 1)],
    [/^10\.1: balance/, ({ state }, a) => (state.accounts.preBalance[a] = 1e16)],
  ];
  for (const [expected, spoil] of spoilt) t.match(breach(spoil), expected);
  t.end();
});
