/** The instrument file and the broker list that clients load over HTTP (diff.md 1.1, 1.2). */
import { Exchange, InstrumentStatus, nameOf } from '../../core/enums.js';
import type { Instrument } from '../../core/instrument.js';
import type { ExchangeState } from '../../core/state.js';
import { toDecimal } from '../../core/units.js';
import { expiryOf } from './expiry.js';
import { BROKER_ID } from './messages/login.js';
import { contractFields } from './quotes/quote-fields.js';
import { partsOf } from './trade/order-fields.js';
import { tradingTime } from './trading-time.js';

export function instrumentFile(state: ExchangeState): string {
  const entries: Record<string, unknown> = {};
  let sortKey = 0;
  for (const instrument of state.instruments) entries[instrument.instrumentId] = entryOf(state, instrument, sortKey++);
  return JSON.stringify(entries);
}

/** `host` as the client reached us; `isSecure` over TLS. */
export function brokerList(host: string, isSecure: boolean): string {
  return JSON.stringify({ [BROKER_ID]: { category: ['TQ'], url: `${isSecure ? 'wss' : 'ws'}://${host}/ws/diff` } });
}

function entryOf(state: ExchangeState, instrument: Instrument, sortKey: number): Record<string, unknown> {
  const { code } = partsOf(instrument.instrumentId);
  const last = state.market.lastPrice[instrument.instrument];
  return {
    class: 'FUTURE',
    instrument_id: instrument.instrumentId,
    ins_id: code,
    ins_name: instrument.name,
    exchange_id: nameOf(Exchange, instrument.exchange),
    product_id: instrument.productId,
    product_short_name: instrument.productId,
    py: '',
    expired: instrument.status === InstrumentStatus.delisted,
    ...contractFields(instrument),
    ...expiryOf(instrument.expireDate),
    trading_time: tradingTime(instrument.sessionTemplate),
    sort_key: sortKey,
    ...(last === 0 ? {} : { last_price: toDecimal(last) }),
  };
}
