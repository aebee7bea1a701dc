import t from 'tap';
import { equityDays, equityStatistics } from '../../../src/front/settlement/equity.js';

/** A day in 1/10000: what was there before it, what was paid in, and what it brought. */
function day(id: number, preBalance: number, deposit: number, profit: number, commission = 0) {
  const balance = preBalance + deposit + profit - commission;
  return { id, preBalance, deposit, closeProfit: profit, positionProfit: 0, commission, balance, margin: 0, tradeCount: 1 };
}

t.test('value grows by what a day earned with, whatever is paid in', (t) => {
  const days = equityDays([day(1, 0, 1000, 100), day(2, 1100, 1100, -220), day(3, 1980, 0, 0, 99)]);
  t.same(
    days.map(({ profit, base, nav, drawdown }) => [profit, base, nav, drawdown]),
    [
      [100, 1000, 110_000_000, 0],
      [-220, 2200, 99_000_000, 10_000_000],
      [-99, 1980, 94_050_000, 14_500_000],
    ],
  );
  const of = equityStatistics(days);
  t.match(of, { startBalance: 1000, endBalance: 1881, totalProfit: -219, maxDrawdown: 319, profitDays: 1, lossDays: 2 });
  t.ok(Math.abs(of.totalProfitRate + 0.0595) < 1e-12, 'deposits are no profit');
  t.ok(Math.abs(of.maxDrawdownRate - 0.145) < 1e-12);
  t.ok(Math.abs(of.winRate - 1 / 3) < 1e-12);
  t.equal(of.avgDailyProfit, -73);
  t.ok(of.sharpeRatio < 0);
  t.end();
});

t.test('a value is rounded half up to 1e-8 and never below 0', (t) => {
  t.equal(equityDays([day(1, 3, 0, 1)])[0].nav, 133_333_333);
  t.equal(equityDays([day(1, 3, 0, 2)])[0].nav, 166_666_667);
  t.equal(equityDays([day(1, 100, 0, -150)])[0].nav, 0);
  t.end();
});

t.test('without anything to earn with the value stays and says so', (t) => {
  const days = equityDays([day(1, 1000, 0, 100), day(2, -50, 0, 30), day(3, 0, 0, 0)]);
  t.same(
    days.map(({ nav, isNavKept }) => [nav, isNavKept]),
    [
      [110_000_000, false],
      [110_000_000, true],
      [110_000_000, true],
    ],
  );
  t.match(equityStatistics(days.slice(1)), { totalProfitRate: 0, sharpeRatio: 0, maxDrawdownRate: 0 });
  t.end();
});
