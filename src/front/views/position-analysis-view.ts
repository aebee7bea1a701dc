/** What an account holds, and how much of it in one place (rest.md D7). */
import Type, { type Static } from 'typebox';
import { Exchange, nameOf } from '../../core/enums.js';
import { LONG, SHORT } from '../../core/positions.js';
import type { ExchangeState } from '../../core/state.js';
import { toDecimal } from '../../core/units.js';
import { accountId } from './ids.js';
import { averagePrice, toRatio } from './numbers.js';
import { rounded } from './statistics-view.js';

const SideSchema = Type.Object({
  instrument_id: Type.String(),
  exchange_id: Type.String(),
  direction: Type.Enum(['LONG', 'SHORT']),
  volume: Type.Integer(),
  avg_price: Type.Number({ description: 'Average open price.' }),
  current_price: Type.Number(),
  margin: Type.Number(),
  pnl: Type.Number({ description: 'Floating, against the open prices.' }),
  pnl_ratio: Type.Number({ description: 'Of the value at the open prices.' }),
  weight: Type.Number({ description: 'Share of the margin of all positions.' }),
});

export const PositionAnalysisSchema = Type.Object({
  account_id: Type.String(),
  total_margin: Type.Number(),
  total_value: Type.Number({ description: 'Of all lots at the current prices, both sides added.' }),
  total_pnl: Type.Number(),
  risk_ratio: Type.Number(),
  positions: Type.Array(SideSchema),
  concentration: Type.Array(
    Type.Object({
      category: Type.Enum(['exchange', 'product']),
      name: Type.String(),
      margin: Type.Number(),
      weight: Type.Number(),
    }),
  ),
});

/** One side of a position; money in 1/10000. */
interface Held {
  instrument: number;
  direction: 'LONG' | 'SHORT';
  volume: number;
  openNotional: number;
  margin: number;
  profit: number;
}

export function positionAnalysisView(state: ExchangeState, account: number): Static<typeof PositionAnalysisSchema> {
  const held = heldSides(state, account);
  const margin = held.reduce((sum, side) => sum + side.margin, 0);
  const value = held.reduce((sum, side) => sum + valueOf(state, side), 0);
  return {
    account_id: accountId(account),
    total_margin: toDecimal(margin),
    total_value: toDecimal(value),
    total_pnl: toDecimal(held.reduce((sum, side) => sum + side.profit, 0)),
    risk_ratio: toRatio(state.ledger.riskRatio(account)),
    positions: held.map((side) => sideView(state, side, margin)),
    concentration: [
      ...concentration(held, margin, 'exchange', (number) => nameOf(Exchange, state.instruments.get(number).exchange)),
      ...concentration(held, margin, 'product', (number) => state.instruments.get(number).productId),
    ],
  };
}

function heldSides({ accounts, positions, ledger }: ExchangeState, account: number): Held[] {
  const held: Held[] = [];
  for (let p = accounts.firstPosition[account]; p !== 0; p = positions.nextOfAccount[p]!) {
    for (const side of [SHORT, LONG]) {
      const at = p * 2 + side;
      if (positions.volume[at] === 0) continue;
      held.push({
        instrument: positions.instrument[p],
        direction: side === LONG ? 'LONG' : 'SHORT',
        volume: positions.volume[at],
        openNotional: positions.openNotional[at],
        margin: positions.margin[at],
        profit: ledger.floatProfitOf(p, side),
      });
    }
  }
  return held.reverse();
}

function sideView(state: ExchangeState, side: Held, margin: number): Static<typeof SideSchema> {
  const { instrumentId, exchange, multiplier } = state.instruments.get(side.instrument);
  return {
    instrument_id: instrumentId,
    exchange_id: nameOf(Exchange, exchange),
    direction: side.direction,
    volume: side.volume,
    avg_price: averagePrice(side.openNotional, multiplier * side.volume),
    current_price: toDecimal(state.ledger.mark(side.instrument)),
    margin: toDecimal(side.margin),
    pnl: toDecimal(side.profit),
    pnl_ratio: side.openNotional === 0 ? 0 : rounded(side.profit / side.openNotional),
    weight: share(side.margin, margin),
  };
}

function concentration(held: readonly Held[], margin: number, category: 'exchange' | 'product', keyOf: (instrument: number) => string) {
  const margins = new Map<string, number>();
  for (const side of held) {
    const name = keyOf(side.instrument);
    margins.set(name, (margins.get(name) ?? 0) + side.margin);
  }
  const largestFirst = [...margins].sort(([, a], [, b]) => b - a);
  return largestFirst.map(([name, part]) => ({ category, name, margin: toDecimal(part), weight: share(part, margin) }));
}

function valueOf({ instruments, ledger }: ExchangeState, { instrument, volume }: Held): number {
  return ledger.mark(instrument) * instruments.get(instrument).multiplier * volume;
}

function share(part: number, whole: number): number {
  return whole === 0 ? 0 : rounded(part / whole);
}
