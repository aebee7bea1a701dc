/** Reports and states of the private stream as JSON text (websocket.md 3, 4): numbered ones from their frames. */
import type { Conditional } from '../../core/conditionals/conditional.js';
import { CancelReason, Exchange, nameOf, Offset, OrderStatus, PriceType, RiskLevel, Side } from '../../core/enums.js';
import type { FundRecord } from '../../core/observer.js';
import { HIS, LONG, SHORT, TODAY } from '../../core/positions.js';
import { refusalMessage } from '../../core/refusal.js';
import type { ExchangeState } from '../../core/state.js';
import { OrderReportAt, TradeReportAt } from '../../wire/session-layout.js';
import { alertMessage, type RiskAlert } from '../risk/risk-monitor.js';
import { cancelReasonText } from '../views/cancel-reason-text.js';
import { conditionalView } from '../views/conditional-view.js';
import { fundTransactionView } from '../views/fund-view.js';
import { accountId } from '../views/ids.js';
import { averagePrice, toMs, toRatio } from '../views/numbers.js';
import { decimalText, padded } from './decimal-text.js';
import { quoted } from './json-text.js';

const ORDER_DIGITS = 16;
const SIDE_OFFSETS: readonly string[] = Object.values(Side).flatMap((side) =>
  Object.values(Offset).map((offset) => `"direction":"${nameOf(Side, side)}","offset":"${nameOf(Offset, offset)}"`),
);
const OFFSETS = Object.keys(Offset).length;
const PRICE_TYPES = Object.values(PriceType).map((type) => nameOf(PriceType, type));

export class ReportText {
  /** `"account_id":"…"` by account, and `"instrument_id":"…"` by instrument: neither ever changes. */
  private readonly accountTexts: string[] = [];
  private readonly instrumentTexts: string[] = [];

  constructor(private readonly state: ExchangeState) {}

  /** An OrderReport at `at` in `view`. */
  order(view: DataView, at: number, clientOrderId: string): string {
    const instrument = view.getUint32(at + OrderReportAt.instrument, true);
    const { exchange } = this.state.instruments.get(instrument);
    const code = view.getUint16(at + OrderReportAt.code, true);
    return (
      `{"type":"order_status","order_id":"O${padded(view.getFloat64(at + OrderReportAt.orderId, true), ORDER_DIGITS)}",` +
      `${this.accountText(view.getUint32(at + OrderReportAt.account, true))},${this.instrumentText(instrument)},` +
      `${SIDE_OFFSETS[view.getUint8(at + OrderReportAt.side) * OFFSETS + view.getUint8(at + OrderReportAt.offset)]},` +
      `"exchange_id":"${nameOf(Exchange, exchange)}",` +
      `"exchange_order_id":"${view.getFloat64(at + OrderReportAt.exchangeOrderId, true)}",` +
      `"price_type":"${PRICE_TYPES[view.getUint8(at + OrderReportAt.priceType)]}",` +
      `"price":${decimalText(view.getFloat64(at + OrderReportAt.price, true))},"volume":${view.getUint32(at + OrderReportAt.volume, true)},` +
      `"filled_volume":${view.getUint32(at + OrderReportAt.filled, true)},` +
      `"remaining_volume":${view.getUint32(at + OrderReportAt.remaining, true)},` +
      `"last_fill_volume":${view.getUint32(at + OrderReportAt.lastFill, true)},` +
      `"status":"${nameOf(OrderStatus, view.getUint16(at + OrderReportAt.status, true))}"` +
      `${reasonText(code, view.getUint8(at + OrderReportAt.reason))}${clientOrderIdText(clientOrderId)},` +
      `"report_seq":${view.getFloat64(at + OrderReportAt.reportSeq, true)},` +
      `"timestamp":${toMs(view.getFloat64(at + OrderReportAt.timeUs, true))}}`
    );
  }

  /** A TradeReport at `at` in `view`. */
  trade(view: DataView, at: number): string {
    return (
      `{"type":"trade","trade_id":"T${padded(view.getFloat64(at + TradeReportAt.tradeId, true), ORDER_DIGITS)}",` +
      `"order_id":"O${padded(view.getFloat64(at + TradeReportAt.orderId, true), ORDER_DIGITS)}",` +
      `${this.accountText(view.getUint32(at + TradeReportAt.account, true))},` +
      `${this.instrumentText(view.getUint32(at + TradeReportAt.instrument, true))},` +
      `${SIDE_OFFSETS[view.getUint8(at + TradeReportAt.side) * OFFSETS + view.getUint8(at + TradeReportAt.offset)]},` +
      `"price":${decimalText(view.getFloat64(at + TradeReportAt.price, true))},"volume":${view.getUint32(at + TradeReportAt.volume, true)},` +
      `"commission":${decimalText(view.getFloat64(at + TradeReportAt.commission, true))},` +
      `"is_taker":${view.getUint8(at + TradeReportAt.isTaker) === 1},` +
      `"report_seq":${view.getFloat64(at + TradeReportAt.reportSeq, true)},` +
      `"timestamp":${toMs(view.getFloat64(at + TradeReportAt.timeUs, true))}}`
    );
  }

