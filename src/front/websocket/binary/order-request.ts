/** A SubmitRequest turned into an OrderRequest; what its numbers do not name is left for the gateway to refuse in its turn. */
import type { ExchangeState } from '../../../core/state.js';
import * as layout from '../../../wire/session-layout.js';
import { headTextLength, readText } from '../../../wire/session-head.js';
import { DEFAULT_TIME_CONDITION, type OrderRequest } from '../../gateway/order-request.js';

// Bound here: constants of the module are compiled in, imported ones are looked up at every use.
const { SUBMIT_BYTES, SubmitAt, USUAL_TIME_CONDITION } = layout;

/** One more than the largest number of each enumeration. */
const SIDES = 2;
const OFFSETS = 4;
const PRICE_TYPES = 4;
const TIME_CONDITIONS = 6;
const VOLUME_CONDITIONS = 3;
const SELF_TRADE_MODES = 6;
const RESIDUALS = 2;

/** Fills `into`. Its client order id is unchecked. Allocates that alone. */
export function fillSubmit(view: DataView, at: number, state: ExchangeState, into: OrderRequest): void {
  const account = view.getUint32(at + SubmitAt.account, true);
  const instrument = view.getUint32(at + SubmitAt.instrument, true);
  const price = view.getFloat64(at + SubmitAt.price, true);
  const conditions = view.getUint32(at + SubmitAt.side, true);
  const options = view.getUint32(at + SubmitAt.volumeCondition, true);
  into.account = state.accounts.has(account) ? account : 0;
  into.instrument = instrument <= state.instruments.count ? instrument : 0;
  // NaN compares as nothing does: as a price below 0 it is refused like any other
  into.price = price >= 0 && price <= Number.MAX_SAFE_INTEGER ? price : -1;
  into.volume = view.getUint32(at + SubmitAt.volume, true);
  into.minVolume = view.getUint32(at + SubmitAt.minVolume, true);
  into.gtdDate = view.getUint32(at + SubmitAt.gtdDate, true);
  into.maxSlippageTicks = view.getUint32(at + SubmitAt.maxSlippageTicks, true);
  into.side = within(conditions & 0xff, SIDES);
  into.offset = within((conditions >>> 8) & 0xff, OFFSETS);
  into.priceType = within((conditions >>> 16) & 0xff, PRICE_TYPES);
  const timeCondition = conditions >>> 24;
  into.timeCondition = timeCondition === USUAL_TIME_CONDITION ? DEFAULT_TIME_CONDITION : within(timeCondition, TIME_CONDITIONS);
  into.volumeCondition = within(options & 0xff, VOLUME_CONDITIONS);
  into.selfTradeMode = within((options >>> 8) & 0xff, SELF_TRADE_MODES);
  into.residual = within((options >>> 16) & 0xff, RESIDUALS);
  into.postOnly = options >>> 24 === 0 ? 0 : 1;
  const textLength = headTextLength(view, at);
  into.clientOrderId = textLength === 0 ? '' : readText(view, at + SUBMIT_BYTES, textLength);
}

/** -1 for a number that names nothing. */
function within(value: number, count: number): number {
  return value < count ? value : -1;
}
