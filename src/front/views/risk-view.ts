/** RiskAccount of rest.md 3, limits (A14) and the sums over all accounts (A16, A17, M8). */
import Type, { type Static } from 'typebox';
import { nameOf, RiskLevel } from '../../core/enums.js';
import type { Limits } from '../../core/risk-limits.js';
import type { ExchangeState } from '../../core/state.js';
import { MONEY_SCALE, PPM, toDecimal } from '../../core/units.js';
import { WideSum } from '../../core/wide-sum.js';
import { riskLevelOf } from '../risk/risk-levels.js';
import { accountId, userId } from './ids.js';
import { toRatio } from './numbers.js';

export const RiskAccountSchema = Type.Object({
  account_id: Type.String(),
  user_id: Type.String(),
  user_name: Type.String({ description: 'Name of the account.' }),
  balance: Type.Number(),
  available: Type.Number(),
  margin_used: Type.Number(),
  risk_ratio: Type.Number(),
  unrealized_pnl: Type.Number(),
  position_count: Type.Integer({ description: 'Instruments of which it holds lots.' }),
  risk_level: Type.String(),
});

export function riskAccountView(state: ExchangeState, account: number): Static<typeof RiskAccountSchema> {
  const { accounts, ledger } = state;
  const ratio = ledger.riskRatio(account);
  return {
    account_id: accountId(account),
    user_id: userId(accounts.user[account]),
    user_name: accounts.name[account],
    balance: toDecimal(ledger.balance(account)),
    available: toDecimal(ledger.available(account)),
    margin_used: toDecimal(accounts.margin[account]),
    risk_ratio: toRatio(ratio),
    unrealized_pnl: toDecimal(ledger.positionProfit(account)),
    position_count: positionCount(state, account),
    risk_level: nameOf(RiskLevel, riskLevelOf(ratio)),
  };
}

export const LimitsSchema = Type.Object({
  max_position_ratio: Type.Number({ description: 'Share of the balance that the margin of one instrument may take.' }),
  max_order_amount: Type.Number({ description: '0: off.' }),
  min_order_volume: Type.Integer(),
  max_order_volume: Type.Integer(),
  risk_ratio_warning: Type.Number(),
  risk_ratio_reject: Type.Number(),
  liquidation_threshold: Type.Number(),
  liquidation_target: Type.Number({ description: 'Risk ratio that a liquidation comes down to; 0: everything is closed.' }),
  position_limit: Type.Integer({ description: 'Lots of one side that all accounts of a user may hold together; 0: off.' }),
  self_trade_prevention: Type.Boolean(),
});
export type LimitsView = Static<typeof LimitsSchema>;

export function limitsView(limits: Limits): LimitsView {
  return {
    max_position_ratio: toRatio(limits.maxPositionRatio),
    max_order_amount: toDecimal(limits.maxOrderAmount),
    min_order_volume: limits.minOrderVolume,
    max_order_volume: limits.maxOrderVolume,
    risk_ratio_warning: toRatio(limits.riskRatioWarning),
    risk_ratio_reject: toRatio(limits.riskRatioReject),
    liquidation_threshold: toRatio(limits.liquidationThreshold),
    liquidation_target: toRatio(limits.liquidationTarget),
    position_limit: limits.positionLimit,
    self_trade_prevention: limits.selfTradePrevention === 1,
  };
}

/** What of the limits a request names, as they are kept: ratios to the nearest ppm. */
export function limitsOf(view: Partial<LimitsView>): Partial<Limits> {
  const ratio = (value: number | undefined): number | undefined => (value === undefined ? undefined : Math.round(value * PPM));
  const amount = view.max_order_amount;
  const prevention = view.self_trade_prevention;
  const limits: { [F in keyof Limits]: number | undefined } = {
    maxPositionRatio: ratio(view.max_position_ratio),
    maxOrderAmount: amount === undefined ? undefined : Math.round(amount * MONEY_SCALE),
    minOrderVolume: view.min_order_volume,
    maxOrderVolume: view.max_order_volume,
    riskRatioWarning: ratio(view.risk_ratio_warning),
    riskRatioReject: ratio(view.risk_ratio_reject),
    liquidationThreshold: ratio(view.liquidation_threshold),
    liquidationTarget: ratio(view.liquidation_target),
    positionLimit: view.position_limit,
    selfTradePrevention: prevention === undefined ? undefined : Number(prevention),
  };
  return Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined));
}

/** Sums over all accounts, in currency units. Walks all positions. */
export interface VenueTotals {
  accounts: number;
  /** Accounts that hold lots. */
  active: number;
  balance: number;
  available: number;
  margin: number;
  frozen: number;
  deposit: number;
  withdraw: number;
  commission: number;
  profit: number;
  /** Accounts by `RiskLevel`. */
  levels: number[];
  /** Of the accounts that have margin. */
  averageRiskRatio: number;
}

export function venueTotals(state: ExchangeState): VenueTotals {
  const { accounts, ledger } = state;
  const sums = { balance: sum(), available: sum(), margin: sum(), frozen: sum(), commission: sum(), profit: sum() };
  const levels = [0, 0, 0, 0];
  let active = 0;
  let withMargin = 0;
  let ratios = 0;
  for (let account = 1; account <= accounts.count; account++) {
    const positionProfit = ledger.positionProfit(account);
    const ratio = ledger.riskRatio(account);
    sums.balance.add(ledger.balance(account));
    sums.available.add(ledger.available(account));
    sums.margin.add(accounts.margin[account]);
    sums.frozen.add(accounts.frozenMargin[account] + accounts.frozenCommission[account]);
    sums.commission.add(accounts.commission[account]);
    sums.profit.add(accounts.closeProfit[account] + positionProfit);
    levels[riskLevelOf(ratio)]++;
    if (positionCount(state, account) > 0) active++;
    if (ratio > 0) {
      withMargin++;
      ratios += ratio;
    }
  }
  return {
    accounts: accounts.count,
    active,
    balance: decimal(sums.balance),
    available: decimal(sums.available),
    margin: decimal(sums.margin),
    frozen: decimal(sums.frozen),
    deposit: decimal(state.totalDeposits),
    withdraw: decimal(state.totalWithdrawals),
    commission: decimal(sums.commission),
    profit: decimal(sums.profit),
    levels,
    averageRiskRatio: withMargin === 0 ? 0 : toRatio(Math.floor(ratios / withMargin)),
  };
}

function positionCount({ accounts, positions }: ExchangeState, account: number): number {
  let count = 0;
  for (let p = accounts.firstPosition[account]; p !== 0; p = positions.nextOfAccount[p]!) {
    if (positions.volume[p * 2] + positions.volume[p * 2 + 1] > 0) count++;
  }
  return count;
}

function sum(): WideSum {
  return new WideSum();
}

/** To the precision of a double. */
function decimal(wide: WideSum): number {
  return Number(wide.toBigInt()) / MONEY_SCALE;
}
