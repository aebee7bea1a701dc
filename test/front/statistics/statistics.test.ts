import t from 'tap';
import { HistoryFold, readTradeRecord, type TradeRecord } from '../../../src/core/history.js';
import { restoreState, serializeState } from '../../../src/core/state-codec.js';
import { firstDayOf, hourOf, monthOf, weekOf } from '../../../src/front/statistics/periods.js';
import { tradeStatistics, type StatisticsOptions } from '../../../src/front/statistics/trade-statistics.js';
import { orderCountsView, tradeCountsView } from '../../../src/front/views/monitoring-view.js';
import { settleDay } from '../../support/settle-day.js';
import { OneThreadCircle } from '../../support/one-thread-circle.js';

const PLAIN: TradeRecord = {
  ...{ tradeId: 1, orderId: 1, account: 1, instrument: 1, side: 0, offset: 0, isTaker: 1, price: 1_000_000, volume: 2 },
  ...{ commission: 100, closeProfit: 0, timeUs: Date.UTC(2026, 0, 5, 1, 30) * 1000, tradingDay: 20260105, sequence: 1 },
};
const OPTIONS: StatisticsOptions = { groupBy: 'day', multiplierOf: () => 10, nameOf: (n) => `X${n}`, isCounted: () => true };

t.test('weeks are those of ISO 8601, hours those of the exchange', (t) => {
  t.equal(weekOf(20260105), '2026-W02');
  t.equal(weekOf(20260101), '2026-W01', 'a Thursday');
  t.equal(weekOf(20241231), '2025-W01', 'the last days of a year may be in the first week of the next');
  t.equal(weekOf(20270103), '2026-W53', 'and the first in the last of the one before');
  t.equal(monthOf(20260105), '2026-01');
  t.equal(hourOf(Date.UTC(2026, 0, 5, 16, 59) * 1000), '2026-01-06T00');
  t.equal(firstDayOf('week', 20260107), 20260105);
  t.equal(firstDayOf('month', 20260107), 20260101);
  t.end();
});

t.test('sums trades as a whole, by period and by instrument', (t) => {
  const trades = [
    PLAIN,
    { ...PLAIN, closeProfit: 3000, tradingDay: 20260106 },
    { ...PLAIN, closeProfit: -1000, tradingDay: 20260106, instrument: 2 },
    { ...PLAIN, closeProfit: -500, volume: 1, tradingDay: 20260202 },
  ];
  const of = tradeStatistics(trades, OPTIONS);
  t.match(of, { trades: 4, volume: 7, turnover: 70_000_000, commission: 400, wins: 1, losses: 2, gained: 3000, lost: -1500 });
  t.match(of, { mostGained: 3000, mostLost: -1000, profit: 1500 });
  t.same([...of.byPeriod.keys()], ['2026-01-05', '2026-01-06', '2026-02-02']);
  t.match(of.byPeriod.get('2026-01-06'), { trades: 2, volume: 4, profit: 2000, commission: 200 });
  t.match(of.byInstrument.get(2), { trades: 1, profit: -1000, losses: 1 });
  t.same([...tradeStatistics(trades, { ...OPTIONS, groupBy: 'month' }).byPeriod.keys()], ['2026-01', '2026-02']);
  t.same([...tradeStatistics(trades, { ...OPTIONS, groupBy: 'instrument' }).byPeriod.keys()], ['X1', 'X2']);
  const market = tradeStatistics([PLAIN, { ...PLAIN, side: 1, closeProfit: 10 }], { ...OPTIONS, isCounted: ({ side }) => side === 0 });
  t.match(market, { trades: 1, volume: 2, turnover: 20_000_000, profit: 10, commission: 200 }, 'both sides of a trade are one trade');
  t.end();
});

t.test('a trade tells what it closed against the open prices, and counts are kept', (t) => {
  const circle = new OneThreadCircle();
  const history = new HistoryFold(circle.state);
  circle.state.observe(history);
  const [alice, bob] = [circle.trader(10_000_000_000), circle.trader(10_000_000_000)];
  const x = circle.list({ instrumentId: 'SIM.x', multiplier: 10, priceTick: 10_000, preSettlement: 1_000_000 });
  for (const [text, other] of [
    ['BUY OPEN 2@100', 'SELL OPEN 2@100'],
    ['SELL CLOSE 1@103', 'BUY OPEN 1@103'],
    ['BUY OPEN 1@90', 'SELL OPEN 9@101'],
  ] as const) {
    circle.order(alice, x, text);
    circle.order(bob, x, other);
  }
  const profits: number[] = [];
  history.trades.visit(alice, (view, at) => {
    profits.push(readTradeRecord(view, at).closeProfit);
    return true;
  });
  t.same(profits, [300_000, 0], 'newest first: 3 × 10 on the lot that was closed');
  const { state } = circle;
  const counts = { total_count: 6, pending_count: 2, filled_count: 4, cancelled_count: 0, rejected_count: 0 };
  t.same(orderCountsView(state), counts);
  t.same(tradeCountsView(state), { total_count: 2, total_amount: 100 * 10 * 2 + 103 * 10, total_volume: 3 });
  t.same([state.accounts.orderCount[alice], state.accounts.tradeCount[alice]], [3, 2]);
  settleDay(circle, { [x]: 101 });
  t.match(tradeCountsView(state), { total_amount: 3030, total_volume: 3 }, 'what earlier days traded still counts');
  const restored = restoreState(serializeState(state));
  t.same(tradeCountsView(restored), tradeCountsView(state));
  t.match(orderCountsView(restored), { filled_count: 4 });
  t.same([restored.accounts.orderCount[alice], restored.accounts.tradeCount[alice]], [3, 2]);
  t.end();
});
