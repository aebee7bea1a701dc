/** Instrument of rest.md 3, as staff and as the public see it. */
import Type, { type Static } from 'typebox';
import { Exchange, InstrumentStatus, InstrumentType, nameOf, Phase } from '../../core/enums.js';
import type { Instrument } from '../../core/instrument.js';
import { termsOfNextDay } from '../../core/settlement/day-figures.js';
import type { ExchangeState } from '../../core/state.js';
import { FEE_SCALE, toDecimal } from '../../core/units.js';
import { toDate, toMs, toRatio } from './numbers.js';

export const InstrumentSchema = Type.Object({
  instrument_id: Type.String(),
  instrument_name: Type.String(),
  product_id: Type.String(),
  instrument_type: Type.String(),
  exchange: Type.String(),
  contract_multiplier: Type.Integer(),
  price_tick: Type.Number(),
  margin_rate: Type.Number({ description: 'The larger of both sides.' }),
  commission_rate: Type.Number({ description: 'The opening fee as a share of the turnover.' }),
  long_margin_ratio_by_money: Type.Number(),
  long_margin_ratio_by_volume: Type.Number({ description: 'Money per lot.' }),
  short_margin_ratio_by_money: Type.Number(),
  short_margin_ratio_by_volume: Type.Number({ description: 'Money per lot.' }),
  open_ratio_by_money: Type.Number(),
  open_ratio_by_volume: Type.Number({ description: 'Money per lot.' }),
  close_ratio_by_money: Type.Number(),
  close_ratio_by_volume: Type.Number({ description: 'Money per lot.' }),
  close_today_ratio_by_money: Type.Number(),
  close_today_ratio_by_volume: Type.Number({ description: 'Money per lot.' }),
  limit_up_rate: Type.Number(),
  limit_down_rate: Type.Number(),
  pre_settlement: Type.Number(),
  pre_close: Type.Number(),
  pre_open_interest: Type.Integer(),
  upper_limit: Type.Number(),
  lower_limit: Type.Number(),
  session_template: Type.String(),
  profile: Type.String(),
  list_date: Type.Optional(Type.String()),
  expire_date: Type.Optional(Type.String()),
  status: Type.String(),
  phase: Type.String(),
  created_at: Type.Integer(),
  updated_at: Type.Integer(),
});
export type InstrumentView = Static<typeof InstrumentSchema>;

export function instrumentView(instrument: Instrument): InstrumentView {
  const view: InstrumentView = {
    instrument_id: instrument.instrumentId,
    instrument_name: instrument.name,
    product_id: instrument.productId,
    instrument_type: nameOf(InstrumentType, instrument.instrumentType),
    exchange: nameOf(Exchange, instrument.exchange),
    contract_multiplier: instrument.multiplier,
    price_tick: toDecimal(instrument.priceTick),
    ...rates(instrument),
    pre_settlement: toDecimal(instrument.preSettlement),
    pre_close: toDecimal(instrument.preClose),
    pre_open_interest: instrument.preOpenInterest,
    upper_limit: toDecimal(instrument.upperLimit),
    lower_limit: toDecimal(instrument.lowerLimit),
    session_template: instrument.sessionTemplate,
    profile: instrument.profile,
    status: nameOf(InstrumentStatus, instrument.status),
    phase: nameOf(Phase, instrument.phase),
    created_at: toMs(instrument.createdUs),
    updated_at: toMs(instrument.updatedUs),
  };
  if (instrument.listDate !== 0) view.list_date = toDate(instrument.listDate);
  if (instrument.expireDate !== 0) view.expire_date = toDate(instrument.expireDate);
  return view;
}

function rates(instrument: Instrument) {
  return {
    margin_rate: toRatio(Math.max(instrument.longMarginRatio, instrument.shortMarginRatio)),
    commission_rate: instrument.feeOpenByMoney / FEE_SCALE,
    long_margin_ratio_by_money: toRatio(instrument.longMarginRatio),
    long_margin_ratio_by_volume: toDecimal(instrument.longMarginPerLot),
    short_margin_ratio_by_money: toRatio(instrument.shortMarginRatio),
    short_margin_ratio_by_volume: toDecimal(instrument.shortMarginPerLot),
    open_ratio_by_money: instrument.feeOpenByMoney / FEE_SCALE,
    open_ratio_by_volume: toDecimal(instrument.feeOpenByLot),
    close_ratio_by_money: instrument.feeCloseByMoney / FEE_SCALE,
    close_ratio_by_volume: toDecimal(instrument.feeCloseByLot),
    close_today_ratio_by_money: instrument.feeCloseTodayByMoney / FEE_SCALE,
    close_today_ratio_by_volume: toDecimal(instrument.feeCloseTodayByLot),
    limit_up_rate: toRatio(instrument.limitUpRate),
    limit_down_rate: toRatio(instrument.limitDownRate),
  };
}

export const PublicInstrumentSchema = Type.Object({
  ...InstrumentSchema.properties,
  name: Type.String({ description: 'Alias of instrument_name.' }),
  multiplier: Type.Integer({ description: 'Alias of contract_multiplier.' }),
  tick_size: Type.Number({ description: 'Alias of price_tick.' }),
  last_price: Type.Optional(Type.Number({ description: 'Absent before the first trade of the day.' })),
});
export type PublicInstrumentView = Static<typeof PublicInstrumentSchema>;

export function publicInstrumentView(state: ExchangeState, instrument: Instrument): PublicInstrumentView {
  const view: PublicInstrumentView = {
    ...instrumentView(instrument),
    name: instrument.name,
    multiplier: instrument.multiplier,
    tick_size: toDecimal(instrument.priceTick),
  };
  const last = state.market.lastPrice[instrument.instrument];
  if (last !== 0) view.last_price = toDecimal(last);
  return view;
}

export const InstrumentListSchema = Type.Object({
  ...InstrumentSchema.properties,
  settlement_price: Type.Optional(Type.Number({ description: 'Set for the current trading day.' })),
});

/** As staff sees it. */
export function instrumentListView(state: ExchangeState, instrument: Instrument): Static<typeof InstrumentListSchema> {
  const price = state.settlement.prices.get(instrument.instrument);
  return price === undefined ? instrumentView(instrument) : { ...instrumentView(instrument), settlement_price: toDecimal(price) };
}

export const InstrumentDetailSchema = Type.Object({
  ...InstrumentSchema.properties,
  open_interest: Type.Integer(),
  working_orders: Type.Integer(),
  settlement_price: Type.Optional(Type.Number({ description: 'Set for the current trading day.' })),
  next_day: Type.Optional(
    Type.Partial(InstrumentSchema, { description: 'Margins, fees and limit rates planned for the next trading day.' }),
  ),
});
export type InstrumentDetailView = Static<typeof InstrumentDetailSchema>;

export function instrumentDetailView(state: ExchangeState, instrument: Instrument, workingOrders: number): InstrumentDetailView {
  const view: InstrumentDetailView = {
    ...instrumentListView(state, instrument),
    open_interest: state.market.openInterest[instrument.instrument],
    working_orders: workingOrders,
  };
  if (state.settlement.planned.has(instrument.instrument)) view.next_day = rates(termsOfNextDay(state, instrument));
  return view;
}
