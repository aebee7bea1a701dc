/**
 * The description of a new instrument (rest.md A2; the instruments file holds a list of the same), checked and turned
 * into integers. Nothing that decides over money has a default: multiplier, tick, margins, fees and limits must be given.
 */
import Type, { type Static } from 'typebox';
import { Exchange, InstrumentType, MarginMode, Phase } from '../../core/enums.js';
import type { InstrumentListed } from '../../core/events.js';
import { unmarkedName } from '../../core/market-data/simulated-name.js';
import { PROFILE_NAMES } from '../../core/profile.js';
import { SESSION_TEMPLATES } from '../../core/sessions.js';
import { MONEY_SCALE, PPM } from '../../core/units.js';
import { TermsReader } from './terms-reader.js';

const Rate = Type.Optional(Type.Number({ minimum: 0 }));
const Day = Type.Optional(Type.String({ description: 'YYYY-MM-DD' }));

export const InstrumentListingSchema = Type.Object({
  instrument_id: Type.String({ pattern: '^[A-Z]+\\.[A-Za-z0-9_-]+$', maxLength: 31 }),
  instrument_name: Type.String({ minLength: 1, maxLength: 64 }),
  product_id: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9_-]+$', maxLength: 31, description: 'Default: the letters of the code.' })),
  instrument_type: Type.Enum(Object.keys(InstrumentType)),
  exchange: Type.Enum(Object.keys(Exchange)),
  contract_multiplier: Type.Integer({ minimum: 1, maximum: 1_000_000 }),
  price_tick: Type.Number({ exclusiveMinimum: 0, maximum: 1_000_000 }),
  reference_price: Type.Number({ exclusiveMinimum: 0, maximum: 100_000_000, description: 'Base of the limits of the first day.' }),
  margin_rate: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 1, description: 'For both sides.' })),
  long_margin_ratio_by_money: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 1 })),
  long_margin_ratio_by_volume: Rate,
  short_margin_ratio_by_money: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 1 })),
  short_margin_ratio_by_volume: Rate,
  commission_rate: Type.Optional(Type.Number({ minimum: 0, exclusiveMaximum: 1, description: 'For opening and closing.' })),
  open_ratio_by_money: Rate,
  open_ratio_by_volume: Rate,
  close_ratio_by_money: Rate,
  close_ratio_by_volume: Rate,
  close_today_ratio_by_money: Rate,
  close_today_ratio_by_volume: Rate,
  limit_up_rate: Type.Number({ exclusiveMinimum: 0, exclusiveMaximum: 1 }),
  limit_down_rate: Type.Number({ exclusiveMinimum: 0, exclusiveMaximum: 1 }),
  list_date: Day,
  expire_date: Day,
  session_template: Type.Optional(Type.Enum(SESSION_TEMPLATES)),
  profile: Type.Optional(Type.Enum(PROFILE_NAMES)),
  margin_mode: Type.Optional(Type.Enum(Object.keys(MarginMode))),
  margin_group: Type.Optional(
    Type.String({ maxLength: 32, description: 'Under LARGER, instruments of one group offset each other. Default: the product.' }),
  ),
});
export type InstrumentListing = Static<typeof InstrumentListingSchema>;

/** Volume limits of an order (trading-rules.md 1.1). */
const VOLUME_MIN = 1;
const VOLUME_MAX = 10_000;

/** Always open. */
const DEFAULT_TEMPLATE = 'SIM_24H';

/**
 * Throws 9008 naming every field that does not fit. `number` is the number the instrument will have, `phaseOf` says in
 * which phase an instrument of a template begins.
 */
export function listedFrom(
  listing: InstrumentListing,
  number: number,
  phaseOf = (_template: string): number => Phase.CONTINUOUS,
): InstrumentListed {
  const reader = new TermsReader(listing);
  const sessionTemplate = listing.session_template ?? DEFAULT_TEMPLATE;
  const listed: InstrumentListed = {
    instrument: number,
    instrumentId: listing.instrument_id,
    name: unmarkedName(listing.instrument_name),
    productId: listing.product_id ?? productOf(listing.instrument_id),
    instrumentType: InstrumentType[listing.instrument_type as keyof typeof InstrumentType],
    exchange: Exchange[listing.exchange as keyof typeof Exchange],
    multiplier: listing.contract_multiplier,
    priceTick: reader.units('price_tick', MONEY_SCALE),
    ...reader.margins(),
    ...reader.fees(),
    limitUpRate: reader.units('limit_up_rate', PPM),
    limitDownRate: reader.units('limit_down_rate', PPM),
    minLimitVolume: VOLUME_MIN,
    maxLimitVolume: VOLUME_MAX,
    minMarketVolume: VOLUME_MIN,
    maxMarketVolume: VOLUME_MAX,
    lotStep: 1,
    preSettlement: reader.units('reference_price', MONEY_SCALE),
    listDate: reader.date('list_date'),
    expireDate: reader.date('expire_date'),
    sessionTemplate,
    profile: listing.profile ?? 'sim',
    phase: phaseOf(sessionTemplate),
    marginMode: MarginMode[(listing.margin_mode ?? 'BOTH') as keyof typeof MarginMode],
    marginGroup: listing.margin_group ?? '',
  };
  const { instrument_id: id, exchange } = listing;
  if (!id.startsWith(`${exchange}.`)) reader.refuse('instrument_id', `must begin with the exchange: ${exchange}.`);
  reader.check(listed);
  return listed;
}

/** The letters a code begins with: `rb` of `SHFE.rb2605`. */
function productOf(instrumentId: string): string {
  const code = instrumentId.slice(instrumentId.indexOf('.') + 1);
  return /^[A-Za-z]+/.exec(code)?.[0] ?? code;
}
