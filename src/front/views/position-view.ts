/** Position of rest.md 3: one account, one instrument, both sides. */
import Type, { type Static } from 'typebox';
import { HIS, LONG, SHORT, TODAY } from '../../core/positions.js';
import type { ExchangeState } from '../../core/state.js';
import { toDecimal } from '../../core/units.js';
import { accountId } from './ids.js';
import { averagePrice } from './numbers.js';

export const PositionSchema = Type.Object({
  account_id: Type.String(),
  instrument_id: Type.String(),
  volume_long: Type.Integer(),
  volume_short: Type.Integer(),
  volume_long_today: Type.Integer(),
  volume_short_today: Type.Integer(),
  volume_long_frozen: Type.Integer(),
  volume_short_frozen: Type.Integer(),
  cost_long: Type.Number({ description: 'Average open price; 0 without lots.' }),
  cost_short: Type.Number({ description: 'Average open price; 0 without lots.' }),
  profit_long: Type.Number({ description: 'Floating, against the open prices.' }),
  profit_short: Type.Number({ description: 'Floating, against the open prices.' }),
  margin_long: Type.Number(),
  margin_short: Type.Number(),
  last_price: Type.Number(),
});
export type PositionView = Static<typeof PositionSchema>;

export function positionView(state: ExchangeState, position: number): PositionView {
  const { positions, ledger } = state;
  const instrument = state.instruments.get(positions.instrument[position]);
  const long = position * 2 + LONG;
  const short = position * 2 + SHORT;
  return {
    account_id: accountId(positions.account[position]),
    instrument_id: instrument.instrumentId,
    volume_long: positions.volume[long],
    volume_short: positions.volume[short],
    volume_long_today: positions.bucketVolume[long * 2 + TODAY],
    volume_short_today: positions.bucketVolume[short * 2 + TODAY],
    volume_long_frozen: frozenLots(state, long),
    volume_short_frozen: frozenLots(state, short),
    cost_long: averageOpenPrice(state, long, instrument.multiplier),
    cost_short: averageOpenPrice(state, short, instrument.multiplier),
    profit_long: toDecimal(ledger.floatProfitOf(position, LONG)),
    profit_short: toDecimal(ledger.floatProfitOf(position, SHORT)),
    margin_long: toDecimal(positions.margin[long]),
    margin_short: toDecimal(positions.margin[short]),
    last_price: toDecimal(ledger.mark(instrument.instrument)),
  };
}

/** The positions of an account that hold lots, in the order in which instruments were listed; `instrument` 0 means all. */
export function positionViews(state: ExchangeState, account: number, instrument = 0): PositionView[] {
  const { positions } = state;
  const held: number[] = [];
  for (let p = state.accounts.firstPosition[account]; p !== 0; p = positions.nextOfAccount[p]!) {
    if (instrument !== 0 && positions.instrument[p] !== instrument) continue;
    // lots held by closing orders are part of the volume, so a side without volume has nothing to show
    if (positions.volume[p * 2 + LONG] !== 0 || positions.volume[p * 2 + SHORT] !== 0) held.push(p);
  }
  // the list of an account begins anew with every restart, and its order says nothing
  held.sort((a, b) => positions.instrument[a] - positions.instrument[b]);
  return held.map((position) => positionView(state, position));
}

function frozenLots(state: ExchangeState, side: number): number {
  const { frozenVolume } = state.positions;
  return frozenVolume[side * 2 + HIS] + frozenVolume[side * 2 + TODAY];
}

function averageOpenPrice(state: ExchangeState, side: number, multiplier: number): number {
  const lots = state.positions.volume[side];
  return lots === 0 ? 0 : averagePrice(state.positions.openNotional[side], multiplier * lots);
}
