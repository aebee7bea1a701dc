/** Accounts, positions and transfers as DIFF shows them (diff.md 7.1, 7.2, 7.5). */
import { Exchange, FundKind, nameOf } from '../../../core/enums.js';
import type { FundRecord } from '../../../core/observer.js';
import { HIS, LONG, SHORT, TODAY } from '../../../core/positions.js';
import type { ExchangeState } from '../../../core/state.js';
import { toDecimal } from '../../../core/units.js';
import { accountId } from '../../views/ids.js';
import { averagePrice, toRatio } from '../../views/numbers.js';
import { toNs } from '../beijing-time.js';
import type { DiffFields } from '../tree/diff-object.js';
import { partsOf } from './order-fields.js';

export const CURRENCY = 'CNY';

export function accountFields(state: ExchangeState, userName: string, account: number): DiffFields {
  const { accounts, ledger } = state;
  return {
    user_id: userName,
    account_id: accountId(account),
    currency: CURRENCY,
    pre_balance: toDecimal(accounts.preBalance[account]),
    deposit: toDecimal(accounts.deposit[account]),
    withdraw: toDecimal(accounts.withdraw[account]),
    WithdrawQuota: toDecimal(ledger.withdrawable(account)),
    static_balance: toDecimal(accounts.staticBalance(account)),
    close_profit: toDecimal(accounts.closeProfit[account]),
    commission: toDecimal(accounts.commission[account]),
    premium: 0,
    position_profit: toDecimal(ledger.positionProfit(account)),
    float_profit: toDecimal(floatProfit(state, account)),
    balance: toDecimal(ledger.balance(account)),
    margin: toDecimal(accounts.margin[account]),
    frozen_margin: toDecimal(accounts.frozenMargin[account]),
    frozen_commission: toDecimal(accounts.frozenCommission[account]),
    frozen_premium: 0,
    available: toDecimal(ledger.available(account)),
    risk_ratio: toRatio(ledger.riskRatio(account)),
    market_value: 0,
  };
}

function floatProfit({ accounts, positions, ledger }: ExchangeState, account: number): number {
  let profit = 0;
  for (let p = accounts.firstPosition[account]; p !== 0; p = positions.nextOfAccount[p]!) {
    profit += ledger.floatProfitOf(p, LONG) + ledger.floatProfitOf(p, SHORT);
  }
  return profit;
}

/** Lots that a position held when the trading day began. */
export interface OpeningLots {
  readonly long: number;
  readonly short: number;
}

export function positionFields(state: ExchangeState, userName: string, position: number, opening: OpeningLots): DiffFields {
  const { positions, ledger } = state;
  const instrument = state.instruments.get(positions.instrument[position]);
  const long = sideFields(state, position, LONG, 'long', opening.long);
  const short = sideFields(state, position, SHORT, 'short', opening.short);
  return {
    user_id: userName,
    exchange_id: nameOf(Exchange, instrument.exchange),
    instrument_id: partsOf(instrument.instrumentId).code,
    ...long,
    ...short,
    float_profit: toDecimal(ledger.floatProfitOf(position, LONG) + ledger.floatProfitOf(position, SHORT)),
    position_profit: toDecimal(ledger.positionProfitOf(position, LONG) + ledger.positionProfitOf(position, SHORT)),
    margin: toDecimal(positions.margin[position * 2 + LONG] + positions.margin[position * 2 + SHORT]),
    last_price: toDecimal(ledger.mark(instrument.instrument)),
  };
}

function sideFields(state: ExchangeState, position: number, side: number, name: string, openingLots: number): DiffFields {
  const { positions, ledger } = state;
  const { multiplier } = state.instruments.get(positions.instrument[position]);
  const index = position * 2 + side;
  const volume = positions.volume[index];
  const today = positions.bucketVolume[index * 2 + TODAY];
  const his = positions.bucketVolume[index * 2 + HIS];
  const frozenToday = positions.frozenVolume[index * 2 + TODAY];
  const frozenHis = positions.frozenVolume[index * 2 + HIS];
  const average = (notional: number): number => (volume === 0 ? 0 : averagePrice(notional, multiplier * volume));
  return {
    [`volume_${name}_today`]: today,
    [`volume_${name}_his`]: his,
    [`volume_${name}`]: volume,
    [`volume_${name}_frozen_today`]: frozenToday,
    [`volume_${name}_frozen_his`]: frozenHis,
    [`volume_${name}_frozen`]: frozenToday + frozenHis,
    [`volume_${name}_yd`]: openingLots,
    [`pos_${name}_today`]: today,
    [`pos_${name}_his`]: his,
    [`open_price_${name}`]: average(positions.openNotional[index]),
    [`open_cost_${name}`]: toDecimal(positions.openNotional[index]),
    [`position_price_${name}`]: average(positions.basisNotional[index]),
    [`position_cost_${name}`]: toDecimal(positions.basisNotional[index]),
    [`float_profit_${name}`]: toDecimal(ledger.floatProfitOf(position, side)),
    [`position_profit_${name}`]: toDecimal(ledger.positionProfitOf(position, side)),
    [`margin_${name}`]: toDecimal(positions.margin[index]),
  };
}

/** Whether a movement of money is a transfer with a bank. */
export function isTransfer({ bank }: Pick<FundRecord, 'bank'>): boolean {
  return bank !== '';
}

export function transferFields({ timeUs, amount, kind }: Pick<FundRecord, 'timeUs' | 'amount' | 'kind'>): DiffFields {
  return {
    datetime: toNs(timeUs),
    currency: CURRENCY,
    amount: kind === FundKind.withdrawal ? -toDecimal(amount) : toDecimal(amount),
    error_id: 0,
    error_msg: '',
  };
}
