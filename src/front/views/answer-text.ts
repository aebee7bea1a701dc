/**
 * The answers that are asked for most, as JSON text: Tick, and Account and Order without the objects that `accountView` and
 * `orderView` make. A test holds each against its view, byte by byte.
 */
import type { DepthFold } from '../../core/depth.js';
import {
  AccountStatus,
  AccountType,
  CancelReason,
  nameOf,
  Offset,
  OrderStatus,
  Phase,
  PriceType,
  Side,
  TimeCondition,
  VolumeCondition,
} from '../../core/enums.js';
import type { OrderRecord } from '../../core/history.js';
import { refusalMessage } from '../../core/refusal.js';
import type { ExchangeState } from '../../core/state.js';
import { isAuction } from '../phases/indicative.js';
import { decimalText, padded } from '../publisher/decimal-text.js';
import { quoted } from '../publisher/json-text.js';
import { cancelReasonText } from './cancel-reason-text.js';
import { accountId, ORDER_ID_DIGITS, userId } from './ids.js';
import { changedMs, indicativeView } from './market-view.js';
import { averagePrice, toMs, toRatio } from './numbers.js';
import { remainingVolume } from './order-view.js';

export class AnswerText {
  /** By account: what of an Account never changes, and the owner's fields of an Order. */
  private readonly accountHeads: string[] = [];
  private readonly owners: string[] = [];
  /** By instrument. */
  private readonly instrumentIds: string[] = [];

  constructor(
    private readonly state: ExchangeState,
    private readonly depth: DepthFold,
  ) {}

  account(account: number): string {
    const { accounts, ledger } = this.state;
    const frozenMargin = accounts.frozenMargin[account];
    const frozenCommission = accounts.frozenCommission[account];
    const balance = ledger.balance(account);
    return (
      `${this.accountHead(account)},"balance":${decimalText(balance)},"available":${decimalText(ledger.availableAt(account, balance))},` +
      `"withdrawable":${decimalText(ledger.withdrawable(account))},"frozen":${decimalText(frozenMargin + frozenCommission)},` +
      `"margin":${decimalText(accounts.margin[account])},"frozen_margin":${decimalText(frozenMargin)},` +
      `"frozen_commission":${decimalText(frozenCommission)},"profit":${decimalText(accounts.closeProfit[account])},` +
      `"position_profit":${decimalText(ledger.positionProfit(account))},"risk_ratio":${toRatio(ledger.riskRatio(account))},` +
      `"status":"${nameOf(AccountStatus, accounts.status[account])}","created_at":${toMs(accounts.createdUs[account])}}`
    );
  }

  order(order: OrderRecord): string {
    return (
      `{"order_id":"O${padded(order.orderId, ORDER_ID_DIGITS)}","exchange_order_id":"${order.exchangeOrderId}",${this.owner(order.account)},` +
      `"instrument_id":${this.instrumentId(order.instrument)},"direction":"${nameOf(Side, order.side)}",` +
      `"offset":"${nameOf(Offset, order.offset)}","order_type":"${nameOf(PriceType, order.priceType)}",` +
      `"time_condition":"${nameOf(TimeCondition, order.timeCondition)}",` +
      `"volume_condition":"${nameOf(VolumeCondition, order.volumeCondition)}","volume":${order.volume},` +
      `"price":${decimalText(order.price)},"filled_volume":${order.filled},"remaining_volume":${remainingVolume(order)},` +
      `"status":"${nameOf(OrderStatus, order.status)}","submit_time":${toMs(order.insertUs)},"update_time":${toMs(order.updateUs)}` +
      `${optionalOrderText(order)}}`
    );
  }

  /** `nowMs` is the wall clock of the answer. */
  tick(instrument: number, nowMs: number): string {
    return agedText(this.tickHead(instrument), changedMs(this.state, this.depth, instrument), nowMs);
  }

  /** All of a Tick but how old it is; to be finished by `agedText`. */
  tickHead(instrument: number): string {
    const { state, depth } = this;
    const terms = state.instruments.get(instrument);
    const auction = isAuction(depth, terms);
    const indicative = auction ? `,"indicative":${JSON.stringify(indicativeView(state, depth, terms))}` : '';
    const bid = depth.bestPrice(instrument, Side.BUY);
    const ask = depth.bestPrice(instrument, Side.SELL);
    return (
      `{"instrument_id":${this.instrumentId(instrument)},"last_price":${decimalText(state.ledger.mark(instrument))},` +
      `"volume":${state.market.volume[instrument]},"phase":"${nameOf(Phase, terms.phase)}","auction":${auction}${indicative},` +
      `"timestamp":${changedMs(state, depth, instrument)},"md_seq":${depth.mdSequence(instrument)}` +
      (state.market.lastPrice[instrument] === 0 ? ',"is_ref":true' : '') +
      `${priceText('bid', bid)}${priceText('ask', ask)}`
    );
  }

  private accountHead(account: number): string {
    const { accounts } = this.state;
    const name = (): string => quoted(accounts.name[account]);
    return (this.accountHeads[account] ??=
      `{"account_id":"${accountId(account)}","user_id":"${userId(accounts.user[account])}","account_name":${name()},` +
      `"user_name":${name()},"account_type":"${nameOf(AccountType, accounts.type[account])}"`);
  }

  private owner(account: number): string {
    return (this.owners[account] ??= `"user_id":"${userId(this.state.accounts.user[account])}","account_id":"${accountId(account)}"`);
  }

  private instrumentId(instrument: number): string {
    return (this.instrumentIds[instrument] ??= quoted(this.state.instruments.get(instrument).instrumentId));
  }
}

/** `head` is an object without its end, of `changedMs`. */
export function agedText(head: string, changedMs: number, nowMs: number): string {
  return `${head},"age_ms":${Math.max(0, nowMs - changedMs)}}`;
}

/** '' for a side without orders. */
function priceText(side: string, price: number): string {
  return price === 0 ? '' : `,"${side}_price":${decimalText(price)}`;
}

function optionalOrderText(order: OrderRecord): string {
  const name = order.clientOrderId === '' ? '' : `,"client_order_id":${quoted(order.clientOrderId)}`;
  const average = order.filled === 0 ? '' : `,"avg_fill_price":${averagePrice(order.filledNotional, order.filled)}`;
  if (order.code !== 0) return `${name}${average},"reject_code":${order.code},"reject_reason":${quoted(refusalMessage(order.code))}`;
  return order.reason === CancelReason.NONE
    ? name + average
    : `${name}${average},"reject_reason":${quoted(cancelReasonText(order.reason))}`;
}
