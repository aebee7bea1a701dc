/** The description of a new version of an instrument (rest.md A3), checked against the one it replaces. */
import Type, { type Static } from 'typebox';
import { MarginMode, nameOf } from '../../core/enums.js';
import type { InstrumentChanged } from '../../core/events.js';
import { RATE_FIELDS, type Instrument } from '../../core/instrument.js';
import { simulatedBarsOf, simulatedName, unmarkedName } from '../../core/market-data/simulated-name.js';
import { Refusal } from '../../core/refusal.js';
import { MONEY_SCALE, PPM } from '../../core/units.js';
import { InstrumentListingSchema } from './instrument-listing.js';
import { TermsReader } from './terms-reader.js';

const { properties: listing } = InstrumentListingSchema;

export const InstrumentChangeSchema = Type.Object({
  ...Type.Partial(
    Type.Object({
      instrument_name: listing.instrument_name,
      contract_multiplier: listing.contract_multiplier,
      price_tick: listing.price_tick,
      margin_rate: listing.margin_rate,
      long_margin_ratio_by_money: listing.long_margin_ratio_by_money,
      long_margin_ratio_by_volume: listing.long_margin_ratio_by_volume,
      short_margin_ratio_by_money: listing.short_margin_ratio_by_money,
      short_margin_ratio_by_volume: listing.short_margin_ratio_by_volume,
      commission_rate: listing.commission_rate,
      open_ratio_by_money: listing.open_ratio_by_money,
      open_ratio_by_volume: listing.open_ratio_by_volume,
      close_ratio_by_money: listing.close_ratio_by_money,
      close_ratio_by_volume: listing.close_ratio_by_volume,
      close_today_ratio_by_money: listing.close_today_ratio_by_money,
      close_today_ratio_by_volume: listing.close_today_ratio_by_volume,
      limit_up_rate: listing.limit_up_rate,
      limit_down_rate: listing.limit_down_rate,
      expire_date: listing.expire_date,
      session_template: listing.session_template,
      profile: listing.profile,
      margin_mode: listing.margin_mode,
      margin_group: listing.margin_group,
    }),
  ).properties,
  immediate: Type.Optional(
    Type.Boolean({
      description: 'Margins, fees and limits change at once for positions and working orders too; without it with the next trading day.',
    }),
  ),
});
export type InstrumentChange = Static<typeof InstrumentChangeSchema>;

/** The new version. Throws 9008 naming every field that does not fit. */
export function changedFrom(change: InstrumentChange, instrument: Instrument): InstrumentChanged {
  const { immediate: _immediate, ...terms } = change;
  if (!Object.keys(terms).some((field) => Object.hasOwn(listing, field))) {
    throw new Refusal(9008, [{ field: '', reason: 'names nothing to change' }]);
  }
  const reader = new TermsReader(terms, instrument);
  const changed: InstrumentChanged = {
    instrument: instrument.instrument,
    name: simulatedName(unmarkedName(terms.instrument_name ?? instrument.name), simulatedBarsOf(instrument.name)),
    multiplier: terms.contract_multiplier ?? instrument.multiplier,
    priceTick: reader.units('price_tick', MONEY_SCALE, instrument.priceTick),
    ...reader.margins(),
    ...reader.fees(),
    limitUpRate: reader.units('limit_up_rate', PPM, instrument.limitUpRate),
    limitDownRate: reader.units('limit_down_rate', PPM, instrument.limitDownRate),
    expireDate: reader.date('expire_date', instrument.expireDate),
    sessionTemplate: terms.session_template ?? instrument.sessionTemplate,
    profile: terms.profile ?? instrument.profile,
    marginMode: MarginMode[(terms.margin_mode ?? nameOf(MarginMode, instrument.marginMode)) as keyof typeof MarginMode],
    marginGroup: terms.margin_group ?? instrument.marginGroup,
  };
  reader.check({ ...instrument, ...changed });
  return changed;
}

/** Multiplier or tick differ: prices and amounts of before would mean something else. */
export function changesUnits(changed: InstrumentChanged, instrument: Instrument): boolean {
  return changed.multiplier !== instrument.multiplier || changed.priceTick !== instrument.priceTick;
}

/** Margins, fees or limits differ. */
export function changesRates(changed: InstrumentChanged, instrument: Instrument): boolean {
  return RATE_FIELDS.some((rate) => changed[rate] !== instrument[rate]);
}
