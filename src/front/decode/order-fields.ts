/** The fields of an order as JSON carries them (rest.md U5; the same over sockets), turned into an OrderRequest. */
import {
  numberOf,
  Offset,
  PriceType,
  Residual,
  SelfTradeMode,
  Side,
  TimeCondition,
  VolumeCondition,
  type Enumeration,
} from '../../core/enums.js';
import { Refusal } from '../../core/refusal.js';
import type { ExchangeState } from '../../core/state.js';
import { fromDecimal, MONEY_SCALE } from '../../core/units.js';
import type { OrderRequest } from '../gateway/order-request.js';
import { parseAccountId } from '../views/ids.js';
import { parseDate } from './dates.js';

type Fields = Readonly<Record<string, unknown>>;

/** One byte a character in the log, and nothing that could break a line or a page that shows it. */
const CLIENT_ORDER_ID = /^[\x20-\x7e]{1,64}$/;
/** Orders of the exchange itself, of conditional orders and liquidations, are known by these. */
const RESERVED_ID = /^(COND|LIQ)_/;

/** NONE marks the prints of an auction; no order has it. */
const DIRECTIONS = { BUY: Side.BUY, SELL: Side.SELL } as const;
const ORDER_TYPES = { ...PriceType, ANY: PriceType.MARKET } as const;

/**
 * Fills `into` from the fields of a message. Throws 9003 for a missing field or one of the wrong type and 9008 for a
 * client_order_id or gtd_date of the wrong form; what else is wrong is left for the gateway to refuse in its turn.
 */
export function fillOrderRequest(fields: Fields, state: ExchangeState, into: OrderRequest): void {
  into.reset();
  const account = parseAccountId(text(fields, 'account_id'));
  into.account = state.accounts.has(account) ? account : 0;
  into.instrument = state.instruments.find(text(fields, 'instrument_id'))?.instrument ?? 0;
  into.side = numberOf(DIRECTIONS, text(fields, 'direction'));
  into.offset = numberOf(Offset, text(fields, 'offset'));
  into.priceType = numberOf(ORDER_TYPES, text(fields, 'order_type'));
  into.volume = number(fields, 'volume');
  into.price = priceUnits(optionalNumber(fields, 'price') ?? 0);
  fillConditions(fields, into);
  fillOptions(fields, into);
  into.clientOrderId = clientOrderId(fields);
}

function fillConditions(fields: Fields, into: OrderRequest): void {
  into.timeCondition = optionalName(fields, 'time_condition', TimeCondition) ?? into.timeCondition;
  into.volumeCondition = optionalName(fields, 'volume_condition', VolumeCondition) ?? into.volumeCondition;
  into.minVolume = optionalNumber(fields, 'min_volume') ?? 0;
  const gtdDate = optionalText(fields, 'gtd_date');
  if (gtdDate === undefined) return;
  into.gtdDate = parseDate(gtdDate);
  if (into.gtdDate === 0) throw new Refusal(9008, [{ field: 'gtd_date', reason: 'must be a date of the form YYYY-MM-DD' }]);
}

/** Whether a client may give its order this id. */
export function isSendableId(id: string): boolean {
  return CLIENT_ORDER_ID.test(id) && !RESERVED_ID.test(id);
}

function clientOrderId(fields: Fields): string {
  const id = optionalText(fields, 'client_order_id');
  if (id === undefined) return '';
  if (RESERVED_ID.test(id)) throw new Refusal(9008, [{ field: 'client_order_id', reason: 'must not begin with COND_ or LIQ_' }]);
  if (CLIENT_ORDER_ID.test(id)) return id;
  throw new Refusal(9008, [{ field: 'client_order_id', reason: 'must have 1 to 64 printable ASCII characters' }]);
}

function fillOptions(fields: Fields, into: OrderRequest): void {
  into.residual = optionalName(fields, 'residual', Residual) ?? into.residual;
  into.selfTradeMode = optionalName(fields, 'smp_mode', SelfTradeMode) ?? into.selfTradeMode;
  into.postOnly = optionalFlag(fields, 'post_only') === true ? 1 : 0;
  const ticks = optionalNumber(fields, 'max_slippage_ticks');
  // a given 0 must not pass for none: that would be no bound at all
  if (ticks !== undefined) into.maxSlippageTicks = ticks === 0 ? -1 : ticks;
}

/** In 1/10000. A price with more decimals than that stays no whole number, so that it cannot pass for another price. */
export function priceUnits(price: number): number {
  const units = fromDecimal(price, MONEY_SCALE);
  if (!Number.isNaN(units)) return units;
  const scaled = price * MONEY_SCALE;
  return Number.isSafeInteger(scaled) ? scaled + 0.5 : scaled;
}

function isSet(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function text(fields: Fields, name: string): string {
  return optionalText(fields, name) ?? missing(name);
}

function number(fields: Fields, name: string): number {
  return optionalNumber(fields, name) ?? missing(name);
}

function optionalText(fields: Fields, name: string): string | undefined {
  const value = fields[name];
  if (!isSet(value)) return undefined;
  return typeof value === 'string' ? value : wrongType(name, 'string');
}

function optionalNumber(fields: Fields, name: string): number | undefined {
  const value = fields[name];
  if (!isSet(value)) return undefined;
  return typeof value === 'number' ? value : wrongType(name, 'number');
}

function optionalFlag(fields: Fields, name: string): boolean | undefined {
  const value = fields[name];
  if (!isSet(value)) return undefined;
  return typeof value === 'boolean' ? value : wrongType(name, 'boolean');
}

function optionalName(fields: Fields, name: string, names: Enumeration): number | undefined {
  const value = optionalText(fields, name);
  return value === undefined ? undefined : numberOf(names, value);
}

function missing(field: string): never {
  throw new Refusal(9003, [{ field, reason: 'is required' }]);
}

function wrongType(field: string, type: string): never {
  throw new Refusal(9003, [{ field, reason: `must be a ${type}` }]);
}
