/** Statistics of trades and profits (rest.md D3, D4). */
import Type, { type Static } from 'typebox';
import type { TradeRecord } from '../../core/history.js';
import type { ExchangeState } from '../../core/state.js';
import { LONG, SHORT } from '../../core/positions.js';
import { toDecimal } from '../../core/units.js';
import type { DayProfit } from '../statistics/day-profits.js';
import type { TradeStatistics, TradeSums } from '../statistics/trade-statistics.js';
import { accountId } from './ids.js';
import { toDate } from './numbers.js';

const RATE_DIGITS = 8;

export const TradeStatisticsSchema = Type.Object({
  total_trades: Type.Integer(),
  total_volume: Type.Integer(),
  total_turnover: Type.Number(),
  total_commission: Type.Number(),
  win_count: Type.Integer({ description: 'Trades that closed with a profit against the open prices.' }),
  loss_count: Type.Integer(),
  win_rate: Type.Number({ description: 'Of the trades that won or lost.' }),
  avg_profit: Type.Number({ description: 'Of those that won.' }),
  avg_loss: Type.Number({ description: 'Of those that lost: 0 or below.' }),
  profit_factor: Type.Optional(Type.Number({ description: 'Gains to losses; absent without a loss.' })),
  max_profit: Type.Number(),
  max_loss: Type.Number(),
  by_period: Type.Array(
    Type.Object({
      period: Type.String(),
      trades: Type.Integer(),
      volume: Type.Integer(),
      pnl: Type.Number(),
      commission: Type.Number(),
    }),
  ),
  by_instrument: Type.Array(
    Type.Object({
      instrument_id: Type.String(),
      trades: Type.Integer(),
      volume: Type.Integer(),
      pnl: Type.Number(),
      commission: Type.Number(),
      win_rate: Type.Number(),
    }),
  ),
});

export function tradeStatisticsView(state: ExchangeState, of: TradeStatistics): Static<typeof TradeStatisticsSchema> {
  const view: Static<typeof TradeStatisticsSchema> = {
    total_trades: of.trades,
    total_volume: of.volume,
    total_turnover: toDecimal(of.turnover),
    total_commission: toDecimal(of.commission),
    win_count: of.wins,
    loss_count: of.losses,
    win_rate: winRate(of),
    avg_profit: of.wins === 0 ? 0 : toDecimal(Math.round(of.gained / of.wins)),
    avg_loss: of.losses === 0 ? 0 : toDecimal(Math.round(of.lost / of.losses)),
    max_profit: toDecimal(of.mostGained),
    max_loss: toDecimal(of.mostLost),
    by_period: [...of.byPeriod].map(([period, sums]) => ({ period, ...sumFields(sums) })),
    by_instrument: [...of.byInstrument].map(([instrument, sums]) => ({
      instrument_id: state.instruments.get(instrument).instrumentId,
      ...sumFields(sums),
      win_rate: winRate(sums),
    })),
  };
  if (of.lost < 0) view.profit_factor = rounded(of.gained / -of.lost);
  return view;
}

function sumFields({ trades, volume, profit, commission }: TradeSums) {
  return { trades, volume, pnl: toDecimal(profit), commission: toDecimal(commission) };
}

function winRate({ wins, losses }: TradeSums): number {
  return wins + losses === 0 ? 0 : rounded(wins / (wins + losses));
}

const ProfitFields = {
  realized_pnl: Type.Number(),
  unrealized_pnl: Type.Number(),
  commission: Type.Number(),
  net_pnl: Type.Number({ description: 'Less commission.' }),
};

export const PnlSchema = Type.Object({
  account_id: Type.String(),
  period: Type.String({ description: 'First and last day, as 2026-01-05/2026-01-09; empty without a day.' }),
  ...ProfitFields,
  total_pnl: Type.Number(),
  daily_pnl: Type.Array(Type.Object({ date: Type.String(), ...ProfitFields, cumulative_pnl: Type.Number() }), {
    description: 'From mark to mark: what lots of earlier days had brought before is not counted again.',
  }),
  instrument_pnl: Type.Array(Type.Object({ instrument_id: Type.String(), ...ProfitFields }), {
    description: 'Against the open prices; with by_instrument only. The unrealised part is that of the open lots now.',
  }),
});

export function pnlView(account: number, days: readonly DayProfit[], instruments: Static<typeof PnlSchema>['instrument_pnl']) {
  let cumulative = 0;
  const daily = days.map((day) => {
    cumulative += netOf(day);
    return { date: toDate(day.day), ...profitFields(day), cumulative_pnl: toDecimal(cumulative) };
  });
  const sum = (field: 'realized' | 'unrealized' | 'commission'): number => days.reduce((total, day) => total + day[field], 0);
  const total = { realized: sum('realized'), unrealized: sum('unrealized'), commission: sum('commission') };
  return {
    account_id: accountId(account),
    period: days.length === 0 ? '' : `${toDate(days[0].day)}/${toDate(days[days.length - 1].day)}`,
    ...profitFields(total),
    total_pnl: toDecimal(total.realized + total.unrealized),
    daily_pnl: daily,
    instrument_pnl: instruments,
  };
}

/** What the trades of a period and the lots that are open now come to, by instrument. */
export function instrumentPnlViews(state: ExchangeState, account: number, trades: readonly TradeRecord[]) {
  const { accounts, positions, ledger, instruments } = state;
  const sums = new Map<number, { realized: number; unrealized: number; commission: number }>();
  const of = (instrument: number) => {
    const known = sums.get(instrument) ?? { realized: 0, unrealized: 0, commission: 0 };
    sums.set(instrument, known);
    return known;
  };
  for (const { instrument, closeProfit, commission } of trades) {
    of(instrument).realized += closeProfit;
    of(instrument).commission += commission;
  }
  for (let p = accounts.firstPosition[account]; p !== 0; p = positions.nextOfAccount[p]!) {
    if (positions.volume[p * 2] + positions.volume[p * 2 + 1] === 0) continue;
    of(positions.instrument[p]).unrealized += ledger.floatProfitOf(p, LONG) + ledger.floatProfitOf(p, SHORT);
  }
  return [...sums].map(([instrument, sum]) => ({ instrument_id: instruments.get(instrument).instrumentId, ...profitFields(sum) }));
}

function netOf({ realized, unrealized, commission }: Pick<DayProfit, 'realized' | 'unrealized' | 'commission'>): number {
  return realized + unrealized - commission;
}

function profitFields(of: Pick<DayProfit, 'realized' | 'unrealized' | 'commission'>) {
  return {
    realized_pnl: toDecimal(of.realized),
    unrealized_pnl: toDecimal(of.unrealized),
    commission: toDecimal(of.commission),
    net_pnl: toDecimal(netOf(of)),
  };
}

export function rounded(value: number): number {
  return Number(value.toFixed(RATE_DIGITS));
}
