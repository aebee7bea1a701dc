/** Tick and OrderBook of rest.md 3. */
import Type, { type Static } from 'typebox';
import type { DepthFold } from '../../core/depth.js';
import { nameOf, Phase, Side } from '../../core/enums.js';
import type { Instrument } from '../../core/instrument.js';
import type { ExchangeState } from '../../core/state.js';
import { toDecimal } from '../../core/units.js';
import { indicationOf, isAuction } from '../phases/indicative.js';
import { toMs } from './numbers.js';

const PhaseFields = {
  phase: Type.String(),
  auction: Type.Boolean({ description: 'Orders are collected for an auction: the depth may be crossed and is no market.' }),
  indicative: Type.Optional(
    Type.Object(
      {
        price: Type.Optional(Type.Number({ description: 'Absent when nothing would trade.' })),
        volume: Type.Integer(),
        surplus_side: Type.String({ description: 'BUY, SELL or NONE.' }),
        surplus_volume: Type.Integer(),
      },
      { description: 'What the auction would do now. Present with auction.' },
    ),
  ),
};

export const TickSchema = Type.Object({
  instrument_id: Type.String(),
  last_price: Type.Number(),
  is_ref: Type.Optional(Type.Boolean({ description: 'No trade yet: last_price is the pre-settlement price.' })),
  bid_price: Type.Optional(Type.Number()),
  ask_price: Type.Optional(Type.Number()),
  volume: Type.Integer({ description: 'Lots of the trading day.' }),
  ...PhaseFields,
  timestamp: Type.Integer({ description: 'Time of the last change; of the listing when there was none.' }),
  md_seq: Type.Integer(),
  age_ms: Type.Integer(),
});

const LevelSchema = Type.Object({ price: Type.Number(), volume: Type.Integer(), order_count: Type.Integer() });

export const OrderBookSchema = Type.Object({
  instrument_id: Type.String(),
  bids: Type.Array(LevelSchema, { description: 'High to low.' }),
  asks: Type.Array(LevelSchema, { description: 'Low to high.' }),
  last_price: Type.Optional(Type.Number()),
  ...PhaseFields,
  timestamp: Type.Integer({ description: 'Time of the last change; of the listing when there was none.' }),
  md_seq: Type.Integer(),
  age_ms: Type.Integer(),
});
export type LevelView = Static<typeof LevelSchema>;
export type OrderBookView = Static<typeof OrderBookSchema>;

/** The best `levels` price levels of both sides. */
export function orderBookView(state: ExchangeState, depth: DepthFold, instrument: number, levels: number, nowMs: number): OrderBookView {
  const view: OrderBookView = {
    instrument_id: state.instruments.get(instrument).instrumentId,
    bids: levelViews(depth, instrument, Side.BUY, levels),
    asks: levelViews(depth, instrument, Side.SELL, levels),
    ...phaseFields(state, depth, state.instruments.get(instrument)),
    ...freshness(state, depth, instrument, nowMs),
  };
  const last = state.market.lastPrice[instrument];
  if (last !== 0) view.last_price = toDecimal(last);
  return view;
}

function levelViews(depth: DepthFold, instrument: number, side: number, levels: number): LevelView[] {
  return depth
    .levels(instrument, side, levels)
    .map((level) => ({ price: toDecimal(level.price), volume: level.volume, order_count: level.orderCount }));
}

function phaseFields(state: ExchangeState, depth: DepthFold, instrument: Instrument) {
  const auction = isAuction(depth, instrument);
  const fields = { phase: nameOf(Phase, instrument.phase), auction };
  return auction ? { ...fields, indicative: indicativeView(state, depth, instrument) } : fields;
}

/** What the auction would do now. */
export function indicativeView(state: ExchangeState, depth: DepthFold, instrument: Instrument) {
  const { price, volume, surplusSide, surplusVolume } = indicationOf(state, depth, instrument);
  const view = { volume, surplus_side: nameOf(Side, surplusSide), surplus_volume: surplusVolume };
  return price === 0 ? view : { price: toDecimal(price), ...view };
}

function freshness(state: ExchangeState, depth: DepthFold, instrument: number, nowMs: number) {
  const timestamp = changedMs(state, depth, instrument);
  return { timestamp, md_seq: depth.mdSequence(instrument), age_ms: Math.max(0, nowMs - timestamp) };
}

/** When its market data changed last; when it was listed when they never did. */
export function changedMs(state: ExchangeState, depth: DepthFold, instrument: number): number {
  const changedUs = depth.lastChangeUs(instrument);
  return toMs(changedUs === 0 ? state.instruments.get(instrument).createdUs : changedUs);
}