  account(account: number): string {
    const { accounts, ledger, timeUs } = this.state;
    const frozen = accounts.frozenMargin[account] + accounts.frozenCommission[account];
    const balance = ledger.balance(account);
    return (
      `{"type":"account_update",${this.accountText(account)},"balance":${decimalText(balance)},` +
      `"available":${decimalText(ledger.availableAt(account, balance))},"frozen":${decimalText(frozen)},` +
      `"margin":${decimalText(accounts.margin[account])},"profit":${decimalText(accounts.closeProfit[account])},` +
      `"position_profit":${decimalText(ledger.positionProfit(account))},"risk_ratio":${toRatio(ledger.riskRatio(account))},` +
      `"report_seq":${accounts.reportSequence[account]},"timestamp":${toMs(timeUs)}}`
    );
  }

  /** The fields of `positionView`, which a test holds against it. */
  position(position: number): string {
    const { positions, ledger, accounts, timeUs } = this.state;
    const { volume, bucketVolume, frozenVolume, margin } = positions;
    const account = positions.account[position];
    const instrument = positions.instrument[position];
    const long = position * 2 + LONG;
    const short = position * 2 + SHORT;
    return (
      `{"type":"position_update",${this.accountText(account)},${this.instrumentText(instrument)},` +
      `"volume_long":${volume[long]},"volume_short":${volume[short]},` +
      `"volume_long_today":${bucketVolume[long * 2 + TODAY]},"volume_short_today":${bucketVolume[short * 2 + TODAY]},` +
      `"volume_long_frozen":${frozenVolume[long * 2 + HIS] + frozenVolume[long * 2 + TODAY]},` +
      `"volume_short_frozen":${frozenVolume[short * 2 + HIS] + frozenVolume[short * 2 + TODAY]},` +
      `"cost_long":${this.averageOpenPrice(instrument, long)},"cost_short":${this.averageOpenPrice(instrument, short)},` +
      `"profit_long":${decimalText(ledger.floatProfitOf(position, LONG))},"profit_short":${decimalText(ledger.floatProfitOf(position, SHORT))},` +
      `"margin_long":${decimalText(margin[long])},"margin_short":${decimalText(margin[short])},` +
      `"last_price":${decimalText(ledger.mark(instrument))},` +
      `"report_seq":${accounts.reportSequence[account]},"timestamp":${toMs(timeUs)}}`
    );
  }

  /** `reportSequence` is that of its FundReport, which carries less. */
  transaction(record: FundRecord, reportSequence: number): string {
    return JSON.stringify({
      type: 'transaction',
      ...fundTransactionView(record),
      report_seq: reportSequence,
      timestamp: toMs(record.timeUs),
    });
  }

  /** Without a number: it shows a state, as position_update and account_update do. */
  conditional(conditional: Conditional): string {
    return JSON.stringify({ type: 'conditional_update', ...conditionalView(this.state, conditional) });
  }

  private averageOpenPrice(instrument: number, side: number): number {
    const { positions, instruments } = this.state;
    const lots = positions.volume[side];
    return lots === 0 ? 0 : averagePrice(positions.openNotional[side], instruments.get(instrument).multiplier * lots);
  }

  private accountText(account: number): string {
    return (this.accountTexts[account] ??= `"account_id":"${accountId(account)}"`);
  }

  private instrumentText(instrument: number): string {
    return (this.instrumentTexts[instrument] ??= `"instrument_id":${quoted(this.state.instruments.get(instrument).instrumentId)}`);
  }
}

export function riskAlertText(alert: RiskAlert): string {
  return JSON.stringify({
    type: 'risk_alert',
    account_id: accountId(alert.account),
    alert_type: alert.type,
    risk_level: nameOf(RiskLevel, alert.level),
    risk_ratio: toRatio(alert.ratio),
    message: alertMessage(alert),
    timestamp: toMs(alert.timeUs),
  });
}

function reasonText(code: number, cancelReason: number): string {
  if (code !== 0) return `,"reason":${quoted(refusalMessage(code))},"reason_code":${code}`;
  return cancelReason === CancelReason.NONE ? '' : `,"reason":${quoted(cancelReasonText(cancelReason))}`;
}

function clientOrderIdText(clientOrderId: string): string {
  return clientOrderId === '' ? '' : `,"client_order_id":${quoted(clientOrderId)}`;
}
