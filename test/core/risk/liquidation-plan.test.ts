/** What a liquidation closes, against a search that knows nothing but the rule (ledger.md 8.4). */
import fc from 'fast-check';
import t from 'tap';
import { closesYesterdayOnly } from '../../../src/core/instrument.js';
import { CLOSE_ALL, planLiquidation } from '../../../src/core/liquidation-plan.js';
import type { ExchangeState } from '../../../src/core/state.js';
import { OneThreadCircle } from '../../support/one-thread-circle.js';
import { settleDay } from '../../support/settle-day.js';

const SEED = Number(process.env['SEED'] ?? Date.now() % 2 ** 31);
const everything = (): boolean => true;

interface Side {
  position: number;
  side: number;
  margin: number;
  profit: number;
  id: string;
  lots: { basis: bigint; today: boolean }[];
}

/** Lot by lot, all sums anew each time, whole numbers without bound. */
function search(state: ExchangeState, account: number, target: number): [number, number, number][] {
  const { positions, instruments, ledger, accounts } = state;
  const sides: Side[] = [];
  for (const p of positions.numbers()) {
    if (positions.account[p] !== account) continue;
    for (const side of [0, 1]) {
      const lots = [0, 1].flatMap((bucket) =>
        [...positions.lots(p * 2 + side, bucket)].flatMap(({ basis, volume }) =>
          Array.from({ length: volume }, () => ({ basis: BigInt(basis), today: bucket === 1 })),
        ),
      );
      const id = instruments.get(positions.instrument[p]).instrumentId;
      if (lots.length > 0) {
        sides.push({ position: p, side, margin: positions.margin[p * 2 + side], profit: ledger.positionProfitOf(p, side), id, lots });
      }
    }
  }
  sides.sort((a, b) => b.margin - a.margin || a.profit - b.profit || (a.id === b.id ? a.side - b.side : a.id < b.id ? -1 : 1));
  const taken = sides.map(() => 0);
  const ratio = (): bigint => {
    let margin = BigInt(accounts.margin[account]);
    let balance = BigInt(ledger.balance(account));
    sides.forEach(({ position, side, lots, margin: before }, i) => {
      const instrument = instruments.get(positions.instrument[position]);
      const mult = BigInt(instrument.multiplier);
      const left = lots.slice(taken[i]).reduce((sum, { basis }) => sum + basis * mult, 0n);
      const rate = BigInt(side === 0 ? instrument.longMarginRatio : instrument.shortMarginRatio);
      margin += (left * rate + 999_999n) / 1_000_000n - BigInt(before);
      for (const today of [false, true]) {
        const count = BigInt(lots.slice(0, taken[i]).filter((lot) => lot.today === today).length);
        const byMoney = BigInt(today ? instrument.feeCloseTodayByMoney : instrument.feeCloseByMoney);
        const byLot = BigInt(today ? instrument.feeCloseTodayByLot : instrument.feeCloseByLot);
        balance -= (2n * BigInt(ledger.mark(instrument.instrument)) * mult * count * byMoney + 100_000_000n) / 200_000_000n + byLot * count;
      }
    });
    if (margin === 0n) return 0n;
    return balance <= 0n ? 999_000_000n : (margin * 1_000_000n) / balance;
  };
  for (const [i, { lots }] of sides.entries()) {
    while (taken[i] < lots.length && (target === CLOSE_ALL || ratio() > BigInt(target))) taken[i]++;
  }
  return sides.map(({ position, side }, i): [number, number, number] => [position, side, taken[i]]).filter(([, , volume]) => volume > 0);
}

const trade = fc.record({
  instrument: fc.nat(1),
  side: fc.boolean(),
  lots: fc.integer({ min: 1, max: 9 }),
  tick: fc.integer({ min: -50, max: 50 }),
  nextDay: fc.nat(6),
});

t.test(`the fewest lots in the order of the rule (SEED=${SEED})`, async (t) => {
  let closings = 0;
  fc.assert(
    fc.property(fc.array(trade, { minLength: 1, maxLength: 12 }), fc.integer({ min: 0, max: 1_000_000 }), (trades, target) => {
      const circle = new OneThreadCircle({ maxPositionRatio: 100, rejectRiskRatio: 999_000_000 });
      const odd = { multiplier: 7, priceTick: 10_000, preSettlement: 33_330_000, longMarginRatio: 83_333, shortMarginRatio: 91_117 };
      const fees = { feeOpenByMoney: 5133, feeCloseByMoney: 5101, feeCloseTodayByMoney: 25_770, feeOpenByLot: 3, feeCloseTodayByLot: 7 };
      circle.list({ instrumentId: 'SHFE.a', exchange: 1, ...odd, ...fees });
      circle.list({ instrumentId: 'DCE.b', exchange: 3, ...odd, ...fees });
      const [a, b] = [circle.trader(500_000), circle.trader(10_000_000)];
      for (const { instrument, side, lots, tick, nextDay } of trades) {
        const price = 3333 + tick;
        circle.order(b, instrument + 1, `${side ? 'SELL' : 'BUY'} OPEN ${lots}@${price}`);
        circle.order(a, instrument + 1, `${side ? 'BUY' : 'SELL'} OPEN ${lots}@${price}`);
        if (nextDay === 0) settleDay(circle, { 1: 3333, 2: 3333 });
      }
      const { state } = circle;
      circle.withdraw(a, Math.max(0, Math.floor((state.ledger.balance(a) - state.accounts.margin[a]) / 10_000)));
      const plan = planLiquidation(state, a, target, everything);
      const found = plan.map(({ position, side, volume }) => [position, side, volume]);
      const expected = search(state, a, target);
      closings += found.length;
      if (JSON.stringify(found) !== JSON.stringify(expected))
        throw new Error(`${JSON.stringify(found)} is not ${JSON.stringify(expected)}`);
    }),
    { seed: SEED, numRuns: 60, verbose: 1, endOnFailure: true },
  );
  t.ok(closings > 20);
});

t.test('only what trades is touched, and everything when all must go', async (t) => {
  const circle = new OneThreadCircle({ maxPositionRatio: 100, rejectRiskRatio: 999_000_000 });
  const terms = { multiplier: 10, priceTick: 10_000, preSettlement: 1_000_000 };
  const first = circle.list({ instrumentId: 'SHFE.a', exchange: 1, ...terms });
  const second = circle.list({ instrumentId: 'DCE.b', exchange: 3, ...terms });
  const [a, b] = [circle.trader(100_000), circle.trader(100_000)];
  for (const instrument of [first, second]) {
    circle.order(b, instrument, 'SELL OPEN 5@100');
    circle.order(a, instrument, 'BUY OPEN 5@100');
  }
  const { state } = circle;
  const volumes = (target: number, mayTrade: Parameters<typeof planLiquidation>[3]): number[] =>
    planLiquidation(state, a, target, mayTrade).map(({ volume }) => volume);
  t.same(volumes(CLOSE_ALL, everything), [5, 5]);
  t.same(volumes(1, everything), [5, 5]);
  t.same(
    volumes(CLOSE_ALL, ({ exchange }) => closesYesterdayOnly(exchange)),
    [5],
  );
  t.same(volumes(1_000_000, everything), [], 'the target is kept already');
  t.same(volumes(9000, everything), [1], 'by the id of the instrument, all else equal');
});
