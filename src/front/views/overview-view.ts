/** The market as a whole (rest.md D10). */
import Type, { type Static } from 'typebox';
import { InstrumentStatus, nameOf, Phase } from '../../core/enums.js';
import type { ExchangeState } from '../../core/state.js';
import { toDecimal, MONEY_SCALE } from '../../core/units.js';
import { toDate } from './numbers.js';
import { venueTotals } from './risk-view.js';

export const OverviewSchema = Type.Object({
  account_count: Type.Integer(),
  active_account_count: Type.Integer({ description: 'Accounts that hold positions.' }),
  total_balance: Type.Number(),
  total_margin: Type.Number(),
  total_available: Type.Number(),
  total_pnl: Type.Number({ description: 'Of the trading day, at the marks.' }),
  total_orders: Type.Integer({ description: 'Since the venue was opened.' }),
  total_trades: Type.Integer({ description: 'Since the venue was opened.' }),
  total_positions: Type.Integer({ description: 'Accounts and instruments that lots are held of.' }),
  avg_balance: Type.Number(),
  market_status: Type.String({ description: 'The phase that most instruments are in.' }),
  trading_day: Type.String(),
  update_time: Type.Integer(),
});

/** `nowMs` is the wall clock of the answer. */
export function overviewView(state: ExchangeState, nowMs: number): Static<typeof OverviewSchema> {
  const totals = venueTotals(state);
  return {
    account_count: totals.accounts,
    active_account_count: totals.active,
    total_balance: totals.balance,
    total_margin: totals.margin,
    total_available: totals.available,
    total_pnl: totals.profit,
    total_orders: state.nextOrderId - 1,
    total_trades: state.tradeCount,
    total_positions: heldPositions(state),
    avg_balance: totals.accounts === 0 ? 0 : toDecimal(Math.round((totals.balance / totals.accounts) * MONEY_SCALE)),
    market_status: nameOf(Phase, commonPhase(state)),
    trading_day: toDate(state.tradingDay),
    update_time: nowMs,
  };
}

function heldPositions({ positions }: ExchangeState): number {
  let held = 0;
  for (let p = 1; p <= positions.count; p++) held += Number(positions.volume[p * 2] + positions.volume[p * 2 + 1] > 0);
  return held;
}

/** CLOSED when nothing is listed. */
export function commonPhase({ instruments }: ExchangeState): number {
  const counts = new Map<number, number>();
  for (const { phase, status } of instruments) {
    if (status !== InstrumentStatus.delisted) counts.set(phase, (counts.get(phase) ?? 0) + 1);
  }
  let common: number = Phase.CLOSED;
  for (const [phase, count] of counts) if (count > (counts.get(common) ?? 0)) common = phase;
  return common;
}
