/** Ranked accounts (rest.md D6). */
import Type, { type Static } from 'typebox';
import type { ExchangeState } from '../../core/state.js';
import { toDecimal } from '../../core/units.js';
import type { RankedAccount } from '../statistics/rankings.js';
import { accountId } from './ids.js';
import { rounded } from './statistics-view.js';

export const RankingSchema = Type.Object({
  rank: Type.Integer(),
  account_id: Type.String(),
  balance: Type.Number(),
  pnl: Type.Number({ description: 'Less commission.' }),
  pnl_ratio: Type.Number({ description: 'Of the balance before the period and the deposits in it.' }),
  trade_count: Type.Integer(),
  volume: Type.Integer(),
  commission: Type.Number(),
});

/** The first of these has rank 1. */
export function rankingViews(state: ExchangeState, ranked: readonly RankedAccount[]): Static<typeof RankingSchema>[] {
  return ranked.map((one, i) => ({
    rank: i + 1,
    account_id: accountId(one.account),
    balance: toDecimal(state.ledger.balance(one.account)),
    pnl: toDecimal(one.profit),
    pnl_ratio: rounded(one.ratio),
    trade_count: one.trades,
    volume: one.volume,
    commission: toDecimal(one.commission),
  }));
}
