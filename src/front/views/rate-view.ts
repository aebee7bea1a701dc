/** Rates of instruments, and what they have come to for an account (rest.md C3 to C6). */
import Type, { type Static } from 'typebox';
import { Exchange, nameOf, Offset } from '../../core/enums.js';
import type { TradeRecord } from '../../core/history.js';
import type { Instrument } from '../../core/instrument.js';
import { LONG, SHORT } from '../../core/positions.js';
import { riskRatioOf } from '../../core/ledger.js';
import type { ExchangeState } from '../../core/state.js';
import { FEE_SCALE, toDecimal } from '../../core/units.js';
import { accountId } from './ids.js';
import { toRatio } from './numbers.js';
import { positionViews } from './position-view.js';

const RateFields = { instrument_id: Type.String(), exchange_id: Type.String(), product_id: Type.String() };

export const CommissionRateSchema = Type.Object({
  ...RateFields,
  open_ratio_by_money: Type.Number(),
  open_ratio_by_volume: Type.Number(),
  close_ratio_by_money: Type.Number(),
  close_ratio_by_volume: Type.Number(),
  close_today_ratio_by_money: Type.Number(),
  close_today_ratio_by_volume: Type.Number(),
});

export function commissionRateView(instrument: Instrument): Static<typeof CommissionRateSchema> {
  return {
    ...namesOf(instrument),
    open_ratio_by_money: instrument.feeOpenByMoney / FEE_SCALE,
    open_ratio_by_volume: toDecimal(instrument.feeOpenByLot),
    close_ratio_by_money: instrument.feeCloseByMoney / FEE_SCALE,
    close_ratio_by_volume: toDecimal(instrument.feeCloseByLot),
    close_today_ratio_by_money: instrument.feeCloseTodayByMoney / FEE_SCALE,
    close_today_ratio_by_volume: toDecimal(instrument.feeCloseTodayByLot),
  };
}

export const MarginRateSchema = Type.Object({
  ...RateFields,
  long_margin_ratio_by_money: Type.Number(),
  long_margin_ratio_by_volume: Type.Number(),
  short_margin_ratio_by_money: Type.Number(),
  short_margin_ratio_by_volume: Type.Number(),
});

export function marginRateView(instrument: Instrument): Static<typeof MarginRateSchema> {
  return {
    ...namesOf(instrument),
    long_margin_ratio_by_money: toRatio(instrument.longMarginRatio),
    long_margin_ratio_by_volume: toDecimal(instrument.longMarginPerLot),
    short_margin_ratio_by_money: toRatio(instrument.shortMarginRatio),
    short_margin_ratio_by_volume: toDecimal(instrument.shortMarginPerLot),
  };
}

export const CommissionStatisticsSchema = Type.Object({
  account_id: Type.String(),
  total_commission: Type.Number(),
  today_commission: Type.Number({ description: 'Of the trading day, whatever range was asked for.' }),
  commission_by_instrument: Type.Array(
    Type.Object({
      instrument_id: Type.String(),
      open_commission: Type.Number(),
      close_commission: Type.Number(),
      close_today_commission: Type.Number({ description: 'Of orders with CLOSETODAY.' }),
      total: Type.Number(),
      trade_count: Type.Integer(),
      volume: Type.Integer(),
    }),
  ),
});

interface InstrumentCommission {
  open: number;
  close: number;
  closeToday: number;
  trades: number;
  volume: number;
}

/** From the trades of the account; instruments in the order of their listing. */
export function commissionStatisticsView(
  state: ExchangeState,
  account: number,
  trades: readonly TradeRecord[],
): Static<typeof CommissionStatisticsSchema> {
  const byInstrument = new Map<number, InstrumentCommission>();
  for (const { instrument, offset, commission, volume } of trades) {
    const sums = byInstrument.get(instrument) ?? { open: 0, close: 0, closeToday: 0, trades: 0, volume: 0 };
    byInstrument.set(instrument, sums);
    if (offset === Offset.OPEN) sums.open += commission;
    else if (offset === Offset.CLOSETODAY) sums.closeToday += commission;
    else sums.close += commission;
    sums.trades++;
    sums.volume += volume;
  }
  const total = trades.reduce((sum, { commission }) => sum + commission, 0);
  return {
    account_id: accountId(account),
    total_commission: toDecimal(total),
    today_commission: toDecimal(state.accounts.commission[account]),
    commission_by_instrument: [...byInstrument]
      .sort(([a], [b]) => a - b)
      .map(([instrument, sums]) => ({
        instrument_id: state.instruments.get(instrument).instrumentId,
        open_commission: toDecimal(sums.open),
        close_commission: toDecimal(sums.close),
        close_today_commission: toDecimal(sums.closeToday),
        total: toDecimal(sums.open + sums.close + sums.closeToday),
        trade_count: sums.trades,
        volume: sums.volume,
      })),
  };
}

export const MarginSummarySchema = Type.Object({
  account_id: Type.String(),
  total_margin: Type.Number(),
  frozen_margin: Type.Number(),
  available_margin: Type.Number({ description: 'The available amount.' }),
  margin_ratio: Type.Number({ description: 'Margin and frozen margin by balance.' }),
  risk_degree: Type.Number({ description: 'Margin by balance: the risk ratio.' }),
  positions: Type.Array(
    Type.Object({
      instrument_id: Type.String(),
      volume_long: Type.Integer(),
      volume_short: Type.Integer(),
      margin_long: Type.Number(),
      margin_short: Type.Number(),
      margin_rate_long: Type.Number(),
      margin_rate_short: Type.Number(),
      last_price: Type.Number(),
      multiplier: Type.Integer(),
    }),
  ),
});

/** Margins of sides are in full; the total counts the larger ones only where the margin mode says so. */
export function marginSummaryView(state: ExchangeState, account: number): Static<typeof MarginSummarySchema> {
  const { accounts, ledger } = state;
  const margin = accounts.margin[account];
  const frozen = accounts.frozenMargin[account];
  return {
    account_id: accountId(account),
    total_margin: toDecimal(margin),
    frozen_margin: toDecimal(frozen),
    available_margin: toDecimal(ledger.available(account)),
    margin_ratio: toRatio(riskRatioOf(margin + frozen, ledger.balance(account))),
    risk_degree: toRatio(ledger.riskRatio(account)),
    positions: positionViews(state, account).map((position) => {
      const instrument = state.instruments.find(position.instrument_id)!;
      const { volume_long, volume_short, margin_long, margin_short, last_price } = position;
      return {
        instrument_id: position.instrument_id,
        volume_long,
        volume_short,
        margin_long,
        margin_short,
        margin_rate_long: toRatio(rateOf(instrument, LONG)),
        margin_rate_short: toRatio(rateOf(instrument, SHORT)),
        last_price,
        multiplier: instrument.multiplier,
      };
    }),
  };
}

function rateOf(instrument: Instrument, side: number): number {
  return side === LONG ? instrument.longMarginRatio : instrument.shortMarginRatio;
}

function namesOf({ instrumentId, exchange, productId }: Instrument) {
  return { instrument_id: instrumentId, exchange_id: nameOf(Exchange, exchange), product_id: productId };
}
